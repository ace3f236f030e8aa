# SPDX-License-Identifier: MIT
"""The good vectors but for codec range, and the pairs of images that others
use as well."""

import os
import struct

import firmware
import p256
from far import far_pairs
from noise import noise_pair
from refcommon import xxh64
from refencode import (build, fixed_segment, make_pair, op_records, op_stream,
                       segment, varint)
from refexample import deflate_example, example_pair

STORED, DEFLATE, RANGE = range(3)
NONE, THUMB = 0, 1
SECRET = p256.read_private(os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "key.pem"))


def add_images(out):
    pairs = {"example": example_pair(), "plain": plain_pair(),
             "byte": make_pair(b"\x00", b"\xff")}
    old, new = firmware.code_images()
    pairs["code"] = make_pair(
        old.image, new.image, THUMB, firmware.BASE, None, firmware.RANGES,
        firmware.address_map(old, new) + firmware.RAM_MAP)
    pairs["code"].plan = firmware.records(old, new)
    old, new = firmware.code_images(firmware.BASE + 0x20000)
    pairs["moved"] = make_pair(
        old.image, new.image, THUMB, firmware.BASE, new.base, firmware.RANGES,
        firmware.address_map(old, new) + firmware.RAM_MAP)
    pairs["moved"].plan = firmware.records(old, new)
    for name, pair in pairs.items():
        out.image(name + "-old", pair.old)
        out.image(name + "-new", pair.new)
    return pairs


def plain_pair():
    """Data without code: pointers, text, sizes that are no multiple of 4."""
    random = firmware.Random(3)
    base = 0x400
    noise = bytes(random.below(256) for _ in range(90))
    table = [base + random.below(300) for _ in range(16)]
    old = noise + b"\0\0" + struct.pack("<16I", *table) + noise[:60] + b"end"
    moved = [word + 8 if word >= base + 150 else word for word in table]
    new = (noise[:50] + b"inserted" + noise[50:] + b"\0\0" +
           struct.pack("<16I", *moved) + noise[:60] + b"end" + noise[5:58] +
           noise[:4])
    pair = make_pair(old, new, NONE, base, None, [(base, base + 300)],
                     [(base + 150, 8)])
    # The copy up to the old image's end; then from the new image, on itself.
    pair.plan = [(0, 50, 8), (50, 106, 0), (156, 63, 0),
                 (len(old) + 5, 45, 0), (50, 8, 0), (len(old), 4, 0)]
    return pair


def without_map(pair):
    """For codec stored."""
    return make_pair(pair.old, pair.new)


RECORDS = ((1, b"vector board"), (2, b"1.0.0"), (3, b"2"))


def image_check(pair):
    """Record 5."""
    return 5, xxh64(pair.old) + xxh64(pair.new)


