# SPDX-License-Identifier: MIT
"""The good vectors of several parts, full images and unmanaged ranges (section
12 of docs/FORMAT.md)."""

from firmware import Random
from good import (DEFLATE, RANGE, RECORDS, SECRET, STORED, add_pair,
                  image_check, with_plan, without_map)
from good_inplace import BACK, FRONT, NONE, RISCV, THUMB, deflated
from inplace_pairs import inplace_pair, maker
from noise import noise_pair
from range_pairs import PARAM_MIN
from refencode import (Coded, build, build_parts, in_place, make_pair,
                       op_stream, range_stream, segment)
from refexample import PLAN, example_pair


# --- Coding ------------------------------------------------------------------

def stored(pair, part_id=0):
    pair = without_map(pair)
    return Coded(pair, STORED, pair.new, 0, part_id)


def deflate(pair, part_id=0, window=15):
    stream = (segment(op_stream(pair, pair.plan), window=window)
              if pair.geometry is None else
              deflated(pair, pair.plan, window))
    return Coded(pair, DEFLATE, stream, window, part_id)


def ranged(pair, part_id=0, param=PARAM_MIN):
    return Coded(pair, RANGE, range_stream(pair, pair.plan, param), param,
                 part_id)


# --- Parts -------------------------------------------------------------------

def add_parts(out, pairs):
    out.chapter("Good: parts")
    code, moved, plain = pairs["code"], pairs["moved"], pairs["plain"]
    byte, example = pairs["byte"], with_plan(example_pair(), PLAN)

    def add(name, images, text, parts, chunk_size=256, **more):
        out.add("good-parts-" + name, images, text,
                build_parts(parts, chunk_size, **more), key="secret" in more)

    add("two", "code+plain", "two parts of one codec each.",
        [ranged(code, 0), deflate(plain, 1)])
    add("three", "code+plain+example",
        "three parts of three codecs, ids with gaps, chunks of the least size; "
        "the largest model is that of the first one.",
        [ranged(code, 2, 300), stored(plain, 5), deflate(example, 200)], 64)
    add("three-signed", "code+plain+example", "the same in another order, "
        "signed.", [stored(code, 0), ranged(plain, 1), deflate(example, 255)],
        100, secret=SECRET, records=RECORDS)
    add("bases", "code+moved", "a new base for the second part, which record 6 "
        "has to state for both; image checks.",
        [deflate(code, 0), ranged(moved, 1)],
        records=[(5, image_check(code)[1] + image_check(moved)[1])])
    add("eight", "+".join(["byte"] * 8), "as many parts as there can be.",
        [stored(byte, i) for i in range(8)], 64)
    add("same", "plain+plain", "the same images twice, by the same codec.",
        [ranged(plain, 0), ranged(plain, 1)])
    size = len(plain.new)
    for left in (-1, 0, 1):
        add(f"chunk-{left + 1}", "plain+byte+plain",
            "the first part's stream " +
            ("leaves a byte of a chunk", "fills its chunk",
             "needs a byte of another chunk")[left + 1] +
            "; so does the last one's, which has room for 8 bytes more.",
            [stored(plain, 0), stored(byte, 1),
             stored(make_pair(plain.old, plain.new), 2)], size + 8 - left)


# --- Full images -------------------------------------------------------------

def full_pair(pair, regions=False):
    """The new image of a pair, with no old one: copies from itself."""
    full = make_pair(b"", pair.new, pair.arch, pair.old_base, pair.new_base,
                     pair.ranges, pair.entries)
    if regions:
        full.old_regions = [(0, 0, pair.old_base, pair.arch)]
        full.new_regions = [(0, 300, pair.new_base, pair.arch),
                            (300, len(pair.new), pair.new_base + 0x1000, 0)]
        full.map_entries += 6
    full.plan = self_plan(Random(len(pair.new)), pair.new)
    return full


def self_plan(random, new):
    """Copies from what is written already, of all classes of sources; right
    ones where there are any."""
    plan, at = [(None, 0, 8, None)], 8
    while at < len(new):
        source = new.rfind(new[at:at + 4], 0, at + 3)
        if source < 0 or random.below(8) == 0:
            source = random.below(at)
        count = min(4 + random.below(30), len(new) - at)
        literals = min(random.below(6), len(new) - at - count)
        how = ("old", "distance", "near", None)[random.below(4)]
        plan.append((source, count, literals, how))
        at += count + literals
    return plan


