# SPDX-License-Identifier: MIT
"""The vectors that must be refused: bad ones and unsupported ones."""

import hashlib
import struct
from copy import copy

import p256
from good import (DEFLATE, NONE, RANGE, SECRET, STORED, add_pair, with_plan,
                  without_map)
from range_pairs import PARAM_MIN, dropped_pair
from refencode import (build, fixed_segment, make_pair, op_records, op_stream,
                       range_stream, segment, varint)

PART = 24 + 16  # offset of the part record in a package with seal 0


def u16(value):
    return struct.pack("<H", value)


def u32(value):
    return struct.pack("<I", value)


def add_bad_framing(out, pairs):
    out.chapter("Bad: preamble and manifest")
    byte = pairs["byte"]

    def bad(name, text, status, offset=None, value=b"", **more):
        fields = [] if offset is None else [(offset, value)]
        out.add("bad-" + name, "byte", text,
                build(byte, STORED, byte.new, chunk_size=64, fields=fields,
                      **more), status)

    manifest, limit = "DFP_ERR_MANIFEST", "DFP_ERR_LIMIT"
    bad("magic", "another magic.", "DFP_ERR_FORMAT", 0, b"DFOU")
    bad("manifest-size", "manifest size 1,025.", limit, 6, u16(1025))
    bad("manifest-short", "a manifest too small for its part record.", manifest,
        6, u16(103))
    size = len(build(byte, STORED, byte.new, chunk_size=64))
    bad("package-short", "a package size that ends before the chunk.", manifest,
        12, u32(size - 1))
    bad("package-long", "a package size of one byte more than the stream "
        "needs.", manifest, 12, u32(size + 1))
    bad("parts-0", "no part.", manifest, 24 + 1, b"\x00")
    bad("parts-2", "two parts without the feature bit.", manifest, 24 + 1,
        b"\x02")
    bad("chunk-63", "chunk size 63.", limit, 24 + 2, u16(63))
    bad("chunk-32769", "chunk size 32,769.", limit, 24 + 2, u16(32769))
    bad("old-size-0", "old size 0.", limit, PART + 8, u32(0))
    bad("old-size-large", "old size 2^29 + 1.", limit, PART + 8,
        u32(2**29 + 1))
    bad("new-size-0", "new size 0.", limit, PART + 12, u32(0))
    bad("new-size-large", "new size 2^29 + 1.", limit, PART + 12,
        u32(2**29 + 1))
    bad("stream-size", "a stream size that is not what the chunks hold.",
        manifest, PART + 20, u32(2))
    bad("stream-size-0", "stream size 0.", manifest, PART + 20, u32(0))
    bad("map-8193", "8,193 map entries.", limit, PART + 4, u16(8193))
    bad("stored-map", "codec stored with a map entry.", manifest, PART + 4,
        u16(1))
    bad("stored-parameter", "codec stored with a parameter.", manifest,
        PART + 6, u16(9))
    bad("stored-size", "codec stored, its stream smaller than the new image.",
        manifest, PART + 12, u32(2))
    plain = pairs["plain"]
    deflate = segment(op_stream(plain, plain.plan))
    for window in (8, 16):
        out.add(f"bad-deflate-window-{window}", "plain",
                f"codec deflate with {window} window bits.",
                build(plain, DEFLATE, deflate, 15,
                      fields=[(PART + 6, u16(window))]), manifest)
    stream = range_stream(plain, plain.plan, PARAM_MIN)
    out.add("bad-range-model", "plain",
            "codec range with a model of 31 units, 1,984 bytes.",
            build(plain, RANGE, stream, PARAM_MIN,
                  fields=[(PART + 6, u16(PARAM_MIN - 1))]), manifest)


