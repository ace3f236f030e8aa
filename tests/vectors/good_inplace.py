# SPDX-License-Identifier: MIT
"""The good vectors of updates in place (section 11 of docs/FORMAT.md)."""

from copy import copy

from good import (DEFLATE, RANGE, RECORDS, SECRET, STORED, add_pair,
                  image_check)
from inplace_pairs import (inplace_pair, maker, shifted_pair, stored_pair,
                           with_new)
from range_pairs import PARAM_MIN
from refencode import build, in_place, op_epochs, range_stream, segment

FRONT, BACK, FRESH = 0, 1, 0x80
NONE, THUMB, A32, A64, RISCV, XTENSA, AVR, BIG = 0, 1, 2, 4, 8, 16, 32, 64

# Name: seed, architecture, sizes of old and new image; direction, block bits,
# scratch and epoch in blocks, kept runs.
NOISE = {
    "front-thumb": (21, THUMB, (1200, 1400), (FRONT, 6, 1, 1)),
    "back-thumb": (22, THUMB, (1400, 1150), (BACK, 6, 1, 1)),
    "front-a64": (23, A64, (1300, 1111), (FRONT, 6, 4, 2, ((2, 1), (6, 3)))),
    "back-a64": (24, A64, (1100, 1300), (BACK, 6, 3, 3)),
    "front-riscv": (25, RISCV, (1000, 1400), (FRONT, 6, 5, 3)),
    "back-riscv": (26, RISCV, (1201, 1200),
                   (BACK, 6, 3, 2, ((0, 2), (4, 1), (17, 2)))),
    "front-xtensa": (27, XTENSA, (1200, 1150), (FRONT, 6, 2, 2)),
    "back-xtensa": (28, XTENSA, (1200, 1300), (BACK, 6, 2, 1)),
    "front-avr": (29, AVR, (1200, 1280), (FRONT, 6, 3, 1)),
    "back-a32": (30, A32, (1000, 1024), (BACK, 6, 4, 4)),
    "back-big": (31, BIG, (1003, 705), (BACK, 7, 2, 1)),
    "front-none": (32, NONE, (1027, 1301), (FRONT, 8, 1, 1)),
    "front-one": (33, THUMB, (900, 700), (FRONT, 6, 16, 11)),
    "back-one": (34, THUMB, (700, 900), (BACK, 10, 3, 1)),
    "front-large": (35, NONE, (9000, 12500), (FRONT, 12, 1, 1)),
    "back-large": (36, THUMB, (8500, 5000), (BACK, 12, 2, 1)),
}

# Each epoch begins with a new model.
FRESH_MODELS = {
    "fresh-front-thumb": (71, THUMB, (1200, 1400), (FRONT | FRESH, 6, 1, 1)),
    "fresh-back-thumb": (72, THUMB, (1400, 1150),
                         (BACK | FRESH, 6, 3, 2, ((2, 1), (6, 3)))),
    "fresh-front-a64": (73, A64, (1300, 1111), (FRONT | FRESH, 7, 3, 1)),
    "fresh-back-riscv": (74, RISCV, (1000, 1400), (BACK | FRESH, 6, 5, 3)),
    "fresh-front-one": (75, NONE, (900, 700), (FRONT | FRESH, 6, 16, 11)),
    "fresh-back-large": (76, THUMB, (8500, 5000), (BACK | FRESH, 12, 1, 1)),
}

CROSSING = {
    "cross-thumb": (41, THUMB, (1200, 1400), (FRONT, 6, 1, 1)),
    "cross-none": (42, NONE, (1201, 1203), (FRONT, 6, 2, 1)),
    "cross-a64": (43, A64, (1200, 1100), (FRONT, 6, 3, 2, ((3, 1), (7, 2)))),
    "cross-riscv": (44, RISCV, (1000, 1400), (FRONT, 6, 2, 2)),
    "cross-xtensa": (45, XTENSA, (1200, 1200), (FRONT, 6, 1, 1)),
}


def deflated(pair, plan, window=15, kinds=("dynamic", "fixed", "stored")):
    """A segment for each epoch, of all kinds of blocks in turn."""
    return b"".join(segment(ops, kinds[i % len(kinds)], window)
                    for i, ops in enumerate(op_epochs(pair, plan)))


def text_of(pair):
    geometry = pair.geometry
    way = "back to front" if geometry.backwards else "front to back"
    kept = ", some blocks kept" if geometry.kept else ""
    return (f"{way} in {len(list(geometry.epochs()))} epochs of "
            f"{geometry.epoch} blocks of {geometry.block:,} bytes, "
            f"{geometry.scratch} in scratch{kept}; {len(pair.old):,} bytes "
            f"become {len(pair.new):,}.")


def coding_pair(pair):
    """What stored writes is in the order of the image, not of epochs."""
    stored = stored_pair(pair)
    block, size = pair.geometry.block, len(pair.new)
    stream = b"".join(pair.new[low * block:min(high * block, size)]
                      for low, high in pair.geometry.epochs())
    return stored, stream


