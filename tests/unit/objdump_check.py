#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The predictor sees the references that objdump sees, with the same targets:
all of them among random instructions, nearly all in an image if one is given.
Usage: objdump_check.py ARCH REFERENCE_LIST [IMAGE BASE]
Exit status 77: skipped, there is no objdump for the architecture or no such
image."""

import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

SKIPPED = 77
REFERENCES_MIN = 1000  # fewer: objdump's output was not understood
RANDOM_COUNT = 40000
RANDOM_BASE = "0x40008000"
CONDITION = "eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|al|nv"


def signed(value):
    return (value & 0xFFFFFFFF ^ 0x80000000) - 0x80000000


def always(_mnemonic, _address, _target):
    return True


def in_reach_a64(mnemonic, address, target):
    """B, BL and ADRP always, the others within 256 KiB. Addresses have 32
    bits."""
    if mnemonic == "adrp":
        return target < 1 << 32
    return mnemonic in ("b", "bl") or -0x40000 <= target - address < 0x40000


def in_reach_a32(mnemonic, address, target):
    """Within 8 MiB; jumps are at least 16 instructions away."""
    distance = signed(target - address - 8)
    if mnemonic.startswith("bl") and mnemonic not in ("ble", "blt", "bls"):
        return -0x800000 <= distance < 0x800000
    return -0x800000 <= distance < 0x800000 and not -64 <= distance < 64


def random_thumb(chance):
    """A nop, and what begins like a wide branch."""
    return struct.pack("<3H", 0xBF00, 0xF000 | chance.getrandbits(11),
                       chance.getrandbits(16))


def random_words(forms, chance):
    """One of the forms (bits that are fixed, others random); the upper bits of
    short displacements are often alike, as in real code."""
    fixed, free = chance.choice(forms)
    word = fixed | chance.getrandbits(32) & free
    near = chance.choice((None, None, 0, 0x00E00000))
    if near is not None and free & 0x00E00000 == 0x00E00000:
        word = word & ~0x00E00000 | near
    return struct.pack("<I", word)


FORMS_A64 = [
    (0x14000000, 0x83FFFFFF), # b, bl
    (0x54000000, 0x00FFFFEF), # b.cond
    (0x34000000, 0x81FFFFFF), # cbz, cbnz
    (0x36000000, 0x81FFFFFF), # tbz, tbnz
    (0x10000000, 0x60FFFFFF), # adr
    (0x90000000, 0x60FFFFE1), # adrp, few registers
    (0x90000000, 0x60FFFFE1),
    (0x18000000, 0x44FFFFFF), # ldr w, x
    (0x98000000, 0x04FFFFFF), # ldrsw, ldr q
    (0xD8000000, 0x00FFFFFF), # prfm
    (0x91000000, 0x003FFC21), # add
    (0xF9000000, 0x007FFC21), # ldr, str
    (0x39000000, 0x40FFFC21),
    (0x00000000, 0xFFFFFFFF)]
FORMS_A32 = [
    (0xEA000000, 0x01FFFFFF), # b, bl
    (0x0A000000, 0xF1FFFFFF), # any condition, and blx
    (0xFA000000, 0x01FFFFFF),
    (0xE3000000, 0x000F1FFF), # movw, few registers
    (0xE3400000, 0x000F1FFF), # movt
    (0x00000000, 0xFFFFFFFF)]

BRANCH_THUMB = r"[0-9a-f]{4} [0-9a-f]{4}\s+(blx?|b[a-z]{0,2}\.w)\s+"
BRANCH_A64 = (r"[0-9a-f]{8}\s+(bl?|b\.\w+|cbn?z|tbn?z|adrp?|ldr|ldrsw|prfm)\s+"
              r"(?:(?:\w+|#0x\w+), )?(?:#\d+, )?")
BRANCH_A32 = rf"[0-9a-f]{{8}}\s+(blx|bl?(?:{CONDITION})?)\s+"
# The part of the address that one half of a pair holds.
LOW_A64 = (r"[0-9a-f]{8}\s+(?:add\s+\w+, \w+, #|"
           r"[a-z]+\s+(?:\w+|#0x\w+), \[\w+(?:, #|\]))()(\w*)")
MOVE_A32 = rf"[0-9a-f]{{8}}\s+mov(w|t)(?:{CONDITION})?\s+\w+, #(\d+)"


def with_address(pattern):
    return re.compile(r"^\s*([0-9a-f]+):\s+" + pattern, re.MULTILINE)


class Arch:
    """How to ask objdump, what to expect, what to generate."""

    def __init__(self, tool, options, branch, half, in_reach, make):
        self.objdump = tool
        self.options = options
        self.branch = with_address(branch + r"(?:0x)?([0-9a-f]+)(?=\s|$)")
        self.half = half and with_address(half)
        self.in_reach = in_reach
        self.make = make
        # Of an image, where data is taken for code: with instructions of one
        # size both see the same all the same.
        self.share = 1 if half else 0.99
        self.extra = 0 if half else 0.05

    def has(self, kind):
        return self.half is not None or kind != "half"


ARCHS = {
    "thumb": Arch("arm-none-eabi-objdump", ["-m", "arm", "-M", "force-thumb"],
                  BRANCH_THUMB, None, always, random_thumb),
    "a32": Arch("arm-none-eabi-objdump", ["-m", "arm"], BRANCH_A32, MOVE_A32,
                in_reach_a32, lambda c: random_words(FORMS_A32, c)),
    "a64": Arch("aarch64-linux-gnu-objdump", ["-m", "aarch64"], BRANCH_A64,
                LOW_A64, in_reach_a64, lambda c: random_words(FORMS_A64, c)),
}


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def targets_of(arch, listing):
    """address -> target, of what the predictor must see."""
    targets = {}
    for at, mnemonic, target in arch.branch.findall(listing):
        at, target = int(at, 16), int(target, 16)
        if arch.in_reach(mnemonic, at, target):
            targets[at] = target & 0xFFFFFFFF
    return targets


def parts_of(arch, listing):
    """address -> part of a target, of instructions that may be halves."""
    parts = {}
    for at, which, part in arch.half.findall(listing):
        parts[int(at, 16)] = (which, int(part or "0", 0))
    return parts


def is_half(target, which, part):
    if which == "":
        return target & 0xFFF == part
    return target >> (16 if which == "t" else 0) & 0xFFFF == part


def compare(name, lister, image, base, is_random):
    """One line of result; True when it is good enough."""
    arch = ARCHS[name]
    listing = output_of(arch.objdump, "-D", "-z", "-b", "binary",
                        *arch.options, f"--adjust-vma={base}", image)
    expected = targets_of(arch, listing)
    parts = parts_of(arch, listing) if arch.half else {}
    missed, wrong, extra = [], [], []
    good = halves = 0
    found = {}
    for line in output_of(lister, name, image, base).splitlines():
        at, target, kind = line.split()
        found[int(at, 16)] = (int(target, 16), kind)
    for at, (target, kind) in found.items():
        if kind == "half" and at in parts:
            halves += 1
            if not is_half(target, *parts[at]):
                wrong.append(hex(at))
        elif at not in expected and arch.has(kind):
            extra.append(hex(at))
    for at, target in expected.items():
        if at not in found:
            missed.append(hex(at))
        # Of an ADRP objdump shows the page only.
        elif found[at][0] & (~0xFFF if found[at][1] == "half" else ~0) \
                != target:
            wrong.append(hex(at))
        else:
            good += 1
    print(f"{name} {os.path.basename(image)}: {good} of {len(expected)} agree, "
          f"and {halves} halves; not seen: {len(missed)} {missed[:5]}, other "
          f"target: {len(wrong)} {wrong[:5]}, only here: {len(extra)} "
          f"{extra[:5]}")
    share = 1 if is_random else arch.share
    allowed = 0 if is_random else arch.extra * len(expected)
    return (len(expected) >= REFERENCES_MIN and not wrong and
            good >= share * len(expected) and len(extra) <= allowed)


def main():
    name, lister = sys.argv[1:3]
    arch = ARCHS[name]
    if shutil.which(arch.objdump) is None:
        print(f"skipped: no {arch.objdump}")
        return SKIPPED
    if len(sys.argv) > 3:
        if not os.path.exists(sys.argv[3]):
            print(f"skipped: no {sys.argv[3]}, see fetch_images.sh")
            return SKIPPED
        return 0 if compare(name, lister, *sys.argv[3:5], False) else 1
    with tempfile.TemporaryDirectory() as folder:
        made = os.path.join(folder, "random.bin")
        chance = random.Random(1)
        with open(made, "wb") as file:
            for _ in range(RANDOM_COUNT):
                file.write(arch.make(chance))
        return 0 if compare(name, lister, made, RANDOM_BASE, True) else 1


sys.exit(main())
