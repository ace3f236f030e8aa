# SPDX-License-Identifier: MIT
"""Small firmware images for the vectors, from lists of instructions.

An image is a list of items (id, form, argument). Items of the same id in two
images are the same thing; a target is the id of an item, or an address.
"""

import struct

from refcommon import MASK
from refthumb import MOVT, MOVW, LongBranch, ShortBranch

BASE = 0x08004000
RAM = 0x20000000
# The last one holds what is a call as well (odd_places).
RANGES = ((BASE, BASE + 0x1000), (RAM, RAM + 0x800), (0xF800F000, 0xF800F200))

BRANCH_FORMS = {
    "bl": (LongBranch(False), 0xF000, 0xD000),
    "blx": (LongBranch(True), 0xF000, 0xC000),
    "b.w": (LongBranch(False), 0xF000, 0x9000),
    "beq.w": (ShortBranch, 0xF000, 0x8000),
    "ble.w": (ShortBranch, 0xF340, 0x8000),
}
MOVE_FORMS = {"movw": (MOVW, 0xF240), "movt": (MOVT, 0xF2C0)}


class Assembler:
    def __init__(self, items, base=BASE):
        self.base = base
        self.items = items
        self.offsets = {}
        at = 0
        for name, form, argument in items:
            at += -at % 4 if form == "word" else 0
            self.offsets[name] = at
            at += self.size(form, argument)
        self.image = self.assemble()

    @staticmethod
    def size(form, argument):
        if form == "bytes":
            return len(argument)
        return 2 if form == "half" else 4

    def address(self, target):
        if isinstance(target, int):
            return target
        return self.base + self.offsets[target] & MASK

    def assemble(self):
        out = bytearray()
        for name, form, argument in self.items:
            at = self.offsets[name]
            if len(out) < at:
                out += b"\x00\xbf"  # nop
            out += self.encode(form, argument, self.base + at)
        return bytes(out)

    def encode(self, form, argument, address):
        if form == "bytes":
            return argument
        if form == "half":
            return struct.pack("<H", argument)
        if form == "wide":
            return struct.pack("<2H", *argument)
        if form == "word":
            return struct.pack("<I", self.address(argument))
        if form in MOVE_FORMS:
            code, pattern = MOVE_FORMS[form]
            register, target = argument
            plain = struct.pack("<2H", pattern, register << 8)
            return code.encode(plain, self.address(target), address)
        code, h1, h2 = BRANCH_FORMS[form]
        return code.encode(struct.pack("<2H", h1, h2),
                           self.address(argument), address)


