# SPDX-License-Identifier: MIT
"""The worked example of docs/FORMAT.md, section 10: a pair of tiny images and
a package of each delta codec."""

from refencode import build, make_pair, op_stream, range_stream, segment

BASE = 0x08000000
PLAN = [(0, 16, 4), (16, 4, 0)]
RANGE_PARAM = 32  # the smallest model
DEFLATE, RANGE = 1, 2
THUMB = 1


def example_pair():
    """A store is inserted before a function, and the function returns 2."""
    start = bytes.fromhex("FE E7 00 BF 00 BF 00 BF")
    old = (bytes.fromhex("11 00 00 08  00 F0 04 F8") + start +
           bytes.fromhex("01 20 70 47"))
    new = (bytes.fromhex("15 00 00 08  00 F0 06 F8") + start +
           bytes.fromhex("00 21 09 60  02 20 70 47"))
    return make_pair(old, new, THUMB, BASE, None, [(BASE, BASE + 0x20)],
                     [(BASE + 16, 4)])


def deflate_example():
    pair = example_pair()
    stream = segment(op_stream(pair, PLAN), "stored")
    return build(pair, DEFLATE, stream, 9, 64, records=[(1, b"lamp")])


def range_example():
    pair = example_pair()
    stream = range_stream(pair, PLAN, RANGE_PARAM)
    return build(pair, RANGE, stream, RANGE_PARAM, 64, records=[(1, b"lamp")])
