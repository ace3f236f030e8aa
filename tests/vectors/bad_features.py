# SPDX-License-Identifier: MIT
"""The vectors of updates in place, parts, full images and unmanaged ranges
that must be refused (sections 11 and 12 of docs/FORMAT.md)."""

import struct

from bad import PART, u16, u32
from good import DEFLATE, RANGE, SECRET, STORED, without_map
from good_inplace import BACK, FRONT
from good_parts import stored
from range_pairs import PARAM_MIN
from refencode import (Coded, build, build_parts, fold, in_place, make_pair,
                       op_epochs, range_stream, segment, varint)

LIMIT, MANIFEST, DATA = "DFP_ERR_LIMIT", "DFP_ERR_MANIFEST", "DFP_ERR_DATA"


def record_at(package, tag):
    """Where the value of a record of one part begins."""
    at = PART + 88
    while package[at] != tag:
        at += 2 + package[at + 1]
    return at + 2


# --- In place ----------------------------------------------------------------

def add_geometry(out, plain):
    out.chapter("Bad: in place")
    pair = in_place(without_map(plain), FRONT, 6, 3, 2)
    good = build(pair, STORED, plain.new, chunk_size=512)
    at = record_at(good, 7)

    def bad(name, text, status=MANIFEST, kind="bad", **more):
        out.add(f"{kind}-{name}", "plain", text,
                build(pair, STORED, plain.new, chunk_size=512, **more), status)

    bad("mode-0", "mode 0 with the bit of mode 1.", "DFP_ERR_MODE",
        "unsupported", fields=[(24, b"\x00")])
    bad("mode-2", "mode 2.", "DFP_ERR_MODE", "unsupported",
        fields=[(24, b"\x02")])
    bad("inplace-feature-5", "feature bit 5.", "DFP_ERR_FEATURE",
        "unsupported", fields=[(8, u32(2 | 1 << 5))])
    bad("geometry-missing", "no geometry.", records=[(7, None)])
    value = pair.geometry_record
    for size in (0, 5, 7, 12):
        bad(f"geometry-size-{size}", f"a geometry of {size} bytes.",
            records=[(7, (value * 2)[:size])])
    bad("geometry-direction", "direction 2.", fields=[(at, b"\x02")])
    bad("geometry-order-64", "an unknown bit of the order.",
        fields=[(at, b"\x41")])
    bad("geometry-bits-5", "blocks of 32 bytes.", fields=[(at + 1, b"\x05")])
    bad("geometry-bits-25", "blocks of 32 MiB.", fields=[(at + 1, b"\x19")])
    bad("geometry-scratch-0", "no scratch block.", fields=[(at + 2, u16(0))])
    bad("geometry-epoch-0", "an epoch of no block.", fields=[(at + 4, u16(0))])
    bad("geometry-epoch-4", "an epoch of more blocks than the scratch area "
        "holds.", fields=[(at + 4, u16(4))])


def add_kept(out, plain):
    pair = in_place(without_map(plain), FRONT, 6, 3, 2)

    def bad(name, text, *runs, status=MANIFEST, extra=b""):
        value = b"".join(struct.pack("<BHH", *run) for run in runs) + extra
        out.add("bad-kept-" + name, "plain", text,
                build(pair, STORED, plain.new, chunk_size=512,
                      records=[(10, value)]), status)

    bad("none", "record 10 without a run.")
    bad("size", "a run of six bytes.", (0, 0, 1), extra=b"\x00")
    bad("cut", "a run of four bytes.", extra=bytes(4))
    bad("empty", "a run of no block.", (0, 0, 0))
    bad("order", "runs that descend.", (0, 2, 1), (0, 1, 1))
    bad("overlap", "runs that overlap.", (0, 1, 2), (0, 2, 1))
    bad("twice", "a run twice.", (0, 1, 1), (0, 1, 1))
    bad("part", "a run of a part that is not there.", (1, 0, 1))
    bad("changes", "a block that is said to be kept is another one.",
        (0, 1, 1), status="DFP_ERR_VERIFY")


