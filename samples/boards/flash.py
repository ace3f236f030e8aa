#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The flash of a board: its layout for C, and its contents in a file.

Usage: flash.py LAYOUT header
       flash.py LAYOUT format FLASH --image IMAGE [--loader LOADER]
       flash.py LAYOUT stage FLASH PACKAGE

LAYOUT is a board's flash.json: bytes of the device, of an erase block, of a
page and of the smallest unit that is programmed; package bytes between two
checkpoints; and the areas in their order, in blocks, from address 0 on.
`format` leaves everything erased but the image in slot A and the loader;
`stage` is a finished download.
"""

import argparse
import json
import sys


class Layout:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            given = json.load(file)
        self.device = given["device"]
        self.sizes = {name: given[name]
                      for name in ("block", "page", "unit", "checkpoint")}
        self.areas = {} # name: (start, size)
        at = 0
        for name, blocks in given["blocks"].items():
            self.areas[name] = (at, blocks * given["block"])
            at += blocks * given["block"]
        self.end = at
        if at > self.device:
            sys.exit(f"{path}: areas of {at} bytes, device of {self.device}")


def print_header(layout):
    print("// Made from flash.json by flash.py.\n"
          "#ifndef FLASH_LAYOUT_H\n#define FLASH_LAYOUT_H\n")
    for name, value in layout.sizes.items():
        print(f"#define FLASH_{name.upper()} {value}u")
    for name, (start, size) in layout.areas.items():
        print(f"#define FLASH_{name.upper()} 0x{start:X}u")
        print(f"#define FLASH_{name.upper()}_SIZE 0x{size:X}u")
    print("\n#endif")


def put(file, layout, name, path):
    """Erase an area and write the file at its start."""
    start, size = layout.areas[name]
    with open(path, "rb") as source:
        data = source.read()
    if len(data) > size:
        sys.exit(f"{path}: {len(data)} bytes, area {name} has {size}")
    file.seek(start)
    file.write(data + b"\xff" * (size - len(data)))


def format_flash(layout, path, image, loader):
    with open(path, "wb") as file:
        file.truncate(layout.device) # beyond the areas nothing is looked at
        file.write(b"\xff" * layout.end)
        put(file, layout, "slot_a", image)
        if loader:
            put(file, layout, "loader", loader)


def stage_package(layout, path, package):
    with open(path, "r+b") as file:
        put(file, layout, "staging", package)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("layout")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("header")
    command = commands.add_parser("format")
    command.add_argument("flash")
    command.add_argument("--image", required=True)
    command.add_argument("--loader")
    command = commands.add_parser("stage")
    command.add_argument("flash")
    command.add_argument("package")
    chosen = parser.parse_args()
    layout = Layout(chosen.layout)
    if chosen.command == "header":
        print_header(layout)
    elif chosen.command == "format":
        format_flash(layout, chosen.flash, chosen.image, chosen.loader)
    else:
        stage_package(layout, chosen.flash, chosen.package)


if __name__ == "__main__":
    main()
