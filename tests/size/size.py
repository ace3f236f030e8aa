#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Text, static RAM and stack of the patcher on a Cortex-M3, per configuration.

Usage: size.py LIBRARIES [--update]

Compiles firmware-patcher with Debian's gcc-arm-none-eabi as for a boot loader
(-Os, no dfp_strerror). Fails when a figure is above budget.csv, when an object
wants a symbol that the configuration does not allow, when there is recursion,
or when a frame has no fixed size. LIBRARIES is the folder that fetch.sh has
filled; --update writes what was measured to budget.csv.

  text     bytes of the patcher's own objects, code and constants
  linked   the same with everything it needs (BearSSL, inflate, mem*), unused
           functions dropped
  static   bytes of .data and .bss of the patcher
  stack    deepest path below a public function, flash callbacks not counted
"""

import csv
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PATCHER = os.path.join(HERE, "..", "..", "firmware-patcher")
TOOL = "arm-none-eabi-"
TARGET = ["-mcpu=cortex-m3", "-mthumb", "-Os"]
FLAGS = TARGET + [
    "-std=c99", "-ffreestanding", "-ffunction-sections", "-fdata-sections",
    "-DDFP_NO_STRERROR", "-fcallgraph-info=su", "-Wall", "-Wextra",
    "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"]

# name: (signature, deflate, range, architectures); 1 is Thumb
CONFIGURATIONS = {
    "thumb range": (0, 0, 1, 1),
    "thumb range+signature": (1, 0, 1, 1),
    "range": (0, 0, 1, 127),
    "deflate": (0, 1, 0, 127),
    "range+deflate": (0, 1, 1, 127),
    "range+signature": (1, 0, 1, 127),
    "all": (1, 1, 1, 127),
}
PUBLIC = ["dfp_peek", "dfp_work_size", "dfp_journal_size", "dfp_open",
          "dfp_resume", "dfp_feed", "dfp_discard", "dfp_get_progress",
          "dfp_get_info", "dfp_get_fault"]
FIGURES = ("text", "linked", "static", "stack")


def tool(name, *arguments):
    """Run a tool of the cross compiler and return what it prints."""
    done = subprocess.run([TOOL + name, *arguments], check=True,
                          stdout=subprocess.PIPE, encoding="utf-8")
    return done.stdout


def sources():
    for folder in ("codec", "src"):
        path = os.path.join(PATCHER, folder)
        for name in sorted(os.listdir(path)):
            if name.endswith(".c"):
                yield os.path.join(path, name)


def xxhash_folder(work):
    """The host's xxhash.h alone, without the rest of /usr/include."""
    folder = os.path.join(work, "include")
    os.mkdir(folder)
    with open("/usr/include/xxhash.h", encoding="utf-8") as file:
        text = file.read()
    with open(os.path.join(folder, "xxhash.h"), "w", encoding="utf-8") as file:
        file.write(text)
    return folder


def compile_all(work, include, libraries, switches):
    """Compile the patcher in one configuration; object files."""
    signature, deflate, ranged, archs = switches
    objects = []
    for source in sources():
        target = os.path.join(work, os.path.basename(source)[:-2] + ".o")
        tool("gcc", *FLAGS, f"-DDFP_WITH_SIGNATURE={signature}",
             f"-DDFP_WITH_DEFLATE={deflate}", f"-DDFP_WITH_RANGE={ranged}",
             f"-DDFP_ARCHS={archs}u",
             "-I", os.path.join(PATCHER, "include"),
             "-I", os.path.join(PATCHER, "codec"),
             "-isystem", include,
             "-isystem", os.path.join(libraries, "include"),
             "-c", source, "-o", target)
        objects.append(target)
    return objects


def sections(path):
    """(text, data + bss) of an object, as `size` counts them."""
    fields = tool("size", path).splitlines()[1].split()
    return int(fields[0]), int(fields[1]) + int(fields[2])


def strangers(path, switches):
    """Undefined symbols beyond those that the configuration allows."""
    allowed = "memcpy|memset|memmove|memcmp"
    if switches[0]:
        allowed += "|br_.*"
    if switches[1]:
        allowed += "|inflate.*"
    names = tool("nm", "-u", "--format=just-symbols", path).split()
    return [name for name in names if not re.fullmatch(allowed, name)]


NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"\\]+)\\n([^"\\]+)'
                  r'(?:\\n(\d+) bytes \(([a-z, ]+)\))?')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')


