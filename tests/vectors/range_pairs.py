# SPDX-License-Identifier: MIT
"""Images and plans for what only codec range has."""

import refrange
from far import A64, DATA, Code, adrp
from far import BASE as CODE_BASE
from firmware import BASE, RAM, Assembler, Random, address_map, filler
from noise import noise_pair
from refencode import PlannedStream, copy_differences, make_pair, range_stream
from refpredict import Writer

NONE, THUMB, RISCV, BIG = 0, 1, 8, 64
PARAM_MIN = 32  # 124 slots for bytes


def with_plan(pair, plan):
    pair.plan = plan
    return pair


def noise_bytes(random, size):
    return bytes(random.below(256) for _ in range(size))


def predicted_image(pair, plan, random, wrong=(), mixed=False):
    """What the plan makes where every prediction is right, but for some.
    mixed: the mapped reading or the plain one."""
    writer = Writer(pair, pair.old)
    writer.ranges, writer.entries = list(pair.ranges), list(pair.entries)
    for source, copy, literals, *_ in plan:
        reading = b""
        for i in range(copy):
            if not reading:
                field = writer.read(source + i)
                is_plain = mixed and random.below(2)
                reading = field.plain if is_plain else field.mapped
            flip = len(writer.new) in wrong
            writer.new.append(reading[0] ^ flip)
            reading = reading[1:]
        writer.new += noise_bytes(random, literals)
    return bytes(writer.new)


# --- Sources -----------------------------------------------------------------

def source_pair():
    random = Random(4)
    old = noise_bytes(random, 250)
    starts = [(10, "old"), (100, "old"), (200, "old"), (40, "old"),
              (60, "near"), (7, "near"), (120, "old")]
    plan, new = [], b""

    def copy(source, how):
        nonlocal new
        plan.append((source, 9, 1, how))
        new += (old + new)[source:source + 9] + b"-"

    for source, how in starts:
        copy(source, how)
    copy(len(old) + 3, "distance")
    copy(30, "distance")
    alignments = [s - 10 * i for i, (s, _) in enumerate(starts)]
    alignments += [len(old) + 3 - 70, 30 - 80]
    for back in (3, 3, 2, 1, 2):  # the last but two comes to the front
        alignments.append(alignments.pop(-back))
        copy(alignments[-1] + len(new), "rep")
    return with_plan(make_pair(old, new), plan)


def low_pair(size, copies):
    """Positions sent in full: every remainder from every remainder."""
    random = Random(size)
    old, plan = noise_bytes(random, size), []
    for i in range(copies):
        plan.append((random.below(size - 1), 1, random.below(4), "old"))
    pair = make_pair(old, b"")
    return with_plan(make_pair(old, predicted_image(pair, plan, random)), plan)


def anchor_pair():
    """Each copy is followed by one whose source is told from the anchor."""
    random = Random(30)
    size, plan, at = 400, [], 0
    old = noise_bytes(random, size)

    def copy(source, count, literals, how=None):
        nonlocal at
        plan.append((source, count, literals, how))
        plan.append((20 + random.below(300), 3, 1, "near"))
        at += count + literals + 4

    copy(0, 14, 0, "old")       # with the miss at its end: 15 bytes, no anchor
    copy(300, 15, 0, "old")     # 16 bytes: an anchor
    copy(90, 14, 2, "old")      # the anchor stays
    copy(size + 5, 30, 0)       # never in the new image
    copy(size, 30, 0)
    copy(size - 15, 15, 0)      # the old image ends: no miss, 15 bytes
    copy(size - 16, 16, 0)      # 16 bytes
    copy(50, 60, 3)
    pair = make_pair(old, b"")
    return with_plan(make_pair(old, predicted_image(pair, plan, random)), plan)


def expected_copies(pair, places, size):
    """Nine bytes from where the map expects them, at these places."""
    plan, at = [], 0
    for place, source in places:
        plan += [(None, 0, place - at), (source, 9, 1, "map")]
        at = place + 10
    plan.append((None, 0, size - at))
    new = predicted_image(pair, plan, Random(31))
    made = make_pair(pair.old, new, pair.arch, pair.old_base, pair.new_base,
                     pair.ranges, pair.entries, pair.old_regions,
                     pair.new_regions)
    return with_plan(made, plan)


