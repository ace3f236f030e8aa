#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Voice prompts of the sample firmware, noise instead of voices.

Usage: prompts.py COUNT 1|2

Little-endian: count, then offset and size of each prompt, then their samples.
Version 2 has one prompt recorded again and one more in the middle.
"""

import random
import struct
import sys


def record(name):
    noise = random.Random(name)
    return noise.randbytes(noise.randrange(1500, 4500) // 4 * 4)


def main():
    count, version = int(sys.argv[1]), int(sys.argv[2])
    prompts = [record(f"prompt {i}") for i in range(count)]
    if version == 2:
        prompts[count // 4] = record("recorded again")
        prompts.insert(count // 2, record("one more"))
    at = 4 + 8 * len(prompts)
    head = struct.pack("<I", len(prompts))
    for prompt in prompts:
        head += struct.pack("<II", at, len(prompt))
        at += len(prompt)
    sys.stdout.buffer.write(head + b"".join(prompts))


if __name__ == "__main__":
    main()
