# SPDX-License-Identifier: MIT
"""Section 6.9 of docs/FORMAT.md: Xtensa."""

from refcommon import MASK
from reffield import BRANCH, CALL, LOAD, Field, Layout, Relative

UNIT = 1
REACH = 36


def before(address):
    return address - address % 4


CALL_N = Relative(Layout((2, 18, 6)), lambda address: before(address) + 4)
JUMP = Relative(Layout((0, 18, 6)), lambda address: address + 4)
ZERO = Relative(Layout((0, 12, 12)), lambda address: address + 4)


class Literal:
    """L32R: 16 bits, of words, that always count backwards."""

    layout = Layout((2, 16, 8))

    def target(self, word, address):
        return before(address + 3) + self.layout.get(word) - 0x40000 & MASK

    def encode(self, plain, target, address):
        word = int.from_bytes(plain, "little")
        word = self.layout.put(word, target - before(address + 3))
        return word.to_bytes(3, "little")


def reference(view, s):
    """The reference that covers byte s, or None."""
    for i in (s, s - 1, s - 2):
        field = instruction(view, i) if view.has(i, 3) else None
        if field:
            return field
    return None


def instruction(view, i):
    word = view.number(i, 3)
    kind, code = form(word)
    if code is None:
        return None
    target = code.target(word, view.base + i)
    if kind == LOAD and not in_image(view, target):
        return None
    if code is JUMP and not -0x2000 <= signed_distance(view, i, target) < 8192:
        return None
    if (is_literal(view, i) or is_literal(view, i + 2) or
            not starts_instruction(view, i)):
        return None
    return Field(i, view.bytes(i, 3), kind, target, code)


def form(word):
    if word & 0x1F == 0x05:
        return CALL, CALL_N
    if word & 0x0F == 0x01:
        return LOAD, Literal()
    if word & 0x3F == 0x06:
        return BRANCH, JUMP
    if word & 0x3F == 0x16:
        return BRANCH, ZERO
    return None, None


def signed_distance(view, i, target):
    distance = target - (view.base + i) & MASK
    return distance - (distance >> 31 << 32)


def in_image(view, address):
    return (address - view.base & MASK) < view.size


def is_literal(view, s):
    w = s - s % 4
    return view.has(w, 4) and in_image(view, view.word(w))


def starts_instruction(view, i):
    first = max(i - REACH, 0)
    p = i - (view.base + i & 3)
    while p >= first + 4:
        if is_entry(view, p) or follows_return(view, p):
            return meets(view, p, i)
        p -= 4
    if first == 0:
        return meets(view, 0, i)
    return sum(meets(view, first + k, i) for k in range(3)) >= 2


def is_entry(view, p):
    word = view.number(p, 3)
    return (word & 0x80FFFF == 0x80C112 or
            word & 0xF00FFF == 0x000136)


def follows_return(view, p):
    end = p
    while end > p - 2 and view.data[end - 1] == 0:
        end -= 1
    return view.number(end - 2, 2) in (0xF00D, 0xF01D)


def meets(view, p, i):
    while p < i:
        p += 2 if view.data[p] & 8 else 3
    return p == i
