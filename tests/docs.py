#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the documents: README's code is the samples', README.zh-CN.md has the
code, links and figures of README.md, links lead somewhere, every error has its
entry in TROUBLESHOOTING.md, NUMBERS.md the tracked bytes."""

import os
import re
import sys
import textwrap

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
SAMPLES = ("samples/library/make_package.c", "samples/library/apply_package.c")
ENUMS = ("firmware-patcher/include/dfota/patcher.h",
         "libdelta/include/delta.h")

problems = []


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def check_samples():
    """Each sample's marked part is a code block of README, word for word."""
    blocks = re.findall(r"```c\n(.*?)```", read("README.md"), re.DOTALL)
    for path in SAMPLES:
        part = re.search(r"// \[README\]\n(.*?)\n *// \[/README\]",
                         read(path), re.DOTALL)
        if textwrap.dedent(part.group(1)) + "\n" not in blocks:
            problems.append(f"README.md: no code block equal to {path}")
    if len(blocks) != len(SAMPLES):
        problems.append("README.md: a code block that no sample compiles")


def sections(path):
    """What of a README must be the same in every language, by section: code
    blocks, targets of links, figures row by row, and those of the text."""
    text = read(path)
    for section in re.split(r"^## .*$", text, flags=re.MULTILINE):
        code = re.findall(r"```.*?```", section, re.DOTALL)
        prose = re.sub(r"```.*?```", "", section, flags=re.DOTALL)
        links = re.findall(r"\]\((?!README)([^)]+)\)", prose)
        rows, others = [], []
        for line in prose.splitlines():
            figures = re.findall(r"\d+(?:[.,]\d+)*", line)
            if line.startswith("|"):
                rows.append(figures)
            else:
                others += figures
        yield code, sorted(links), rows, sorted(others)


def check_translations():
    english, chinese = (list(sections(path)) for path in
                        ("README.md", "README.zh-CN.md"))
    if len(english) != len(chinese):
        problems.append("README.zh-CN.md: not the sections of README.md")
    for number, pair in enumerate(zip(english, chinese)):
        for name, here, there in zip(("code", "links", "tables", "figures"),
                                     *pair):
            if here != there:
                lacks = [item for item in here if item not in there]
                has = [item for item in there if item not in here]
                problems.append(f"README.zh-CN.md: section {number}: other "
                                f"{name} than README.md: lacks {lacks}, has "
                                f"{has}, {len(there)} of {len(here)}")


def documents():
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders
                      if name not in (".git", ".deps", "build")]
        for name in files:
            if name.endswith(".md"):
                yield os.path.relpath(os.path.join(folder, name), ROOT)


def check_links():
    """Relative links, and paths of ours in backquotes, exist."""
    for path in documents():
        text = re.sub(r"```.*?```", "", read(path), flags=re.DOTALL)
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if "://" not in link and not os.path.exists(
                    os.path.join(ROOT, os.path.dirname(path), link)):
                problems.append(f"{path}: link to {link}")
        for name in re.findall(r"`((?:docs|tests|samples|fuzz|bench|cli|"
                               r"libdelta|firmware-patcher)/[\w./-]+)`", text):
            if not os.path.exists(os.path.join(ROOT, name)):
                problems.append(f"{path}: names {name}")


def check_numbers():
    """NUMBERS.md has the bytes that the benchmarks track."""
    rows = [line.strip("| ").replace(",", "").split(" | ")
            for line in read("docs/NUMBERS.md").splitlines()]
    rows = {row[0]: row for row in rows if len(row) > 8}
    for line in read("bench/results.csv").splitlines()[1:]:
        name, _, _, size, least, _, _, deflate = line.split(",")
        if rows.get(name, [])[1:4] != [size, least, deflate]:
            problems.append(f"docs/NUMBERS.md: {name}: not as in "
                            "bench/results.csv")


def check_errors():
    """Every error value has a heading or table row of its own."""
    text = read("docs/TROUBLESHOOTING.md")
    for path in ENUMS:
        for name in re.findall(r"^    (\w+_ERR_\w+) = -", read(path),
                               re.MULTILINE):
            if f"`{name}`" not in text:
                problems.append(f"docs/TROUBLESHOOTING.md: lacks {name}")


def main():
    check_samples()
    check_translations()
    check_links()
    check_numbers()
    check_errors()
    print("\n".join(problems) if problems else "documents are consistent")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
