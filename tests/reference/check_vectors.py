#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The second patcher must take the good vectors and refuse the others."""

import os
import sys

import p256
from refcommon import Refused, Unsupported
from refpatch import Package, apply_package, read_file

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                      "vectors")
LEAST = 100  # vectors; fewer mean that the list was not read


def path(name):
    return os.path.join(FOLDER, name)


def read_all(names):
    return [read_file(path(name)) for name in names.split(",")]


def run(package, old, key):
    """What becomes of a package: the new images or the kind of refusal."""
    public = p256.read_public(path(key)) if key != "-" else None
    try:
        return apply_package(read_all(old), read_file(path(package)), public)
    except Unsupported:
        return "unsupported"
    except Refused:
        return "bad"


def check(package, old, new, key):
    """None, or what is wrong."""
    result = run(package, old, key)
    wanted = package.split("-")[0]
    if wanted == "good":
        wanted = read_all(new)
        if not states_memory(package):
            return f"{package}: RAM field"
    if result == wanted:
        return None
    return f"{package}: {result if isinstance(result, str) else 'taken'}"


def states_memory(package):
    """Whether the RAM field is as section 2.5 has it."""
    package = Package(read_file(path(package)), None)
    return package.ram == package.ram_need()


def main():
    with open(path("vectors.txt"), encoding="ascii") as file:
        rows = [line.split() for line in file]
    failures = [failure for row in rows if (failure := check(*row[:4]))]
    print("\n".join(failures))
    print(f"{len(rows)} vectors, {len(failures)} wrong")
    sys.exit(1 if failures or len(rows) < LEAST else 0)


if __name__ == "__main__":
    main()
