# SPDX-License-Identifier: MIT
"""Writes packages, as docs/FORMAT.md describes them, from a given plan.

It does not look for small packages: what is copied from where, what the
address map holds and what is wrong with a package is the caller's choice. That
makes vectors of every form, and they stay as they are whatever mkdfota learns.

A plan is a list of records (source, copy, literals): copy so many bytes from
that source (section 6.1), then so many bytes that are coded themselves. For
codec range a fourth value may say how the source is to be sent.
"""

import copy
import hashlib
import struct
import zlib
from collections import deque
from types import SimpleNamespace

import p256
import refrange
from refcommon import MASK, Refused, xxh64
from refinplace import Geometry
from refpatch import (CODEC_VERSIONS, FULL, IN_PLACE, PARTS, UNMANAGED,
                      make_writer)

SEGMENT_KINDS = {"stored": (0, zlib.Z_DEFAULT_STRATEGY),
                 "fixed": (9, zlib.Z_FIXED),
                 "dynamic": (9, zlib.Z_DEFAULT_STRATEGY)}


def make_pair(old, new, arch=0, base=0, new_base=None, ranges=(), entries=(),
              old_regions=(), new_regions=()):
    """Two images and what their prediction depends on. Regions: start, end,
    base and architecture of each; codec range only."""
    return SimpleNamespace(
        old=old, new=new, arch=arch, old_base=base,
        new_base=base if new_base is None else new_base, ranges=ranges,
        entries=entries, old_regions=old_regions, new_regions=new_regions,
        new_size=len(new), geometry=None, unmanaged=[],
        map_entries=len(entries) + 2 * len(old_regions) + 2 * len(new_regions))


def in_place(pair, direction, bits, scratch, epoch, kept=()):
    """The same pair for a module of one slot. kept: runs of blocks."""
    pair = copy.copy(pair)
    pair.geometry_fields = direction, bits, scratch, epoch, kept
    pair.geometry_record = struct.pack("<BBHH", direction, bits, scratch, epoch)
    pair.kept = kept
    pair.geometry = Geometry(pair.geometry_record, pair.new_size, kept)
    return pair


def coding_order(pair):
    """Positions of the new image in the order in which they are coded."""
    if pair.geometry is None:
        return list(range(pair.new_size))
    block = pair.geometry.block
    return [at for low, high in pair.geometry.epochs()
            for at in range(low * block, min(high * block, pair.new_size))]


# --- Codec deflate -----------------------------------------------------------

def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def fold(number):
    """The number that stands for a signed one, taken modulo 2^32."""
    number = (number + (1 << 31) & MASK) - (1 << 31)
    return (number << 1 ^ number >> 31) & MASK


def table_numbers(pair):
    """Ranges and map entries as the numbers that both codecs send."""
    ranges, entries = [], []
    last = 0
    for start, end in pair.ranges:
        ranges += [start - last & MASK, end - start & MASK]
        last = end
    last_start = last_shift = 0
    for start, shift in pair.entries:
        entries += [start - last_start & MASK, fold(shift - last_shift)]
        last_start, last_shift = start, shift
    return ranges, entries


def fill_tables(writer, pair):
    writer.ranges = list(pair.ranges)
    writer.entries = [(start, shift & MASK) for start, shift in pair.entries]


def op_pieces(pair, plan):
    """The op stream of a plan, piece by piece (section 8.2), and whether an
    epoch ends with that piece."""
    ranges, entries = table_numbers(pair)
    yield (varint(len(pair.ranges)) + b"".join(map(varint, ranges)) +
           varint(len(pair.entries)) + b"".join(map(varint, entries))), False
    writer = make_writer(pair, pair.old)
    fill_tables(writer, pair)
    expected = 0
    for source, count, literals, *_ in plan:
        head = varint(count) + varint(literals)
        if count > 0:
            head += varint(fold(source - expected))
            expected = source + count
        head += copy_differences(writer, pair.new, source, count)
        for _ in range(literals):
            head += bytes([pair.new[writer.at()]])
            writer.put(head[-1])
        expected += literals + writer.take_jump()
        yield head, writer.take_end()


def op_records(pair, plan):
    return [piece for piece, _ in op_pieces(pair, plan)]


