#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Packages in place against two-slot packages of the same pairs.

For each pair of a corpus (a folder with a manifest.tsv, see ratio.py) mkdfota
makes both, and counts what the update in place does to the flash when it
checks the package. Fails when a block of the image is erased more than twice,
when more than 2.2 times the image is programmed, or when a package of a patch
release is more than 10 percent larger than the two-slot one (--slack bytes are
allowed in any case).
"""

import argparse
import csv
import os
import re
import subprocess
import sys
import tempfile

DIRECTION = re.compile(r"^in place (front to back|back to front)", re.M)
ERASED = re.compile(r"image blocks erased (\d+) x, scratch (\d+) x, "
                    r"journal (\d+) x")
PROGRAMMED = re.compile(r"^programmed (\d+\.\d+) x", re.M)
COLUMNS = ("pair", "category", "two slots", "in place", "%", "order",
           "programmed", "image", "scratch", "journal")


def make(options, old, new, package, *more):
    done = subprocess.run(
        [options.mkdfota, "make", old, new, "-o", package, "-f",
         "--ram", options.ram, *more],
        check=True, stderr=subprocess.PIPE, encoding="utf-8")
    return os.path.getsize(package), done.stderr


def measure(options, pair, folder):
    old = os.path.join(options.corpus, pair["old_path"])
    new = os.path.join(options.corpus, pair["new_path"])
    package = os.path.join(folder, "package")
    two, _ = make(options, old, new, package)
    one, text = make(options, old, new, package, "--in-place", "--scratch",
                     options.scratch, "--erase-block", options.erase_block)
    erased = [int(n) for n in ERASED.search(text).groups()]
    programmed = float(PROGRAMMED.search(text).group(1))
    order = DIRECTION.search(text).group(1)
    row = (pair["pair_id"], pair["category"], two, one,
           f"{100 * (one / two - 1):+.1f}", order, programmed, *erased)
    patch = pair["category"] == "patch"
    good = (erased[0] <= 2 and programmed <= 2.2 and
            (not patch or one <= 1.1 * two + options.slack))
    return row, good


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", help="folder with manifest.tsv")
    parser.add_argument("--mkdfota", default="build/release/cli/mkdfota")
    parser.add_argument("--ram", default="16K", help="default 16K")
    parser.add_argument("--scratch", default="64K", help="default 64K")
    parser.add_argument("--erase-block", default="4K", help="default 4K")
    parser.add_argument("--slack", type=int, default=0, help="default 0")
    options = parser.parse_args()
    failed = False
    with open(os.path.join(options.corpus, "manifest.tsv"),
              encoding="utf-8") as file:
        pairs = list(csv.DictReader(file, delimiter="\t"))
    print("\t".join(COLUMNS), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for pair in pairs:
            row, good = measure(options, pair, folder)
            print("\t".join(str(cell) for cell in row), flush=True)
            failed = failed or not good
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