class Random:
    """The same numbers everywhere."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 +
                      1442695040888963407) % 2**64
        return (self.state >> 33) % limit


def filler(random, name, count):
    """Instructions of 16 bits, none of them a first half."""
    return [(f"{name}.{i}", "half", random.below(0xE800))
            for i in range(count)]


def function(random, name, callees, ram):
    """Every form of reference once, at places that differ between functions."""
    callee = [callees[random.below(len(callees))] for _ in range(8)]
    items = [(name, "half", 0xB510)]
    for i, form in enumerate(("bl", "blx", "b.w", "beq.w", "ble.w")):
        items += filler(random, f"{name}.{form}", random.below(4))
        items.append((f"{name}:{form}", form, callee[i]))
    register = random.below(8)
    items += [(f"{name}:movw", "movw", (register, callee[5])),
              *filler(random, f"{name}.pair", random.below(15)),
              (f"{name}:movt", "movt", (register, callee[5])),
              (f"{name}:movw2", "movw", (register + 1, ram)),
              (f"{name}:movt2", "movt", (register + 1, ram)),
              (f"{name}:return", "half", 0xBD10),
              (f"{name}:literal", "word", callee[6]),
              (f"{name}:variable", "word", ram)]
    return items


def odd_places():
    """What is close to a reference and is none, or only just is."""
    return [
        # After an odd run of first halves the instruction starts elsewhere.
        ("odd:run1", "half", 0xE800), ("odd:bl1", "bl", "f0"),
        ("odd:stop1", "half", 0x2000),
        ("odd:run2", "wide", (0xF8D0, 0xF000)), ("odd:bl2", "bl", "f1"),
        ("odd:stop2", "half", 0x2001),
        # The count stops at 16, so the parity of the 17th does not matter.
        ("odd:run17", "bytes", b"\xff\xff" * 17), ("odd:bl3", "bl", "f2"),
        ("odd:stop3", "half", 0x2002),
        # The condition 14 is no condition: not B<c>.W.
        ("odd:nocond", "wide", (0xF380, 0x8011)),
        # No partner within 32 bytes, or of another register.
        ("odd:movw", "movw", (1, "f1")), ("odd:far", "bytes", b"\x00\xbf" * 15),
        ("odd:movt", "movt", (1, "f1")), ("odd:other", "movt", (2, "f1")),
        ("odd:stop4", "half", 0x2003),
        # The wrong way round.
        ("odd:first", "movt", (4, "f1")), ("odd:second", "movw", (4, "f1")),
        # Exactly 32 bytes.
        ("odd:movw32", "movw", (3, "f2")),
        ("odd:near", "bytes", b"\x00\xbf" * 14),
        ("odd:movt32", "movt", (3, "f2")),
        # A word in a pointer range that is also a call is a call.
        ("odd:align", "word", 0), ("odd:call", "wide", (0xF123, 0xF800)),
        # The end: nothing behind that a half could pair with, half a call.
        ("odd:lastmovw", "movw", (5, "f2")), ("odd:last", "half", 0x2004),
        ("odd:cut", "bytes", b"\x00\xf0\x04"),
    ]


RAM_MAP = [(RAM, 0), (RAM + 0x80, 0x18)]


def code_images(new_base=BASE):
    """Two releases: functions moved, edited, dropped, inserted, doubled."""
    random = Random(1)
    names = [f"f{i}" for i in range(6)]
    vectors = [(f"vector{i}", "word", name) for i, name in enumerate(names)]
    vectors.append(("firstmovt", "movt", (6, "f2")))  # nothing before it
    old, new = {}, {}
    for i, name in enumerate(names):
        old[name] = function(random, name, names, RAM + 0x40 * i)
        new[name] = [(item, form, move_ram(argument))
                     for item, form, argument in old[name]]
    new["f2"] = new["f2"][:5] + filler(random, "added", 7) + new["f2"][5:]
    new["f3"] = new["f3"][:6] + new["f3"][8:]
    double = [("2" + item, form, argument)
              for item, form, argument in new["f1"]]
    old_items = vectors + sum(old.values(), []) + odd_places()
    new_items = (vectors + new["f0"] + new["f4"] +
                 filler(random, "first", 5) + new["f1"] + new["f2"] +
                 new["f3"] + double + new["f5"] + odd_places())
    return Assembler(old_items), Assembler(new_items, new_base)


EDGE_BASE = 0x7E5BF7F5  # odd, so that all bits of an immediate are used
EDGE_RANGE = (0x90000000, 0x90000100)


def edge_images():
    """Pairs whose references begin and end where an image does."""
    pair = [("movw", "movw", (9, "target")), ("movt", "movt", (9, "target"))]
    fronts = (pair, [("run", "half", 0xE800), ("none", "bl", "target")],
              [("bl", "bl", "target")])
    backs = ([(name + "2", form, argument) for name, form, argument in pair],
             [("bl2", "bl", "run")],
             [("start", "word", EDGE_RANGE[0]),
              ("end", "word", EDGE_RANGE[1]),
              ("last", "word", EDGE_RANGE[1] - 1)])
    for front, back in zip(fronts, backs):
        middle = [("stop", "half", 0x2000)]
        target = [("target", "half", 0x4770), ("then", "half", 0xBF00)]
        added = [("added", "half", 0x2001), ("added2", "half", 0x2002)]
        yield (Assembler(front + middle + target + back, EDGE_BASE),
               Assembler(front + middle + added + target + back, EDGE_BASE))


def move_ram(argument):
    """Variables from the third on are elsewhere in the new release."""
    if isinstance(argument, tuple):
        return tuple(move_ram(part) for part in argument)
    if isinstance(argument, int) and argument >= RAM + 0x80:
        return argument + 0x18
    return argument


def address_map(old, new):
    """Where the old image's items went."""
    entries, last = [], 0
    for name, _, _ in old.items:
        if name in new.offsets:
            shift = new.address(name) - old.address(name)
            if shift != last:
                entries.append((old.address(name), shift))
            last = shift
    return entries


def records(old, new):
    """A plan (refencode.py): what is known is copied, the rest literals.

    Copies are cut here and there, so that some begin inside of a field.
    """
    pieces = []  # [source or None, size]
    for name, form, argument in new.items:
        source = old.offsets.get(name)
        if source is None and name[1:] in new.offsets:
            source = len(old.image) + new.offsets[name[1:]]
        add_piece(pieces, source, new.offsets[name],
                  Assembler.size(form, argument))
    plan, cut = [], Random(2)
    for source, size in pieces:
        if source is None:
            last = plan.pop()
            plan.append((last[0], last[1], last[2] + size))
            continue
        while size > 40:
            part = 20 + cut.below(20)
            plan.append((source, part, 0))
            source, size = source + part, size - part
        plan.append((source, size, 0))
    return plan


def add_piece(pieces, source, at, size):
    done = sum(piece[1] for piece in pieces)
    if done < at:  # alignment before a word
        add_piece(pieces, None, done, at - done)
    if pieces:
        last = pieces[-1]
        end = None if last[0] is None else last[0] + last[1]
        if end == source:
            last[1] += size
            return
    pieces.append([source, size])
