# SPDX-License-Identifier: MIT
"""Section 9 of docs/FORMAT.md: codec range, draft 1."""

import math

from refcommon import MASK, require, unfold

COPY, STAY, CHOICE, CLASS, REP, TOP, LOW, SIZE, TAIL = (
    0, 8, 16, 80, 84, 88, 152, 156, 412)
FLAGS = 428
NEAR, DISTANCE, ADDRESS, SHIFT = range(4)
HIT_RATE, BYTE_RATE = 1 << 17, 1 << 16
LEARN = tuple(int(65536 / (c + 1.5)) for c in range(11))


def slots(param):
    """Byte counters in each of the six tables."""
    return min(65536, (64 * param - 2776) // 12)


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

    def __init__(self, coder, slots):
        self.coder = coder
        self.slots = slots
        self.flags = [32768] * FLAGS
        self.hits = [[2048] * 128 for _ in range(6)]
        self.bytes = [[0x8000] * slots for _ in range(6)]
        self.hit_weights = [[5461] * 6 for _ in range(16)]
        self.byte_weights = [[5461] * 6 for _ in range(16)]

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

    def mix(self, inputs, weights, rate):
        """A decision from six probabilities; weights learn."""
        x = [STRETCH[p] for p in inputs]
        p = squash(divide(sum(a * w for a, w in zip(x, weights)), 16384))
        bit = self.coder.decide(p)
        error = (bit << 16) - p
        for i in range(6):
            w = weights[i] + divide(x[i] * error + rate // 2, rate)
            weights[i] = max(-32768, min(32767, w))
        return bit

    def hit(self, contexts, weight_set):
        """A hit flag; contexts: one counter of each of the six."""
        inputs = [self.hits[i][c] for i, c in enumerate(contexts)]
        bit = self.mix(inputs, self.hit_weights[weight_set], HIT_RATE)
        for i, c in enumerate(contexts):
            p = self.hits[i][c]
            self.hits[i][c] = p + (65536 - p >> 5) if bit else p - (p >> 5)
        return bit

    def byte(self, hashes, weight_set):
        """Section 9.9."""
        partial = 1
        for depth in range(8):
            places = []
            for h in hashes:
                y = (h + partial * 0x9E3779B1) * 0x85EBCA6B & MASK
                places.append((y >> 16) * self.slots >> 16)
            inputs = [self.bytes[i][k] & 0xFFF0 for i, k in enumerate(places)]
            bit = self.mix(inputs, self.byte_weights[weight_set + depth],
                           BYTE_RATE)
            for i, k in enumerate(places):
                self.bytes[i][k] = learn(self.bytes[i][k], bit)
            partial = partial << 1 | bit
        return partial & 0xFF


def learn(counter, bit):
    """A byte counter after a decision."""
    q, c = counter >> 4, counter & 15
    if bit:
        q += (4095 - q) * LEARN[c] + 32768 >> 16
    else:
        q -= q * LEARN[c] + 32768 >> 16
    return q << 4 | min(c + 1, 10)


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
        self.model = model
        self.recent = self.differences = self.misses = 0
        self.run = self.age = self.literals = 0
        self.choices = [0] * 5
        self.rep = [0] * 4
        self.source = None  # None: mode literal
        self.reading = None
        self.predicted = b""  # what is left of the chosen reading

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
        count = model.number(ADDRESS)
        require(count <= 8, "too many pointer ranges")
        for _ in range(count):
            writer.add_range(model.number(ADDRESS), model.number(ADDRESS))
        for _ in range(writer.package.map_entries):
            writer.add_entry(model.number(ADDRESS), model.signed_number(SHIFT))

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

    def decode_hit(self, predicted):
        """Section 9.8."""
        left, kind = len(self.predicted), self.reading.kind
        lane = self.at() & 1
        place = (lane, 7, 7, 6, 1 + left)[kind]
        m = bin(self.misses & 0xFFFF).count("1")
        differ = self.reading.mapped[-left:] != self.reading.plain[-left:]
        run = min(bucket(self.run), 15)
        miss = self.model.hit(
            (run << 3 | place,
             self.misses & 127,
             predicted >> 2 | lane << 6,
             min(bucket(self.age), 15) << 3 | min(m // 2, 7),
             (4 * kind + left - 1) << 2 | differ << 1 | self.misses & 1,
             self.recent >> 1 & 127), run)
        self.misses = (self.misses << 1 | miss) & MASK
        self.run = 0 if miss else min(self.run + 1, 65535)
        self.age = min(self.age + 1, 65535)
        return miss

    def decode_literal(self):
        at, r = self.at(), self.recent
        lane = at & 1
        return self.model.byte(
            (mix_hash(at & 3, 7),
             mix_hash(r & 0xFF | lane << 8, 4),
             mix_hash(r & 0xFFFF | lane << 16, 5),
             mix_hash(r & 0xFFFFFF, 8),
             mix_hash(r & 0xFF00FF00 | lane, 9),
             mix_hash(r & 0xFF00 | lane, 10)), 0)

    def decode_difference(self, predicted):
        """A correction."""
        at, d, misses = self.at(), self.differences, self.misses
        lane = at & 1
        field = self.reading.kind | len(self.predicted) << 4
        difference = self.model.byte(
            (mix_hash(at & 3 | (misses & 14) << 4, 1),
             mix_hash(d & 0xFF | (misses & 6) << 8, 2),
             mix_hash(field | (misses & 30) << 8 | (at & 3) << 16, 3),
             mix_hash(d & 0xFFFF | lane << 16, 11),
             mix_hash(field | (d & 0xFF) << 8 | (at & 3) << 20, 12),
             mix_hash(predicted | lane << 8, 6)), 8)
        self.differences = (d << 8 | difference) & MASK
        return difference


def decode(writer, payloads):
    coder = RangeDecoder(b"".join(payloads))
    model = Model(coder, slots(writer.package.param))
    RangeStream(writer, model).decode()
    coder.finish()
