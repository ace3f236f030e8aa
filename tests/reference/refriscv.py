# SPDX-License-Identifier: MIT
"""Section 6.8 of docs/FORMAT.md: RISC-V."""

from reffield import BRANCH, CALL, HALF, Field, Layout, Relative
from refcommon import MASK

UNIT = 2
REACH = 36
FAR_REACH = 124
GLOBAL_START = 0xF0000000


def own(address):
    return address


JAL = Relative(Layout((1, 10, 21), (11, 1, 20), (12, 8, 12), (20, 1, 31)), own)
BCC = Relative(Layout((1, 4, 8), (5, 6, 25), (11, 1, 7), (12, 1, 31)), own)
C_J = Relative(Layout((1, 3, 3), (4, 1, 11), (5, 1, 2), (6, 1, 7), (7, 1, 6),
                      (8, 2, 9), (10, 1, 8), (11, 1, 12)), own)
UPPER = Layout((12, 20, 12))
LOW_I = Layout((0, 12, 20))
LOW_S = Layout((0, 5, 7), (5, 7, 25))

LOAD, LOAD_FP, ADDI, AUIPC, STORE, STORE_FP, LUI, COND, JALR, JUMP = (
    0x03, 0x07, 0x13, 0x17, 0x23, 0x27, 0x37, 0x63, 0x67, 0x6F)


class High:
    """AUIPC or LUI of a pair."""

    def __init__(self, auipc):
        self.auipc = auipc

    def encode(self, plain, target, address):
        origin = address if self.auipc else 0
        word = UPPER.put(int.from_bytes(plain, "little"),
                         target - origin + 0x800)
        return word.to_bytes(4, "little")


class Low:
    """What completes it, `distance` bytes behind it."""

    def __init__(self, layout, auipc, distance):
        self.layout = layout
        self.auipc = auipc
        self.distance = distance

    def encode(self, plain, target, address):
        origin = address - self.distance if self.auipc else 0
        word = self.layout.put(int.from_bytes(plain, "little"),
                               target - origin)
        return word.to_bytes(4, "little")


def is_wide(h):
    return h & 3 == 3


def length(h):
    return 4 if is_wide(h) else 2


def reference(view, s):
    """The reference that covers byte s, or None."""
    e = s - s % 2
    field = None
    if view.has(e, 2):
        field = wide(view, e) if is_wide(view.half(e)) else narrow(view, e)
    if field is None and e >= 2 and is_wide(view.half(e - 2)):
        field = wide(view, e - 2)
    return field


def starts_instruction(view, i, first):
    """Nothing before first is looked at."""
    count = 0
    while i - 2 * count - 2 >= first and is_wide(view.half(i - 2 * count - 2)):
        count += 1
    return count % 2 == 0


def narrow(view, i):
    """C.J or C.JAL."""
    h = view.half(i)
    if h & 0x6003 != 0x2001 or not starts_instruction(view, i,
                                                      max(i - REACH, 0)):
        return None
    return Field(i, view.bytes(i, 2), BRANCH if h >> 15 else CALL,
                 C_J.target(h, view.base + i), C_J)


def wide(view, i):
    if not view.has(i, 4) or not starts_instruction(view, i,
                                                    max(i - REACH, 0)):
        return None
    word = view.word(i)
    opcode, rd = word & 0x7F, word >> 7 & 31
    plain, address = view.bytes(i, 4), view.base + i
    if opcode == JUMP:
        if rd not in (0, 1, 5):
            return None
        kind = BRANCH if rd == 0 else CALL
        return Field(i, plain, kind, JAL.target(word, address), JAL)
    if opcode == COND:
        if word >> 12 & 7 in (2, 3):
            return None
        return Field(i, plain, BRANCH, BCC.target(word, address), BCC)
    if is_high(word):
        k = find_low(view, i, rd)
        return k and half(view, i, i, k)
    if is_low(word):
        if view.is_far and word >> 15 & 31 == 3:
            return around_global(view, i)
        k = find_high(view, i, word >> 15 & 31)
        return None if k is None else half(view, i, k, i)
    return None


def is_high(word):
    return word & 0x7F in (AUIPC, LUI)


def is_low(word):
    opcode = word & 0x7F
    if opcode in (ADDI, JALR):
        return word >> 12 & 7 == 0
    return opcode in (LOAD, LOAD_FP, STORE, STORE_FP)


def low_layout(word):
    return LOW_S if word & 0x7F in (STORE, STORE_FP) else LOW_I


def half(view, i, high, low):
    """The field at i, one of the pair."""
    upper, lower = view.word(high), view.word(low)
    auipc = upper & 0x7F == AUIPC
    layout = low_layout(lower)
    target = (UPPER.get(upper) + layout.get_signed(lower) +
              (view.base + high if auipc else 0)) & MASK
    code = High(auipc) if i == high else Low(layout, auipc, low - high)
    return Field(i, view.bytes(i, 4), HALF, target, code)


def around_global(view, i):
    """What is added to the global pointer."""
    word = view.word(i)
    layout = low_layout(word)
    target = GLOBAL_START + layout.get_signed(word) & MASK
    return Field(i, view.bytes(i, 4), HALF, target, Low(layout, False, 0))


def writes(h, register):
    """Does the instruction whose first halfword this is write the register?"""
    full, short = h >> 7 & 31, h >> 7 & 7
    form = h >> 13
    quadrant = h & 3
    if quadrant == 3:
        return full == register and h & 0x7F not in (STORE, STORE_FP, COND,
                                                     LOAD_FP)
    if quadrant == 0:
        return form < 4 and (h >> 2 & 7) + 8 == register
    if quadrant == 1 and form == 4:
        return short + 8 == register
    return form < (4 if quadrant == 1 else 5) and full == register


def find_low(view, i, register):
    if register in (0, 2):
        return None
    k = i + 4
    while k <= i + REACH and view.has(k, 4):
        if is_wide(view.half(k)):
            word = view.word(k)
            if is_low(word) and word >> 15 & 31 == register:
                return k
        if writes(view.half(k), register):
            return None
        k += length(view.half(k))
    return None


def find_high(view, i, register):
    if register in (0, 2):
        return None
    first = max(i - (FAR_REACH if view.is_far else REACH), 0)
    for k in range(i - 4, first - 1, -2):
        h = view.half(k)
        if (h & 0x7F in (AUIPC, LUI) and h >> 7 & 31 == register and
                starts_instruction(view, k, first) and
                is_kept(view, k + 4, i, register)):
            return k
    return None


def is_kept(view, k, end, register):
    while k < end:
        if writes(view.half(k), register):
            return False
        k += length(view.half(k))
    return k == end
