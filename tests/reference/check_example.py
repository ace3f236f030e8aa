#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the worked example anew and compares it with docs/FORMAT.md.

Usage: check_example.py            compare
       check_example.py --write    put what is made into the document
"""

import os
import re
import struct
import sys

import refexample
import refrange
from refpatch import CODEC_RANGE, Package, apply_package
from refpredict import Writer

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "..", "..", "docs", "FORMAT.md")
HEADING = "\n## 10. Worked example\n"

OLD_FIELDS = ((4, "pointer to 0x08000011, a function"),
              (4, "bl 0x08000010"), (2, "b ."), (6, "nop, nop, nop"),
              (2, "0x10: movs r0, #1"), (2, "bx lr"))
NEW_FIELDS = ((4, "pointer to 0x08000015: predicted"),
              (4, "bl 0x08000014: predicted"), (2, "b ."),
              (6, "nop, nop, nop"), (4, "movs r1, #0; str r1, [r1]: inserted"),
              (2, "0x14: movs r0, #2: one byte differs"), (2, "bx lr"))

PACKAGE_FIELDS = (
    (4, "preamble: magic"), (1, "format version"), (1, "seal: XXH64"),
    (2, "manifest size, 110"), (4, "features"), (4, "package size, {size}"),
    (4, "RAM: 1,152 + 8 + {model} + 256 + 128 + 64"), (4, "reserved"),
    (1, "manifest: mode, two slots"), (1, "one part"), (2, "chunk size, 64"),
    (4, "security counter"), (8, "digest of chunk 0"),
    (1, "part: id"), (1, "codec {codec}"), (1, "codec version"),
    (1, "architecture Thumb"), (2, "map entries"), (2, "parameter, {param}"),
    (4, "old size"), (4, "new size"), (4, "base"),
    (4, "stream size, {stream}"), (32, "SHA-256 of the old image"),
    (32, "SHA-256 of the new image"),
    (1, "record: product"), (1, "size"), (4, "\"lamp\""),
    (8, "seal: XXH64 of the 134 bytes before"))

OP_FIELDS = (
    (1, "pointer ranges"), (4, "start of the range, 0x08000000"),
    (1, "its length"), (1, "map entries"),
    (4, "from 0x08000010 on, addresses ..."), (1, "... shift by 4"),
    (1, "record: copy 16 bytes"), (1, "then 4 literals"),
    (1, "source - expected: 0 - 0"),
    (16, "differences: pointer and call are predicted as they are"),
    (4, "literals"), (1, "record: copy 4 bytes"), (1, "no literals"),
    (1, "source - expected: 16 - 20 = -4"),
    (4, "differences: 2 in place of 1"))


def lines(data, fields):
    """Offset, bytes and meaning, 16 bytes to a line."""
    at = 0
    for size, text in fields:
        for start in range(at, at + size, 16):
            part = data[start:min(start + 16, at + size)].hex(" ").upper()
            yield f"{start:04X}  {part:<47}  {text}".rstrip()
            text = ""
        at += size
    assert at == len(data)


def package_lines(data, stream_fields):
    part = Package(data, None).parts[0]
    if part.codec == CODEC_RANGE:
        codec, model = "range", f"{64 * part.param:,}"
    else:
        codec, model = "deflate", f"7,424 + {1 << part.param:,}"
    facts = {"size": len(data), "model": model, "codec": codec,
             "param": part.param, "stream": part.stream_size}
    fields = [(size, text.format(**facts)) for size, text in PACKAGE_FIELDS]
    return lines(data, fields + stream_fields)


KINDS = ("NEAR", "DISTANCE", "ADDRESS", "SHIFT")
FLAGS = {getattr(refrange, name): name for name in
         ("COPY", "STAY", "CHOICE", "CLASS", "RECENT", "TOP", "LOW", "SIZE",
          "TAIL")}


def flag_name(f):
    """A flag as FORMAT.md names it (section 9.4)."""
    first = max(first for first in FLAGS if first <= f)
    return FLAGS[first] + (f" + {f - first}" if f > first else "")


class LoggedModel(refrange.Model):
    """Notes each element (section 9.3) with its value."""

    def __init__(self, coder, h, n):
        super().__init__(coder, h, n)
        self.log = []
        self.depth = 0  # elements consist of others: the outer one is noted

    def element(self, name, method, *arguments):
        self.depth += 1
        value = method(*arguments)
        self.depth -= 1
        if self.depth == 0:
            self.log.append((name, value))
        return value

    def flag(self, f):
        return self.element(f"flag {flag_name(f)}", super().flag, f)

    def tree(self, f, k):
        return self.element(f"tree({flag_name(f)}, {k})", super().tree, f, k)

    def direct(self, k):
        return self.element(f"direct({k})", super().direct, k)

    def number(self, kind):
        return self.element(f"number({KINDS[kind]})", super().number, kind)

    def signed_number(self, kind):
        return self.element(f"signed number({KINDS[kind]})",
                            super().signed_number, kind)

    def hit(self, contexts, weight_set):
        return self.element("hit flag", super().hit, contexts, weight_set)

    def unit(self, contexts, weight_set):
        return self.element("unit flag", super().unit, contexts, weight_set)

    def byte(self, hashes, weights):
        return self.element("byte", super().byte, hashes, weights)


def element_lines(pair, data):
    """The elements of codec range, equal ones that follow each other in one
    line."""
    package = Package(data, None)
    model = LoggedModel(refrange.RangeDecoder(b"".join(package.streams()[0])),
                        *refrange.shape(package.parts[0].param))
    writer = Writer(package.parts[0], pair.old)
    refrange.RangeStream(writer, model).decode()
    last, count = None, 0
    for entry in model.log + [None]:
        if entry != last and last is not None:
            times = f"{count} x " if count > 1 else ""
            value = last[1] if last[1] < 256 else f"0x{last[1]:08X}"
            yield f"{times + last[0]:<24}{value}"
        count = count + 1 if entry == last else 1
        last = entry


def blocks():
    """The document's blocks of bytes, in order."""
    pair = refexample.example_pair()
    deflate, ranged = refexample.deflate_example(), refexample.range_example()
    for package in (deflate, ranged):
        assert apply_package([pair.old], package) == [pair.new]
    ops = refexample.op_stream(pair, refexample.PLAN)
    stored = struct.unpack("<H", deflate[-len(ops) - 4:-len(ops) - 2])[0]
    assert stored == len(ops) and deflate.endswith(ops)
    stream = Package(ranged, None).parts[0].stream_size
    return (
        lines(pair.old, OLD_FIELDS), lines(pair.new, NEW_FIELDS),
        package_lines(deflate, [
            (1, "chunk 0: last block, stored"), (2, "its length, 42"),
            (2, "the same, inverted"), (42, "the op stream")]),
        lines(ops, OP_FIELDS),
        package_lines(ranged, [(stream, "chunk 0")]),
        element_lines(pair, ranged))


def main():
    with open(DOCUMENT, encoding="utf-8") as file:
        head, heading, section = file.read().partition(HEADING)
    wanted = ["".join(line + "\n" for line in block) for block in blocks()]
    pattern = re.compile(r"^```\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    if sys.argv[1:] == ["--write"]:
        texts = iter(wanted)
        section = pattern.sub(lambda _: f"```\n{next(texts)}```", section)
        with open(DOCUMENT, "w", encoding="utf-8") as file:
            file.write(head + heading + section)
    elif pattern.findall(section) != wanted:
        sys.exit("docs/FORMAT.md: the worked example is not what "
                 "tests/reference/refexample.py makes")
    else:
        print("the worked example is as made")


if __name__ == "__main__":
    main()
