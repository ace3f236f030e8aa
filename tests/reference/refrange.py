# SPDX-License-Identifier: MIT
"""Section 9 of docs/FORMAT.md: codec range, draft 2."""

import math

from refcommon import MASK, require, unfold

COPY, STAY, CHOICE, CLASS, REP, TOP, LOW, SIZE, TAIL = (
    0, 8, 16, 96, 100, 104, 168, 172, 428)
FLAGS = 444
NEAR, DISTANCE, ADDRESS, SHIFT = range(4)
HIT_INPUTS, UNIT_INPUTS, BYTE_INPUTS = 6, 4, 5
HIT_RATE, BYTE_RATE = 1 << 16, 1 << 17
HIT_SHIFT, UNIT_SHIFT = 4, 5
LEARN = tuple(int(65536 / (c + 1.5)) for c in range(8))
UNIT_RUN, UNIT_SIZE = 32, 16


def shape(param):
    """Bits of a hit context, slots of the byte table."""
    size = 64 * param
    bits = 7 if size >= 6144 else 5
    return bits, min(65536, (size - 1368) // 2 - (10 << bits))


def divide(a, b):
    """a / b, truncated towards zero; b is positive."""
    return a // b if a >= 0 else -(-a // b)


def stretch_table():
    table = []
    for q in range(32768):
        width = 1 if q < 64 else 8 if q < 512 else 64 if q < 4096 else 512
        middle = q - q % width + width / 2
        table.append(round(256 * math.log(middle / (65536 - middle))))
    return table + [-entry for entry in reversed(table)]


STRETCH = stretch_table()
SQUASH = [round(65536 / (1 + math.exp(i / 8))) for i in range(89)]


def squash(s):
    a = min(abs(s), 2815)
    i = a >> 5
    p = SQUASH[i] - ((SQUASH[i] - SQUASH[i + 1]) * (a & 31) >> 5)
    return p if s < 0 else 65536 - p


class RangeDecoder:
    """Section 9.2."""

    def __init__(self, stream):
        self.stream = stream
        self.at = 4
        self.range = MASK
        self.code = int.from_bytes(stream[:4].ljust(4, b"\0"), "big")

    def decide(self, p):
        rare = p < 32768
        share = (self.range >> 16) * (p if rare else 65536 - p)
        if self.code < share:
            self.range = share
            decision = rare
        else:
            self.code -= share
            self.range -= share
            decision = not rare
        while self.range < 1 << 24:
            self.range <<= 8
            byte = self.stream[self.at] if self.at < len(self.stream) else 0
            self.code = self.code << 8 | byte
            self.at += 1
        require(self.at <= len(self.stream) + 4, "the stream ends too soon")
        return int(decision)

    def finish(self):
        require(self.at >= len(self.stream), "bytes after the last decision")


class Model:
    """Section 9.1, with the elements of section 9.3."""

    def __init__(self, coder, bits, slots):
        self.coder = coder
        self.mask = (1 << bits) - 1
        self.slots = slots
        self.flags = [32768] * FLAGS
        self.hits = [[2048] * (1 << bits) for _ in range(HIT_INPUTS)]
        self.units = [[8192] * (1 << bits) for _ in range(UNIT_INPUTS)]
        self.bytes = [0x8000] * slots
        self.hit_weights = weights(HIT_INPUTS)
        self.unit_weights = weights(UNIT_INPUTS)
        self.byte_weights = weights(BYTE_INPUTS)

    def flag(self, f):
        p = self.flags[f]
        bit = self.coder.decide(p)
        self.flags[f] = p + (65536 - p >> 4) if bit else p - (p >> 4)
        return bit

    def tree(self, f, k):
        m = 1
        for _ in range(k):
            m = 2 * m + self.flag(f + m)
        return m - (1 << k)

    def direct(self, k):
        value = 0
        for _ in range(k):
            value = value << 1 | self.coder.decide(32768)
        return value

    def number(self, kind):
        b = min(self.tree(SIZE + 64 * kind, 6), 32)
        if b < 2:
            return b
        if b < 4:
            return 1 << (b - 1) | self.direct(b - 1)
        value = 1 << (b - 3) | self.direct(b - 3)
        return value << 2 | self.tree(TAIL + 4 * kind, 2)

    def signed_number(self, kind):
        return unfold(self.number(kind))

    def mix(self, x, weights, rate):
        """A decision from stretched probabilities; weights learn."""
        p = squash(divide(sum(a * w for a, w in zip(x, weights)), 16384))
        bit = self.coder.decide(p)
        error = (bit << 16) - p
        for i, a in enumerate(x):
            w = weights[i] + divide(a * error + rate // 2, rate)
            weights[i] = max(-32768, min(32767, w))
        return bit

    def miss(self, tables, contexts, weights, shift):
        """A hit flag, or that of a unit."""
        places = [c & self.mask for c in contexts[:len(tables)]]
        x = [STRETCH[table[c]] for table, c in zip(tables, places)]
        bit = self.mix(x, weights, HIT_RATE)
        for table, c in zip(tables, places):
            p = table[c]
            table[c] = p + (65536 - p >> shift) if bit else p - (p >> shift)
        return bit

    def hit(self, contexts, run):
        return self.miss(self.hits, contexts,
                         self.hit_weights[min(bucket(run), 15)], HIT_SHIFT)

    def unit(self, contexts, run):
        return self.miss(self.units, contexts,
                         self.unit_weights[min(bucket(run >> 2), 15)],
                         UNIT_SHIFT)

    def byte(self, hashes, weight_set):
        """Section 9.9."""
        partial = 1
        for depth in range(8):
            x, places = [], []
            for h in hashes:
                y = (h + partial * 0x9E3779B1) * 0x85EBCA6B & MASK
                k, check = (y >> 16) * self.slots >> 16, y >> 5 & 31
                slot = self.bytes[k]
                places.append((k, check))
                x.append(STRETCH[slot & 0xFF00 | 0x80]
                         if slot & 31 == check else 0)
            bit = self.mix(x, self.byte_weights[weight_set + depth],
                           BYTE_RATE)
            for k, check in places:
                self.bytes[k] = learn(self.bytes[k], check, bit)
            partial = partial << 1 | bit
        return partial & 0xFF


def weights(inputs):
    return [[2 * 16384 // inputs] * inputs for _ in range(16)]


def learn(slot, check, bit):
    """A slot of the byte table after a decision."""
    q, c = slot >> 8, slot >> 5 & 7
    if slot & 31 != check:
        if c > 2:
            return slot - 32
        q, c = 128, 0
    if bit:
        q += (255 - q) * LEARN[c] + 32768 >> 16
    else:
        q -= q * LEARN[c] + 32768 >> 16
    return q << 8 | min(c + 1, 7) << 5 | check


def bucket(n):
    k = 0
    while n >= 4:
        n >>= 1
        k += 1
    return 2 * k + n


def mix_hash(context, salt):
    x = (context + salt * 0x9E3779B1) * 0x85EBCA6B & MASK
    return (x ^ x >> 15) * 0xC2B2AE35 & MASK


class RangeStream:
    """Sections 9.5 to 9.9."""

    def __init__(self, writer, model):
        self.writer = writer
        writer.is_far = True
        self.model = model
        self.recent = self.differences = self.misses = 0
        self.run = self.age = self.literals = 0
        self.choices = [0] * 6
        self.rep = [0] * 4
        self.source = None  # None: mode literal
        self.reading = None
        self.predicted = b""  # what is left of the chosen reading
        self.unit = 0  # bytes left of the current unit
        self.missing = 0  # one of them at least is a miss

    def at(self):
        return len(self.writer.new)

    def decode(self):
        self.decode_tables()
        while not self.writer.complete():
            if self.source is None:
                self.decode_unaligned()
            else:
                self.decode_aligned()

    def decode_tables(self):
        model, writer = self.model, self.writer
        old_count = model.number(ADDRESS)
        new_count = model.number(ADDRESS) if old_count else 0
        room = writer.package.map_entries - 2 * (old_count + new_count)
        require(max(old_count, new_count) <= 32 and room >= 0 and
                (old_count == 0) == (new_count == 0), "regions")
        count = model.number(ADDRESS)
        require(count <= 8, "too many pointer ranges")
        if old_count:
            writer.old_regions = self.decode_regions(old_count)
            writer.new_regions = self.decode_regions(new_count)
        for _ in range(count):
            writer.add_range(model.number(ADDRESS), model.number(ADDRESS))
        for _ in range(room):
            writer.add_entry(model.number(ADDRESS), model.signed_number(SHIFT))

    def decode_regions(self, count):
        model, regions, end = self.model, [], 0
        for _ in range(count):
            start, end = end, end + model.number(ADDRESS) & MASK
            base, arch = model.number(ADDRESS), model.number(ADDRESS)
            require(not arch & ~self.writer.package.arch,
                    "architecture of a region")
            regions.append((start, end, base, arch))
        return regions

    def put(self, byte):
        self.writer.new.append(byte)
        self.recent = (self.recent << 8 | byte) & MASK

    def decode_unaligned(self):
        if self.model.flag(COPY + min(bucket(self.literals), 7)):
            self.set_source(self.decode_source())
        else:
            self.literals = min(self.literals + 1, 65535)
            self.put(self.decode_literal())

    def decode_source(self):
        model, at = self.model, self.at()
        kind = model.tree(CLASS, 2)
        if kind == 0:
            return (at + self.rep[model.tree(REP, 2)]) & MASK
        if kind == 1:
            return (at + self.rep[0] + model.signed_number(NEAR)) & MASK
        if kind == 2:
            return self.decode_position()
        distance = model.number(DISTANCE)
        return (len(self.writer.old) + at - 1 - distance) & MASK

    def decode_position(self):
        model = self.model
        width = max((len(self.writer.old) - 1).bit_length(), 6)
        value = model.tree(TOP, 6)
        if width <= 8:
            return value << (width - 6) | model.direct(width - 6)
        value = value << (width - 8) | model.direct(width - 8)
        return value << 2 | model.tree(LOW, 2)

    def set_source(self, source):
        alignment = (source - self.at()) & MASK
        self.rep.pop(self.rep.index(alignment) if alignment in self.rep else 3)
        self.rep.insert(0, alignment)
        self.run = self.age = self.literals = 0
        self.source = source
        self.predicted = b""
        self.unit = 0

    def decode_aligned(self):
        if self.source == len(self.writer.old) and self.age != 0:
            self.source = None
            return
        if not self.predicted:
            self.begin_field()
        byte = self.predicted[0]
        if self.decode_hit(byte):
            if not self.decode_stay():
                require(self.age != 1, "an alignment without a byte")
                self.source = None
                return
            byte = byte + self.decode_difference(byte) & 0xFF
        self.put(byte)
        self.source += 1
        self.predicted = self.predicted[1:]

    def begin_field(self):
        reading = self.reading = self.writer.read(self.source)
        self.predicted = reading.mapped
        if reading.kind != 0:
            self.unit = 0
        if reading.mapped != reading.plain:
            if self.decode_choice(reading.kind):
                self.predicted = reading.plain

    def decode_choice(self, kind):
        choices = self.choices[kind]
        choice = self.model.flag(CHOICE + 16 * (kind - 1) + (choices & 15))
        self.choices[kind] = choices << 1 | choice
        return choice

    def decode_stay(self):
        m = bin(self.misses & 0xFFFF).count("1")
        return self.model.flag(STAY + min(m, 7))

    def hit_contexts(self):
        """Section 9.8."""
        left, kind = len(self.predicted), self.reading.kind
        predicted = self.predicted[0]
        lane = self.at() & 1
        operation = predicted if lane else self.next_byte(0)
        place = (lane, 7, 7, 6, 1 + left, 7)[kind]
        m = bin(self.misses & 0xFFFF).count("1")
        differ = self.reading.mapped[-left:] != self.reading.plain[-left:]
        return (min(bucket(self.run), 15) << 3 | place,
                self.misses & 127,
                operation >> 2 | lane << 6,
                (4 * kind + left - 1) << 2 | differ << 1 | self.misses & 1,
                min(bucket(self.age), 15) << 3 | min(m // 2, 7),
                predicted >> 3 | self.recent >> 1 & 0x60)

    def next_byte(self, default):
        return self.predicted[1] if len(self.predicted) > 1 else default

    def decode_unit(self):
        """Whether the next byte is known to be a hit."""
        if self.unit == 0:
            if self.run < UNIT_RUN:
                return False
            self.missing = self.decode_missing()
            self.unit = (UNIT_SIZE if self.reading.kind == 0
                         else len(self.predicted))
        self.unit -= 1
        return not self.missing

    def decode_missing(self):
        return self.model.unit(self.hit_contexts(), self.run)

    def decode_hit(self, predicted):
        miss = 0
        if not self.decode_unit():
            miss = self.decode_miss(predicted)
        self.misses = (self.misses << 1 | miss) & MASK
        self.run = 0 if miss else min(self.run + 1, 65535)
        self.age = min(self.age + 1, 65535)
        return miss

    def decode_miss(self, _):
        return self.model.hit(self.hit_contexts(), self.run)

    def decode_literal(self):
        at, r = self.at(), self.recent
        lane = at & 1
        before = (r >> 8 if lane else r) & 0xFF
        return self.model.byte(
            (mix_hash(lane, 1),
             mix_hash(r & 0xE0 | (at & 3) << 8, 2),
             mix_hash(before >> 3 | lane << 5, 3),
             mix_hash(r & 0xFF | lane << 8, 4),
             mix_hash(r & 0xFF00 | lane, 5)), 0)

    def decode_difference(self, predicted):
        """A correction."""
        d, misses = self.differences, self.misses
        lane, left = self.at() & 1, len(self.predicted)
        following = self.next_byte(256)
        xor = (int.from_bytes(self.reading.plain[-left:], "little") ^
               int.from_bytes(self.reading.mapped[-left:], "little"))
        difference = self.model.byte(
            (mix_hash(following | lane << 9, 6),
             mix_hash(xor, 7),
             mix_hash(predicted >> 2 | (self.recent & 0xC0) << 2 | 1 << 20
                      if lane else predicted >> 6 | following << 8, 8),
             mix_hash(self.reading.kind | left << 4 | (misses & 2) << 8, 9),
             mix_hash(d & 0xFF | (misses & 6) << 8, 10)), 8)
        self.differences = (d << 8 | difference) & MASK
        return difference


def decode(writer, payloads):
    coder = RangeDecoder(b"".join(payloads))
    model = Model(coder, *shape(writer.package.param))
    RangeStream(writer, model).decode()
    coder.finish()