def op_epochs(pair, plan):
    """The op stream, one string per epoch."""
    epochs = [b""]
    for piece, ended in op_pieces(pair, plan):
        epochs[-1] += piece
        if ended:
            epochs.append(b"")
    return [ops for ops in epochs if ops]


def copy_differences(writer, new, source, count):
    out, reading = bytearray(), b""
    for i in range(count):
        reading = reading or writer.read(source + i).mapped
        byte = new[writer.at()]
        out.append(byte - reading[0] & 0xFF)
        writer.put(byte)
        reading = reading[1:]
    return bytes(out)


def op_stream(pair, plan):
    return b"".join(op_records(pair, plan))


def segment(data, kind="dynamic", window=15):
    """One raw DEFLATE stream."""
    level, strategy = SEGMENT_KINDS[kind]
    packer = zlib.compressobj(level, zlib.DEFLATED, -window, 9, strategy)
    return packer.compress(data) + packer.flush()


def fixed_segment(tokens):
    """The same by hand: literals (numbers) and matches (length, distance)."""
    bits = [1, 1, 0]

    def number(value, count):
        bits.extend(value >> i & 1 for i in range(count))

    def code(value, count):
        bits.extend(value >> i & 1 for i in reversed(range(count)))

    for token in tokens:
        if isinstance(token, tuple):
            length, distance = token[0], token[1] - 1
            assert 3 <= length <= 10 and distance >= 4
            code(length - 2, 7)
            extra = distance.bit_length() - 2
            code(2 * (extra + 1) + (distance >> extra & 1), 5)
            number(distance, extra)
        elif token < 144:
            code(0x30 + token, 8)
        else:
            code(0x190 + token - 144, 9)
    code(0, 7)
    bits += [0] * (-len(bits) % 8)
    return bytes(sum(bit << i for i, bit in enumerate(bits[k:k + 8]))
                 for k in range(0, len(bits), 8))


# --- Codec range -------------------------------------------------------------

class RangeEncoder:
    """Takes decisions from a queue and narrows an interval by them."""

    def __init__(self):
        self.wanted = deque()
        self.low = self.shifts = 0
        self.range = MASK

    def decide(self, p):
        decision = self.wanted.popleft()
        share = (self.range >> 16) * p
        if decision:
            self.range = share
        else:
            self.low += share
            self.range -= share
        while self.range < 1 << 24:
            self.range <<= 8
            self.low <<= 8
            self.shifts += 1
        return decision

    def finish(self, keep):
        """The shortest stream: up to four bytes of zero are left away, unless
        they are to be kept."""
        size = 4 + self.shifts
        for dropped in (4, 3):
            value = -(-self.low >> 8 * dropped) << 8 * dropped
            if value < self.low + self.range:
                break
        return value.to_bytes(size, "big")[:size if keep else size - dropped]


def region_numbers(regions, like):
    """What is sent for them (section 9.6)."""
    for i, (start, end, base, arch) in enumerate(regions):
        region = end - start, base, arch
        for number, other in zip(region, refrange.like_region(like, i)):
            yield fold(number - other)


