# SPDX-License-Identifier: MIT
"""Sections 6.1 to 6.4 of docs/FORMAT.md: prediction; each architecture is a
file of its own."""

import copy

import refa32
import refa64
import refavr
import refriscv
import refthumb
import refxtensa
from refcommon import MASK, require
from reffield import POINTER, Field, View

ARCH_NONE, ARCH_KNOWN = 0, 127
(ARCH_THUMB, ARCH_A32, ARCH_A64, ARCH_RISCV, ARCH_XTENSA, ARCH_AVR,
 ARCH_BIG) = (1 << i for i in range(7))
ARCHS = {ARCH_THUMB: refthumb, ARCH_A32: refa32, ARCH_A64: refa64,
         ARCH_RISCV: refriscv, ARCH_XTENSA: refxtensa, ARCH_AVR: refavr}


def region_at(regions, s):
    """Section 6.2. regions: start, end, base, architecture of each."""
    for region in regions[:-1]:
        if s < region[1]:
            return region
    return regions[-1]


def map_address(entries, address):
    """Section 6.3. entries: pairs of start and shift, ascending."""
    shift = 0
    for start, entry_shift in entries:
        if start > address:
            break
        shift = entry_shift
    return (address + shift) & MASK


def map_back(entries, address):
    """What address leads to this one (section 9.7)."""
    ends = [start for start, _ in entries[1:]] + [1 << 32]
    for (start, shift), end in reversed(list(zip(entries, ends))):
        if start <= (address - shift) & MASK < end:
            return (address - shift) & MASK
    return address


class Pointer:
    """Section 6.4."""

    def __init__(self, order):
        self.order = order

    def target(self, plain):
        return int.from_bytes(plain, self.order)

    def encode(self, _, target, __):
        return target.to_bytes(4, self.order)


class Image:
    """The first `size` bytes of `data`, seen as fields."""

    def __init__(self, data, size, regions, ranges, is_far=False):
        self.data = data
        self.is_far = is_far
        self.size = size
        self.regions = regions
        self.ranges = ranges

    def field(self, s):
        """The field that covers byte s."""
        _, _, base, arch = region_at(self.regions, s)
        view = View(self.data, self.size, base, self.is_far)
        code = ARCHS.get(arch)
        return (code and code.reference(view, s) or
                self.pointer(view, s - s % 4, arch) or
                self.plain(view, s, code.UNIT if code else 4))

    def pointer(self, view, w, arch):
        if not view.has(w, 4):
            return None
        plain = view.bytes(w, 4)
        code = Pointer("big" if arch == ARCH_BIG else "little")
        target = code.target(plain)
        if any(start <= target < end for start, end in self.ranges):
            return Field(w, plain, POINTER, target, code)
        return None

    @staticmethod
    def plain(view, s, unit):
        start = s - s % unit
        return Field(start, view.bytes(start, unit))


class Reading:
    """What a copy reads: the field under the source, both ways (6.1)."""

    def __init__(self, field, skip, target, address):
        self.kind = field.kind
        self.size = len(field.plain)
        self.plain = field.plain[skip:]
        self.mapped = field.encode(target, address & MASK)[skip:]


class Writer:
    """The new image as it grows, and where copies come from."""

    def __init__(self, package, old):
        self.package = package
        self.old = old
        self.is_far = False  # section 6.11
        self.new = bytearray()
        self.old_regions = [(0, len(old), package.old_base, package.arch)]
        self.new_regions = [(0, package.new_size, package.new_base,
                             package.arch)]
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

    def fork(self):
        """The same writer, to go on in another way."""
        twin = copy.copy(self)
        twin.new = bytearray(self.new)
        return twin

    def at(self):
        """Position of the byte that comes next."""
        return len(self.new)

    def put(self, byte):
        self.new.append(byte)

    def complete(self):
        return len(self.new) == self.package.new_size

    def made(self):
        return self.new

    # What section 11.2 asks of codecs; here all is one epoch.

    def epoch_limit(self):
        """Where the epoch that is being written ends."""
        return self.package.new_size

    def take_end(self):
        """Whether an epoch has ended, since this was last asked."""
        return False

    def take_fresh(self):
        """Whether an epoch has begun for which the model begins anew."""
        return False

    def take_jump(self):
        """How far the position has moved between epochs, likewise."""
        return 0

    def old_view(self):
        return self.old

    def new_view(self, q):
        require(q < len(self.new), "source outside of both images")
        return self.new, len(self.new)

    def read(self, source):
        """The reading of the field at a source, from its byte on."""
        at = self.at()
        is_old = source < len(self.old)
        if is_old:
            image = Image(self.old_view(), len(self.old), self.old_regions,
                          self.ranges, self.is_far)
        else:
            source -= len(self.old)
            data, size = self.new_view(source)
            image = Image(data, size, self.new_regions, self.ranges,
                          self.is_far)
        field = image.field(source)
        skip = source - field.start
        target = field.target
        if is_old:
            target = map_address(self.entries, target)
        base = region_at(self.new_regions, at)[2]
        return Reading(field, skip, target, base + at - skip)
