# SPDX-License-Identifier: MIT
"""Section 6.10 of docs/FORMAT.md: AVR."""

from reffield import BRANCH, CALL, HALF, LOAD, Field, Layout, Relative

UNIT = 2
DATA = 0x800000

# Words of 32 bits: the first instruction word is the lower one.
SHORT = Relative(Layout((1, 12, 0)), lambda address: address + 2)


class Absolute:
    """offset: what the target has besides the immediate."""

    def __init__(self, offset, *groups):
        self.offset = offset
        self.layout = Layout(*groups)

    def target(self, word):
        return self.offset + self.layout.get(word)

    def encode(self, plain, target, _):
        word = self.layout.put(int.from_bytes(plain, "little"), target)
        return word.to_bytes(4, "little")


LONG = Absolute(0, (1, 16, 16), (17, 1, 0), (18, 5, 4))
DIRECT = Absolute(DATA, (0, 16, 16))
PAIR = Absolute(DATA, (0, 4, 0), (4, 4, 8), (8, 4, 16), (12, 4, 24))


def reference(view, s):
    """The reference that covers byte s, or None."""
    e = s - s % 2
    if not view.has(e, 2):
        return None
    return long(view, e) or (long(view, e - 2) if e else None) or short(view,
                                                                       e)


def is_first(h):
    """May this be the first word of two?"""
    return h & 0xFE0C == 0x940C or h & 0xFC0F == 0x9000


def starts_instruction(view, i):
    count = 0
    while (count < 16 and i - 2 * count >= 2 and
           is_first(view.half(i - 2 * count - 2))):
        count += 1
    return count % 2 == 0


def form(word):
    """Kind and form of the reference in two words."""
    if word & 0xFE0E == 0x940E:
        return CALL, LONG
    if word & 0xFE0E == 0x940C:
        return BRANCH, LONG
    if word & 0xFC0F == 0x9000:
        return LOAD, DIRECT
    if (word & 0xF010F010 == 0xE010E000 and
            word >> 16 & 0x00E0 == word & 0x00E0):
        return HALF, PAIR
    return None, None


def long(view, i):
    if not view.has(i, 4):
        return None
    word = view.word(i)
    kind, code = form(word)
    if code is None or not starts_instruction(view, i):
        return None
    return Field(i, view.bytes(i, 4), kind, code.target(word), code)


def short(view, i):
    h = view.half(i)
    if h & 0xE000 != 0xC000 or not starts_instruction(view, i):
        return None
    return Field(i, view.bytes(i, 2), CALL if h & 0x1000 else BRANCH,
                 SHORT.target(h, view.base + i), SHORT)
