# SPDX-License-Identifier: MIT
"""Section 6.5 of docs/FORMAT.md: Thumb."""

import struct

from reffield import BRANCH, CALL, HALF, Field
from refcommon import MASK

UNIT = 2


class LongBranch:
    """BL, BLX and B.W: 25 bits of displacement."""

    def __init__(self, aligned):
        self.aligned = aligned

    def origin(self, address):
        origin = address + 4
        return origin - origin % 4 if self.aligned else origin

    def target(self, h1, h2, address):
        s = h1 >> 10 & 1
        i1 = 1 - ((h2 >> 13 & 1) ^ s)
        i2 = 1 - ((h2 >> 11 & 1) ^ s)
        displacement = (s << 24 | i1 << 23 | i2 << 22 | (h1 & 0x3FF) << 12 |
                        (h2 & 0x7FF) << 1) - (s << 25)
        return (self.origin(address) + displacement) & MASK

    def encode(self, plain, target, address):
        h1, h2 = struct.unpack("<2H", plain)
        d = target - self.origin(address)
        s = d >> 24 & 1
        j1 = 1 - (d >> 23 & 1) ^ s
        j2 = 1 - (d >> 22 & 1) ^ s
        h1 = h1 & 0xF800 | s << 10 | d >> 12 & 0x3FF
        h2 = h2 & 0xD000 | j1 << 13 | j2 << 11 | d >> 1 & 0x7FF
        return struct.pack("<2H", h1, h2)


class ShortBranch:
    """B<c>.W: 21 bits of displacement."""

    @staticmethod
    def target(h1, h2, address):
        s = h1 >> 10 & 1
        displacement = (s << 20 | (h2 >> 11 & 1) << 19 | (h2 >> 13 & 1) << 18 |
                        (h1 & 0x3F) << 12 | (h2 & 0x7FF) << 1) - (s << 21)
        return (address + 4 + displacement) & MASK

    @staticmethod
    def encode(plain, target, address):
        h1, h2 = struct.unpack("<2H", plain)
        d = target - (address + 4)
        h1 = h1 & ~0x43F | (d >> 20 & 1) << 10 | d >> 12 & 0x3F
        h2 = (h2 & ~0x2FFF | (d >> 18 & 1) << 13 | (d >> 19 & 1) << 11 |
              d >> 1 & 0x7FF)
        return struct.pack("<2H", h1, h2)


class MoveHalf:
    """MOVW (upper = 0) or MOVT (upper = 1) of a pair."""

    def __init__(self, upper):
        self.upper = upper

    @staticmethod
    def immediate(h1, h2):
        return ((h1 & 15) << 12 | (h1 >> 10 & 1) << 11 | (h2 >> 12 & 7) << 8 |
                h2 & 0xFF)

    def encode(self, plain, target, _):
        h1, h2 = struct.unpack("<2H", plain)
        imm = target >> 16 * self.upper & 0xFFFF
        h1 = h1 & ~0x40F | imm >> 12 | (imm >> 11 & 1) << 10
        h2 = h2 & ~0x70FF | (imm >> 8 & 7) << 12 | imm & 0xFF
        return struct.pack("<2H", h1, h2)


BRANCHES = (
    (CALL, LongBranch(False), lambda h1, h2: h2 & 0xD000 == 0xD000),
    (CALL, LongBranch(True), lambda h1, h2: h2 & 0xD001 == 0xC000),
    (BRANCH, LongBranch(False), lambda h1, h2: h2 & 0xD000 == 0x9000),
    (BRANCH, ShortBranch, lambda h1, h2:
     h2 & 0xD000 == 0x8000 and h1 & 0x0380 != 0x0380))
MOVW, MOVT = MoveHalf(0), MoveHalf(1)
IS_MOVW, IS_MOVT = 0xF240, 0xF2C0


def reference(view, s):
    """The reference that covers byte s, or None."""
    e = s - s % 2
    return instruction(view, e) or (instruction(view, e - 2) if e else None)


def instruction(view, i):
    """The reference in the 32-bit instruction at i, or None."""
    if not view.has(i, 4):
        return None
    h1, h2 = view.half(i), view.half(i + 2)
    if h1 & 0xF800 != 0xF000 or not starts_instruction(view, i):
        return None
    plain = view.bytes(i, 4)
    for kind, code, test in BRANCHES:
        if test(h1, h2):
            target = code.target(h1, h2, view.base + i)
            return Field(i, plain, kind, target, code)
    if is_move(view, i, IS_MOVW):
        return pair(view, i, MOVW, IS_MOVT, range(i + 4, i + 33, 2))
    if is_move(view, i, IS_MOVT):
        return pair(view, i, MOVT, IS_MOVW, range(i - 4, i - 33, -2))
    return None


def starts_instruction(view, i):
    count = 0
    while (count < 16 and i - 2 * count >= 2 and
           view.half(i - 2 * count - 2) >= 0xE800):
        count += 1
    return count % 2 == 0


def is_move(view, i, pattern):
    return (view.half(i) & 0xFBF0 == pattern and
            view.half(i + 2) & 0x8000 == 0)


def pair(view, i, code, partner, places):
    register = view.half(i + 2) >> 8 & 15
    for k in places:
        if (view.has(k, 4) and is_move(view, k, partner) and
                view.half(k + 2) >> 8 & 15 == register):
            own = code.immediate(view.half(i), view.half(i + 2))
            other = code.immediate(view.half(k), view.half(k + 2))
            target = own << 16 | other if code.upper else other << 16 | own
            return Field(i, view.bytes(i, 4), HALF, target, code)
    return None