def add_good_stored(out, pairs):
    out.chapter("Good: framing")
    byte, plain = pairs["byte"], without_map(pairs["plain"])
    out.add("good-stored-byte", "byte",
            "the smallest of all: images of one byte, no records.",
            build(byte, STORED, byte.new, chunk_size=64))
    out.add("good-stored", "plain",
            "product, versions and image checks; one chunk.",
            build(plain, STORED, plain.new, chunk_size=512, counter=7,
                  records=(*RECORDS, image_check(plain))))
    out.add("good-stored-chunks", "plain",
            "chunks of the least size, 64 bytes.",
            build(plain, STORED, plain.new, chunk_size=64))
    out.add("good-stored-last-chunk", "plain",
            "the last chunk is as large as the others: it holds no digest and "
            "so more payload.",
            build(plain, STORED, plain.new, chunk_size=len(plain.new)))
    out.add("good-stored-two-chunks", "plain",
            "the stream would fit one chunk, but takes two: the package size "
            "decides.",
            build(plain, STORED, plain.new, chunk_size=len(plain.new),
                  split=True))
    out.add("good-stored-later", "plain",
            "what a later version may add: records with unknown and reserved "
            "tags, the preamble's reserved field set.",
            build(plain, STORED, plain.new, chunk_size=512,
                  records=(*RECORDS, (7, b""), (9, b"app"), (200, b"\0" * 40),
                           (255, b"")),
                  fields=[(20, b"\x01\x02\x03\x04")]))
    out.add("good-stored-signed", "plain",
            "signed, several chunks; taken by a patcher that has the key.",
            build(plain, STORED, plain.new, chunk_size=100, secret=SECRET,
                  records=RECORDS), key=True)
    out.add("good-stored-signed-open", "plain",
            "the same for a patcher that has no key: it cannot check the "
            "signature, only the digests.",
            build(plain, STORED, plain.new, chunk_size=100, secret=SECRET,
                  records=RECORDS))
    manifest = [(1, b"p" * 64), (2, b"f" * 64), (3, b"t" * 64)]
    room = 1024 - 16 - 88 - 3 * 66
    manifest += [(100 + i, b"r" * 200) for i in range(3)]
    manifest.append((200, b"r" * (room - 3 * 202 - 2)))
    out.add("good-stored-manifest-1024", "byte",
            "a manifest of the greatest size.",
            build(byte, STORED, byte.new, chunk_size=32768, records=manifest))