def add_full(out, pairs):
    out.chapter("Good: full images")
    code, moved, plain = pairs["code"], pairs["moved"], pairs["plain"]

    def add(name, images, text, part, chunk_size=256, **more):
        out.add("good-full-" + name, images, text,
                build_parts([part], chunk_size, **more), key="secret" in more)

    add("stored", "plain", "codec stored.",
        stored(make_pair(b"", plain.new)))
    add("deflate", "code", "codec deflate; references within the image.",
        deflate(full_pair(code)), 64)
    add("range", "code", "codec range: a position takes 32 bits.",
        ranged(full_pair(code), 0, 64), 100)
    add("signed", "moved", "another base; signed.",
        ranged(full_pair(moved)), secret=SECRET, records=RECORDS)
    add("regions", "code", "regions; that of the old image is empty.",
        ranged(full_pair(code, True)))
    add("byte", "byte", "one byte.", ranged(with_plan(
        make_pair(b"", pairs["byte"].new), [(None, 0, 1)])))
    noise = noise_pair(71, THUMB, 600, 900, 0x20000000, 0x20000000)
    full = full_pair(noise)
    name = add_pair(out, "full-noise", noise)
    add("noise-range", name, "random bytes that look like references.",
        ranged(full))
    add("noise-deflate", name, "random bytes that look like references.",
        deflate(full))
    out.add("good-parts-full", "code+plain+example",
            "a delta, a full image, another delta.",
            build_parts([deflate(code, 0), ranged(full_pair(plain), 1),
                         ranged(with_plan(example_pair(), PLAN), 2)], 80))
    out.add("good-parts-full-all", "code+plain",
            "two full images.",
            build_parts([deflate(full_pair(code), 0),
                         stored(make_pair(b"", plain.new), 1)], 80))


# --- Unmanaged ranges --------------------------------------------------------

def hidden(image, ranges):
    image = bytearray(image)
    for start, end in ranges:
        image[start:end] = b"\xff" * (end - start)
    return bytes(image)


def with_unmanaged(pair, ranges):
    """The pair as packages see it."""
    twin = make_pair(hidden(pair.old, ranges) if pair.old else b"",
                     hidden(pair.new, ranges), pair.arch, pair.old_base,
                     pair.new_base, pair.ranges, pair.entries)
    twin.unmanaged = list(ranges)
    twin.plan = pair.plan
    return twin


def add_device_pair(out, name, slot, pair):
    """What is in the slot before and after. slot: the old one."""
    new = bytearray(pair.new)
    for start, end in pair.unmanaged:
        new[start:end] = slot[start:end]
    out.image(name + "-old", slot)
    out.image(name + "-new", bytes(new))
    return name


def own_bytes(old, ranges, seed):
    """An old image as it is on the module."""
    random, slot = Random(seed), bytearray(old)
    for start, end in ranges:
        slot[start:end] = bytes(random.below(256) for _ in range(end - start))
    return bytes(slot)


def unmanaged_inplace(seed, arch, sizes, geometry, ranges):
    """Made from what is predicted, with 0xFF in the ranges."""
    made = maker(seed, arch, sizes, geometry)
    made.hide(ranges)
    return made.finish()


UNMANAGED = {
    "aligned": [(128, 192), (256, 384)],
    "unaligned": [(3, 5), (130, 200), (201, 202), (300, 301)],
    "ends": [(0, 70), (1100, 1200)],
    "adjacent": [(64, 128), (128, 192), (192, 200)],
    "all": [(0, 1200)],
}


def add_unmanaged(out, pairs):
    out.chapter("Good: unmanaged ranges")
    for i, (name, ranges) in enumerate(UNMANAGED.items()):
        noise = noise_pair(81 + i, THUMB, 1200, 1200, 0x20000000, 0x20000040)
        pair = with_unmanaged(noise, ranges)
        slot = own_bytes(noise.old, ranges, i)
        image = add_device_pair(out, "unmanaged-" + name, slot, pair)
        text = "bytes that stay as they are: " + ", ".join(
            f"{start} to {end - 1}" for start, end in ranges) + "."
        for codec, part in (("deflate", deflate(pair)),
                            ("range", ranged(pair)), ("stored", None)):
            if part is None:
                bare = without_map(pair)
                bare.unmanaged = pair.unmanaged
                part = Coded(bare, STORED, bare.new)
            out.add(f"good-unmanaged-{name}-{codec}", image, text,
                    build_parts([part], 200))
    code, plain = pairs["code"], pairs["plain"]
    ranges = [(5, 61), (100, 140)], [(0, 3), (64, 128)]
    parts, names = [], []
    for i, pair in enumerate((code, plain)):
        slot = own_bytes(pair.old, ranges[i], 7 + i)
        pair = with_unmanaged(pair, ranges[i])
        parts.append((ranged, deflate)[i](pair, i))
        names.append(add_device_pair(out, f"unmanaged-part-{i}", slot, pair))
    out.add("good-unmanaged-parts", "+".join(names), "ranges in two parts.",
            build_parts(parts, 90, secret=SECRET), key=True)
    only = with_unmanaged(plain, ranges[1])
    out.add("good-unmanaged-second", "code+" + names[1],
            "ranges in the second part only.",
            build_parts([deflate(code), ranged(only, 1)], 90))
    full = with_unmanaged(full_pair(plain), ranges[1])
    full.plan = full_pair(plain).plan
    out.add("good-unmanaged-full", names[1],
            "ranges in a full image: the bytes come from the slot that holds "
            "the image that is replaced.", build_parts([ranged(full)], 90))


