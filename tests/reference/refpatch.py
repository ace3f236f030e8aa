#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A second patcher, written from docs/FORMAT.md alone.

Usage: refpatch.py OLD PACKAGE NEW [--key PUBLIC_PEM]

It exists to test the document: it has no code in common with the patcher in C
and follows the document's words rather than look for speed. This file has
sections 2 to 5 and 7, each other section is a file of its own. Exit status:
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
from refinplace import InPlaceWriter
from refpredict import ARCH_KNOWN, Writer

# --- 2. Layout ---------------------------------------------------------------

PREAMBLE_SIZE, PART_SIZE = 24, 88
SEAL_XXH64, SEAL_ECDSA = 0, 1
FEATURE_IN_PLACE = 2
CODEC_STORED, CODEC_DEFLATE, CODEC_RANGE = 0, 1, 2
CODEC_VERSIONS = {CODEC_STORED: 1, CODEC_DEFLATE: 1, CODEC_RANGE: 1}


class Package:
    """Preamble, manifest and seal of a package, checked (section 3)."""

    def __init__(self, data, public):
        self.data = data
        self.read_preamble()
        self.read_manifest()
        self.check_seal(public)
        self.check_support()
        self.check_part()

    def read_preamble(self):
        require(len(self.data) >= PREAMBLE_SIZE, "shorter than a preamble")
        (magic, version, self.seal, self.manifest_size, features, size,
         self.ram, _) = struct.unpack_from("<4sBBHIIII", self.data)
        require(magic == b"DFOT", "no dfota package")
        support(version == 1, f"format version {version}")
        support(self.seal in (SEAL_XXH64, SEAL_ECDSA), f"seal {self.seal}")
        support(features & ~FEATURE_IN_PLACE == 0, f"features {features:#x}")
        self.in_place = features == FEATURE_IN_PLACE
        require(self.manifest_size <= 1024, "manifest too large")
        require(size == len(self.data), "package size")
        self.signed = self.seal == SEAL_ECDSA
        self.digest_size = 16 if self.signed else 8
        self.head_size = PREAMBLE_SIZE + self.manifest_size
        self.chunks_at = self.head_size + (64 if self.signed else 8)
        require(self.chunks_at < size, "no room for seal and chunks")

    def read_manifest(self):
        manifest = self.data[PREAMBLE_SIZE:self.head_size]
        at = 8 + self.digest_size
        require(len(manifest) >= at + PART_SIZE, "manifest too small")
        self.mode, parts, self.chunk_size, self.counter = struct.unpack_from(
            "<BBHI", manifest)
        require(parts == 1, "parts")  # more of them need a feature bit
        require(64 <= self.chunk_size <= 32768, "chunk size")
        self.first_digest = manifest[8:at]
        (_, self.codec, self.codec_version, self.arch, self.map_entries,
         self.param, self.old_size, self.new_size, self.old_base,
         self.stream_size, self.old_sha256,
         self.new_sha256) = struct.unpack_from("<4B2H4I32s32s", manifest, at)
        require(self.map_entries <= 8192, "map entries")
        require(1 <= self.old_size <= 2**29, "old size")
        require(1 <= self.new_size <= 2**29, "new size")
        body = len(self.data) - self.chunks_at
        digests = (body - 1) // self.chunk_size * self.digest_size
        require(self.stream_size == body - digests, "stream size")
        self.read_records(manifest[at + PART_SIZE:])

    def read_records(self, data):
        sizes = {1: range(1, 65), 2: range(1, 65), 3: range(1, 65),
                 4: (4,), 5: (16,), 6: (4,)}
        if self.in_place:
            sizes[7] = (6,)
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
        self.records = records
        self.key_id = records.get(4)
        require((self.key_id is not None) == self.signed, "key id")
        self.new_base = self.old_base
        if 6 in records:
            self.new_base = struct.unpack("<I", records[6])[0]

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

    def check_support(self):
        support(self.mode == int(self.in_place), f"mode {self.mode}")
        support(self.codec in CODEC_VERSIONS, f"codec {self.codec}")
        support(self.codec_version == CODEC_VERSIONS[self.codec],
                f"codec version {self.codec_version:#x}")
        support(not self.arch & ~ARCH_KNOWN,
                f"architecture {self.arch}")

    def check_part(self):
        if self.codec == CODEC_STORED:
            require(self.param == 0, "parameter")
            require(self.map_entries == 0, "map entries")
            require(self.stream_size == self.new_size, "stream size")
        elif self.codec == CODEC_DEFLATE:
            require(9 <= self.param <= 15, "window bits")
        else:
            require(64 * self.param >= refrange.MODEL_MIN, "model size")

    def digest(self, data):
        """Section 4."""
        if self.signed:
            return hashlib.sha256(data).digest()[:16]
        return xxh64(data)

    def chunks(self):
        """The payloads, each checked before it is handed out (2.4)."""
        wanted = self.first_digest
        for at in range(self.chunks_at, len(self.data), self.chunk_size):
            chunk = self.data[at:at + self.chunk_size]
            require(self.digest(chunk) == wanted, f"digest of chunk at {at}")
            if at + len(chunk) < len(self.data):
                wanted = chunk[:self.digest_size]
                chunk = chunk[self.digest_size:]
            yield chunk


# --- 7. Codec stored ---------------------------------------------------------

def decode_stored(writer, payloads):
    for payload in payloads:
        for byte in payload:
            writer.put(byte)


# --- 3. Order of checks ------------------------------------------------------

DECODERS = {CODEC_STORED: decode_stored, CODEC_DEFLATE: refdeflate.decode,
            CODEC_RANGE: refrange.decode}


def apply_package(old, data, public=None):
    """The new image. public: the only key to be trusted, None: no key."""
    package = Package(data, public)
    require(len(old) == package.old_size and
            hashlib.sha256(old).digest() == package.old_sha256,
            "made for another old image")
    writer = (InPlaceWriter if package.in_place else Writer)(package, old)
    DECODERS[package.codec](writer, package.chunks())
    require(writer.complete() and
            hashlib.sha256(writer.made()).digest() == package.new_sha256,
            "digest of the new image")
    return bytes(writer.made())


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("old", "package", "new"):
        parser.add_argument(name)
    parser.add_argument("--key", metavar="PUBLIC_PEM")
    args = parser.parse_args()
    public = p256.read_public(args.key) if args.key else None
    try:
        new = apply_package(read_file(args.old), read_file(args.package),
                            public)
    except Unsupported as reason:
        sys.exit(f"refpatch: {args.package}: not supported: {reason}")
    except Refused as reason:
        sys.exit(f"refpatch: {args.package}: refused: {reason}")
    with open(args.new, "wb") as file:
        file.write(new)


if __name__ == "__main__":
    main()
