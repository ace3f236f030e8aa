# SPDX-License-Identifier: MIT
"""What the subsections of section 6 of docs/FORMAT.md have in common: views
of an image, fields in it, and bits of an immediate in an instruction."""

PLAIN, CALL, BRANCH, HALF, POINTER, LOAD = range(6)


class View:
    """The first `size` bytes of `data`; byte p stands at address base + p.
    is_far: as codec range reads it."""

    def __init__(self, data, size, base, is_far=False):
        self.data = data
        self.size = size
        self.base = base
        self.is_far = is_far

    def has(self, at, count):
        return 0 <= at and at + count <= self.size

    def bytes(self, at, count):
        """Fewer where the image ends."""
        return bytes(self.data[at:min(at + count, self.size)])

    def number(self, at, count):
        return int.from_bytes(self.data[at:at + count], "little")

    def half(self, at):
        return self.data[at] | self.data[at + 1] << 8

    def word(self, at):
        return self.number(at, 4)


class Field:
    """start: its position in the image; code: form of the reference in it,
    which has encode(plain, target, address)."""

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
        return self.code.encode(self.plain, target, address)


def signed(value, bits):
    """The lowest bits of a number as a signed one."""
    value &= (1 << bits) - 1
    return value - (value >> bits - 1 << bits)


class Layout:
    """Where an immediate stands in an instruction. Each group: its lowest bit
    in the immediate, number of bits, its lowest bit in the instruction."""

    def __init__(self, *groups):
        self.groups = groups
        self.bits = max(low + count for low, count, _ in groups)

    def get(self, word):
        return sum((word >> place & (1 << count) - 1) << low
                   for low, count, place in self.groups)

    def get_signed(self, word):
        return signed(self.get(word), self.bits)

    def put(self, word, value):
        """Higher bits, and lower ones that have no place, are dropped."""
        for low, count, place in self.groups:
            mask = (1 << count) - 1
            word = word & ~(mask << place) | (value >> low & mask) << place
        return word


class Relative:
    """A displacement from an origin that follows from the address."""

    def __init__(self, layout, origin):
        self.layout = layout
        self.origin = origin

    def target(self, word, address):
        return (self.origin(address) + self.layout.get_signed(word) &
                0xFFFFFFFF)

    def encode(self, plain, target, address):
        word = int.from_bytes(plain, "little")
        word = self.layout.put(word, target - self.origin(address))
        return word.to_bytes(len(plain), "little")
