# SPDX-License-Identifier: MIT
"""ECDSA on P-256 over SHA-256 in plain Python: for tests only."""

import base64
import hashlib
import hmac
import sys

FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
CURVE_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
GENERATOR = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def add_points(a, b):
    """The sum of two points of the curve; None is the point at infinity."""
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % FIELD == 0:
            return None
        slope = 3 * (a[0] * a[0] - 1) * pow(2 * a[1], -1, FIELD)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, FIELD)
    x = (slope * slope - a[0] - b[0]) % FIELD
    return x, (slope * (a[0] - x) - a[1]) % FIELD


def multiply_point(factor, point):
    total = None
    while factor:
        if factor & 1:
            total = add_points(total, point)
        point = add_points(point, point)
        factor >>= 1
    return total


def verify(public, message, signature):
    """public: 65 bytes, uncompressed; signature: r then s."""
    x = int.from_bytes(public[1:33], "big")
    y = int.from_bytes(public[33:], "big")
    if public[0] != 4 or (y * y - x**3 + 3 * x - CURVE_B) % FIELD != 0:
        return False
    r = int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:], "big")
    if not (0 < r < ORDER and 0 < s < ORDER):
        return False
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    inverse = pow(s, -1, ORDER)
    point = add_points(multiply_point(digest * inverse % ORDER, GENERATOR),
                       multiply_point(r * inverse % ORDER, (x, y)))
    return point is not None and point[0] % ORDER == r


def read_public(path):
    """The 65 byte point at the end of a SubjectPublicKeyInfo."""
    with open(path, encoding="ascii") as file:
        text = file.read()
    begin, end = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"
    if begin not in text or end not in text:
        sys.exit(f"refpatch: {path}: no public key in PEM form")
    der = base64.b64decode(text.split(begin)[1].split(end)[0])
    if len(der) != 91:
        sys.exit(f"refpatch: {path}: no P-256 key")
    return der[-65:]


def read_private(path):
    """The secret number in an ECPrivateKey (SEC 1)."""
    with open(path, encoding="ascii") as file:
        text = file.read()
    kind = "EC PRIVATE KEY-----"
    body = text.split("-----BEGIN " + kind)[1].split("-----END " + kind)[0]
    der = base64.b64decode(body)
    return int.from_bytes(der[7:39], "big")


def public_point(secret):
    x, y = multiply_point(secret, GENERATOR)
    return b"\4" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def sign(secret, message):
    """The same signature each time: the nonce is that of RFC 6979."""
    digest = hashlib.sha256(message).digest()
    number = int.from_bytes(digest, "big")
    seed = secret.to_bytes(32, "big") + (number % ORDER).to_bytes(32, "big")
    k, v = bytes(32), b"\1" * 32
    for step in (b"\0", b"\1"):
        k = hmac.digest(k, v + step + seed, "sha256")
        v = hmac.digest(k, v, "sha256")
    while True:
        v = hmac.digest(k, v, "sha256")
        nonce = int.from_bytes(v, "big")
        if 0 < nonce < ORDER:
            break
        k = hmac.digest(k, v + b"\0", "sha256")
        v = hmac.digest(k, v, "sha256")
    r = multiply_point(nonce, GENERATOR)[0] % ORDER
    s = pow(nonce, -1, ORDER) * (number + r * secret) % ORDER
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")
