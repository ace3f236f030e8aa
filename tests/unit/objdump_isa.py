#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The predictor sees the references that objdump sees, with the same targets.
Usage: objdump_isa.py ARCH ISA_LIST [IMAGE BASE]
Without an image: all of them among made instructions. With one: nearly all;
where instructions have several sizes objdump loses its way in data. An ELF file
of the same name beside the image tells it where code is.
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
BASE = 0x40200000
MADE = 20000      # instructions
EXPECTED_MIN = 2000  # fewer: objdump's output was not understood
IMAGE_MIN = 500      # the same, of an image: a boot loader is small

# Of an image's references, that both must see; objdump for LX106 does not know
# all instructions of other Xtensa cores.
SHARES = {"riscv": 0.97, "xtensa": 0.5, "avr": 1}
SHARE_ELF = 0.9

# The command, its package, and the instructions whose last operand is a
# target.
ARCHES = {
    "riscv": (["riscv64-unknown-elf-objdump", "-m", "riscv:rv32",
               "-M", "no-aliases"], "binutils-riscv64-unknown-elf",
              r"jal|c\.jal|c\.j|beq|bne|blt|bge|bltu|bgeu"),
    "xtensa": (["xtensa-lx106-elf-objdump", "-m", "xtensa"],
               "binutils-xtensa-lx106",
               r"call0|j|beqz|bnez|bltz|bgez|l32r"),
    "avr": (["avr-objdump", "-m", "avr:6"], "binutils-avr",
            r"call|jmp|rcall|rjmp|lds|sts"),
}

LINE = re.compile(r"^ *([0-9a-f]+):\t([0-9a-f ]+)\t([^\s]+)(?:[ \t]+([^\n]*))?$",
                  re.MULTILINE)
COMMENT = re.compile(r"[;#<(].*")


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def target_of(arch, name, operands, at):
    """Of objdump's operands; None if it names none."""
    if arch == "avr":
        if name in ("rcall", "rjmp"):
            step = re.match(r"\.([+-]\d+)", operands)
            return int(at) + 2 + int(step[1]) if step else None
        number = re.search(r"0x([0-9a-fA-F]+)", operands)
        if number is None:
            return None
        value = int(number[1], 16)
        return value & 0xFFFF | 0x800000 if name in ("lds", "sts") else value
    last = COMMENT.sub("", operands).split(",")[-1].strip()
    return int(last, 16) if re.fullmatch(r"(0x)?[0-9a-f]+", last) else None


def elf_of(image):
    return os.path.splitext(image)[0] + ".elf"


def share_of(arch, image):
    return SHARE_ELF if os.path.exists(elf_of(image)) else SHARES[arch]


def is_link_elsewhere(name, operands):
    """JAL with another link register than ra and t0: mostly data."""
    return name == "jal" and operands.split(",")[0] not in ("zero", "ra", "t0")


def seen_by_objdump(arch, image, base):
    command, _, names = ARCHES[arch]
    if os.path.exists(elf_of(image)):
        listing = output_of(*command, "-d", "-z", "-j", ".text",
                            elf_of(image))
    else:
        listing = output_of(*command, "-D", "-z", "-b", "binary",
                            f"--adjust-vma={base}", image)
    wanted = re.compile(names)
    found, starts = {}, set()
    for at, _, name, operands in LINE.findall(listing):
        at = int(at, 16)
        starts.add(at)
        if wanted.fullmatch(name) and not is_link_elsewhere(name, operands):
            target = target_of(arch, name, operands, at)
            if target is not None:
                found[at] = target & 0xFFFFFFFF
    return found, starts


def seen_here(arch, isa_list, image, base):
    found, halves = {}, {}
    for line in output_of(isa_list, arch, image, str(base)).splitlines():
        at, target, kind, _ = line.split()
        (halves if kind == "half" else found)[int(at, 16)] = int(target, 16)
    return found, halves