def add_noise(out):
    out.chapter("Good: in place")
    for i, (name, fields) in enumerate(NOISE.items()):
        pair = inplace_pair(*fields)
        name = "inplace-" + name
        add_pair(out, name, pair)
        text = text_of(pair)
        more = {"secret": SECRET} if i % 5 == 0 else {}
        out.add("good-" + name + "-deflate", name, text,
                build(pair, DEFLATE, deflated(pair, pair.plan, 9 + i % 7),
                      9 + i % 7, 64 + 24 * i, **more), key=bool(more))
        out.add("good-" + name + "-range", name, text,
                build(pair, RANGE, range_stream(pair, pair.plan, 32 + 20 * i),
                      32 + 20 * i, 64 + 24 * i, **more), key=bool(more))
        if i % 3 == 0:
            stored, stream = coding_pair(pair)
            out.add("good-" + name + "-stored", name, text,
                    build(stored, STORED, stream, 0, 100, **more),
                    key=bool(more))


def add_range(out, name, pair, text, **more):
    name = "inplace-" + name
    out.add("good-" + name, add_pair(out, name, pair), text,
            build(pair, RANGE, range_stream(pair, pair.plan, PARAM_MIN),
                  PARAM_MIN, **more))


def add_crossing(out):
    for name, fields in CROSSING.items():
        pair = inplace_pair(*fields, crossing=True)
        add_range(out, name, pair, "copies that go on in the next epoch; " +
                  text_of(pair))
    for arch, shift in ((NONE, 1), (NONE, 2), (NONE, 3), (THUMB, 1),
                        (THUMB, 65), (A64, 67), (XTENSA, 1)):
        add_range(out, f"shift-{arch}-{shift}", shifted_pair(50, arch, shift),
                  "one copy through all epochs: where one begins the rest of a "
                  "field is still what it was when it was looked up, what "
                  "follows is lost.")


def add_fresh(out):
    for i, (name, fields) in enumerate(FRESH_MODELS.items()):
        pair = inplace_pair(*fields, crossing=name.startswith("fresh-front"))
        text = "a new model for each epoch; " + text_of(pair)
        add_range(out, name, pair, text)
        if i == 1:
            out.add("good-inplace-" + name + "-deflate", "inplace-" + name,
                    "to codec deflate that is all the same; " + text_of(pair),
                    build(pair, DEFLATE, deflated(pair, pair.plan, 10), 10))


def far_pair(last):
    """Direction 1: both images that a source in the new image may see; a copy
    of so many bytes from before its end."""
    made = maker(61, THUMB, (500, 640), (BACK, 6, 2, 2))
    old, block = 500, 64
    for first in range(8, -1, -2):
        low = first * block
        made.add(None, 0, 30)
        made.add(old + low, 10, 2, "distance")  # what was written just now
        made.add(old + low + 1, 20, 0, "distance")
        if first < 8:
            end = (first + 2) * block
            made.add(old + end, 30, 0, "distance")  # its first bytes
            made.add(old + 640 - 20, last, 20 - last, "distance")
            made.add(old + end + 3, 16, 0, "distance")
        else:
            made.add(0, 66, 0)
    return made.finish()


def far_sources(out):
    text = ("sources in the new image, back to front: in the epoch being "
            "written, and in those written before, from their first byte to "
            "the image's ")
    pair = far_pair(20)
    out.add("good-inplace-sources-deflate",
            add_pair(out, "inplace-sources", pair), text + "end.",
            build(pair, DEFLATE, deflated(pair, pair.plan), 15))
    add_range(out, "sources-range", far_pair(19),
              text + "last byte but one, where codec range has to stop.")


def add_ends(out, pairs):
    byte = pairs["byte"]
    for direction in FRONT, BACK:
        pair = in_place(byte, direction, 6, 1, 1)
        out.add(f"good-inplace-byte-{direction}", "byte",
                "images of one byte, in place.",
                build(pair, STORED, byte.new, chunk_size=64))
    made = maker(62, NONE, (300, 300), (FRONT, 6, 2, 1)).finish()
    name = add_pair(out, "inplace-segments", made)
    ops = op_epochs(made, made.plan)
    empty = segment(b"")
    stream = b"".join(segment(epoch[:3]) + empty + segment(epoch[3:]) + empty
                      for epoch in ops[:-1])
    out.add("good-inplace-segments", name,
            "several segments in an epoch, empty ones before the next one.",
            build(made, DEFLATE, stream + segment(ops[-1]), 15,
                  records=(*RECORDS, image_check(made))))
    same = copy(made)
    same = in_place(with_new(same, made.old, [(0, 300, 0)]), FRONT, 6, 2, 1,
                    ((0, 5),))
    add_range(out, "kept-all", same, "all blocks are kept.")
    out.add("good-inplace-kept-beyond", name,
            "a run of kept blocks behind the image's end: it says nothing.",
            build(in_place(made, FRONT, 6, 2, 1, ((5, 1), (9, 65535))), DEFLATE,
                  stream + segment(ops[-1]), 15))


def add_all(out, pairs):
    add_noise(out)
    add_crossing(out)
    far_sources(out)
    add_ends(out, pairs)
    add_fresh(out)
