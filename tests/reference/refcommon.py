# SPDX-License-Identifier: MIT
"""Section 1 of docs/FORMAT.md: conventions; and how a package is refused."""

import struct

MASK = 0xFFFFFFFF


class Refused(Exception):
    """The package is damaged, hostile, or not for this old image."""


class Unsupported(Refused):
    """The package needs a newer patcher."""


def require(condition, text):
    if not condition:
        raise Refused(text)


def support(condition, text):
    if not condition:
        raise Unsupported(text)


def unfold(number):
    """The signed number that a svarint's varint stands for, modulo 2^32."""
    return (number >> 1) ^ (-(number & 1) & MASK)


def xxh64(data):
    """XXH64 with seed 0."""
    mask = (1 << 64) - 1
    p1, p2, p3, p4, p5 = (
        0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9,
        0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)

    def rotate(x, n):
        return (x << n | x >> (64 - n)) & mask

    def stir(lane, word):
        return rotate((lane + word * p2) & mask, 31) * p1 & mask

    at = 0
    if len(data) >= 32:
        lanes = [(p1 + p2) & mask, p2, 0, -p1 & mask]
        while at + 32 <= len(data):
            words = struct.unpack_from("<4Q", data, at)
            lanes = [stir(lane, word) for lane, word in zip(lanes, words)]
            at += 32
        h = sum(rotate(lane, n) for lane, n in zip(lanes, (1, 7, 12, 18)))
        for lane in lanes:
            h = ((h ^ stir(0, lane)) * p1 + p4) & mask
    else:
        h = p5
    h = (h + len(data)) & mask
    while at + 8 <= len(data):
        word = struct.unpack_from("<Q", data, at)[0]
        h = (rotate(h ^ stir(0, word), 27) * p1 + p4) & mask
        at += 8
    if at + 4 <= len(data):
        word = struct.unpack_from("<I", data, at)[0]
        h = (rotate(h ^ (word * p1 & mask), 23) * p2 + p3) & mask
        at += 4
    for byte in data[at:]:
        h = rotate(h ^ (byte * p5 & mask), 11) * p1 & mask
    h = (h ^ h >> 33) * p2 & mask
    h = (h ^ h >> 29) * p3 & mask
    return struct.pack("<Q", h ^ h >> 32)