def add_bad_records(out, pairs):
    out.chapter("Bad: records")
    byte = pairs["byte"]
    end = PART + 88  # of the part record

    def bad(name, text, records, fields=(), **more):
        out.add("bad-record-" + name, "byte", text,
                build(byte, STORED, byte.new, chunk_size=64, records=records,
                      fields=fields, **more), "DFP_ERR_MANIFEST")

    bad("cut", "a value that goes on behind the manifest.", [(200, b"12")],
        [(end + 1, b"\x03")])
    bad("head-cut", "a tag as the manifest's last byte.",
        [(200, b"12"), (201, b"")], [(end + 1, b"\x03"), (end + 5, b"\xc9")])
    bad("order", "tags that descend.", [(200, b"1"), (201, b"2")],
        [(end, b"\xca")])
    bad("twice", "a tag twice.", [(200, b"1"), (201, b"2")], [(end, b"\xc9")])
    bad("tag-0", "tag 0: it does not ascend from nothing.", [(200, b"1")],
        [(end, b"\x00")])
    for tag, name in ((1, "product"), (2, "from"), (3, "to")):
        bad(name + "-empty", f"text {tag} of no bytes.", [(tag, b"")])
        bad(name + "-long", f"text {tag} of 65 bytes.", [(tag, b"x" * 65)])
        bad(name + "-nul", f"text {tag} with a NUL byte.", [(tag, b"a\0b")])
    bad("check-size", "record 5 of 15 bytes.", [(5, bytes(15))])
    bad("base-size", "record 6 of 5 bytes.", [(6, bytes(5))])
    bad("key-unsigned", "a key id without a signature.", [(4, bytes(4))])
    bad("key-size", "a key id of 5 bytes.", [(4, bytes(5))], secret=SECRET)
    bad("key-missing", "a signature without a key id.", [(4, None)],
        secret=SECRET)


def add_bad_seal(out, pairs):
    out.chapter("Bad: seal and digests")
    plain = without_map(pairs["plain"])

    def bad(name, text, status, key=False, **more):
        out.add("bad-" + name, more.pop("images", "plain"), text,
                build(plain, STORED, plain.new, chunk_size=100, **more),
                status, key)

    head = len(build(plain, STORED, b"", chunk_size=100)) - 8
    bad("seal", "the manifest's XXH64 is another.", "DFP_ERR_DIGEST",
        damage=[(head, b"\x00\x01\x02\x03")])
    bad("manifest-changed", "the RAM field was changed after sealing.",
        "DFP_ERR_DIGEST", damage=[(17, b"\x04")])
    bad("unsigned", "not signed, for a patcher that has a key.",
        "DFP_ERR_UNSIGNED", key=True)
    bad("key-unknown", "signed with a key that the patcher has not.",
        "DFP_ERR_KEY", key=True, secret=SECRET + 1)
    head = len(build(plain, STORED, b"", chunk_size=100, secret=SECRET)) - 64
    bad("signature", "another signature.", "DFP_ERR_SIGNATURE", key=True,
        secret=SECRET, damage=[(head + 40, b"\x00\x01\x02\x03")])
    bad("signature-other-key", "the right key id, signed with another key.",
        "DFP_ERR_SIGNATURE", key=True, secret=SECRET + 1,
        records=[(4, hashlib.sha256(
            p256.public_point(SECRET)).digest()[:4])])
    bad("signature-zero", "r and s are 0.", "DFP_ERR_SIGNATURE", key=True,
        secret=SECRET, damage=[(head, bytes(64))])
    bad("signature-order", "s is the order of the curve's group.",
        "DFP_ERR_SIGNATURE", key=True, secret=SECRET,
        damage=[(head + 32, p256.ORDER.to_bytes(32, "big"))])
    bad("manifest-changed-signed",
        "the RAM field of a signed package was changed.",
        "DFP_ERR_SIGNATURE", key=True, secret=SECRET, damage=[(17, b"\x04")])
    bad("chunk-first", "a bit of the first chunk changed.", "DFP_ERR_DIGEST",
        damage=[(-len(plain.new) + 40, b"\x5a\xa5")])
    bad("chunk-digest", "the digest in a chunk is not that of the next one.",
        "DFP_ERR_DIGEST", damage=[(PART + 88 + 8 + 100, bytes(8))])
    bad("chunk-last", "the last byte of the package changed.", "DFP_ERR_DIGEST",
        damage=[(-1, b"\x00")])
    bad("chunk-signed", "a bit of a chunk of a signed package changed.",
        "DFP_ERR_DIGEST", key=True, secret=SECRET, damage=[(-50, b"\x00")])
    bad("base", "made for another old image of the same size.", "DFP_ERR_BASE",
        fields=[(PART + 24, bytes(32))])
    bad("new-digest", "the result is not what the manifest says.",
        "DFP_ERR_VERIFY", fields=[(PART + 56, bytes(32))])