def epoch_pair(direction):
    """256 bytes that become others, all of them literals, in four epochs."""
    old = bytes(i * 7 & 0xFF for i in range(256))
    pair = make_pair(old, bytes(i * 5 + 1 & 0xFF for i in range(256)))
    return in_place(pair, direction, 6, 1, 1)


def literals():
    return [(None, 0, 64)] * 4


def add_epochs(out):
    front, back = epoch_pair(FRONT), epoch_pair(BACK)
    out.image("epochs-old", front.old)
    out.image("epochs-new", front.new)
    ops = op_epochs(front, literals())

    def bad(name, text, pair, stream, codec=DEFLATE, param=15):
        out.add("bad-" + name, "epochs", text,
                build(pair, codec, stream, param), DATA)

    whole = b"".join(ops)
    bad("epoch-segment", "a segment that goes on where an epoch ends.", front,
        segment(whole))
    bad("epoch-segment-later", "a segment that ends a byte after the epoch.",
        front, segment(ops[0] + ops[1][:1]) + segment(
            ops[1][1:] + ops[2] + ops[3]))
    back_ops = op_epochs(back, literals())
    bad("epoch-segment-back", "the same as bad-epoch-segment, back to front.",
        back, segment(b"".join(back_ops)))
    tables = varint(0) + varint(0)

    def crossing(copy_size, literal_size):
        """A first record of so much, the rest as it should be."""
        head = varint(copy_size) + varint(literal_size)
        head += varint(0) if copy_size else b""
        return (segment(tables + head + bytes(64)) +
                segment(bytes(copy_size + literal_size - 64) + bytes(200)))

    bad("epoch-copy", "a copy that goes on in the next epoch.", front,
        crossing(65, 0))
    bad("epoch-literals", "literals that go on in the next epoch.", front,
        crossing(0, 65))
    bad("epoch-both", "a copy and literals that are too much together for an "
        "epoch.", front, crossing(60, 5))
    bad("epoch-short", "the stream ends with the first epoch.", front,
        segment(ops[0]))


def add_sources(out):
    """Sources in the new image; 256 bytes, four epochs of a block."""
    front, back = epoch_pair(FRONT), epoch_pair(BACK)
    old = len(front.old)
    # Name, text, direction, epoch in which it is, literals before it, q.
    cases = (
        ("front-at", "the position that is written", FRONT, 1, 8, 72),
        ("front-later", "a block of a later epoch", FRONT, 1, 8, 130),
        ("back-at", "the position that is written", BACK, 1, 8, 136),
        ("back-epoch-end", "the epoch's last byte", BACK, 1, 8, 191),
        ("back-before", "the byte before the epoch", BACK, 1, 8, 127),
        ("back-first", "the image's first byte", BACK, 1, 8, 0),
        ("back-first-epoch", "behind the first epoch", BACK, 0, 8, 256),
        ("back-beyond", "behind the image's end", BACK, 1, 8, 256),
    )
    for name, text, direction, epoch, before, q in cases:
        pair = front if direction == FRONT else back
        plan = literals()
        text = f"a source in the new image: {text}."
        ops = op_epochs(pair, plan)
        # (What is expected moves with the position: 64 bytes an epoch.)
        position = 64 * (epoch if direction == FRONT else 3 - epoch) + before
        expected = position if direction == FRONT else position - 192
        head = varint(0) + varint(before) + bytes(before)
        head += varint(4) + varint(0) + varint(fold(old + q - expected))
        streams = [segment(part) for part in ops[:epoch]]
        tables = varint(0) + varint(0) if epoch == 0 else b""
        streams.append(segment(tables + head + bytes(4)))
        out.add(f"bad-source-{name}-deflate", "epochs", text,
                build(pair, DEFLATE, b"".join(streams), 15), DATA)
        plan = plan[:epoch] + [(None, 0, before), (old + q, 4, 0, "distance")]
        out.add(f"bad-source-{name}-range", "epochs", text,
                build(pair, RANGE, range_stream(pair, plan, PARAM_MIN),
                      PARAM_MIN), DATA)