class PlannedStream(refrange.RangeStream):
    """The decoder, its decisions being known beforehand: an encoder."""

    def __init__(self, pair, plan, shape, longest, doubt=False):
        self.coder = RangeEncoder()
        super().__init__(make_writer(pair, pair.old),
                         refrange.Model(self.coder, *shape))
        self.pair = pair
        self.longest = longest  # bit length sent for a number of 32 bits
        self.doubt = doubt  # every unit is said to have a miss
        self.copies = {}
        self.copy = None  # whose source is being sent
        self.end = 0  # of the copy in progress
        order, done = coding_order(pair), 0
        for record in plan:
            source, count, literals = record[:3]
            if source is not None:
                how = record[3] if len(record) > 3 else None
                self.copies[order[done]] = source, count, how
            done += count + literals

    def want(self, value, count):
        self.coder.wanted.extend(value >> i & 1
                                 for i in reversed(range(count)))

    def want_number(self, value):
        size = value.bit_length()
        self.want(self.longest if size == 32 else size, 6)
        self.want(value, max(size - 1, 0))

    def decode_tables(self):
        pair = self.pair
        ranges, entries = table_numbers(pair)
        regions = [*region_numbers(pair.old_regions, []),
                   *region_numbers(pair.new_regions, pair.old_regions)]
        self.want_number(len(pair.old_regions))
        if pair.old_regions:
            self.want_number(len(pair.new_regions))
        self.want_number(len(pair.ranges))
        for number in regions + ranges + entries:
            self.want_number(number)
        super().decode_tables()

    def decode_unaligned(self):
        at = self.at()
        copy = self.copies.pop(at, None)
        self.want(copy is not None, 1)
        if copy is None:
            self.want(self.pair.new[at], 8)
        else:
            self.copy = copy
            self.end = at + copy[1]
        super().decode_unaligned()

    def decode_source(self):
        source, _, how = self.copy
        at, old_size = self.at(), len(self.pair.old)
        alignment = source - at & MASK
        near = fold(source - at - self.anchor)
        if how is None:
            how = ("rep" if alignment in self.rep else
                   "map" if source == self.expected() else
                   "near" if near < 256 else
                   "old" if source < old_size else "distance")
        self.want_source(source, how, alignment, near)
        return super().decode_source()

    def want_source(self, source, how, alignment, near):
        at, old_size = self.at(), len(self.pair.old)
        if how == "rep":
            self.want(self.rep.index(alignment), 4)
        elif how == "map":
            assert source & MASK == self.expected()
            self.want(3, 4)
        elif how == "near":
            self.want(1, 2)
            self.want_number(near)
        elif how == "old":
            self.want(2, 2)
            width = max((old_size - 1 & MASK).bit_length(), 5)
            self.want(source >> 2, width - 2)
            self.want(source - at & 3, 2)
        else:
            self.want(3, 2)
            self.want_number(old_size + at - 1 - source & MASK)

    def decode_choice(self, kind):
        at, reading = self.at(), self.reading

        def hits(predicted):
            return sum(a == b for a, b in zip(predicted, self.pair.new[at:]))

        self.want(hits(reading.plain) > hits(reading.mapped), 1)
        return super().decode_choice(kind)

    def decode_miss(self, predicted):
        self.want(self.at() == self.end or
                  self.pair.new[self.at()] != predicted, 1)
        return super().decode_miss(predicted)

    def decode_missing(self):
        self.want(self.doubt or self.misses_in_unit(), 1)
        return super().decode_missing()

    def misses_in_unit(self):
        """Goes on as the decoder would in a unit of hits, to see if it is."""
        trial, source, left = self.writer.fork(), self.source, self.predicted
        trial.take_jump()
        for _ in range(refrange.UNIT_SIZE if self.reading.kind == 0
                       else len(left)):
            if trial.complete() or trial.take_jump() != 0:
                return False
            if source == len(self.pair.old):
                return False
            if trial.at() == self.end:
                return True
            if not left:
                reading = trial.read(source)
                if reading.kind != 0:
                    return False
                left = reading.mapped
            if self.pair.new[trial.at()] != left[0]:
                return True
            trial.put(left[0])
            source, left = source + 1, left[1:]
        return False

    def decode_stay(self):
        self.want(self.at() != self.end, 1)
        return super().decode_stay()

    def decode_difference(self, predicted):
        self.want(self.pair.new[self.at()] - predicted & 0xFF, 8)
        return super().decode_difference(predicted)


def range_stream(pair, plan, param, keep=False, longest=32, doubt=False):
    """Ends where a decoder refuses the plan, if it does."""
    stream = PlannedStream(pair, plan, refrange.shape(param), longest, doubt)
    try:
        stream.decode()
    except Refused:
        pass
    return stream.coder.finish(keep)


# --- Package -----------------------------------------------------------------

class Coded:
    """A part of a package: a pair of images and its stream."""

    def __init__(self, pair, codec, stream, param=0, part_id=0):
        self.pair = pair
        self.codec = codec
        self.stream = stream
        self.param = param
        self.part_id = part_id

    def record(self):
        pair = self.pair
        record = struct.pack(
            "<4B2H4I", self.part_id, self.codec, CODEC_VERSIONS[self.codec],
            pair.arch, pair.map_entries, self.param, len(pair.old),
            len(pair.new), pair.old_base, len(self.stream))
        for image in pair.old, pair.new:
            record += hashlib.sha256(image).digest() if image else bytes(32)
        return record

    def memory(self):
        """Section 2.5."""
        model = (0, 7424 + (1 << self.param % 32), 64 * self.param)[self.codec]
        return 8 * self.pair.map_entries + model