def expected_pair():
    """Pieces of the map that overlap at their new place, and gaps."""
    entries = [(0x1080, 0x80), (0x10C0, 0x60), (0x1140, 0xC0),
               (0x1180, 0x120), (0x1200, 0x180)]
    pair = make_pair(noise_bytes(Random(32), 600), b"", NONE, 0x1000, 0x1040,
                     (), entries)
    # new position, and the source: its address minus the shift minus 0x1000
    return expected_copies(pair, [
        (10, 74),     # below every piece: the address itself
        (200, 136),   # the first piece
        (232, 200),   # the first one and the second: the later one counts
        (352, 416),   # the end of the second: the address itself
        (456, 328), (616, 392), (700, 476),
        (790, 854),   # none, beyond the old image: the new one
        (840, 520),   # the last piece
        (1000, 680)], 1100)


def expected_regions_pair():
    """Two regions of the old image whose addresses overlap, one far away."""
    base, far = 0x20000000, 0x10000000
    pair = make_pair(
        noise_bytes(Random(33), 600), b"", NONE, 0, None, (),
        [(far, 8), (base, 0)],
        [(0, 200, base, NONE), (200, 400, base - 100, NONE),
         (400, 600, far, NONE)],
        [(0, 300, base, NONE), (300, 800, far, NONE),
         (800, 1000, base - 600, NONE)])
    return expected_copies(pair, [
        (150, 150),   # in both regions: the first one
        (199, 199),   # its last byte
        (250, 350),   # the second one
        (291, 391),
        (408, 400),   # the first byte of the third
        (450, 442),
        (800, 300),   # the end of the first
        (990, 390)], 1000)  # in none: by the base of the first


# --- Regions -----------------------------------------------------------------

def region_pair():
    """Three regions become two; architectures change within an image."""
    pair = noise_pair(20, THUMB | RISCV | BIG, 900, 1100, 0x20000000,
                      0x20000000)
    pair.old_regions = [(0, 300, 0x20000000, THUMB),
                        (300, 601, 0x30000000 - 300, RISCV),
                        (601, 900, 0x20000004, BIG)]
    pair.new_regions = [(0, 512, 0x20000010, THUMB),
                        (512, 1100, 0x30000000, RISCV)]
    pair.map_entries += 10
    return pair


def more_regions_pair():
    """Two regions become four, one of them empty."""
    pair = noise_pair(21, THUMB | RISCV | BIG, 900, 1100, 0x20000000,
                      0x20000000)
    pair.old_regions = [(0, 500, 0x20000000, THUMB),
                        (500, 900, 0x30000000, RISCV)]
    pair.new_regions = [(0, 512, 0x20000010, THUMB),
                        (512, 800, 0x2FFFFFF0, RISCV),
                        (800, 800, 0xFFFFFFFF, NONE),
                        (800, 1100, 0x30000000, BIG)]
    pair.map_entries += 12
    return pair


def all_regions_pair():
    """As many regions as there may be."""
    pair = noise_pair(22, THUMB | BIG, 640, 960, 0x20000000, 0x20000000)
    archs = THUMB, NONE, BIG
    pair.old_regions = [(20 * i, 20 * i + 20, 0x20000000 + 4 * i,
                         archs[i % 3]) for i in range(32)]
    pair.new_regions = [(30 * i, 30 * i + 30, 0x20000000 + 8 * i,
                         archs[i % 3]) for i in range(32)]
    pair.map_entries += 128
    return pair


# --- Choices -----------------------------------------------------------------

def choice_pair():
    """References of every kind, some of which are as they were."""
    code = Code(0, None)
    for i in range(60):
        target = DATA + 8 * i
        code.word(0x94000000 | target - code.address() >> 2)            # BL
        code.word(0x14000000 | target - code.address() >> 2)            # B
        adrp(code, 3, target)
        code.word(0xF9400069 | (target & 0xFFF) >> 3 << 10)             # LDR
        code.word(0x58000002 | target - code.address() >> 2 << 5)       # LDR
        code.word(target)
    old = bytes(code.out)
    tables = [(DATA, DATA + 0x1000)], [(DATA, 0x18)]
    pair = make_pair(old, b"", A64, CODE_BASE, None, *tables)
    plan = [(None, 0, 4), (0, len(old), 0)]
    new = predicted_image(pair, plan, Random(38), mixed=True)
    return with_plan(make_pair(old, new, A64, CODE_BASE, None, *tables), plan)


