# SPDX-License-Identifier: MIT
"""Random images full of what looks like references, and random plans for them:
for all that nobody thinks of when a vector is made by hand."""

import struct

from firmware import Random
from refcommon import MASK
from refencode import make_pair

BRANCH_SECOND = (0xF800, 0xD000, 0xC000, 0xE800, 0x9000, 0xB800, 0x8000,
                 0xA800)
MOVES = (0xF240, 0xF2C0)


def noise_wide(random):
    """A 32-bit instruction, most often a reference."""
    if random.below(2):
        first = 0xF000 | random.below(0x800)
        second = BRANCH_SECOND[random.below(len(BRANCH_SECOND))]
        second |= random.below(0x800)
    else:
        first = MOVES[random.below(2)] | random.below(16)
        first |= random.below(2) << 10
        second = random.below(0x8000) & 0x71FF  # register 0 or 1
    return struct.pack("<2H", first, second)


def noise_image(random, size, base):
    out = bytearray()
    while len(out) < size:
        kind = random.below(8)
        if kind < 4:
            out += noise_wide(random)
        elif kind < 5:
            out += struct.pack("<I", base + random.below(2 * size) & MASK)
        elif kind < 6:
            out += struct.pack("<H", random.below(0x10000))
        elif kind < 7:
            out += bytes(random.below(256) for _ in range(random.below(20)))
        else:
            out += out[-40:-20]
    return bytes(out[:size])


def noise_tables(random, size, base):
    """Ranges and map entries near the image and anywhere."""
    def address():
        if random.below(3):
            return base + random.below(2 * size) & MASK
        return random.below(0x10000) << 16 | random.below(0x10000)

    ends = sorted(address() for _ in range(6)) + [MASK - 1, MASK]
    entries = []
    for start in sorted({address() for _ in range(12)}):
        shift = random.below(1 << 25) - (1 << 24)
        entries.append((start, shift if random.below(2) else shift % 64))
    return list(zip(ends[::2], ends[1::2])), entries


def noise_plan(random, old_size, new_size):
    plan, at = [], 0
    while at < new_size:
        source = random.below(old_size + at)
        copy = (0, 1, 2, 3, 7, 20, 60, 200)[random.below(8)]
        copy = min(copy, new_size - at)
        if source < old_size:
            copy = min(copy, old_size - source)
        literals = (0, 0, 1, 2, 5, 30)[random.below(6)]
        literals = min(literals, new_size - at - copy)
        if copy + literals > 0:
            how = ("old" if source < old_size else "distance", None,
                   "near")[random.below(3)]
            plan.append((source if copy else None, copy, literals, how))
            at += copy + literals
    return plan


def noise_pair(seed, arch, old_size, new_size, base, new_base):
    """Most of what is copied is right, but for some bytes."""
    random = Random(seed)
    old = noise_image(random, old_size, base)
    plan = noise_plan(random, old_size, new_size)
    fresh = noise_image(random, new_size, base)
    new = bytearray()
    for source, copy, literals, _ in plan:
        wrong = random.below(4)  # misses: none, some, most
        for i in range(copy):
            byte = (old + bytes(new))[source + i]
            miss = random.below(10) < wrong * 3
            new.append(fresh[len(new)] if miss else byte)
        new += fresh[len(new):len(new) + literals]
    ranges, entries = noise_tables(random, new_size, base)
    pair = make_pair(old, bytes(new), arch, base, new_base, ranges, entries)
    pair.plan = plan
    return pair
