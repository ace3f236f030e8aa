# SPDX-License-Identifier: MIT
"""Code whose low parts stand far behind their high parts (FORMAT.md, 6.11)."""

import struct

from refencode import make_pair

A64, RISCV = 4, 8
BASE, DATA = 0x40080000, 0x40091230
SHIFT, GLOBAL_SHIFT = 0x18, 0x30
GLOBAL_START = 0xF0000000
A64_NOP, RISCV_NOP, C_NOP = 0xD503201F, 0x00000013, 0x0001


def move(address):
    """Where the new release has what was at an address."""
    if address >= GLOBAL_START:
        return address + GLOBAL_SHIFT
    return address + SHIFT if address >= DATA else address


class Code:
    """Instructions; every target goes through *where*."""

    def __init__(self, size, where):
        self.out = bytearray(size)
        self.where = where

    def word(self, value):
        self.out += struct.pack("<I", value & 0xFFFFFFFF)

    def fill(self, size, nop):
        assert size % 4 == 0
        for _ in range(size // 4):
            self.word(nop)

    def address(self):
        return BASE + len(self.out)


def a64_code(start, where):
    """Distances between ADRP and low part, some with another write between."""
    code = Code(start, where)
    for i, distance in enumerate((4, 32, 36, 64, 124, 128, 132, 160)):
        for kind in range(3):
            target = where(DATA + 64 * i + 8 * kind)
            adrp(code, i, target)
            code.fill(distance - 4, A64_NOP)
            if kind == 2:  # MOVZ, in place of the last NOP but for distance 4
                code.out[len(code.out) - 4:] = struct.pack(
                    "<I", 0xD2800000 | (i if distance > 4 else 30))
            low = target & 0xFFF
            code.word((0x91000000 | low << 10,           # ADD
                       0xF9400000 | low >> 3 << 10,      # LDR of 8 bytes
                       0xB9000000 | low >> 2 << 10)[kind] | i << 5 | 9)
    return bytes(code.out)


def adrp(code, register, target):
    pages = (target >> 12) - (code.address() >> 12)
    code.word(0x90000000 | (pages & 3) << 29 | (pages >> 2 & 0x7FFFF) << 5 |
              register)


def riscv_code(start, where):
    """The same for LUI and AUIPC; and what is reached from register 3."""
    code = Code(start, where)
    for i, distance in enumerate((4, 36, 38, 40, 64, 122, 124, 126, 128)):
        register = 8 + i
        for kind in range(4):
            target = where(DATA + 64 * i + 8 * kind)
            origin = code.address() if kind % 2 else 0
            high = target - origin + 0x800 & 0xFFFFF000
            code.word(high | register << 7 | (0x17 if kind % 2 else 0x37))
            code.fill(distance - 4 - distance % 4, RISCV_NOP)
            if kind == 2 and distance > 8:  # ADDI register, x0, 1
                code.out[-8:-4] = struct.pack("<I", 0x00100013 | register << 7)
            if distance % 4:
                code.out += struct.pack("<H", C_NOP)
            low(code, target - origin - high, register, kind)
    for i, offset in enumerate((-2048, -1000, -8, 0, 500, 2000)):
        target = where(GLOBAL_START + offset)
        for kind in range(4):
            low(code, target - GLOBAL_START, 3, kind)
        code.fill(4 * i, RISCV_NOP)
    return bytes(code.out)


def low(code, immediate, register, kind):
    immediate &= 0xFFF
    if kind == 1:  # SW
        code.word(0x2023 | register << 15 | 9 << 20 | immediate >> 5 << 25 |
                  (immediate & 31) << 7)
    else:  # LW, ADDI, FLW
        code.word((0x2003, 0, 0x0013, 0x2007)[kind] | register << 15 | 9 << 7 |
                  immediate << 20)


def far_pair(arch, make):
    """Sixteen bytes are put before the code, and its data moves."""
    old = make(0, lambda address: address)
    new = make(16, move)
    pair = make_pair(old, new, arch, BASE, None, (),
                     [(DATA, SHIFT), (GLOBAL_START, GLOBAL_SHIFT)])
    pair.plan = [(None, 0, 16), (0, len(old), 0)]
    return pair


def far_pairs():
    return (("far-a64", far_pair(A64, a64_code)),
            ("far-riscv", far_pair(RISCV, riscv_code)))