INPLACE = {
    "front": (91, THUMB, (1300, 1400), (FRONT, 6, 2, 1),
              [(64, 128), (200, 330), (1000, 1001)]),
    "back": (92, THUMB, (1300, 1200), (BACK, 6, 2, 1),
             [(0, 64), (190, 450), (1199, 1200)]),
    "front-kept": (93, NONE, (1300, 1200), (FRONT, 7, 2, 2, ((1, 2),)),
                   [(120, 260), (512, 640)]),
    "back-last": (94, RISCV, (1500, 1300), (BACK, 7, 1, 1),
                  [(640, 768), (1280, 1300)]),
    "front-last": (95, THUMB, (1500, 1300), (FRONT, 7, 1, 1),
                   [(0, 128), (1280, 1300)]),
}


def add_last(out):
    """The last block is wholly unmanaged and not saved, but read."""
    ranges = [(1280, 1300)]
    made = maker(98, THUMB, (1500, 1300), (BACK, 7, 4, 1))
    made.hide(ranges)
    made.add(None, 0, 20)
    for _ in range(10):
        made.add(1310, 80, 8)  # behind the new image, in its last block
        made.add(1380, 40, 0)
    pair = made.finish()
    slot = own_bytes(pair.old, ranges, 98)
    name = add_device_pair(out, "own-last", slot, pair)
    text = ("a last block that is not written holds more of the old image, "
            "which is read for as long as any other block in scratch.")
    out.add("good-own-last-range", name, text,
            build_parts([ranged(pair)], 150))
    out.add("good-own-last-deflate", name, text,
            build_parts([deflate(pair)], 150))


def add_inplace(out, pairs):
    out.chapter("Good: in place, with parts and unmanaged ranges")
    made = {}
    for name, (*fields, ranges) in INPLACE.items():
        pair = made[name] = unmanaged_inplace(*fields, ranges)
        slot = own_bytes(pair.old, ranges, fields[0])
        image = add_device_pair(out, "own-" + name, slot, pair)
        text = ("unmanaged: " + ", ".join(f"{start} to {end - 1}"
                                          for start, end in ranges) + "." +
                (" The last block is not written, but of the old image it "
                 "holds more; it counts as any other block."
                 if name.endswith("last") else ""))
        out.add(f"good-own-{name}-range", image, text,
                build_parts([ranged(pair)], 150))
        out.add(f"good-own-{name}-deflate", image, text,
                build_parts([deflate(pair)], 150))
    add_last(out)
    front = inplace_pair(96, THUMB, (700, 800), (FRONT, 6, 2, 2))
    back = inplace_pair(97, NONE, (800, 600), (BACK, 7, 3, 1, ((1, 1),)))
    for name, pair in ("parts-front", front), ("parts-back", back):
        add_pair(out, name, pair)

    def add(name, images, text, *parts, **more):
        out.add("good-mixed-" + name, images, text,
                build_parts(parts, 120, **more), key="secret" in more)

    plain = pairs["plain"]
    add("two", "parts-front+parts-back",
        "two parts in place, each with a geometry of its own; kept blocks in "
        "the second one.", ranged(front, 1), deflate(back, 4))
    add("two-signed", "parts-back+parts-front", "the other way round, signed.",
        ranged(back, 1), deflate(front, 4), secret=SECRET)
    add("full-last", "parts-front+plain", "in place, then a full image.",
        deflate(front, 0), ranged(full_pair(plain), 1))
    add("full-first", "plain+parts-back", "a full image, then in place.",
        stored(make_pair(b"", plain.new), 0), ranged(back, 1))
    add("all", "own-back+plain+own-front-kept+parts-front",
        "in place, parts, kept blocks, unmanaged ranges, a full image, signed.",
        ranged(made["back"], 0), deflate(full_pair(plain), 1),
        deflate(made["front-kept"], 2), ranged(front, 3), secret=SECRET,
        records=RECORDS)
    ranges = [(64, 128), (192, len(plain.new))]
    full = with_unmanaged(full_pair(plain), ranges)
    slot = own_bytes(plain.old + bytes(64), ranges, 99)
    name = add_device_pair(out, "own-full", slot, full)
    add("full-own", "parts-back+" + name,
        "a full image, whole blocks of which are unmanaged, beside a part in "
        "place.", ranged(back, 0), ranged(full, 1))


def add_all(out, pairs):
    add_parts(out, pairs)
    add_full(out, pairs)
    add_unmanaged(out, pairs)
    add_inplace(out, pairs)
