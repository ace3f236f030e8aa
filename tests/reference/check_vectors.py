#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The second patcher must take the good vectors and refuse the others."""

import os
import sys

import p256
from refcommon import Refused, Unsupported
from refpatch import apply_package, read_file

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                      "vectors")
LEAST = 100  # vectors; fewer mean that the list was not read


def path(name):
    return os.path.join(FOLDER, name)


def run(package, old, key):
    """What becomes of a package: the new image or the kind of refusal."""
    public = p256.read_public(path(key)) if key != "-" else None
    try:
        return apply_package(read_file(path(old)), read_file(path(package)),
                             public)
    except Unsupported:
        return "unsupported"
    except Refused:
        return "bad"


def check(package, old, new, key):
    """None, or what is wrong."""
    result = run(package, old, key)
    wanted = package.split("-")[0]
    if wanted == "good":
        wanted = read_file(path(new))
    if result == wanted:
        return None
    return f"{package}: {result if isinstance(result, str) else 'taken'}"


def main():
    with open(path("vectors.txt"), encoding="ascii") as file:
        rows = [line.split() for line in file]
    failures = [failure for row in rows if (failure := check(*row[:4]))]
    print("\n".join(failures))
    print(f"{len(rows)} vectors, {len(failures)} wrong")
    sys.exit(1 if failures or len(rows) < LEAST else 0)


if __name__ == "__main__":
    main()
