#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Package sizes, create time and peak memory over a corpus of real pairs.

The corpus is a folder with a manifest.tsv (columns pair_id, old_path, new_path,
category and arch; others are ignored) and the images that it names. For each pair
mkdfota makes a package with each codec, applies it and compares, and bsdiff
makes its patch, all in the same run. The result is a table in Markdown or TSV;
the last lines are geometric means per category.
"""

import argparse
import csv
import filecmp
import math
import os
import subprocess
import sys
import tempfile
import time

CODECS = ("range", "deflate")


class Failed(Exception):
    """A tool did not do its work on a pair."""


def peak_kib(pid):
    """High-water mark of a running process; 0 when it has ended."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def run(command):
    """Run a command; seconds and peak memory in KiB.

    Memory is sampled: what wait4 tells would include this interpreter, whose
    memory a child shares until it has started its program.
    """
    start = time.monotonic()
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    peak = 0
    while process.poll() is None:
        peak = max(peak, peak_kib(process.pid))
        time.sleep(0.002)
    seconds = time.monotonic() - start
    message = process.stderr.read().decode(errors="replace").strip()
    process.stderr.close()
    if process.returncode != 0:
        raise Failed(f"{os.path.basename(command[0])}: exit status "
                     f"{process.returncode}: {message}")
    return seconds, peak


def measure(pair, options, folder):
    """One row: sizes, times and memory of every tool on one pair."""
    old = os.path.join(options.corpus, pair["old_path"])
    new = os.path.join(options.corpus, pair["new_path"])
    row = {"pair": pair["pair_id"], "category": pair["category"],
           "new": os.path.getsize(new)}
    for codec in CODECS:
        package = os.path.join(folder, "package")
        result = os.path.join(folder, "result")
        row[codec + "_s"], row[codec + "_kib"] = run(
            [options.mkdfota, "make", old, new, "-o", package, "-q", "-f",
             "--codec", codec, "--ram", options.ram])
        run([options.mkdfota, "apply", old, package, "-o", result, "-q", "-f"])
        if not filecmp.cmp(new, result, shallow=False):
            raise Failed(f"codec {codec}: the result differs")
        row[codec] = os.path.getsize(package)
    patch = os.path.join(folder, "patch")
    row["bsdiff_s"], row["bsdiff_kib"] = run(["bsdiff", old, new, patch])
    row["bsdiff"] = os.path.getsize(patch)
    return row


COLUMNS = ("pair", "category", "new", "bsdiff", "range", "range/bsdiff",
           "deflate", "deflate/bsdiff", "bsdiff_s", "range_s", "deflate_s",
           "bsdiff_kib", "range_kib", "deflate_kib")


def show(row, style):
    cells = []
    for column in COLUMNS:
        if "/" in column:
            value = "%.3f" % (row[column.split("/")[0]] / row["bsdiff"])
        elif column.endswith("_s"):
            value = "%.2f" % row[column]
        else:
            value = str(row[column])
        cells.append(value)
    show_cells(cells, style)


def show_cells(cells, style):
    if style == "tsv":
        print("\t".join(cells), flush=True)
    else:
        print("| " + " | ".join(cells) + " |", flush=True)


def mean(rows, codec):
    logs = [math.log(row[codec] / row["bsdiff"]) for row in rows]
    return math.exp(sum(logs) / len(logs))


def wanted(pair, texts):
    facts = " ".join((pair["pair_id"], pair["category"], pair["arch"]))
    return all(text in facts for text in texts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", help="folder with manifest.tsv")
    parser.add_argument("--mkdfota", default="build/release/cli/mkdfota")
    parser.add_argument("--ram", default="16K", help="default 16K")
    parser.add_argument("--only", default=[], metavar="TEXT", action="append",
                        help="pairs whose id, category or architecture "
                        "contains TEXT; several: all of them")
    parser.add_argument("--style", choices=("md", "tsv"), default="md")
    options = parser.parse_args()

    manifest = os.path.join(options.corpus, "manifest.tsv")
    with open(manifest, encoding="utf-8") as file:
        pairs = [pair for pair in csv.DictReader(file, delimiter="\t")
                 if wanted(pair, options.only)]
    if not pairs:
        sys.exit("no such pair in " + manifest)

    show_cells(COLUMNS, options.style)
    if options.style == "md":
        show_cells(["---"] * len(COLUMNS), options.style)
    rows, failures = [], []
    with tempfile.TemporaryDirectory() as folder:
        for pair in pairs:
            try:
                rows.append(measure(pair, options, folder))
                show(rows[-1], options.style)
            except Failed as failure:
                failures.append(f"{pair['pair_id']}: {failure}")

    print()
    groups = sorted({row["category"] for row in rows})
    for group in groups + ["all"] * (len(groups) > 1):
        chosen = [row for row in rows if group in ("all", row["category"])]
        print(f"{group}: {len(chosen)} pairs, bytes / bsdiff's (geometric "
              f"mean): " + ", ".join(f"{codec} {mean(chosen, codec):.3f}"
                                     for codec in CODECS))
    for failure in failures:
        print("failed:", failure)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
