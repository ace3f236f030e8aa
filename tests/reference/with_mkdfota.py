#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The second patcher must take what mkdfota makes.

Usage: with_mkdfota.py MKDFOTA
"""

import os
import subprocess
import sys
import tempfile

from refpatch import Package

HERE = os.path.dirname(os.path.abspath(__file__))
REFPATCH = os.path.join(HERE, "refpatch.py")
VECTORS = os.path.join(HERE, "..", "vectors")
MOVEHUB = os.path.join(HERE, "..", "..", "samples", "pairs", "movehub")
KEY = ["--key", os.path.join(VECTORS, "key.pem")]
PUBLIC = ["--key", os.path.join(VECTORS, "key.pub.pem")]

REAL = (os.path.join(MOVEHUB, "movehub-7.27.0.bin"),
        os.path.join(MOVEHUB, "movehub-7.28.0.bin"))
SMALL = [(os.path.join(VECTORS, name + "-old.bin"),
          os.path.join(VECTORS, name + "-new.bin"))
         for name in ("byte", "code", "far-a64", "far-riscv", "noise-thumb",
                       "plain", "same", "units-code")]
OPTIONS = ([], KEY, ["--ram", "12K"], ["--ram", "64K", "-1"])
LEAST = ["--ram", "4K"]  # not enough for deflate
IN_PLACE = [["--in-place", *flash] for flash in (
    ["--scratch", "32K"], ["--scratch", "1K", "--erase-block", "256", "-2"],
    ["--scratch", "640", "--erase-block", "64", "--minimize", "wear"])]
NOTHING = os.devnull  # a full image
SEVERAL = ([SMALL[1]], [SMALL[1], SMALL[4]],
           [SMALL[4], (NOTHING, SMALL[1][1]), SMALL[7]])
OWN = ((3, 7), (64, 200))


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True,
                            check=False)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{result.stderr}")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def check(mkdfota, folder, pairs, options, own=()):
    """pairs: of each part. own: unmanaged ranges of the first one."""
    package = os.path.join(folder, "package")
    results = [os.path.join(folder, f"new-{i}") for i in range(len(pairs))]
    for start, end in own:
        options = [*options, "--unmanaged", f"0:{start}-{end}"]
    run(mkdfota, "make", *sum(map(list, pairs), []), "-o", package, "-f", "-q",
        *options)
    made = Package(read(package), None)
    if made.ram != made.ram_need():
        sys.exit(f"{package}: RAM field is {made.ram}, not {made.ram_need()}")
    public = PUBLIC if KEY[0] in options else []
    run(sys.executable, REFPATCH, ",".join(old for old, _ in pairs), package,
        ",".join(results), *public)
    for i, (old, new) in enumerate(pairs):
        wanted = bytearray(read(new))
        for start, end in own if i == 0 else ():
            wanted[start:end] = read(old)[start:end]
        if read(results[i]) != wanted:
            sys.exit(f"{package}: another image than {new}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    jobs = [(REAL, KEY)] + [(pair, options) for pair in SMALL
                            for options in OPTIONS]
    jobs = [(pair, ["--codec", codec, *options]) for pair, options in jobs
            for codec in ("deflate", "range")]
    jobs += [(pair, LEAST) for pair in [REAL] + SMALL]
    jobs += [(pair, ["--codec", codec, *options]) for pair in SMALL + [REAL]
             for options in IN_PLACE for codec in ("deflate", "range")]
    jobs += [(REAL[::-1], KEY + IN_PLACE[0])]  # the other direction
    jobs = [([pair], options) for pair, options in jobs]
    jobs += [(parts, [*options, *place], own)
             for parts in SEVERAL for options in (["--codec", "deflate"], KEY)
             for place in ([], IN_PLACE[1]) for own in ([], OWN)]
    with tempfile.TemporaryDirectory() as folder:
        for job in jobs:
            check(sys.argv[1], folder, *job)
    print(f"{len(jobs)} packages agree")


if __name__ == "__main__":
    main()
