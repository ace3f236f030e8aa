#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Archives for test_extract.sh, good and hostile, in the current folder."""
import struct
import warnings
import zipfile
import zlib

warnings.simplefilter("ignore")  # of names that are there twice


def name_of(text, attributes=0, flags=0):
    info = zipfile.ZipInfo("x")
    info.filename = text
    info.external_attr = attributes << 16
    info.flag_bits |= flags
    return info


def archive(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as zip_file:
        for name, data in members:
            zip_file.writestr(name, data, compress_type=method)


def patched(path, out, *changes):
    """A copy with all occurrences of bytes replaced."""
    data = open(path, "rb").read()
    for old, new in changes:
        assert old in data and len(old) == len(new), old
        data = data.replace(old, new)
    open(out, "wb").write(data)


def set_bits(path, at, bits):
    """Of the last member, in both of its headers; at is in the local one."""
    data = bytearray(open(path, "rb").read())
    data[data.rfind(b"PK\3\4") + at] |= bits
    data[data.rfind(b"PK\1\2") + at + 2] |= bits
    open(path, "wb").write(data)


def one(path, name, attributes=0):
    archive(path, [("good.bin", b"good"), (name_of(name, attributes), b"data")])


old = open("old.bin", "rb").read()
new = open("new.bin", "rb").read()

# What a vendor sends.
members = [
    ("core.bin", old), (zipfile.ZipInfo("app/"), b""), ("app/app.bin", new),
    ("app/deep/note.txt", b"for people"),
    ("program.hex", b":0100000041BE\n:00000001FF\n"),
    ("broken.hex", b":010000004100\n:00000001FF\n"),
    ("update.dfota", open("dfota.bin", "rb").read()),
    ("old.bsdiff", b"BSDIFF40" + bytes(24)), ("nothing", b""),
    ("f\u00fcr.bin", b"u"),
]
archive("update.dfota.bin", members)
archive("stored.zip", members, zipfile.ZIP_STORED)
with zipfile.ZipFile("large.zip", "w") as zip64:
    with zip64.open("core.bin", "w", force_zip64=True) as member:
        member.write(old)
archive("image.zip", [("new.bin", new)])

# Names.
for number, name in enumerate([
        "../evil", "a/../evil", "/evil", "a//evil", "./evil", "a/.", "C:evil",
        "a\\evil", "evil\nname", "evil\x1b[2Jname", "evil\x7f", "evil\u0085",
        "x" * 256, "stream:evil"]):
    one(f"name{number}", name)
one("name14", "evilXXname")
patched("name14", "name14", (b"evilXXname", b"evil\xb0\xc4name"))
one("name15", "")
one("nul", "plain.bin/../evil")
patched("nul", "nul", (b"plain.bin/../evil", b"plain.bin\0txt.evil"[:17]))

# Kinds.
one("link", "link", 0o120777)
one("device", "device", 0o020666)
one("pipe", "pipe", 0o010666)
one("folder", "file", 0o040777)
one("sealed", "sealed")
set_bits("sealed", 6, 1)

# The same name.
archive("twice", [("a.bin", b"1"), ("a.bin", b"2")])
archive("case", [("a/B.bin", b"1"), ("A/b.bin", b"2")])
archive("nested", [("a", b"1"), ("a/b", b"2")])

# Sizes and checksums.
patched("image.zip", "checksum", (struct.pack("<I", zlib.crc32(new)),
                                  struct.pack("<I", 0x12345678)))
patched("image.zip", "short", (struct.pack("<I", len(new)),
                               struct.pack("<I", 100)))
patched("image.zip", "long", (struct.pack("<I", len(new)),
                              struct.pack("<I", 0x7FFFFFFF)))
archive("method", [("a.bin", old)])
set_bits("method", 8, 99)
archive("many", [(f"{number}", b"") for number in range(257)])
archive("most", [(f"{number}", b"") for number in range(256)])
archive("none", [])
zipped = open("update.dfota.bin", "rb").read()
for part in range(1, 20):
    open(f"cut{part}", "wb").write(zipped[:len(zipped) * part // 20])

# Two members of the same bytes: the second one's header says where the
# first one's data are.
data = bytearray(open("twice", "rb").read())
first, second = data.find(b"PK\1\2"), data.rfind(b"PK\1\2")
data[second + 42:second + 46] = data[first + 42:first + 46]
data[second + 16:second + 20] = data[first + 16:first + 20]
at = second + 46
data[at:at + 5] = b"b.bin"
open("overlap", "wb").write(data)

# 700 MB of nothing, in less than one.
zeros = bytes(1 << 20)
with zipfile.ZipFile("bomb", "w", zipfile.ZIP_DEFLATED) as bomb:
    with bomb.open("zeros.bin", "w") as member:
        for _ in range(700):
            member.write(zeros)
