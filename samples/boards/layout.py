# SPDX-License-Identifier: MIT
"""A board's layout.json, which is written as for mkdfota --layout."""

import json

FLAG_BLOCKS = 2
UNITS = {"K": 1 << 10, "M": 1 << 20}


def number(value):
    if isinstance(value, str) and value[-1] in UNITS:
        return int(value[:-1]) * UNITS[value[-1]]
    return int(value, 0) if isinstance(value, str) else value


class Layout:
    """The areas, with what mkdfota does not ask about: the boot loader before
    the first of them, the boot flag behind the last one."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            given = json.load(file)
        self.block = number(given["erase"])
        self.page = number(given["program"])
        self.unit = number(given["journal"]["program"])
        self.areas = {name: (number(area["address"]), number(area["size"]))
                      for name, area in given.items()
                      if isinstance(area, dict)} # name: (start, size)
        first = min(start for start, _ in self.areas.values())
        last = max(start + size for start, size in self.areas.values())
        self.areas["loader"] = (0, first)
        self.areas["flag"] = (last, FLAG_BLOCKS * self.block)
        self.end = last + FLAG_BLOCKS * self.block
