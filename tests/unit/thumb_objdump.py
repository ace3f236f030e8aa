#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The predictor sees the wide branches that objdump sees, with the same targets:
all of them among random instructions, nearly all in firmware, where objdump
takes data for code. Usage: thumb_objdump.py THUMB_LIST IMAGE BASE
Exit status 77: skipped, there is no objdump for Arm."""

import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

OBJDUMP = "arm-none-eabi-objdump"
SKIPPED = 77
SHARE_MIN = 0.99
EXTRA_MAX = 0.05 # data that looks like a branch
BRANCHES_MIN = 1000  # fewer: objdump's output was not understood

# " 8005124:  f000 f83a   bl  0x800519c" and so on: only 32-bit encodings.
BRANCH = re.compile(r"^\s*([0-9a-f]+):\s+[0-9a-f]{4} [0-9a-f]{4}\s+"
                    r"(?:blx?|b[a-z]{0,2}\.w)\s+(?:0x)?([0-9a-f]+)\b",
                    re.MULTILINE)


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def compare(thumb_list, image, base, share_min, extra_max):
    """One line of result; True when it is good enough."""
    listing = output_of(OBJDUMP, "-D", "-b", "binary", "-m", "arm",
                        "-M", "force-thumb", f"--adjust-vma={base}", image)
    expected = dict(BRANCH.findall(listing))
    found = dict(line.split()
                 for line in output_of(thumb_list, image, base).splitlines())
    missed = [at for at in expected if at not in found]
    extra = [at for at in found if at not in expected]
    wrong = [at for at in expected
             if at in found and int(found[at], 16) != int(expected[at], 16)]
    good = len(expected) - len(missed) - len(wrong)
    print(f"{os.path.basename(image)}: {good} of {len(expected)} branches "
          f"agree; not seen: {len(missed)} {missed[:5]}, other target: "
          f"{len(wrong)} {wrong[:5]}, only here: {len(extra)} {extra[:5]}")
    return (len(expected) >= BRANCHES_MIN and not wrong and
            good >= share_min * len(expected) and
            len(extra) <= extra_max * len(expected))


def random_instructions(path):
    """Instructions of all 32-bit forms that begin like a branch."""
    chance = random.Random(1)
    with open(path, "wb") as file:
        for _ in range(20000):
            file.write(struct.pack("<3H", 0xBF00, # nop
                                   0xF000 | chance.getrandbits(11),
                                   chance.getrandbits(16)))


def main():
    thumb_list, image, base = sys.argv[1:]
    if shutil.which(OBJDUMP) is None:
        print(f"skipped: no {OBJDUMP} (package binutils-arm-none-eabi)")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        made = os.path.join(folder, "random.bin")
        random_instructions(made)
        good = compare(thumb_list, made, base, 1, 0)
    return 0 if compare(thumb_list, image, base, SHARE_MIN, EXTRA_MAX) and \
        good else 1


sys.exit(main())
