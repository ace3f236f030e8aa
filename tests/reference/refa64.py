# SPDX-License-Identifier: MIT
"""Section 6.6 of docs/FORMAT.md: AArch64."""

from refcommon import MASK
from reffield import BRANCH, CALL, HALF, LOAD, Field, Layout, Relative

UNIT = 4

FAR = Layout((2, 26, 0))
NEAR = Layout((2, 19, 5))
TEST = Layout((2, 14, 5))
WIDE = Layout((0, 2, 29), (2, 19, 5))

# mask, value, kind, where the displacement is
FORMS = (
    (0xFC000000, 0x14000000, BRANCH, FAR),   # B
    (0xFC000000, 0x94000000, CALL, FAR),     # BL
    (0xFF000010, 0x54000000, BRANCH, NEAR),  # B.cond
    (0x7E000000, 0x34000000, BRANCH, NEAR),  # CBZ, CBNZ
    (0x7E000000, 0x36000000, BRANCH, TEST),  # TBZ, TBNZ
    (0x3B000000, 0x18000000, LOAD, NEAR),    # LDR (literal)
    (0x9F000000, 0x10000000, LOAD, WIDE))    # ADR


class Page:
    """ADRP."""

    @staticmethod
    def encode(plain, target, address):
        word = int.from_bytes(plain, "little")
        word = WIDE.put(word, (target >> 12) - ((address & MASK) >> 12))
        return word.to_bytes(4, "little")


class Low:
    """ADD, load or store that completes an ADRP."""

    def __init__(self, scale):
        self.layout = Layout((scale, 12, 10))

    def encode(self, plain, target, _):
        word = int.from_bytes(plain, "little")
        return self.layout.put(word, target & 0xFFF).to_bytes(4, "little")


def reference(view, s):
    """The reference that covers byte s, or None."""
    i = s - s % 4
    if not view.has(i, 4):
        return None
    word = view.word(i)
    if is_adrp(word):
        return adrp(view, i)
    if low_scale(word) is not None:
        return low(view, i)
    for mask, value, kind, layout in FORMS:
        if word & mask == value:
            return relative(view, i, kind, layout)
    return None


def relative(view, i, kind, layout):
    word = view.word(i)
    if word >> 24 == 0xDC:
        return None
    if layout is not FAR and not (
            -0x40000 <= layout.get_signed(word) < 0x40000):
        return None
    code = Relative(layout, lambda address: address)
    return Field(i, view.bytes(i, 4), kind,
                 code.target(word, view.base + i), code)


def is_adrp(word):
    return word & 0x9F000000 == 0x90000000


def low_scale(word):
    """How far the immediate of a low part is shifted; None: it is none."""
    if word & 0xFFC00000 == 0x91000000:
        return 0
    if word & 0x3B000000 != 0x39000000:
        return None
    scale = word >> 30
    if scale == 0 and word & 0x04800000 == 0x04800000:
        scale = 4
    return scale if low_part(word, scale) < 4096 else None


def low_part(word, scale):
    return (word >> 10 & 0xFFF) << scale


def sets(word, register):
    """Does the instruction set this register?"""
    if word & 31 != register or word & 0x1C000000 == 0x14000000:
        return False
    return word & 0x0A000000 != 0x08000000 or word & 0x00400000 != 0


def target_of(view, i, offset):
    """The address on the page of the ADRP at i; None beyond 32 bits."""
    page = (((view.base + i) & MASK) >> 12) + WIDE.get_signed(view.word(i))
    return page << 12 | offset if 0 <= page < 1 << 20 else None


def adrp(view, i):
    register = view.word(i) & 31
    offset = 0
    for k in range(i + 4, i + 33, 4):
        if not view.has(k, 4):
            break
        word = view.word(k)
        scale = low_scale(word)
        if word >> 5 & 31 == register and scale is not None:
            offset = low_part(word, scale)
            break
        if sets(word, register):
            break
    return half(view, i, target_of(view, i, offset), Page)


def low(view, i):
    word = view.word(i)
    register, scale = word >> 5 & 31, low_scale(word)
    for k in range(i - 4, i - (129 if view.is_far else 33), -4):
        if k < 0:
            break
        other = view.word(k)
        if is_adrp(other) and other & 31 == register:
            target = target_of(view, k, low_part(word, scale))
            return half(view, i, target, Low(scale))
        if sets(other, register):
            break
    return None


def half(view, i, target, code):
    if target is None:
        return None
    return Field(i, view.bytes(i, 4), HALF, target, code)
