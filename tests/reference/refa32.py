# SPDX-License-Identifier: MIT
"""Section 6.7 of docs/FORMAT.md: A32."""

from refcommon import MASK
from reffield import BRANCH, CALL, HALF, Field, Layout, Relative

UNIT = 4

JUMP = Relative(Layout((2, 24, 0)), lambda address: address + 8)
BLX = Relative(Layout((1, 1, 24), (2, 24, 0)), lambda address: address + 8)
IMMEDIATE = Layout((0, 12, 0), (12, 4, 16))
IS_MOVW, IS_MOVT = 0x03000000, 0x03400000


class MoveHalf:
    """MOVW (upper = 0) or MOVT (upper = 1) of a pair."""

    def __init__(self, upper):
        self.upper = upper

    def encode(self, plain, target, _):
        word = int.from_bytes(plain, "little")
        word = IMMEDIATE.put(word, target >> 16 * self.upper)
        return word.to_bytes(4, "little")


def reference(view, s):
    """The reference that covers byte s, or None."""
    i = s - s % 4
    if not view.has(i, 4):
        return None
    word = view.word(i)
    if word >> 25 & 7 == 5:
        return branch(view, i)
    if is_move(word, IS_MOVW):
        return pair(view, i, 0, IS_MOVT, range(i + 4, i + 33, 4))
    if is_move(word, IS_MOVT):
        return pair(view, i, 1, IS_MOVW, range(i - 4, i - 33, -4))
    return None


def branch(view, i):
    word = view.word(i)
    count = JUMP.layout.get_signed(word) // 4
    if word >> 28 == 15:
        kind, code = CALL, BLX
    else:
        kind, code = (CALL if word >> 24 & 1 else BRANCH), JUMP
    if not -0x200000 <= count < 0x200000:
        return None
    if kind == BRANCH and -16 <= count < 16:
        return None
    target = code.target(word, view.base + i) & MASK
    return Field(i, view.bytes(i, 4), kind, target, code)


def is_move(word, pattern):
    return word & 0x0FF00000 == pattern


def pair(view, i, upper, partner, places):
    word = view.word(i)
    for k in places:
        if not view.has(k, 4):
            break
        other = view.word(k)
        if is_move(other, partner) and (word ^ other) & 0xF000F000 == 0:
            halves = IMMEDIATE.get(word), IMMEDIATE.get(other)
            target = halves[1 - upper] << 16 | halves[upper]
            return Field(i, view.bytes(i, 4), HALF, target, MoveHalf(upper))
    return None