# --- Units -------------------------------------------------------------------

def unit_pair():
    """Hits in long runs: whole units, units with a miss, a unit that the end
    of the old image cuts short, and one at the end of the new one."""
    random = Random(3)
    old = noise_bytes(random, 400)
    new = bytearray(old + old[:150])
    for at in (40, 77, 78, 200, 333):
        new[at] ^= 1
    pair = make_pair(old, bytes(new), NONE, 0x1000, None,
                     [(0x1000, 0x80000000)], [(0x1100, 8)])
    return with_plan(pair, [(0, 400, 0), (0, 150, 0)])


def unit_code_pair():
    """References cut units short and are units; both in each image."""
    random = Random(34)

    def blocks(name):
        items = []
        for i, size in enumerate((30, 17, 25, 40, 13, 60)):
            items += filler(random, f"{name}{i}", size)
            items.append((f"{name}:bl{i}", "bl", "a:bl3"))
            items.append((f"{name}:word{i}", "word", RAM + 8 * i))
        return items

    old = Assembler(blocks("a") + blocks("b") + filler(random, "end", 31))
    new = Assembler(filler(random, "added", 9) + old.items)
    entries = address_map(old, new) + [(RAM, 0x10)]
    start = len(new.image)
    copy = len(old.image) + 18 + 60
    plan = [(None, 0, 18), (0, len(old.image), 0),
            (None, 0, start - 18 - len(old.image)), (copy, 500, 0)]
    pair = make_pair(old.image, b"", THUMB, BASE, None, [(RAM, RAM + 0x100)],
                     entries)
    wrong = {150, 151, 400, start + 100, start + 271, start + 272}
    image = predicted_image(pair, plan, random, wrong)
    return with_plan(make_pair(old.image, image, THUMB, BASE, None,
                               pair.ranges, entries), plan)


def sure_pair(seed):
    """So many hits that a unit of them teaches nothing, then misses."""
    old = noise_bytes(Random(seed), 64)
    plan = [(0, 64, 0), (64, 6000, 0)]
    pair = make_pair(old, b"")
    wrong = {3000, 3100, 3600, 3601, 4500}
    return with_plan(make_pair(old, predicted_image(pair, plan, Random(36),
                                                    wrong)), plan)


# --- Bounds of what is learnt ------------------------------------------------

class ContraryStream(PlannedStream):
    """Changes the new image so that inputs of hit flags are always wrong."""

    def decode_miss(self, predicted):
        tables = self.model.hits
        x = sum(refrange.STRETCH[table[c % len(table)].probability()]
                for table, c in zip(tables, self.hit_contexts()))
        self.pair.new[self.at()] = predicted ^ (x < 0)
        return super().decode_miss(predicted)


def contrary_hits_pair():
    """Weights of hit flags go down to their limit."""
    size = 7000
    old = bytes(size)
    plan = [(0, size, 0)]
    pair = make_pair(old, bytearray(size))
    ContraryStream(pair, plan, refrange.shape(PARAM_MIN), 32).decode()
    return with_plan(make_pair(old, bytes(pair.new)), plan)


def contrary_literals_pair():
    """Bits that alternate: weights of literals go down to their limit."""
    new = b"\x00U\x80U" * 2000
    return with_plan(make_pair(b"x", new), [(None, 0, len(new))])


def fresh_literals_pair():
    """Contexts that are right twice and then forgotten: weights of literals
    go up to their limit."""
    random, new = Random(37), bytearray()
    for i in range(4000):
        bit = random.below(2) << 7
        for _ in range(2):
            new += bytes((bit, i * 8 + (i >> 5) & 0xFF))
    return with_plan(make_pair(b"x", bytes(new)), [(None, 0, len(new))])


def dropped_pair(zeros=4):
    """The first literal text whose stream ends in so many bytes of zero, and
    the stream without them."""
    for number in range(100000):
        pair = make_pair(b"old", b"%d" % number)
        stream = range_stream(pair, [(None, 0, len(pair.new))], PARAM_MIN, True)
        if stream.endswith(bytes(zeros)):
            return pair, stream[:-zeros]
    raise AssertionError("none found")


def long_number_pair(pair):
    made = make_pair(pair.old, pair.new, ranges=[(0x80000000, 0xFFFFFFFF)])
    return with_plan(made, [(None, 0, len(pair.new))])
