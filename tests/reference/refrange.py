# SPDX-License-Identifier: MIT
"""Section 9 of docs/FORMAT.md: codec range."""

import math

from refcommon import MASK, require, unfold
from refpredict import map_back, region_at

COPY, STAY, CHOICE, CLASS, RECENT, TOP, LOW, SIZE, TAIL = (
    0, 8, 16, 36, 40, 44, 52, 56, 312)
FLAGS = 328
NEAR, DISTANCE, ADDRESS, SHIFT = range(4)
MODEL_MIN, MODEL_LARGE, MODEL_FIXED = 2048, 6144, 1160
HIT_INPUTS, UNIT_INPUTS = 5, 4
HIT_WEIGHTS = 28, (5600, 5700, -900, 3100, 3500)
UNIT_WEIGHTS = 6, (5000, 5900, 2900, 4700)
LITERAL_WEIGHTS = 16, (7600, 7000, 7600)
CORRECTION_WEIGHTS = 8, (5300, 5200, 6000, 5200, 5600)
HIT_SHIFT, BYTE_SHIFT = 16, 17
COUNTER_RATES = (32768, 21845, 16384, 13107, 9362, 7282, 5461, 3641)
SLOT_RATES = (43690, 26214, 18724, 14563, 11915, 10082, 8738, 7710)
UNIT_RUN, UNIT_SIZE, UNIT_SURE = 32, 24, 256
ANCHOR_AGE = 16


