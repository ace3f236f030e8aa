#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A second patcher, written from docs/FORMAT.md alone.

Usage: refpatch.py OLD PACKAGE NEW [--key PUBLIC_PEM] [--memory BYTES]

OLD and NEW are lists of files, separated by commas, if the package has several
parts. OLD is what is in the slot, even if the part is a full image.

It exists to test the document: it has no code in common with the patcher in C
and follows the document's words rather than look for speed. This file has
sections 2 to 5, 7 and 12, each other section is a file of its own. Exit status:
0 done, 1 the package is refused, 2 wrong usage.
"""

import argparse
import hashlib
import struct
import sys

import p256
import refdeflate
import refrange
from refcommon import Refused, Unsupported, require, support, xxh64
from refinplace import Geometry, InPlaceWriter, kept_runs
from refpredict import ARCH_KNOWN, Writer

# --- 2. Layout ---------------------------------------------------------------

PREAMBLE_SIZE, PART_SIZE = 24, 88
SEAL_XXH64, SEAL_ECDSA = 0, 1
PARTS, IN_PLACE, FULL, UNMANAGED = 1, 2, 8, 16  # feature bits
CODEC_STORED, CODEC_DEFLATE, CODEC_RANGE = 0, 1, 2
CODEC_VERSIONS = {CODEC_STORED: 1, CODEC_DEFLATE: 1, CODEC_RANGE: 1}


class Part:
    """A part record, and what the records say of the part."""

    def __init__(self, data, at):
        (self.id, self.codec, self.codec_version, self.arch, self.map_entries,
         self.param, self.old_size, self.new_size, self.old_base,
         self.stream_size, self.old_sha256,
         self.new_sha256) = struct.unpack_from("<4B2H4I32s32s", data, at)
        self.new_base = self.old_base
        self.geometry = None  # None: not in place
        self.unmanaged = []

    def check_sizes(self, may_be_full):
        require(self.map_entries <= 8192, "map entries")
        require(self.old_size <= 2**29 and
                (self.old_size > 0 or may_be_full), "old size")
        require(1 <= self.new_size <= 2**29, "new size")
        require(self.stream_size > 0, "stream size")

    def check_support(self):
        support(self.codec in CODEC_VERSIONS, f"codec {self.codec}")
        support(self.codec_version == CODEC_VERSIONS[self.codec],
                f"codec version {self.codec_version:#x}")
        support(not self.arch & ~ARCH_KNOWN, f"architecture {self.arch}")

    def check_parameter(self):
        if self.codec == CODEC_STORED:
            require(self.param == 0, "parameter")
            require(self.map_entries == 0, "map entries")
            require(self.stream_size == self.new_size, "stream size")
        elif self.codec == CODEC_DEFLATE:
            require(9 <= self.param <= 15, "window bits")
        else:
            require(64 * self.param >= refrange.MODEL_MIN, "model size")

    def memory(self):
        """Tables and model (section 2.5)."""
        model = 0
        if self.codec == CODEC_DEFLATE:
            model = 7424 + (1 << self.param)
        elif self.codec == CODEC_RANGE:
            model = 64 * self.param
        return 8 * self.map_entries + model

    def hide(self, image):
        """Section 12.3: the image without what is the module's own."""
        image = bytearray(image)
        for start, end in self.unmanaged:
            image[start:end] = b"\xff" * (min(end, len(image)) - start)
        return bytes(image)


