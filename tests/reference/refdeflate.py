# SPDX-License-Identifier: MIT
"""Section 8 of docs/FORMAT.md: codec deflate."""

import zlib

from refcommon import MASK, Refused, require, unfold


class OpStream:
    """Sections 8.1 and 8.2: what the segments decompress to.

    zlib is asked for single bytes: otherwise it would also accept distances
    beyond the window.
    """

    def __init__(self, stream, window):
        self.stream = stream
        self.window = window
        self.segment = None

    def inflate(self):
        """The segment's next byte; nothing when it ends."""
        try:
            output = self.segment.decompress(self.stream, 1)
        except zlib.error as error:
            raise Refused(f"deflate: {error}") from error
        require(output or self.segment.eof, "the stream ends too soon")
        self.stream = self.segment.unconsumed_tail or self.segment.unused_data
        return output

    def byte(self):
        while True:
            if self.segment is None or self.segment.eof:
                require(self.stream, "the stream ends too soon")
                self.segment = zlib.decompressobj(-self.window)
            output = self.inflate()
            if output:
                return output[0]

    def end_segment(self):
        require(self.segment.eof or not self.inflate(),
                "bytes after the last record")

    def finish(self):
        self.end_segment()
        require(not self.stream, "bytes after the last segment")

    def varint(self):
        value = 0
        for shift in range(0, 35, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                require(value <= MASK, "varint too large")
                return value
        raise Refused("varint too long")

    def svarint(self):
        return unfold(self.varint())


def decode(writer, payloads):
    ops = OpStream(b"".join(payloads), writer.package.param)
    count = ops.varint()
    require(count <= 8, "too many pointer ranges")
    for _ in range(count):
        writer.add_range(ops.varint(), ops.varint())
    require(ops.varint() == writer.package.map_entries, "map entries")
    for _ in range(writer.package.map_entries):
        writer.add_entry(ops.varint(), ops.svarint())
    expected = 0
    while not writer.complete():
        copy, literals = ops.varint(), ops.varint()
        require(0 < copy + literals <=
                writer.epoch_limit() - writer.at(), "record size")
        if copy > 0:
            expected = (expected + ops.svarint()) & MASK
            copy_bytes(writer, ops, expected, copy)
        for _ in range(literals):
            writer.put(ops.byte())
        expected = (expected + copy + literals) & MASK
        if writer.take_end():  # section 11.2
            ops.end_segment()
            expected = (expected + writer.take_jump()) & MASK
    ops.finish()


def copy_bytes(writer, ops, source, count):
    require(source >= len(writer.old) or source + count <= len(writer.old),
            "copy leaves the old image")
    reading = b""
    for i in range(count):
        if not reading:
            reading = writer.read(source + i).mapped
        writer.put((reading[0] + ops.byte()) & 0xFF)
        reading = reading[1:]