def code_segments(pair, window, kinds):
    """The op stream in as many segments as kinds, cut anywhere."""
    ops = op_stream(pair, pair.plan)
    step = -(-len(ops) // len(kinds))
    return b"".join(segment(ops[i * step:(i + 1) * step], kind, window)
                    for i, kind in enumerate(kinds))


def add_good_deflate(out, pairs):
    out.chapter("Good: codec deflate")
    code, moved, plain = pairs["code"], pairs["moved"], pairs["plain"]
    out.add("good-deflate-example", "example",
            "the worked example of docs/FORMAT.md, section 10.",
            deflate_example())
    out.add("good-deflate-code", "code",
            "Thumb code: references of every form, look-alikes, pointer "
            "ranges, an address map; copies from both images, some of which "
            "begin inside of a field. One segment with dynamic tables, several "
            "chunks.",
            build(code, DEFLATE, code_segments(code, 15, ["dynamic"]), 15, 64))
    kinds = ["stored", "dynamic", "fixed", "dynamic", "stored"]
    out.add("good-deflate-segments", "code",
            "the same op stream in five segments of all kinds of blocks, cut "
            "where it happens to be.",
            build(code, DEFLATE, code_segments(code, 12, kinds), 12, 100))
    out.add("good-deflate-signed", "moved",
            "signed; the new image has another base (record 6).",
            build(moved, DEFLATE, code_segments(moved, 9, ["dynamic"] * 3), 9,
                  128, secret=SECRET, records=RECORDS), key=True)
    out.add("good-deflate-plain", "plain",
            "no architecture: words of four bytes; the last field of the old "
            "image is cut short by its end; a copy from the new image that "
            "reads what it has just written.",
            build(plain, DEFLATE, segment(op_stream(plain, plain.plan)), 15))
    ops = list(op_records(plain, plain.plan))
    empty = segment(b"")
    out.add("good-deflate-empty-segments", "plain",
            "segments that hold nothing, before and between others.",
            build(plain, DEFLATE, empty + segment(ops[0]) + empty + empty +
                  segment(b"".join(ops[1:])), 15))
    ops = op_stream(plain, plain.plan)
    long = b"\x81\x80\x80\x80\x00" + ops[1:]
    out.add("good-deflate-long-varint", "plain",
            "a varint of five bytes where one would do, split over two "
            "segments.",
            build(plain, DEFLATE, segment(long[:3]) + segment(long[3:]), 15))
    out.add("good-deflate-window", "window",
            "window of 9 bits and a match at its full distance, 512.",
            build(*window_package(out)))
    tables = table_pair(plain)
    out.add("good-deflate-tables", "plain",
            "eight pointer ranges, one up to the end of the address space, one "
            "empty; map entries that shift down, up and across it.",
            build(tables, DEFLATE, segment(op_stream(tables, tables.plan)), 15))
    byte = pairs["byte"]
    full = make_pair(byte.old, byte.new,
                     entries=[(4 * i, i % 2) for i in range(8192)])
    out.add("good-deflate-map-8192", "byte",
            "as many map entries as there can be.",
            build(full, DEFLATE, segment(op_stream(full, [(None, 0, 1)])), 15))
    for name, pair in edge_pairs(out):
        out.add("good-deflate-" + name, name, EDGE_TEXT,
                build(pair, DEFLATE, segment(op_stream(pair, pair.plan)), 15))
    for name, pair in noise_pairs(out):
        out.add("good-deflate-" + name, name, NOISE_TEXT,
                build(pair, DEFLATE, segment(op_stream(pair, pair.plan)), 15))
    for name, pair in far_pairs():
        out.add("good-deflate-" + name, add_pair(out, name, pair),
                "references that only codec range reads (section 6.11), and "
                "some that this one reads as well.",
                build(pair, DEFLATE, segment(op_stream(pair, pair.plan)), 15))


EDGE_TEXT = ("references at the very start and end of an image, immediates "
             "with every bit, the first and the last value of a range.")


def edge_pairs(out):
    for number, (old, new) in enumerate(firmware.edge_images()):
        pair = make_pair(old.image, new.image, THUMB, old.base, None,
                         [firmware.EDGE_RANGE],
                         firmware.address_map(old, new) + [(0x90000000, 0x40)])
        pair.plan = firmware.records(old, new)
        yield add_pair(out, f"edge-{number}", pair), pair


NOISE_TEXT = ("random bytes that look like references, a random plan, map and "
              "ranges: for what nobody thought of.")


def noise_pairs(out):
    pairs = {
        "noise-none": noise_pair(5, NONE, 257, 900, 0xFFFFFF00, 0x12345677),
        "noise-thumb": noise_pair(6, THUMB, 1000, 1500, 0x10000000, 0x10FF0002),
        "noise-odd": noise_pair(7, THUMB, 601, 1001, 0x7FFFFFF9, 0x80000003),
    }
    for i, name in enumerate(("a32", "a64", "riscv", "xtensa", "avr", "big")):
        pairs["noise-" + name] = noise_pair(8 + i, 2 << i, 1200, 1400,
                                            0x40000000, 0x40000100)
    for name, pair in pairs.items():
        add_pair(out, name, pair)
    return pairs.items()


def window_package(out):
    """An op stream of 520 bytes, the last 8 of which are the first 8."""
    literals = bytes(i * 7 & 0x7F for i in range(507))
    head = varint(0) + varint(0) + varint(0) + varint(515)
    pair = make_pair(b"\x00", literals + (head + literals)[:8])
    add_pair(out, "window", pair)
    stream = fixed_segment([*head, *literals, (8, 512)])
    return pair, DEFLATE, stream, 9


def add_pair(out, name, pair):
    out.image(name + "-old", pair.old)
    out.image(name + "-new", pair.new)
    return name


def with_plan(pair, plan):
    pair.plan = plan
    return pair


def table_pair(plain):
    base = plain.old_base
    ranges = [(0, 16), (32, 64), (base, base + 300), (base + 400, base + 400),
              (0x10000, 0x20000), (0x20000000, 0x20001000),
              (0x80000000, 0x80000001), (0xFFFF0000, 0xFFFFFFFF)]
    entries = [(0, -16), (base, 0), (base + 150, 8), (0x20000000, 0x80000008),
               (0xFFFFFFFF, 1)]
    return with_plan(make_pair(plain.old, plain.new, NONE, base, None, ranges,
                               entries), plain.plan)


def add_all(out):
    """Returns the pairs of images by name."""
    pairs = add_images(out)
    add_good_stored(out, pairs)
    add_good_deflate(out, pairs)
    return pairs