def shape(param):
    """Counters for an input of a hit flag, byte slots: h and n."""
    size = 64 * param
    h = 128 if size >= MODEL_LARGE else 32
    return h, min(65536, (size - MODEL_FIXED) // 2 - 9 * h)


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
        share = (self.range >> 16) * p
        decision = self.code < share
        if decision:
            self.range = share
        else:
            self.code -= share
            self.range -= share
        while self.range < 1 << 24:
            self.range <<= 8
            byte = self.stream[self.at] if self.at < len(self.stream) else 0
            self.code = self.code << 8 | byte
            self.at += 1
        require(self.at <= len(self.stream) + 4, "the stream ends too soon")
        return int(decision)

    def finish(self):
        require(self.at >= len(self.stream), "bytes after the last decision")


class Counter:
    """A probability in units of 2^-13, and how often it has learnt."""

    def __init__(self, p):
        self.p = p
        self.count = 0

    def probability(self):
        return 8 * self.p + 4

    def learn(self, bit):
        step = (8192 * bit - self.p) * COUNTER_RATES[self.count]
        self.p = 65536 * self.p + step + 32768 >> 16
        self.count = min(self.count + 1, 7)


class Slot:
    """A probability in units of 2^-8, for the context of that check."""

    def __init__(self):
        self.q = 128
        self.count = self.check = 0

    def learn(self, check, known, bit):
        """known: whether the check was that of the context."""
        if known:
            step = (255 * bit - self.q) * SLOT_RATES[self.count]
            self.q = 65536 * self.q + step + 32768 >> 16
            self.count = min(self.count + 1, 7)
        elif self.count > 2:
            self.count -= 1
        else:
            self.q, self.count, self.check = 213 if bit else 43, 1, check


def counters(count, start):
    return [Counter(start) for _ in range(count)]


def weight_sets(sets, start):
    return [list(start) for _ in range(sets)]


def mixed(x, weights):
    return squash(sum(a * w for a, w in zip(x, weights)) >> 14)


def adjust(x, weights, p, bit, shift):
    error = (bit << 16) - p
    for i, a in enumerate(x):
        w = weights[i] + (a * error + (1 << shift - 1) >> shift)
        if -32768 <= w <= 32767:
            weights[i] = w


class Model:
    """Section 9.1, with the elements of section 9.3."""

    def __init__(self, coder, h, n):
        self.coder = coder
        self.shape = h, n
        self.begin()

    def begin(self):
        h, n = self.shape
        self.flags = counters(FLAGS, 4096)
        self.hits = [counters(h, 512) for _ in range(HIT_INPUTS)]
        self.units = [counters(h, 1024) for _ in range(UNIT_INPUTS)]
        self.slots = [Slot() for _ in range(n)]
        self.hit_weights = weight_sets(*HIT_WEIGHTS)
        self.unit_weights = weight_sets(*UNIT_WEIGHTS)
        self.literal_weights = weight_sets(*LITERAL_WEIGHTS)
        self.correction_weights = weight_sets(*CORRECTION_WEIGHTS)

    def flag(self, f):
        counter = self.flags[f]
        bit = self.coder.decide(counter.probability())
        counter.learn(bit)
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

    def miss(self, tables, contexts, weights, sure):
        """A hit flag, or that of a unit; a P below *sure* need not learn."""
        chosen = [table[c % len(table)] for table, c in zip(tables, contexts)]
        x = [STRETCH[counter.probability()] for counter in chosen]
        p = mixed(x, weights)
        bit = self.coder.decide(p)
        if bit or p >= sure:
            adjust(x, weights, p, bit, HIT_SHIFT)
            for counter in chosen:
                counter.learn(bit)
        return bit

    def hit(self, contexts, weight_set):
        return self.miss(self.hits, contexts, self.hit_weights[weight_set], 0)

    def unit(self, contexts, weight_set):
        return self.miss(self.units, contexts, self.unit_weights[weight_set],
                         UNIT_SURE)

    def byte(self, hashes, weights):
        """Section 9.9. weights: the set of each depth."""
        partial = 1
        for half in weights[:4], weights[4:8]:
            places = [self.place(h, partial) for h in hashes]
            node = 1
            for weight_set in half:
                bit = self.byte_bit(places, node, weight_set)
                node, partial = node << 1 | bit, partial << 1 | bit
        return partial & 0xFF

    def place(self, h, partial):
        """First slot but one of a half, and the check."""
        y = (h + partial * 0x9E3779B1) * 0x85EBCA6B & MASK
        return (y >> 16) * (len(self.slots) - 15) >> 16, y >> 5 & 31

    def byte_bit(self, places, node, weights):
        chosen = [(slot := self.slots[first + node], check,
                   slot.check == check) for first, check in places]
        x = [STRETCH[256 * slot.q + 128] if known else 0
             for slot, _, known in chosen]
        p = mixed(x, weights)
        bit = self.coder.decide(p)
        adjust(x, weights, p, bit, BYTE_SHIFT)
        for slot, check, known in chosen:
            slot.learn(check, known, bit)
        return bit

    def literal(self, hashes, lane):
        return self.byte(hashes, self.literal_weights[8 * lane:8 * lane + 8])

    def correction(self, hashes):
        return self.byte(hashes, self.correction_weights)


def bucket(n):
    k = 0
    while n >= 4:
        n >>= 1
        k += 1
    return 2 * k + n


def step_of(n, *bounds):
    """How many of the bounds n has reached."""
    return sum(n >= bound for bound in bounds)


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
        self.rep = [0] * 3
        self.anchor = 0
        self.from_old = False  # the last source
        self.source = None  # None: mode literal
        self.reading = None
        self.predicted = b""  # what is left of the chosen reading
        self.unit = 0  # bytes left of the current unit
        self.missing = 0  # one of them at least is a miss

    def at(self):
        return self.writer.at()

    def lane(self):
        return self.at() & 1

    def decode(self):
        self.decode_tables()
        while not self.writer.complete():
            if self.writer.take_fresh():  # section 11.2
                self.model.begin()
            if self.writer.take_jump() != 0:  # section 11.2
                self.source = None
                self.unit = 0
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
            writer.old_regions = old = self.decode_regions(old_count, [])
            writer.new_regions = self.decode_regions(new_count, old)
        for _ in range(count):
            writer.add_range(model.number(ADDRESS), model.number(ADDRESS))
        for _ in range(room):
            writer.add_entry(model.number(ADDRESS), model.signed_number(SHIFT))

    def decode_regions(self, count, like):
        """like: the regions that these differ from."""
        regions, end = [], 0
        for i in range(count):
            length, base, arch = (number + self.model.signed_number(SHIFT) &
                                  MASK for number in like_region(like, i))
            start, end = end, end + length & MASK
            require(not arch & ~self.writer.package.arch,
                    "architecture of a region")
            regions.append((start, end, base, arch))
        return regions

    def put(self, byte):
        self.writer.put(byte)
        self.recent = (self.recent << 8 | byte) & MASK

    def decode_unaligned(self):
        if self.model.flag(COPY + 2 * min(self.literals, 3) + self.lane()):
            if self.from_old and self.age >= ANCHOR_AGE:
                self.anchor = self.rep[0]
            self.set_source(self.decode_source())
        else:
            self.literals = min(self.literals + 1, 65535)
            self.put(self.decode_literal())

    def decode_source(self):
        model, at = self.model, self.at()
        kind = model.tree(CLASS, 2)
        if kind == 0:
            k = model.tree(RECENT, 2)
            return at + self.rep[k] & MASK if k < 3 else self.expected()
        if kind == 1:
            return at + self.anchor + model.signed_number(NEAR) & MASK
        if kind == 2:
            return self.decode_position()
        distance = model.number(DISTANCE)
        return len(self.writer.old) + at - 1 - distance & MASK

    def expected(self):
        writer = self.writer
        address = self.at() + region_at(writer.new_regions, self.at())[2]
        address = map_back(writer.entries, address & MASK)
        bases = [base for start, end, base, _ in writer.old_regions
                 if start <= address - base & MASK < end]
        return address - (bases or [writer.old_regions[0][2]])[0] & MASK

    def decode_position(self):
        model = self.model
        width = max((len(self.writer.old) - 1 & MASK).bit_length(), 5)
        value = model.tree(TOP, 3) << (width - 5) | model.direct(width - 5)
        return value << 2 | model.tree(LOW, 2) + self.at() & 3

    def set_source(self, source):
        alignment = (source - self.at()) & MASK
        self.rep.pop(self.rep.index(alignment) if alignment in self.rep else 2)
        self.rep.insert(0, alignment)
        self.run = self.age = self.literals = 0
        self.from_old = source < len(self.writer.old)
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
        choice = self.model.flag(CHOICE + 4 * (kind - 1) + (choices & 3))
        self.choices[kind] = choices << 1 | choice
        return choice

    def recent_misses(self):
        return bin(self.misses & 0xFFFF).count("1")

    def decode_stay(self):
        many = 4 if self.recent_misses() > 3 else 0
        return self.model.flag(STAY + many + step_of(self.age, 4, 8, 32))

    def hit_contexts(self):
        """Section 9.8."""
        left, kind, lane = len(self.predicted), self.reading.kind, self.lane()
        predicted = self.predicted[0]
        operation = predicted if lane else self.next_byte(0)
        differ = self.reading.mapped[-left:] != self.reading.plain[-left:]
        return (operation >> 2 | lane << 6,
                (4 * kind + left - 1) << 2 | differ << 1 | self.misses & 1,
                min(bucket(self.age), 15) << 3 |
                (self.run == self.age) << 2 |
                min(self.recent_misses() >> 2, 3),
                predicted >> 3 | self.recent >> 1 & 0x60,
                self.recent >> 1 & 127)

    def hit_set(self):
        if self.run == self.age:
            stage = step_of(self.run, 3, 8)
        else:
            stage = 3 + step_of(self.run, 3, 8, 32)
        return 4 * stage + 2 * (self.reading.kind != 0) + self.lane()

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
        return self.model.unit(self.hit_contexts()[:UNIT_INPUTS],
                               self.reading.kind)

    def decode_hit(self, predicted):
        miss = 0
        if not self.decode_unit():
            miss = self.decode_miss(predicted)
        self.misses = (self.misses << 1 | miss) & MASK
        self.run = 0 if miss else min(self.run + 1, 65535)
        self.age = min(self.age + 1, 65535)
        return miss

    def decode_miss(self, _):
        return self.model.hit(self.hit_contexts(), self.hit_set())

    def decode_literal(self):
        r, lane = self.recent, self.lane()
        before = (r >> 8 if lane else r) & 0xFF
        return self.model.literal(
            (mix_hash(lane, 1),
             mix_hash(before >> 3 | lane << 5, 2),
             mix_hash(r & 0xFF | lane << 8, 3)), lane)

    def decode_difference(self, predicted):
        """A correction."""
        d, misses = self.differences, self.misses
        lane, left = self.lane(), len(self.predicted)
        following = self.next_byte(256)
        xor = (int.from_bytes(self.reading.plain[-left:], "little") ^
               int.from_bytes(self.reading.mapped[-left:], "little"))
        difference = self.model.correction(
            (mix_hash(following | lane << 9, 4),
             mix_hash(xor, 5),
             mix_hash(predicted >> 2 | (self.recent & 0xC0) << 2 | 1 << 20
                      if lane else predicted >> 6 | following << 8, 6),
             mix_hash(self.reading.kind | left << 4 | (misses & 2) << 8, 7),
             mix_hash(d & 0xFF | (misses & 6) << 8, 8)))
        self.differences = (d << 8 | difference) & MASK
        return difference


def like_region(regions, i):
    """Length, base and architecture that the i-th region differs from: L."""
    if not regions:
        return 0, 0, 0
    start, end, base, arch = regions[min(i, len(regions) - 1)]
    return end - start & MASK, base, arch


def decode(writer, payloads):
    coder = RangeDecoder(b"".join(payloads))
    model = Model(coder, *shape(writer.package.param))
    RangeStream(writer, model).decode()
    coder.finish()
