#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the vectors of this folder: images, packages, vectors.txt, README.md.

Usage: make.py [FOLDER]     write them, here by default
       make.py --check      compare what is here with what would be written

Every byte follows from these scripts, zlib and the key beside them.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "reference"))

import bad
import bad_features
import good
import good_inplace
import good_parts
import good_range

README_HEAD = """\
# Vectors

Packages that every patcher must take (`good-*`), must refuse as bad (`bad-*`), or must refuse because it is too old for
them (`unsupported-*`), with the images that they are for. `vectors.txt` says of each: the package, the old image, the
new image, the public key that the patcher is given, and how the patcher in C must end. `-` stands for none; images of
several parts are separated by commas. Where a part is a full image its old image is what happens to be in the slot.

`tests/system/test_vectors.c` runs the patcher over them, `tests/reference/check_vectors.py` the second patcher, which
knows nothing but `docs/FORMAT.md`. Vectors stay as they are for good: a later version only adds others.

All of this is written by `make.py`, not by `mkdfota`, so that what the vectors cover does not depend on what an encoder
likes to do. `key.pem` was made for tests and is known to everybody: it protects nothing.

The bad ones are, but for what their paragraph says, like good ones of the same codec, and properly sealed.
"""


class Vectors:
    def __init__(self):
        self.files = {}
        self.rows = []
        self.chapters = []

    def image(self, name, data):
        self.files[name + ".bin"] = data
        return name

    def chapter(self, title):
        self.chapters.append(f"\n## {title}\n")

    def add(self, name, images, text, package, status="DFP_DONE", key=False):
        old, new = (",".join(f"{image}-{kind}.bin"
                             for image in one.split("+"))
                    for one, kind in zip(images.split() * 2, ("old", "new")))
        self.files[name + ".dfota"] = package
        self.rows.append((name + ".dfota", old,
                          new if status == "DFP_DONE" else "-",
                          "key.pub.pem" if key else "-", status))
        self.chapters.append(f"\n`{name}`: {text}\n")

    def finish(self):
        rows = [" ".join(row) for row in self.rows]
        self.files["vectors.txt"] = ("\n".join(rows) + "\n").encode()
        self.files["README.md"] = (README_HEAD +
                                   "".join(self.chapters)).encode()


def make():
    out = Vectors()
    pairs = good.add_all(out)
    good_range.add_all(out, pairs)
    bad.add_all(out, pairs)
    good_inplace.add_all(out, pairs)
    good_parts.add_all(out, pairs)
    bad_features.add_all(out, pairs)
    out.finish()
    return out.files


def main():
    files = make()
    if sys.argv[1:] == ["--check"]:
        different = [name for name in files if read(name) != files[name]]
        found = {name for name in os.listdir(HERE)
                 if name.endswith((".bin", ".dfota"))}
        different += sorted(found - set(files))
        print("\n".join(f"{name} is not as make.py writes it"
                        for name in different) or "vectors are as written")
        sys.exit(1 if different else 0)
    folder = sys.argv[1] if len(sys.argv) > 1 else HERE
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


def read(name):
    try:
        with open(os.path.join(HERE, name), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


if __name__ == "__main__":
    main()
