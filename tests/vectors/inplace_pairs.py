# SPDX-License-Identifier: MIT
"""Pairs of images for updates in place (section 11 of docs/FORMAT.md).

Their new image is made from what the patcher predicts, so that there are long
runs of hits also where bytes are read that are lost by then: those read as
0xFF, and fields whose surroundings are lost become other fields.
"""

from firmware import Random
from noise import noise_image, noise_tables
from refcommon import Refused
from refencode import fill_tables, in_place, make_pair
from refpatch import make_writer


def source_for(random, writer, pair):
    """Of any bytes, readable or not; in the new image only where a source may
    lie."""
    old_size = len(pair.old)
    if random.below(3):
        return random.below(old_size)
    source = old_size + random.below(pair.new_size)
    try:
        writer.new_view(source - old_size)
    except Refused:
        return random.below(old_size)
    return source


def room_for(writer, source, pair):
    """How many bytes a copy may have there. (Codec range cannot end an
    alignment where the new image ends.)"""
    if source < len(pair.old):
        return len(pair.old) - source
    if source - len(pair.old) >= writer.at():
        return len(pair.old) + pair.new_size - source - 1
    return pair.new_size


class Maker:
    """Writes the new image of a pair, and the plan for it."""

    def __init__(self, random, pair, fresh, crossing):
        self.random = random
        self.pair = pair
        self.fresh = fresh  # bytes where the prediction is wrong
        self.crossing = crossing  # copies may go on in the next epoch
        self.writer = make_writer(pair, pair.old)
        self.writer.is_far = crossing  # these are for codec range only
        fill_tables(self.writer, pair)
        self.plan = []
        self.own = []  # ranges of the module's own bytes

    def hide(self, ranges):
        """They are unmanaged: 0xFF in both images."""
        old = bytearray(self.pair.old)
        for start, end in ranges:
            old[start:end] = b"\xff" * (end - start)
        self.own = self.pair.unmanaged = ranges
        self.pair.old = bytes(old)
        self.writer = make_writer(self.pair, self.pair.old)
        fill_tables(self.writer, self.pair)

    def limit(self):
        if self.crossing:
            return self.pair.new_size - self.writer.at()
        return self.writer.epoch_limit() - self.writer.at()

    def put(self, byte):
        """Kept blocks are as they were, whatever is predicted."""
        at, geometry = self.writer.at(), self.pair.geometry
        if geometry and at // geometry.block in geometry.kept:
            byte = self.pair.old[at]
        if any(start <= at < end for start, end in self.own):
            byte = 0xFF
        self.writer.put(byte)

    def copy(self, source, count, wrong, plain):
        reading = b""
        for i in range(count):
            if not reading:
                reading = self.writer.read(source + i)
                reading = reading.plain if plain else reading.mapped
            miss = self.random.below(10) < 3 * wrong
            self.put(self.fresh[self.writer.at()] if miss else reading[0])
            reading = reading[1:]

    def add(self, source, count, literals, how=None, wrong=0, plain=False):
        self.plan.append((source if count else None, count, literals, how))
        if count:
            self.copy(source, count, wrong, plain)
        for _ in range(literals):
            self.put(self.fresh[self.writer.at()])

    def add_any(self):
        random, limit = self.random, self.limit()
        source = source_for(random, self.writer, self.pair)
        count = (0, 1, 2, 3, 7, 40, 90, 200)[random.below(8)]
        count = min(count, limit, room_for(self.writer, source, self.pair))
        literals = (0, 0, 1, 2, 5, 30)[random.below(6)]
        literals = min(literals, limit - count)
        how = (None, "near", "old" if source < len(self.pair.old) else
               "distance")[random.below(3)]
        if count + literals > 0:
            self.add(source, count, literals, how, max(random.below(6) - 2, 0),
                     random.below(4) == 0)

    def finish(self):
        while not self.writer.complete():
            self.add_any()
        return with_new(self.pair, bytes(self.writer.made()), self.plan)


def with_new(pair, new, plan):
    pair.new, pair.plan = new, plan
    return pair


def empty_pair(random, arch, old_size, new_size, base, new_base):
    ranges, entries = noise_tables(random, max(old_size, 64), base)
    pair = make_pair(noise_image(random, old_size, base), b"", arch, base,
                     new_base, ranges, entries)
    pair.new_size = new_size
    return pair


def maker(seed, arch, sizes, geometry, crossing=False):
    """sizes: of both images. geometry: what in_place() takes, or None."""
    random = Random(seed)
    base, new_base = (0x40000000, 0x40000100) if arch else (0xFFFFFF00, 0x1000)
    pair = empty_pair(random, arch, *sizes, base, new_base)
    if geometry:
        pair = in_place(pair, *geometry)
    fresh = noise_image(random, sizes[1], base)
    return Maker(random, pair, fresh, crossing)


def inplace_pair(seed, arch, sizes, geometry, crossing=False):
    return maker(seed, arch, sizes, geometry, crossing).finish()


def shifted_pair(seed, arch, shift):
    """All of the new image is the old one, some bytes further on: each epoch
    begins in the midst of a field, and the rest of what it reads is lost."""
    made = maker(seed, arch, (1000, 1000 + shift), (0, 6, 1, 1), True)
    made.add(None, 0, shift)
    made.add(0, 1000, 0)
    return made.finish()


def stored_pair(pair):
    """The same images without what codec stored has not."""
    return in_place(make_pair(pair.old, pair.new), *pair.geometry_fields)
