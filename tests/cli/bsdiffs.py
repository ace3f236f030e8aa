#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Patches of bsdiff: bsdiffs.py FOLDER [seeds]

Writes into FOLDER what convert must refuse, as bad-NAME, and what it must take,
as good-NAME, each with good-NAME.new, what it makes of the 16 bytes 0 to 15.
With `seeds`: the same as inputs of fuzz_bsdiff.
"""

import bz2
import os
import struct
import sys

OLD = bytes(range(16))


def number(value):
    magnitude = abs(value)
    return struct.pack("<Q", magnitude | (1 << 63 if value < 0 else 0))


def entries(*list_of):
    return b"".join(number(value) for entry in list_of for value in entry)


def bsdiff40(control, diff, extra, size, sizes=None):
    packed = [bz2.compress(part) for part in (control, diff, extra)]
    stated = sizes or (len(packed[0]), len(packed[1]))
    return (b"BSDIFF40" + number(stated[0]) + number(stated[1]) +
            number(size) + b"".join(packed))


def bsdiff43(stream, size):
    return b"ENDSLEY/BSDIFF43" + number(size) + bz2.compress(stream)


GOOD = {
    # Old bytes plus differences, new bytes, back to the front.
    "two": (entries((4, 2, -4), (3, 0, 0)), b"\1\1\1\1\0\0\0", b"xy",
            bytes((1, 2, 3, 4)) + b"xy" + bytes((0, 1, 2))),
    # Before and behind the old image are zeroes.
    "outside": (entries((0, 1, -2), (4, 0, 12), (4, 0, 0)),
                b"aaaabbbb", b"z",
                b"z" + b"aa" + bytes((97, 98)) +
                bytes((98 + 14, 98 + 15)) + b"bb"),
    "one": (entries((1, 0, 0)), b"\x07", b"", b"\x07"),
    "idle": (entries(*[(0, 0, 1)] * 4, (1, 0, 0)), b"\0", b"", b"\4"),
}
C, D, E = GOOD["two"][:3]
FULL40 = bsdiff40(C, D, E, 9)
FULL43 = bsdiff43(C[:24] + D[:4] + E + C[24:] + D[4:], 9)

BAD = {
    "empty": b"",
    "magic": b"BSDIFF41" + FULL40[8:],
    "header": FULL40[:31],
    "negative-control": bsdiff40(C, D, E, 9, (-1, 5)),
    "negative-diff": bsdiff40(C, D, E, 9, (5, -1)),
    "long-control": bsdiff40(C, D, E, 9, (1 << 40, 5)),
    "long-diff": bsdiff40(C, D, E, 9, (40, (1 << 63) - 1)),
    "size-zero": bsdiff40(C, D, E, 0),
    "size-negative": bsdiff40(C, D, E, -9),
    "size-huge": bsdiff40(C, D, E, 1 << 40),
    "size-most": bsdiff40(C, D, E, (1 << 63) - 1),
    "add-negative": bsdiff40(entries((-1, 10, 0)), D, E * 5, 9),
    "copy-negative": bsdiff40(entries((10, -1, 0)), D * 2, E, 9),
    "add-beyond": bsdiff40(entries((10, 0, 0)), D * 2, E, 9),
    "copy-beyond": bsdiff40(entries((4, 6, 0)), D, E * 3, 9),
    "sum-beyond": bsdiff40(entries((8, (1 << 63) - 1, 0)), D * 2, E, 9),
    "seek-far": bsdiff40(entries((4, 2, (1 << 63) - 1), (3, 0, 0)), D, E, 9),
    "seek-back": bsdiff40(entries((4, 2, -(1 << 62)), (3, 0, 0)), D, E, 9),
    "seek-often": bsdiff40(entries(*[(1, 0, 1 << 40)] * 9), D * 2, E, 9),
    "control-ends": bsdiff40(C[:24], D, E, 9),
    "control-half": bsdiff40(C[:40], D, E, 9),
    "diff-ends": bsdiff40(C, D[:5], E, 9),
    "extra-ends": bsdiff40(C, D, E[:1], 9),
    "no-bzip2": FULL40[:32] + bytes(len(FULL40) - 32),
    "idle": bsdiff40(entries(*[(0, 0, 0)] * 20000), D, E, 9),
    "stream-ends": bsdiff43(C + D, 9),
    "43-header": FULL43[:23],
    "43-no-bzip2": FULL43[:24] + b"no bzip2 at all",
    "behind": FULL40 + b"\0",
    "43-behind": FULL43 + b"\0",
    "vcdiff": b"\xd6\xc3\xc4\0\0" + bytes(40),
}
for at in range(0, len(FULL40), 5):
    BAD[f"cut-{at}"] = FULL40[:at]
for at in range(0, len(FULL43) - 1, 5):
    BAD[f"43-cut-{at}"] = FULL43[:at]
for at in range(32, len(FULL40), 7):  # bzip2 has a CRC
    if FULL40[at:at + 4] != b"BZh9":
        BAD[f"flip-{at}"] = (FULL40[:at] + bytes((FULL40[at] ^ 0x10,)) +
                             FULL40[at + 1:])


def write(folder, name, data):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def interleaved(control, diff, extra):
    stream, fields = b"", struct.unpack(f"<{len(control) // 8}Q", control)
    for add, copy in zip(fields[::3], fields[1::3]):
        stream += control[:24] + diff[:add] + extra[:copy]
        control, diff, extra = control[24:], diff[add:], extra[copy:]
    return stream


def main(folder, seeds):
    os.makedirs(folder, exist_ok=True)
    for name, (control, diff, extra, new) in GOOD.items():
        stream = interleaved(control, diff, extra)
        if seeds:
            lead = struct.pack("<BHHH", 1, len(new), len(control), len(diff))
            write(folder, name, lead + control + diff + extra)
            write(folder, name + "-43", b"\2" + lead[1:] + stream)
            continue
        for kind, patch in (("40", bsdiff40(control, diff, extra, len(new))),
                            ("43", bsdiff43(stream, len(new)))):
            write(folder, f"good-{name}-{kind}", patch)
            write(folder, f"good-{name}-{kind}.new", new)
    for name, patch in BAD.items():
        if not seeds:
            write(folder, "bad-" + name, patch)
        elif "cut" not in name and "flip" not in name:
            write(folder, "bad-" + name, b"\0" + patch)


main(sys.argv[1], sys.argv[2:] == ["seeds"])