def add_bad_deflate(out, pairs):
    out.chapter("Bad: codec deflate")
    plain = pairs["plain"]
    ops = list(op_records(plain, plain.plan))
    whole = b"".join(ops)
    size = len(plain.new)

    def bad(name, text, stream, pair=plain):
        out.add("bad-deflate-" + name, "plain", text,
                build(pair, DEFLATE, stream, 15), "DFP_ERR_DATA")

    def record(copy, literals, source=None):
        fields = [copy, literals] + ([] if source is None else [source])
        return ops[0] + b"".join(map(varint, fields)) + bytes(size)

    bad("block", "a block of the type that does not exist.", b"\x07" * 20)
    bad("lengths", "a stored block whose length check is wrong.",
        b"\x01\x04\x00\x04\x00abcd")
    bad("distance", "a match that begins before its segment.",
        segment(whole[:8]) + fixed_segment([*whole[8:20], (8, 13)]))
    bad("cut", "a segment without its end.", segment(whole)[:-4])
    bad("short", "the op stream ends before the new image is complete.",
        segment(whole[:-5]))
    bad("long", "the last segment holds a byte more.",
        segment(whole + b"\x00"))
    bad("after", "a byte after the last segment.", segment(whole) + b"\x00")
    bad("segment-after", "an empty segment after the last one.",
        segment(whole) + segment(b""))
    bad("varint-large", "a varint of 2^32.",
        segment(b"\x80\x80\x80\x80\x10" + whole[1:]))
    bad("varint-long", "a varint of six bytes.",
        segment(b"\x81\x80\x80\x80\x80\x00" + whole[1:]))
    nine = make_pair(plain.old, plain.new, NONE, 0, None,
                     [(i, i + 1) for i in range(9)], [(16, 0)])
    bad("ranges", "nine pointer ranges.",
        segment(op_stream(nine, plain.plan)), nine)
    mapped = with_plan(make_pair(plain.old, plain.new, NONE, 0, None, [],
                                 [(16, 0), (16, 4)]), plain.plan)
    bad("map-count", "another number of map entries than the manifest says.",
        segment(op_stream(mapped, plain.plan)))
    bad("map-order", "two map entries that start at one address.",
        segment(op_stream(mapped, plain.plan)), mapped)
    mapped = with_plan(make_pair(plain.old, plain.new, NONE, 0, None, [],
                                 [(16, 0), (12, 4)]), plain.plan)
    bad("map-wrap", "a map entry that starts below the one before.",
        segment(op_stream(mapped, plain.plan)), mapped)
    bad("record-empty", "a record of nothing.", segment(record(0, 0)))
    bad("record-copy", "a copy larger than what is left.",
        segment(record(size + 1, 0, 0)))
    bad("record-literals", "a copy and literals that are too much together.",
        segment(record(1, size, 0)))
    bad("source-future", "a copy from where nothing was written yet.",
        segment(record(8, 0, 2 * len(plain.old))))
    bad("source-outside", "a copy from beyond both images.",
        segment(record(8, 0, 2 * (len(plain.old) + size))))
    bad("source-negative", "a copy from before the old image.",
        segment(record(8, 0, 1)))
    leaves = varint(0) + varint(20) + bytes(20) + record(
        8, 0, 2 * (len(plain.old) - 7 - 20))[len(ops[0]):]
    bad("source-leaves", "a copy that begins in the old image and ends in the "
        "new one.", segment(ops[0] + leaves))