class Package:
    """Preamble, manifest and seal of a package, checked (section 3)."""

    def __init__(self, data, public):
        self.data = data
        self.read_preamble()
        self.read_manifest()
        self.check_seal(public)
        self.check_mode()
        for part in self.parts:
            part.check_support()
            part.check_parameter()

    def read_preamble(self):
        require(len(self.data) >= PREAMBLE_SIZE, "shorter than a preamble")
        (magic, version, self.seal, self.manifest_size, self.features, size,
         self.ram, _) = struct.unpack_from("<4sBBHIIII", self.data)
        require(magic == b"DFOT", "no dfota package")
        support(version == 1, f"format version {version}")
        support(self.seal in (SEAL_XXH64, SEAL_ECDSA), f"seal {self.seal}")
        support(not self.features & ~(PARTS | IN_PLACE | FULL | UNMANAGED),
                f"features {self.features:#x}")
        require(self.manifest_size <= 1024, "manifest too large")
        require(size == len(self.data), "package size")
        self.signed = self.seal == SEAL_ECDSA
        self.digest_size = 16 if self.signed else 8
        self.head_size = PREAMBLE_SIZE + self.manifest_size
        self.chunks_at = self.head_size + (64 if self.signed else 8)
        require(self.chunks_at < size, "no room for seal and chunks")

    def has(self, feature):
        return self.features & feature != 0

    def read_manifest(self):
        manifest = self.data[PREAMBLE_SIZE:self.head_size]
        at = 8 + self.digest_size
        require(len(manifest) >= at + PART_SIZE, "manifest too small")
        self.mode, count, self.chunk_size, self.counter = struct.unpack_from(
            "<BBHI", manifest)
        require(2 <= count <= 8 if self.has(PARTS) else count == 1, "parts")
        require(64 <= self.chunk_size <= 32768, "chunk size")
        require(len(manifest) >= at + PART_SIZE * count, "manifest too small")
        self.first_digest = manifest[8:at]
        self.parts = [Part(manifest, at + PART_SIZE * i)
                      for i in range(count)]
        self.check_parts()
        self.read_records(manifest[at + PART_SIZE * count:])

    def check_parts(self):
        ids = [part.id for part in self.parts]
        require(all(a < b for a, b in zip(ids, ids[1:])), "order of parts")
        for part in self.parts:
            part.check_sizes(self.has(FULL))
        require(any(part.old_size == 0 for part in self.parts) ==
                self.has(FULL), "full images")
        require(sum(part.new_size for part in self.parts) < 2**32,
                "size of all new images")
        self.sizes = self.chunk_sizes()

    def chunk_sizes(self):
        """Of each part (section 2.4)."""
        payload = self.chunk_size - self.digest_size
        sizes, left = [], len(self.data) - self.chunks_at
        for part in self.parts[:-1]:
            full, rest = divmod(part.stream_size, payload)
            sizes.append([self.chunk_size] * full)
            if rest > 0:
                sizes[-1].append(self.digest_size + rest)
            left -= sum(sizes[-1])
        require(left > 0, "stream size")
        full = (left - 1) // self.chunk_size
        sizes.append([self.chunk_size] * full + [left - full * self.chunk_size])
        require(left == self.parts[-1].stream_size + full * self.digest_size,
                "stream size")
        return sizes

    # --- Records ---

    def read_records(self, data):
        count = len(self.parts)
        sizes = {1: range(1, 65), 2: range(1, 65), 3: range(1, 65),
                 4: (4,), 5: (16 * count,), 6: (4 * count,)}
        if self.has(IN_PLACE):
            sizes.update({7: (6 * count,), 10: range(5, 256, 5)})
        if self.has(UNMANAGED):
            sizes[8] = range(9, 256, 9)
        records = {}
        at = last = 0
        while at < len(data):
            require(at + 2 <= len(data), "record cut")
            tag, size = data[at], data[at + 1]
            value = data[at + 2:at + 2 + size]
            require(tag > last, "order of records")
            require(len(value) == size, "record cut")
            require(tag not in sizes or size in sizes[tag], "record size")
            require(tag not in (1, 2, 3) or 0 not in value, "NUL in text")
            records[tag] = value
            last = tag
            at += 2 + size
        self.key_id = records.get(4)
        require((self.key_id is not None) == self.signed, "key id")
        if 6 in records:
            for part, base in zip(self.parts,
                                  struct.iter_unpack("<I", records[6])):
                part.new_base = base[0]
        if self.has(IN_PLACE):
            self.read_geometry(records)
        if self.has(UNMANAGED):
            self.read_unmanaged(records)

    def read_geometry(self, records):
        require(7 in records, "no geometry")
        kept = list(kept_runs(records.get(10, b""), len(self.parts)))
        for i, part in enumerate(self.parts):
            geometry = Geometry(
                records[7][6 * i:6 * i + 6], part.new_size,
                [run[1:] for run in kept if run[0] == i])
            if part.old_size > 0:
                part.geometry = geometry

    def read_unmanaged(self, records):
        require(8 in records, "no unmanaged ranges")
        last = (0, 0)
        for index, start, end in struct.iter_unpack("<BII", records[8]):
            require(index < len(self.parts) and (index, start) >= last and
                    start < end, "unmanaged ranges")
            last = index, end
            part = self.parts[index]
            require(end <= part.new_size and
                    (part.old_size == 0 or end <= part.old_size),
                    "unmanaged range beyond an image")
            part.unmanaged.append((start, end))

    # --- Seal and chunks ---

    def check_seal(self, public):
        head = self.data[:self.head_size]
        seal = self.data[self.head_size:self.chunks_at]
        if public is not None:
            require(self.signed, "not signed")
            require(self.key_id == hashlib.sha256(public).digest()[:4],
                    "signed with another key")
            require(p256.verify(public, head, seal), "signature")
        elif not self.signed:
            require(seal == xxh64(head), "digest of the manifest")

    def check_mode(self):
        support(self.mode == int(self.has(IN_PLACE)), f"mode {self.mode}")

    def ram_need(self):
        """Section 2.5."""
        need = (1152 + max(part.memory() for part in self.parts) + 256 + 128 +
                self.chunk_size)
        if self.features:
            need += 64 + self.manifest_size + 7 & ~7
        return need + 7 & ~7

    def digest(self, data):
        """Section 4."""
        if self.signed:
            return hashlib.sha256(data).digest()[:16]
        return xxh64(data)

    def streams(self):
        """Of each part its payloads, each checked before it is handed out
        (2.4)."""
        wanted, at = self.first_digest, self.chunks_at

        def payloads(sizes):
            nonlocal wanted, at
            for size in sizes:
                chunk = self.data[at:at + size]
                require(self.digest(chunk) == wanted,
                        f"digest of chunk at {at}")
                at += size
                if at < len(self.data):
                    wanted = chunk[:self.digest_size]
                    chunk = chunk[self.digest_size:]
                yield chunk

        return [payloads(sizes) for sizes in self.sizes]