def cut_chunks(streams, chunk_size, digest, split):
    """Digest of the first chunk, and all chunks (sections 2.4 and 4).

    What remains of the last stream may fit the last chunk only because that
    holds no digest; with split it takes two chunks nevertheless.
    """
    payload = chunk_size - len(digest(b""))
    pieces, last = [], streams[-1]
    for stream in streams[:-1]:
        pieces += [stream[at:at + payload]
                   for at in range(0, len(stream), payload)]
    while len(last) > (payload if split else chunk_size):
        pieces.append(last[:payload])
        last = last[payload:]
    chunks = [last]
    for piece in reversed(pieces):
        chunks.insert(0, digest(chunks[0]) + piece)
    return digest(chunks[0]), b"".join(chunks)


def features_of(pairs):
    """Sections 5, 11 and 12."""
    return (PARTS * (len(pairs) > 1) |
            IN_PLACE * any(pair.geometry is not None for pair in pairs) |
            FULL * any(not pair.old for pair in pairs) |
            UNMANAGED * any(pair.unmanaged for pair in pairs))


def part_records(pairs, features):
    """Those that follow from the pairs (section 2.2)."""
    records = {}
    if any(pair.new_base != pair.old_base for pair in pairs):
        records[6] = b"".join(struct.pack("<I", pair.new_base)
                              for pair in pairs)
    if features & IN_PLACE:
        unused = struct.pack("<BBHH", 0, 6, 1, 1)  # of full images
        records[7] = b"".join(getattr(pair, "geometry_record", unused)
                              for pair in pairs)
    if features & UNMANAGED:
        records[8] = b"".join(struct.pack("<BII", i, *ends)
                              for i, pair in enumerate(pairs)
                              for ends in pair.unmanaged)
    kept = b"".join(struct.pack("<BHH", i, *run)
                    for i, pair in enumerate(pairs)
                    for run in getattr(pair, "kept", ()))
    if kept:
        records[10] = kept
    return records


def build(pair, codec, stream, param=0, chunk_size=256, **more):
    """A package of one part."""
    return build_parts([Coded(pair, codec, stream, param)], chunk_size, **more)


def build_parts(parts, chunk_size=256, counter=0, records=(), secret=None,
                fields=(), damage=(), split=False):
    """A package. fields: (offset, bytes) put into preamble and manifest before
    they are sealed; damage: the same for the finished package. A record of
    None is left away."""
    pairs = [part.pair for part in parts]
    features = features_of(pairs)
    seal, digest = 0, xxh64
    records = {**part_records(pairs, features), **dict(records)}
    if secret is not None:
        seal, digest = 1, lambda data: hashlib.sha256(data).digest()[:16]
        records.setdefault(4, hashlib.sha256(
            p256.public_point(secret)).digest()[:4])
    first, chunks = cut_chunks([part.stream for part in parts], chunk_size,
                               digest, split)
    manifest = struct.pack("<BBHI", int(features & IN_PLACE != 0), len(parts),
                           chunk_size, counter) + first
    manifest += b"".join(part.record() for part in parts)
    for tag, value in sorted(records.items()):
        if value is not None:
            manifest += bytes((tag, len(value))) + value
    size = 24 + len(manifest) + (64 if seal else 8) + len(chunks)
    ram = (1152 + max(part.memory() for part in parts) + 256 + 128 +
           chunk_size)
    if features:
        ram += 64 + len(manifest) + 7 & ~7
    head = put(struct.pack("<4sBBHIIII", b"DFOT", 1, seal, len(manifest),
                           features, size, ram + 7 & ~7, 0) + manifest, fields)
    sealed = xxh64(head) if secret is None else p256.sign(secret, head)
    return put(head + sealed + chunks, damage)


def put(data, edits):
    """Offsets below 0 count from the end. An edit must change something."""
    for offset, value in edits:
        offset %= len(data)
        changed = data[:offset] + value + data[offset + len(value):]
        assert changed != data and len(changed) == len(data)
        data = changed
    return data
