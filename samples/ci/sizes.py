#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What build-packages.sh has to do with JSON.

  sizes.py last N LIST                 the list, from the last N to the newest
  sizes.py comment INDEX [PREVIOUS]    Markdown: sizes and their changes; exit
                                       status 1 if a package is not good
  sizes.py files INDEX                 names of what is to be published
"""

import json
import sys

MARK = "<!-- dfota packages -->"  # by it post.py knows its comment again


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        sys.exit(f"{path}: not a JSON file ({error})")


def plain(text):
    """Text that Markdown and HTML show as it is."""
    return "".join(c if c.isalnum() or c in " .-_+" else f"&#{ord(c)};"
                   for c in str(text))


def change(before, now):
    if before is None:
        return "new"
    if before == now:
        return "="
    return f"{now - before:+,} ({100 * (now - before) / before:+.1f} %)"


def row(pair, before):
    """A line of the table, and whether the package is good."""
    name = f"| {plain(pair['from'])} | {plain(pair['to'])} "
    old = "" if before is None else f"{before:,}"
    if "size" not in pair:
        reason = plain(pair["reason"])
        return f"{name}| {old} | | **{pair['state']}**: {reason} |", False
    text = change(before, pair["size"])
    if pair["too_large"]:
        text += f", **too large**, limit {pair['max_size']:,}"
    elif pair["kind"] == "full":
        text += ", full image"
    return f"{name}| {old} | {pair['size']:,} | {text} |", not pair["too_large"]


def comment(index, previous):
    sizes = {(pair["from"], pair["to"]): pair["size"]
             for pair in previous["pairs"] if "size" in pair}
    rows, good, old, new = [], True, 0, 0
    for pair in index["pairs"]:
        before = sizes.get((pair["from"], pair["to"]))
        line, fine = row(pair, before)
        rows.append(line)
        good = good and fine
        if before and "size" in pair:
            old += before
            new += pair["size"]
    print(MARK)
    print("### Update packages" +
          (f" of {plain(index['product'])}" if index["product"] else ""))
    print()
    if old:
        print(f"{new:,} bytes where it was {old:,}: {change(old, new)}.\n"
              if new != old else "No package has changed its size.\n")
    print("| from | to | before | now | change |\n|---|---|--:|--:|---|")
    print("\n".join(rows))
    return good and index["complete"]


def last(count, content):
    content["pairs"] = [{"from": f"last {int(count)}"}]
    json.dump(content, sys.stdout, indent=1)


def main(arguments):
    if len(arguments) == 3 and arguments[0] == "last":
        last(arguments[1], read(arguments[2]))
    elif len(arguments) in (2, 3) and arguments[0] == "comment":
        previous = read(arguments[2]) if arguments[2:] else {"pairs": []}
        return 0 if comment(read(arguments[1]), previous) else 1
    elif len(arguments) == 2 and arguments[0] == "files":
        for pair in read(arguments[1])["pairs"]:
            print(pair["file"])
        print("index.json\nindex.html")
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
