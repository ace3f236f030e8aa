# SPDX-License-Identifier: MIT
"""Section 6 of docs/FORMAT.md: prediction."""

import struct

from refcommon import MASK, require

ARCH_NONE, ARCH_THUMB = 0, 1
PLAIN, CALL, BRANCH, HALF, POINTER = range(5)


def map_address(entries, address):
    """Section 6.3. entries: pairs of start and shift, ascending."""
    shift = 0
    for start, entry_shift in entries:
        if start > address:
            break
        shift = entry_shift
    return (address + shift) & MASK


class Field:
    """start: its position in the image; code: form of the reference in it."""

    def __init__(self, start, plain, kind=PLAIN, target=0, code=None):
        self.start = start
        self.plain = plain
        self.kind = kind
        self.target = target
        self.code = code

    def encode(self, target, address):
        """The field for another target, at another address."""
        if self.kind == PLAIN:
            return self.plain
        if self.kind == POINTER:
            return struct.pack("<I", target)
        return self.code.encode(self.plain, target, address)


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


class Image:
    """The first `size` bytes of `data`, seen as fields (6.2 and 6.4)."""

    def __init__(self, data, size, base, arch, ranges):
        self.data = data
        self.size = size
        self.base = base
        self.arch = arch
        self.ranges = ranges

    def half(self, at):
        return self.data[at] | self.data[at + 1] << 8

    def field(self, s):
        """The field that covers byte s."""
        if self.arch == ARCH_THUMB:
            e = s - s % 2
            field = self.reference(e) or (e >= 2 and self.reference(e - 2))
            if field:
                return field
        w = s - s % 4
        if w + 4 <= self.size:
            word = bytes(self.data[w:w + 4])
            value = struct.unpack("<I", word)[0]
            if any(start <= value < end for start, end in self.ranges):
                return Field(w, word, POINTER, value)
        unit = 2 if self.arch == ARCH_THUMB else 4
        start = s - s % unit
        return Field(start,
                     bytes(self.data[start:min(start + unit, self.size)]))

    def reference(self, i):
        """The reference in the 32-bit instruction at i, or None."""
        if i + 4 > self.size:
            return None
        h1, h2 = self.half(i), self.half(i + 2)
        if h1 & 0xF800 != 0xF000 or not self.starts_instruction(i):
            return None
        plain = bytes(self.data[i:i + 4])
        address = self.base + i
        for kind, code, test in BRANCHES:
            if test(h1, h2):
                target = code.target(h1, h2, address)
                return Field(i, plain, kind, target, code)
        if self.is_move(i, 0xF240):
            return self.pair(i, plain, MOVW, 0xF2C0, range(i + 4, i + 33, 2))
        if self.is_move(i, 0xF2C0):
            return self.pair(i, plain, MOVT, 0xF240, range(i - 4, i - 33, -2))
        return None

    def starts_instruction(self, i):
        count = 0
        while (count < 16 and i - 2 * count >= 2 and
               self.half(i - 2 * count - 2) >= 0xE800):
            count += 1
        return count % 2 == 0

    def is_move(self, i, pattern):
        return (self.half(i) & 0xFBF0 == pattern and
                self.half(i + 2) & 0x8000 == 0)

    def pair(self, i, plain, code, partner, places):
        register = self.half(i + 2) >> 8 & 15
        for k in places:
            if (0 <= k <= self.size - 4 and self.is_move(k, partner) and
                    self.half(k + 2) >> 8 & 15 == register):
                own = code.immediate(self.half(i), self.half(i + 2))
                other = code.immediate(self.half(k), self.half(k + 2))
                target = own << 16 | other if code.upper else other << 16 | own
                return Field(i, plain, HALF, target, code)
        return None


class Reading:
    """What a copy reads: the field under the source, both ways (6.1)."""

    def __init__(self, field, skip, target, address):
        self.kind = field.kind
        self.plain = field.plain[skip:]
        self.mapped = field.encode(target, address)[skip:]


class Writer:
    """The new image as it grows, and where copies come from."""

    def __init__(self, package, old):
        self.package = package
        self.old = old
        self.new = bytearray()
        self.ranges = []
        self.entries = []

    def add_range(self, start_delta, length):
        start = (start_delta + (self.ranges[-1][1] if self.ranges else 0))
        start &= MASK
        self.ranges.append((start, (start + length) & MASK))

    def add_entry(self, start_delta, shift_delta):
        start, shift = self.entries[-1] if self.entries else (0, 0)
        start, shift = (start + start_delta) & MASK, shift + shift_delta
        require(not self.entries or start > self.entries[-1][0],
                "order of map entries")
        self.entries.append((start, shift & MASK))

    def complete(self):
        return len(self.new) == self.package.new_size

    def read(self, source):
        """The reading of the field at a source, from its byte on."""
        package, at = self.package, len(self.new)
        is_old = source < len(self.old)
        if is_old:
            image = Image(self.old, len(self.old), package.old_base,
                          package.arch, self.ranges)
        else:
            source -= len(self.old)
            require(source < at, "source outside of both images")
            image = Image(self.new, at, package.new_base, package.arch,
                          self.ranges)
        field = image.field(source)
        skip = source - field.start
        target = field.target
        if is_old:
            target = map_address(self.entries, target)
        return Reading(field, skip, target, package.new_base + at - skip)