def add_bad_range(out, pairs):
    out.chapter("Bad: codec range")
    plain = pairs["plain"]
    stream = range_stream(plain, plain.plan, PARAM_MIN)

    def bad(name, text, data, pair=plain):
        out.add("bad-range-" + name, "plain", text,
                build(pair, RANGE, data, PARAM_MIN), "DFP_ERR_DATA")

    def planned(plan, ranges=(), entries=()):
        pair = make_pair(plain.old, plain.new, NONE, 0, None, ranges, entries)
        return range_stream(pair, plan, PARAM_MIN), pair

    bad("after", "a byte after the stream's end.",
        range_stream(plain, plain.plan, PARAM_MIN, keep=True) + b"\x00")
    bad("short", "a stream that ends in its first half.",
        stream[:len(stream) // 2])
    pair, five = dropped_pair(5)
    out.add("bad-range-five", add_pair(out, "five", pair),
            "five bytes of zero were left away: one more than there may be.",
            build(pair, RANGE, five, PARAM_MIN), "DFP_ERR_DATA")
    bad("ranges", "nine pointer ranges.",
        *planned([], [(i, i + 1) for i in range(9)]))
    bad("map-order", "two map entries that start at one address.",
        *planned([], entries=[(16, 0), (16, 4)]))
    bad("map-wrap", "a map entry that starts below the one before.",
        *planned([], entries=[(16, 0), (12, 4)]))
    bad("empty", "an alignment that ends before its first byte.",
        *planned([(None, 0, 4), (20, 0, 0)]))
    bad("source-future", "a source where nothing was written yet.",
        *planned([(None, 0, 4), (len(plain.old) + 4, 8, 0)]))
    bad("source-old", "a position in the old image that is beyond it.",
        *planned([(255, 8, 0, "old")]))
    bad("source-negative", "a source before the old image.",
        *planned([(-1, 8, 0, "near")]))
    bad("source-expected", "the map expects a source before the old image.",
        *planned([(-4096, 8, 0, "map")], entries=[(8, 4096)]))


def add_unsupported(out, pairs):
    out.chapter("Unsupported")
    byte, plain = pairs["byte"], pairs["plain"]

    def refuse(name, text, status, *fields):
        out.add("unsupported-" + name, "byte", text,
                build(byte, STORED, byte.new, chunk_size=64, fields=fields),
                "DFP_ERR_" + status)

    refuse("format", "format version 2.", "VERSION", (4, b"\x02"))
    refuse("seal", "seal 2.", "FEATURE", (5, b"\x02"))
    refuse("regions", "feature bit 2.", "FEATURE", (8, u32(4)))
    refuse("feature", "feature bit 31.", "FEATURE", (8, u32(1 << 31)))
    refuse("mode", "mode 1 without its feature bit.", "MODE", (24, b"\x01"))
    refuse("codec", "codec 3.", "CODEC", (PART + 1, b"\x03"))
    refuse("stored-version", "codec stored, version 2.", "CODEC_VERSION",
           (PART + 2, b"\x02"))
    refuse("arch", "an architecture that does not exist: bit 7.", "ARCH",
           (PART + 3, b"\x80"))
    out.add("unsupported-deflate-version", "plain",
            "codec deflate, version 2.",
            build(plain, DEFLATE, segment(op_stream(plain, plain.plan)), 15,
                  fields=[(PART + 2, b"\x02")]), "DFP_ERR_CODEC_VERSION")
    stream = range_stream(plain, plain.plan, PARAM_MIN)
    for version, text in ((0x81, "draft 1"), (0x82, "draft 2"),
                          (0x83, "draft 3"), (2, "a later one")):
        out.add(f"unsupported-range-{version:02x}", "plain",
                f"codec range, version {version:#04x}: {text}.",
                build(plain, RANGE, stream, PARAM_MIN,
                      fields=[(PART + 2, bytes([version]))]),
                "DFP_ERR_CODEC_VERSION")


def add_bad_regions(out, plain):
    """Regions of codec range, section 9.6."""
    whole = (0, len(plain.old), plain.old_base, 0)
    end = (0, len(plain.new), plain.new_base, 0)

    def bad(name, text, old_regions, new_regions, entries):
        pair = copy(plain)
        pair.old_regions, pair.new_regions = old_regions, new_regions
        pair.map_entries = entries
        out.add("bad-range-regions-" + name, "plain", text,
                build(pair, RANGE, range_stream(pair, plain.plan, PARAM_MIN),
                      PARAM_MIN), "DFP_ERR_DATA")

    bad("room", "two regions, and one entry of 8 bytes too few for them.",
        [whole], [end], 3)
    bad("many", "33 regions.", [whole] * 33, [end], 68)
    bad("one", "the new image has none.", [whole], [], 2)
    bad("arch", "a region of an architecture that the manifest does not name.",
        [(*whole[:3], 2)], [end], 4)


def add_all(out, pairs):
    add_bad_framing(out, pairs)
    add_bad_records(out, pairs)
    add_bad_seal(out, pairs)
    add_bad_deflate(out, pairs)
    add_bad_range(out, pairs)
    add_bad_regions(out, pairs["plain"])
    add_unsupported(out, pairs)