# --- 7. Codec stored ---------------------------------------------------------

def decode_stored(writer, payloads):
    for payload in payloads:
        for byte in payload:
            writer.put(byte)


# --- 3. Order of checks ------------------------------------------------------

DECODERS = {CODEC_STORED: decode_stored, CODEC_DEFLATE: refdeflate.decode,
            CODEC_RANGE: refrange.decode}


def make_writer(part, old):
    """old: the old image, empty for a full one; nothing of it is hidden."""
    if part.geometry is None:
        return Writer(part, old)
    return InPlaceWriter(part, old)


def check_old(part, slot):
    """The old image as the part sees it. slot: what is there."""
    require(all(end <= len(slot) for _, end in part.unmanaged),
            "unmanaged range beyond the slot")
    if part.old_size == 0:
        return b""
    old = part.hide(slot)
    require(len(old) == part.old_size and
            hashlib.sha256(old).digest() == part.old_sha256,
            "made for another old image")
    return old


def apply_part(part, old, slot, payloads):
    """What is in the new slot, or in the only one, afterwards."""
    writer = make_writer(part, old)
    DECODERS[part.codec](writer, payloads)
    require(writer.complete(), "size of the new image")
    new = part.hide(writer.made())
    require(hashlib.sha256(new).digest() == part.new_sha256,
            "digest of the new image")
    new = bytearray(new)
    for start, end in part.unmanaged:
        new[start:end] = slot[start:end]
    return bytes(new)


def apply_package(slots, data, public=None, memory=None):
    """The new images. slots: the old ones. public: the only key to be trusted,
    None: no key. memory: what the patcher has, None: enough."""
    package = Package(data, public)
    require(memory is None or memory >= max(package.ram, package.ram_need()),
            "memory")
    require(len(slots) == len(package.parts), "parts of another module")
    olds = [check_old(part, slot)
            for part, slot in zip(package.parts, slots)]
    return [apply_part(*job) for job in
            zip(package.parts, olds, slots, package.streams())]


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("old", "package", "new"):
        parser.add_argument(name)
    parser.add_argument("--key", metavar="PUBLIC_PEM")
    parser.add_argument("--memory", type=int, metavar="BYTES")
    args = parser.parse_args()
    public = p256.read_public(args.key) if args.key else None
    try:
        images = apply_package(list(map(read_file, args.old.split(","))),
                               read_file(args.package), public, args.memory)
    except Unsupported as reason:
        sys.exit(f"refpatch: {args.package}: not supported: {reason}")
    except Refused as reason:
        sys.exit(f"refpatch: {args.package}: refused: {reason}")
    for path, image in zip(args.new.split(","), images):
        with open(path, "wb") as file:
            file.write(image)


if __name__ == "__main__":
    main()
