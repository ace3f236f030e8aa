#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares what the tests do not reach of the patcher with what cannot be
reached.

Usage: coverage.py REPORT LIST

REPORT is gcovr's JSON, LIST is unreachable.txt. Whatever stands in only one of
them is an error: a line or a branch without a test, or an argument that is no
longer needed.
"""

import collections
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = "firmware-patcher/"


def missing_of(line):
    """What of a line was not reached: None, "line" or "N of M branches"."""
    if line["count"] == 0:
        return "line"
    untaken = sum(branch["count"] == 0 for branch in line["branches"])
    if untaken == 0:
        return None
    return f"{untaken} of {len(line['branches'])} branches"


def read_report(path):
    """The totals, and per (file, missing, text) the numbers of lines."""
    missing = collections.defaultdict(list)
    totals = collections.Counter()
    for file in json.loads(path.read_text())["files"]:
        name = file["file"].removeprefix(FOLDER)
        text = (ROOT / file["file"]).read_text().splitlines()
        for line in file["lines"]:
            if line["gcovr/noncode"]:
                continue
            totals["lines"] += 1
            totals["lines reached"] += line["count"] != 0
            totals["branches"] += len(line["branches"])
            totals["branches taken"] += sum(
                branch["count"] != 0 for branch in line["branches"])
            what = missing_of(line)
            if what is not None:
                number = line["line_number"]
                missing[name, what, text[number - 1].strip()].append(number)
    return totals, missing


def read_list(path):
    """How often each (file, missing, text) is argued."""
    argued = collections.Counter()
    entry = None
    reason = True
    for line in path.read_text().splitlines():
        if line == "" or line.startswith("#"):
            continue
        if line.startswith("    "):
            reason = True
            continue
        if not reason:
            sys.exit(f"{path.name}: no reason is given for {entry}")
        entry = tuple(line.split(": ", 2))
        reason = False
        if len(entry) != 3:
            sys.exit(f"{path.name}: FILE: WHAT: TEXT expected, found {line}")
        argued[entry] += 1
    if not reason:
        sys.exit(f"{path.name}: no reason is given for {entry}")
    return argued


def main():
    report, arguments = map(pathlib.Path, sys.argv[1:])
    totals, missing = read_report(report)
    argued = read_list(arguments)
    errors = 0
    for entry in sorted(missing, key=lambda e: (e[0], missing[e])):
        numbers = missing[entry]
        if len(numbers) != argued[entry]:
            where = ", ".join(map(str, numbers))
            print(f"not reached, {argued[entry]} of {len(numbers)} argued, "
                  f"line {where}:\n{': '.join(entry)}")
            errors += 1
    for entry in argued:
        if entry not in missing:
            print(f"argued, but reached or gone:\n{': '.join(entry)}")
            errors += 1
    print(f"{totals['lines reached']} of {totals['lines']} lines, "
          f"{totals['branches taken']} of {totals['branches']} branches; "
          f"{sum(argued.values())} places argued, {errors} errors")
    return errors != 0


if __name__ == "__main__":
    sys.exit(main())
