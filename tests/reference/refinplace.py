# SPDX-License-Identifier: MIT
"""Section 11 of docs/FORMAT.md: updates in place."""

import copy
import struct

from refcommon import require
from refpredict import Writer


def kept_runs(record, parts):
    """Section 11.3: part, first block and number of each run."""
    last = (0, 0)
    for part, first, count in struct.iter_unpack("<BHH", record):
        require(part < parts and (part, first) >= last and count > 0,
                "kept blocks")
        last = part, first + count
        yield part, first, count


class Geometry:
    """Sections 11.1 and 11.3. kept: runs of blocks, first one and number."""

    def __init__(self, record, new_size, kept):
        order, bits, self.scratch, self.epoch = struct.unpack("<BBHH", record)
        require(not order & ~0x81 and 6 <= bits <= 24, "geometry")
        require(1 <= self.epoch <= self.scratch, "geometry")
        self.backwards = order & 1 == 1
        self.fresh = order & 0x80 != 0
        self.block = 1 << bits
        self.blocks = (new_size + self.block - 1) // self.block
        self.kept = {block for first, count in kept
                     for block in range(first, first + count)}

    def epochs(self):
        """Blocks that each writes: the first one and the one behind."""
        for g in range((self.blocks + self.epoch - 1) // self.epoch):
            if self.backwards:
                high = self.blocks - g * self.epoch
                yield max(0, high - self.epoch), high
            else:
                low = g * self.epoch
                yield low, min(low + self.epoch, self.blocks)

    def is_readable(self, block, low, high):
        """Of the old image, in the epoch that writes blocks low to high."""
        if block in self.kept:
            return True
        if self.backwards:
            return block < low + self.scratch or block >= self.blocks
        return block + self.scratch >= high


class InPlaceWriter(Writer):
    """Writes in the order of epochs; images read as section 11.2 says."""

    def __init__(self, package, old):
        super().__init__(package, old)
        self.geometry = package.geometry
        self.image = bytearray(package.new_size)
        self.near = bytearray(b"\xff" * package.new_size)
        self.far = bytearray(b"\xff" * package.new_size)
        self.order = list(self.geometry.epochs())
        self.written = 0
        self.position = self.begin = self.limit = 0
        self.jump = 0
        self.ended = self.begun = False
        self.old_seen = bytearray()
        self.begin_epoch()
        self.jump = 0
        self.begun = False

    def fork(self):
        twin = super().fork()
        for name in ("image", "near", "far", "order"):
            setattr(twin, name, copy.copy(getattr(self, name)))
        return twin

    def begin_epoch(self):
        geometry = self.geometry
        low, high = self.order.pop(0)
        size = geometry.block
        self.far[self.position_of(high):] = self.image[self.position_of(high):]
        self.old_seen = bytearray(self.old)
        for block in range((len(self.old) + size - 1) // size):
            if not geometry.is_readable(block, low, high):
                end = min((block + 1) * size, len(self.old))
                self.old_seen[block * size:end] = b"\xff" * (end - block * size)
        if geometry.backwards:
            self.near = bytearray(b"\xff" * len(self.image))
        self.jump += self.position_of(low) - self.limit
        self.begun = True
        self.position = self.begin = self.position_of(low)
        self.limit = self.position_of(high)

    def position_of(self, block):
        return min(block * self.geometry.block, len(self.image))

    def at(self):
        return self.position

    def put(self, byte):
        if self.position // self.geometry.block in self.geometry.kept:
            require(self.old[self.position:self.position + 1] ==
                    bytes([byte]), "a kept block changes")
        self.image[self.position] = self.near[self.position] = byte
        self.position += 1
        self.written += 1
        if self.position == self.limit:
            self.ended = True
            if not self.complete():
                self.begin_epoch()

    def epoch_limit(self):
        return self.limit

    def complete(self):
        return self.written == len(self.image)

    def made(self):
        return self.image

    def take_jump(self):
        jump, self.jump = self.jump, 0
        return jump if self.geometry.backwards else 0

    def take_fresh(self):
        begun, self.begun = self.begun, False
        return begun and self.geometry.fresh

    def take_end(self):
        ended, self.ended = self.ended, False
        return ended

    def old_view(self):
        return self.old_seen

    def new_view(self, q):
        """The bytes that a source at q is looked up in, and their number."""
        if q < self.position:
            require(not self.geometry.backwards or q >= self.begin,
                    "source before the epoch")
            return self.near, self.position
        require(self.geometry.backwards and self.limit <= q < len(self.image),
                "source outside of both images")
        return self.far, len(self.image)
