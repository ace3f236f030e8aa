#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the predictor with objdump over every image of a folder of pairs.
Usage: objdump_corpus.py REFERENCE_LIST ISA_LIST
The folder is named by DFOTA_CORPUS and has a manifest.tsv like that of
samples/pairs, with architecture and base.
Exit status 77: skipped, the variable is not set."""

import csv
import os
import subprocess
import sys

SKIPPED = 77
HERE = os.path.dirname(os.path.abspath(__file__))

# By how the manifest's name begins: script, its list, its name.
ARCHS = {"thumb": ("objdump_check.py", 0, "thumb"),
         "arm32": ("objdump_check.py", 0, "a32"),
         "aarch64": ("objdump_check.py", 0, "a64"),
         "riscv": ("objdump_isa.py", 1, "riscv"),
         "xtensa": ("objdump_isa.py", 1, "xtensa"),
         "avr": ("objdump_isa.py", 1, "avr")}


def images_of(folder):
    """Path -> script, list, architecture and base of each image."""
    images = {}
    with open(os.path.join(folder, "manifest.tsv"), encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            for begin, how in ARCHS.items():
                if row["arch"].startswith(begin):
                    for path in (row["old_path"], row["new_path"]):
                        images[os.path.join(folder, path)] = (how,
                                                              row["base"])
    return images


def main():
    folder = os.environ.get("DFOTA_CORPUS")
    if not folder:
        print("skipped: DFOTA_CORPUS names no folder")
        return SKIPPED
    images = images_of(folder)
    failed = []
    for path, ((script, lister, arch), base) in sorted(images.items()):
        run = subprocess.run([sys.executable, os.path.join(HERE, script), arch,
                              sys.argv[1 + lister], path, base], check=False)
        if run.returncode not in (0, SKIPPED):
            failed.append(path)
    print(f"{len(images)} images, {len(failed)} failed: {failed}")
    return 1 if failed or not images else 0


sys.exit(main())
