#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Bytes, time and memory of making a delta: mkdfota beside Debian's tools.

FOLDER is a corpus as for ratio.py. Time is of the processor, user and system,
the least of several runs; memory the most that was resident. On a machine that
does other work as well only the order of magnitude is worth something, and the
ratio to a peer in the same run.

Exit status: 0; 1 when a tool failed; 2 for wrong usage or a missing tool.
"""

import os
import re
import sys
import tempfile

import measure

TRIES = 3

def tools(mkdfota, pair, out):
    """Name and command line of each."""
    ours = (mkdfota, "make", pair.old, pair.new, "-q", "-o", out, "--ram",
            "16K")
    return (
        ("mkdfota", ours),
        ("mkdfota -1", ours + ("-1",)),
        ("mkdfota --codec deflate", ours + ("--codec", "deflate")),
        ("bsdiff", ("bsdiff", pair.old, pair.new, out)),
        ("xdelta3 -9 -S lzma", ("xdelta3", "-9", "-S", "lzma", "-e", "-s",
                                pair.old, pair.new, out)),
        ("zstd -22 --patch-from", ("zstd", "-q", "--ultra", "-22", "--long=27",
                                   "--patch-from=" + pair.old, pair.new, "-o",
                                   out)),
    )


def measure_pair(mkdfota, pair, folder):
    out = os.path.join(folder, "delta")
    for name, command in tools(mkdfota, pair, out):
        runs = []
        for _ in range(TRIES):
            if os.path.exists(out):
                os.remove(out)
            runs.append(measure.run(*command))
        took = measure.Run(min(one.seconds for one in runs),
                           max(one.peak for one in runs))
        size = os.path.getsize(out)
        print(f"| {pair.pair_id} | {name} | {size:,} | {took.seconds:.2f} | "
              f"{took.peak / 1e6:.1f} |")


def work():
    parser = measure.corpus_parser(__doc__)
    parser.add_argument("--only", metavar="REGEX", default="",
                        help="pairs whose name contains it")
    options = parser.parse_args()
    measure.need_tools(options.mkdfota, "bsdiff", "xdelta3", "zstd")
    print("| pair | tool | bytes | seconds | memory, MB |\n|---|---|---|---|---|")
    try:
        with tempfile.TemporaryDirectory() as folder:
            for pair in measure.read_corpus(options.corpus):
                if re.search(options.only, pair.pair_id):
                    measure_pair(options.mkdfota, pair, folder)
    except measure.Failed as failed:
        print(f"making.py: {failed}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    measure.main(work)
