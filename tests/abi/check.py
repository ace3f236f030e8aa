#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The binary interface of libdelta.so.0 against what is recorded beside this.

Usage: check.py LIBRARY COMPILER [--record]

Exports and their versions, prototypes, sizes and fields of structs, numbers of
enums: all must be as in libdelta.abi, which is for machines with pointers of 64
bits. Before a release --record writes it anew. After one, a line may only be
added; a line that changes takes libdelta.so.1.
"""
import difflib
import os
import struct
import subprocess
import sys

import headers

RECORD = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "libdelta.abi")


def exports(library):
    shown = subprocess.run(
        ["nm", "-D", "--defined-only", "--with-symbol-versions", library],
        check=True, capture_output=True, text=True).stdout
    found = [line.split()[1:] for line in shown.splitlines()]
    return sorted(name for kind, name in found if kind != "A")


def soname(library):
    shown = subprocess.run(["readelf", "-d", library], check=True,
                           capture_output=True, text=True).stdout
    return [line.split("[")[1].rstrip("]") for line in shown.splitlines()
            if "(SONAME)" in line]


def describe(library, compiler):
    """The interface as lines, and what is wrong with it anyway."""
    prototypes = headers.functions(headers.text())
    exported = exports(library)
    wrong = [f"{name} is exported, but not declared" for name in exported
             if name.split("@")[0] not in prototypes]
    wrong += [f"{name} is declared, but not exported" for name in prototypes
              if name not in {one.split("@")[0] for one in exported}]
    lines = [f"soname {name}" for name in soname(library)]
    lines += [f"export {name}" for name in exported]
    lines += [prototypes[name] + ";" for name in sorted(prototypes)]
    lines += [f"{name}: {value}"
              for name, value in headers.measure(compiler).items()]
    return lines, wrong


def main():
    library, compiler, *options = sys.argv[1:]
    if struct.calcsize("P") != 8:
        print("recorded for pointers of 64 bits")
        return 77
    lines, wrong = describe(library, compiler)
    if options == ["--record"]:
        with open(RECORD, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    with open(RECORD, encoding="utf-8") as file:
        recorded = file.read().splitlines()
    wrong += difflib.unified_diff(recorded, lines, "recorded", "found",
                                  lineterm="", n=1)
    print("\n".join(wrong or [f"{len(lines)} lines as recorded"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