# --- Parts -------------------------------------------------------------------

def add_parts(out, pairs):
    out.chapter("Bad: parts")
    byte, plain = pairs["byte"], without_map(pairs["plain"])
    two = [stored(byte, 3), stored(plain, 5)]
    second = PART + 88

    def bad(name, text, status=MANIFEST, parts=two, kind="bad", key=False,
            **more):
        out.add(f"{kind}-parts-{name}", "byte+plain", text,
                build_parts(parts, 128, **more), status, key)

    bad("equal", "two parts of one id.", fields=[(second, b"\x03")])
    bad("order", "ids that descend.", fields=[(second, b"\x02")])
    bad("one", "the bit of several parts, but one part.",
        fields=[(25, b"\x01")])
    bad("none", "the bit of several parts, but no part.",
        fields=[(25, b"\x00")])
    bad("nine", "nine parts.", fields=[(25, b"\x09")])
    bad("short", "a manifest too small for its third part.",
        fields=[(25, b"\x03")])
    for i, at in enumerate((PART, second)):
        which = ("first", "second")[i]
        size = (1, len(plain.new))[i]
        bad(f"stream-{i}-more", f"the {which} part's stream size is one too "
            "large.", fields=[(at + 20, u32(size + 1))])
        bad(f"stream-{i}-less", f"the {which} part's stream size is one too "
            "small.", fields=[(at + 20, u32(size - 1))])
        bad(f"stream-{i}-large", f"the {which} part's stream is larger than "
            "the package.", fields=[(at + 20, u32(0xFFFFFFFF))])
    bad("stream-moved", "stream sizes that are right in their sum only.",
        fields=[(PART + 20, u32(2)), (second + 20, u32(len(plain.new) - 1))])
    bad("old-size", "the second part has no old image, without the bit.", LIMIT,
        fields=[(second + 8, u32(0))])
    bad("new-size", "the second part's new size is 0.", LIMIT,
        fields=[(second + 12, u32(0))])
    bad("map", "the second part has 8,193 map entries.", LIMIT,
        fields=[(second + 4, u16(8193))])
    bad("parameter", "the second part has a parameter.",
        fields=[(second + 6, u16(9))])
    bad("check-size", "record 5 for one part.", records=[(5, bytes(16))])
    bad("base-size", "record 6 for one part.", records=[(6, bytes(4))])
    bad("base", "the second old image is another one.", "DFP_ERR_BASE",
        fields=[(second + 24, bytes(32))])
    bad("new-digest", "the first new image is not what the manifest says.",
        "DFP_ERR_VERIFY", fields=[(PART + 56, bytes(32))])
    bad("new-digest-1", "the second new image is not what the manifest says.",
        "DFP_ERR_VERIFY", fields=[(second + 56, bytes(32))])
    bad("chunk", "a bit of the second part's first chunk changed.",
        "DFP_ERR_DIGEST", damage=[(-len(plain.new), b"\x5a\xa5")])
    bad("chunk-signed", "the last byte of a signed package changed.",
        "DFP_ERR_DIGEST", secret=SECRET, key=True, damage=[(-1, b"\x00")])
    stream = range_stream(pairs["plain"], pairs["plain"].plan, PARAM_MIN, True)
    long = [Coded(pairs["plain"], RANGE, stream + b"\x00", PARAM_MIN, 0),
            stored(byte, 1)]
    out.add("bad-parts-after", "plain+byte", "a byte after the first part's "
            "stream.", build_parts(long, 128), DATA)
    long[0].stream = stream[:len(stream) // 2]
    out.add("bad-parts-cut", "plain+byte", "the first part's stream ends too "
            "soon.", build_parts(long, 128), DATA)
    bad("codec", "the second part's codec is 3.", "DFP_ERR_CODEC",
        kind="unsupported", fields=[(second + 1, b"\x03")])
    bad("version", "the second part's codec version is 2.",
        "DFP_ERR_CODEC_VERSION", kind="unsupported",
        fields=[(second + 2, b"\x02")])
    bad("arch", "the second part's architecture does not exist.",
        "DFP_ERR_ARCH", kind="unsupported", fields=[(second + 3, b"\x80")])
    eight = [stored(byte, i) for i in range(8)]
    out.add("bad-parts-total", "+".join(["byte"] * 8),
            "new images of 2^32 bytes together.",
            build_parts(eight, 128, fields=[(PART + 88 * i + 12, u32(2**29))
                                            for i in range(8)]), LIMIT)


def add_full(out, pairs):
    plain, byte = pairs["plain"], pairs["byte"]
    out.chapter("Bad: full images")
    out.add("bad-full-none", "plain", "the bit of full images, but none.",
            build(without_map(plain), STORED, plain.new,
                  fields=[(8, u32(8))]), MANIFEST)
    out.add("bad-full-parts-none", "plain+byte", "the same with two parts.",
            build_parts([stored(plain, 0), stored(byte, 1)],
                        fields=[(8, u32(9))]), MANIFEST)
    full = make_pair(b"", plain.new)
    out.add("bad-full-unset", "plain", "a full image without its bit.",
            build(full, STORED, plain.new, fields=[(8, u32(0))]), LIMIT)
    out.add("bad-full-source", "plain", "a source where nothing was written "
            "yet, in a full image.",
            build(full, RANGE, range_stream(
                full, [(None, 0, 4), (4, 8, 0, "old")], PARAM_MIN),
                  PARAM_MIN), DATA)
    out.add("bad-full-source-first", "plain", "a source before anything was "
            "written.", build(full, DEFLATE, segment(
                varint(0) + varint(0) + varint(4) + varint(0) + varint(0) +
                bytes(4)), 15), DATA)


# --- Unmanaged ranges --------------------------------------------------------

def add_unmanaged(out, pairs):
    out.chapter("Bad: unmanaged ranges")
    plain, byte = without_map(pairs["plain"]), pairs["byte"]
    small = make_pair(plain.old, plain.new[:100])

    def bad(name, text, *ranges, of=plain, images="plain", extra=b"",
            more=()):
        value = b"".join(struct.pack("<BII", *item) for item in ranges) + extra
        parts = [stored(of, 0), *more]
        parts[0].pair.unmanaged = [(0, 1)]  # for the feature bit
        out.add("bad-unmanaged-" + name, images, text,
                build_parts(parts, 200, records=[(8, value)]), MANIFEST)

    parts = [stored(plain)]
    parts[0].pair.unmanaged = [(0, 1)]
    out.add("bad-unmanaged-missing", "plain", "no record of ranges.",
            build_parts(parts, 200, records=[(8, None)]), MANIFEST)
    bad("none", "no range.")
    bad("size", "a range of ten bytes.", (0, 1, 2), extra=b"\x00")
    bad("cut", "a range of eight bytes.", extra=bytes(8))
    bad("empty", "a range of no byte.", (0, 8, 8))
    bad("reversed", "a range whose end is before its start.", (0, 9, 8))
    bad("order", "ranges that descend.", (0, 20, 24), (0, 8, 12))
    bad("overlap", "ranges that overlap.", (0, 8, 16), (0, 15, 20))
    bad("old", "a range that goes on behind the old image.",
        (0, 8, len(plain.old) + 1))
    bad("new", "a range that goes on behind the new image.", (0, 8, 101),
        of=small)
    bad("large", "a range of all addresses.", (0, 1, 0xFFFFFFFF))
    bad("part", "a range of a part that is not there.", (1, 8, 16))
    bad("part-order", "the second part's range comes first.", (1, 0, 1),
        (0, 8, 12), images="plain+byte", more=[stored(byte, 1)])
    bad("part-new", "a range behind the second part's images.", (0, 8, 12),
        (1, 0, 2), images="plain+byte", more=[stored(byte, 1)])


def add_all(out, pairs):
    add_geometry(out, pairs["plain"])
    add_kept(out, pairs["plain"])
    add_epochs(out)
    add_sources(out)
    add_parts(out, pairs)
    add_full(out, pairs)
    add_unmanaged(out, pairs)