def compare(arch, isa_list, image, base, left_out, share, least):
    """True when both agree on this share. left_out(at, target): not to be
    seen."""
    expected, starts = seen_by_objdump(arch, image, base)
    found, halves = seen_here(arch, isa_list, image, base)
    expected = {at: target for at, target in expected.items()
                if not left_out(at, target)}
    missed = [hex(at) for at in expected if at not in found]
    extra = [hex(at) for at in found if at not in expected]
    wrong = [hex(at) for at in expected
             if at in found and found[at] != expected[at]]
    astray = [hex(at) for at in list(found) + list(halves) if at not in starts]
    good = len(expected) - len(missed) - len(wrong)
    print(f"{arch} {os.path.basename(image)}: {good} of {len(expected)} agree;"
          f" not seen: {len(missed)} {missed[:5]}, other target: {len(wrong)} "
          f"{wrong[:5]}, only here: {len(extra)} {extra[:5]}; halves of pairs:"
          f" {len(halves)}; begin inside an instruction: {len(astray)} "
          f"{astray[:5]}")
    allowed = (1 - share) * len(expected)
    return len(expected) >= least and not wrong and all(
        len(places) <= allowed for places in (missed, extra, astray))


def riscv(chance):
    """Branches of all forms, with c.nop between them."""
    kind = chance.randrange(4)
    word = chance.getrandbits(32)
    if kind == 0:
        word = word & 0xFFFFF000 | chance.choice((0x6F, 0xEF, 0x2EF))
    elif kind == 1:
        word = word & 0xFFFF8F80 | chance.choice((0, 1, 4, 5, 6, 7)) << 12 | \
            0x63
    else:
        return struct.pack("<HH", word & 0x1FFC | (0xA001, 0x2001)[kind - 2],
                           1)
    return struct.pack("<IH", word, 1)


def xtensa(chance):
    """Calls, jumps, branches and loads, each in an aligned function."""
    word = chance.getrandbits(24)
    form, kept = chance.choice(((0x05, 0x3F), (0x06, 0x3F), (0x16, 0x3F),
                                (0x01, 0x0F)))
    if form == 0x06: # a jump: within 8 KiB
        word = (chance.randrange(-0x2000, 0x2000) - 4 & 0x3FFFF) << 6
    word = word & ~kept | form
    short, nop = b"\x3d\xf0", b"\xf0\x20\x00"
    code = b"\x12\xc1\xf0" + chance.choice((b"", short, nop, short + nop)) + \
        struct.pack("<I", word)[:3]
    return code + (b"", short + nop, short, nop)[-len(code) % 4]


def avr(chance):
    """Calls, jumps, loads and stores with a nop after them."""
    word = chance.getrandbits(16)
    form, kept, words = chance.choice((
        (0x940C, 0xFE0C, 2), (0xC000, 0xE000, 1), (0x9000, 0xFC0F, 2)))
    first = struct.pack("<H", word & ~kept & 0xFFFF | form)
    second = struct.pack("<H", chance.getrandbits(16)) if words == 2 else b""
    return first + second + b"\0\0"


def made_code(arch, path):
    chance = random.Random(1)
    make = {"riscv": riscv, "xtensa": xtensa, "avr": avr}[arch]
    with open(path, "wb") as file:
        code = b"".join(make(chance) for _ in range(MADE))
        file.write(code)
    return code


def main():
    arch, isa_list = sys.argv[1:3]
    command, package, _ = ARCHES[arch]
    if shutil.which(command[0]) is None:
        print(f"skipped: no {command[0]} (package {package})")
        return SKIPPED
    if len(sys.argv) == 5:
        if not os.path.exists(sys.argv[3]):
            print(f"skipped: no {sys.argv[3]}, see fetch_images.sh")
            return SKIPPED
        return 0 if compare(arch, isa_list, sys.argv[3],
                            int(sys.argv[4], 0), lambda at, target: False,
                            share_of(arch, sys.argv[3]), IMAGE_MIN) else 1
    base = 0 if arch == "avr" else BASE
    with tempfile.TemporaryDirectory() as folder:
        image = os.path.join(folder, "made.bin")
        code = made_code(arch, image)

        def left_out(at, target):
            """Xtensa: loads of what lies before the image, and words that
            are addresses."""
            words = [code[at - base & ~3:][:4], code[at + 2 - base & ~3:][:4]]
            return arch == "xtensa" and (
                code[at - base] & 15 == 1 and target < base or
                any(base <= int.from_bytes(word, "little") < base + len(code)
                    for word in words))

        return 0 if compare(arch, isa_list, image, base, left_out, 1,
                            EXPECTED_MIN) else 1


sys.exit(main())
