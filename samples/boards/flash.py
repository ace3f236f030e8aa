#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The flash of a board: its layout for C, and its contents in a file.

Usage: flash.py LAYOUT header
       flash.py LAYOUT format FLASH --image IMAGE [--loader LOADER] [--size N]
       flash.py LAYOUT stage FLASH PACKAGE

LAYOUT is a board's layout.json. `format` makes a file of N bytes, in which all
is erased but the loader and the image in the first slot; `stage` is a finished
download.
"""

import argparse
import sys

from layout import Layout


def print_header(layout):
    print("// Made from layout.json by flash.py.\n"
          "#ifndef FLASH_LAYOUT_H\n#define FLASH_LAYOUT_H\n")
    print(f"#define FLASH_BLOCK {layout.block}u\n"
          f"#define FLASH_PAGE {layout.page}u\n"
          f"#define FLASH_UNIT {layout.unit}u")
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


def format_flash(layout, path, image, loader, size):
    with open(path, "wb") as file:
        file.truncate(size) # beyond the areas nothing is looked at
        file.write(b"\xff" * layout.end)
        put(file, layout, "slot", image)
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
    command.add_argument("--size", type=int, default=0)
    command = commands.add_parser("stage")
    command.add_argument("flash")
    command.add_argument("package")
    chosen = parser.parse_args()
    layout = Layout(chosen.layout)
    if chosen.command == "header":
        print_header(layout)
    elif chosen.command == "format":
        format_flash(layout, chosen.flash, chosen.image, chosen.loader,
                     chosen.size)
    else:
        stage_package(layout, chosen.flash, chosen.package)


if __name__ == "__main__":
    main()