class Graph:
    """Who calls whom, and the stack frame of each, from gcc's .ci files."""

    def __init__(self):
        self.frame = {}   # title: bytes
        self.owner = {}   # title: object file that defines it
        self.calls = {}   # title: set of titles
        self.called = set()

    def read(self, path):
        owner = os.path.basename(path)[:-3]
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for title, _, _, size, kind in NODE.findall(text):
            if size:
                if kind not in ("static", "dynamic,bounded"):
                    sys.exit(f"{title}: frame of no fixed size")
                self.frame[title] = int(size)
                self.owner[title] = owner
        for source, target in EDGE.findall(text):
            self.calls.setdefault(source, set()).add(target)
            self.called.add(target)

    def pointees(self, title, linked):
        """What an indirect call in this function may reach."""
        owner = self.owner[title]
        if owner.startswith("br_"):
            family = lambda other: other.startswith("br_")
        elif owner.startswith("z_"): # its zalloc and zfree
            family = lambda other: not other.startswith(("br_", "z_"))
        else: # the flash callbacks, which are the port's
            return set()
        return {other for other, where in self.owner.items()
                if family(where) and other not in self.called
                and (where, other.split(":")[-1]) in linked
                and other not in PUBLIC}

    def depth(self, title, linked, path=()):
        if title in path:
            sys.exit("recursion: " + " ".join(path + (title,)))
        below = 0
        targets = set(self.calls.get(title, ()))
        if "__indirect_call" in targets:
            targets |= self.pointees(title, linked)
        for target in targets:
            if target in self.frame:
                below = max(below, self.depth(target, linked, path + (title,)))
        return self.frame[title] + below


def linked_functions(map_path):
    """(object, function) of every section that is in the linked image."""
    with open(map_path, encoding="utf-8") as file:
        text = file.read()
    text = text[text.index("Linker script and memory map"):]
    found = re.findall(r"^ \.text\.(\S+)\s+0x0*[0-9a-f]+\s+0x[0-9a-f]+ "
                       r"\S*?([\w.-]+)\.o\)?$", text, re.MULTILINE)
    return {(owner, name) for name, owner in found}


def measure(work, include, libraries, switches):
    objects = compile_all(work, include, libraries, switches)
    core = os.path.join(work, "core.o")
    tool("gcc", *TARGET, "-nostdlib", "-Wl,-r", *objects, "-o", core)
    unknown = strangers(core, switches)
    if unknown:
        sys.exit("undefined symbols not allowed: " + " ".join(unknown))
    # object by object: the partial link merges nothing, but may pad
    text = sum(sections(path)[0] for path in objects)
    static = sum(sections(path)[1] for path in objects)

    image = os.path.join(work, "image.elf")
    map_path = os.path.join(work, "image.map")
    tool("gcc", *TARGET, "--specs=nano.specs", "-nostartfiles",
         "-Wl,--gc-sections", "-Wl,-e,dfp_feed", f"-Wl,-Map={map_path}",
         *[f"-Wl,-u,{name}" for name in PUBLIC], *objects,
         "-L", libraries, "-lbearssl", "-lz", "-o", image)

    graph = Graph()
    for path in objects:
        graph.read(path[:-2] + ".ci")
    archive = os.path.join(libraries, "obj")
    for name in sorted(os.listdir(archive)):
        if name.endswith(".ci"):
            graph.read(os.path.join(archive, name))
    linked = linked_functions(map_path)
    stack = max(graph.depth(name, linked) for name in PUBLIC)
    return {"text": text, "linked": sections(image)[0], "static": static,
            "stack": stack}


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--update"]):
        sys.exit("usage: size.py LIBRARIES [--update]")
    budget_path = os.path.join(HERE, "budget.csv")
    rows = {}
    with tempfile.TemporaryDirectory() as work:
        include = xxhash_folder(work)
        for name, switches in CONFIGURATIONS.items():
            rows[name] = measure(work, include, sys.argv[1], switches)

    if sys.argv[2:]:
        with open(budget_path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("configuration",) + FIGURES)
            for name, row in rows.items():
                writer.writerow([name] + [row[figure] for figure in FIGURES])
    with open(budget_path, encoding="utf-8") as file:
        budget = {row["configuration"]: row for row in csv.DictReader(file)}

    over = 0
    print("configuration      " + "".join(f"{f:>8}" for f in FIGURES))
    for name, row in rows.items():
        print(f"{name:19}" + "".join(f"{row[f]:8}" for f in FIGURES))
        for figure in FIGURES:
            most = int(budget[name][figure])
            if row[figure] > most:
                print(f"  {figure} is above its budget of {most}")
                over += 1
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main()
