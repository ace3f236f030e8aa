#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Text, RAM and stack of the patcher, per target and configuration.

Usage: size.py LIBRARIES [--update] [TARGET...]

Compiles firmware-patcher with Debian's cross compilers as for a boot loader
(-Os, no dfp_strerror). Fails when a figure is above budget.csv, when an object
wants a symbol that the configuration does not allow, when there is recursion,
or when a frame has no fixed size. LIBRARIES is a folder in which fetch.sh puts
one for each target; --update writes budget.csv anew: what was measured and two
percent.

  text     bytes of the patcher's own code and constants in an image that uses
           all public functions
  linked   the same with everything it needs (BearSSL, inflate, mem*)
  static   bytes of .data and .bss of the patcher
  stack    deepest path below a public function; flash callbacks and what comes
           with the compiler (mem*, division) are not counted
  work     bytes of work memory that are the same for any package: struct dfp
"""

import collections
import concurrent.futures
import csv
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PATCHER = os.path.join(HERE, "..", "..", "firmware-patcher")
BUDGET = os.path.join(HERE, "budget.csv")
FLAGS = [
    "-Os", "-std=c99", "-ffreestanding", "-ffunction-sections",
    "-fdata-sections", "-fno-asynchronous-unwind-tables", "-DDFP_NO_STRERROR",
    "-fcallgraph-info=su", "-Wall", "-Wextra", "-Wconversion", "-Wshadow",
    "-Wpedantic", "-Werror"]
MARGIN = 2 # percent

# tools: prefix of the compiler's name. libc: specs of the C library. own:
# DFOTA_ARCH_* of its code. helpers: functions of the compiler.
Target = collections.namedtuple("Target", "tools flags libc own helpers")


def arm(cpu, own, helpers):
    return Target("arm-none-eabi-", [f"-mcpu={cpu}", "-mthumb"],
                  "nano.specs", own, helpers)


TARGETS = {
    "cortex-m0plus": arm("cortex-m0plus", 1, "__aeabi_.*|__gnu_thumb1_.*"),
    "cortex-m3": arm("cortex-m3", 1, ""),
    "cortex-m4": arm("cortex-m4", 1, ""),
    "cortex-a5": arm("cortex-a5", 1 | 2, "__aeabi_.*div.*"),
    "rv32imc": Target("riscv64-unknown-elf-",
                      ["-march=rv32imc", "-mabi=ilp32"], "picolibc.specs", 8,
                      ""),
}

# Knobs of config.h; DFP_ARCHS None: the target's own.
DEFAULTS = {"DFP_WITH_SIGNATURE": 0, "DFP_WITH_DEFLATE": 0,
            "DFP_WITH_RANGE": 0, "DFP_ARCHS": 127, "DFP_WITH_IN_PLACE": 0,
            "DFP_WITH_PARTS": 0, "DFP_WITH_JOURNAL": 1}
SIGNED = {"DFP_WITH_SIGNATURE": 1}
DEFLATE = {"DFP_WITH_DEFLATE": 1}
RANGE = {"DFP_WITH_RANGE": 1}
OWN = {"DFP_ARCHS": None}
IN_PLACE = {"DFP_WITH_IN_PLACE": 1}
PARTS = {"DFP_WITH_PARTS": 1}
UNJOURNALED = {"DFP_WITH_JOURNAL": 0}
CONFIGURATIONS = {
    "core": {**RANGE, **OWN, **UNJOURNALED},
    "core deflate": {**DEFLATE, **OWN, **UNJOURNALED},
    "own range": {**RANGE, **OWN},
    "own range+signature": {**RANGE, **OWN, **SIGNED},
    "own range+in place": {**RANGE, **OWN, **IN_PLACE},
    "own range+in place+signature": {**RANGE, **OWN, **IN_PLACE, **SIGNED},
    "own deflate+in place": {**DEFLATE, **OWN, **IN_PLACE},
    "own range+parts": {**RANGE, **OWN, **PARTS},
    "range": RANGE,
    "range+signature": {**RANGE, **SIGNED},
    "deflate": DEFLATE,
    "deflate+signature": {**DEFLATE, **SIGNED},
    "range+deflate": {**RANGE, **DEFLATE},
    "all": {**RANGE, **DEFLATE, **SIGNED, **IN_PLACE, **PARTS},
}

PUBLIC = ["dfp_peek", "dfp_work_size", "dfp_journal_size", "dfp_open",
          "dfp_resume", "dfp_feed", "dfp_discard", "dfp_get_progress",
          "dfp_get_info", "dfp_get_fault", "dfp_peek_part"]
FIGURES = ("text", "linked", "static", "stack", "work")


def tool(target, name, *arguments):
    """Run a tool of the cross compiler and return what it prints."""
    done = subprocess.run([TARGETS[target].tools + name, *arguments],
                          check=True, stdout=subprocess.PIPE, encoding="utf-8")
    return done.stdout


def fetch(libraries, target):
    """The folder with BearSSL and zlib for a target, made if need be."""
    folder = os.path.join(libraries, target)
    t = TARGETS[target]
    subprocess.run([os.path.join(HERE, "fetch.sh"), folder, t.tools + "gcc",
                    "--specs=" + t.libc, *t.flags], check=True)
    return folder


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


def compile_all(work, target, libraries, knobs):
    """Compile the patcher in one configuration; object files."""
    t = TARGETS[target]
    defines = [f"-D{name}={t.own if value is None else value}u"
               for name, value in knobs.items()]
    include = xxhash_folder(work)
    # not code: its array is as large as the struct
    probe = os.path.join(work, "probe.c")
    with open(probe, "w", encoding="utf-8") as file:
        file.write('#include "state.h"\n'
                   "extern char work[sizeof(struct dfp)];\n"
                   "char work[sizeof(struct dfp)];\n")
    objects = []
    for source in [probe, *sources()]:
        objects.append(
            os.path.join(work, os.path.basename(source)[:-2] + ".o"))
        tool(target, "gcc", "--specs=" + t.libc, *t.flags, *FLAGS, *defines,
             "-I", os.path.join(PATCHER, "include"),
             "-I", os.path.join(PATCHER, "codec"),
             "-I", os.path.join(PATCHER, "src"),
             "-isystem", include,
             "-isystem", os.path.join(libraries, "include"),
             "-c", source, "-o", objects[-1])
    return objects


def sections(target, path):
    """(text, data + bss) of an object, as `size` counts them."""
    fields = tool(target, "size", path).splitlines()[1].split()
    return int(fields[0]), int(fields[1]) + int(fields[2])


def strangers(target, path, knobs):
    """Undefined symbols beyond those that the configuration allows."""
    allowed = "memcpy|memset|memmove|memcmp|" + TARGETS[target].helpers
    if knobs["DFP_WITH_SIGNATURE"]:
        allowed += "|br_.*"
    if knobs["DFP_WITH_DEFLATE"]:
        allowed += "|inflate.*"
    names = tool(target, "nm", "-u", "--format=just-symbols", path).split()
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


Section = collections.namedtuple("Section", "name size path")


def linked_sections(map_path):
    """Code and constants that are in the linked image."""
    with open(map_path, encoding="utf-8") as file:
        text = file.read()
    text = text[text.index("Linker script and memory map"):]
    found = re.findall(r"^ \.((?:text|s?rodata)\S*)\s+0x[0-9a-f]+\s+"
                       r"0x([0-9a-f]+) (\S+)$", text, re.MULTILINE)
    return [Section(name, int(size, 16), path) for name, size, path in found]


def linked_functions(linked):
    """(object, function) of every section of a function."""
    return {(re.search(r"([\w.-]+)\.o\)?$", path)[1], name[5:])
            for name, _, path in linked if name.startswith("text.")}


def deepest(objects, libraries, linked):
    graph = Graph()
    for path in objects:
        graph.read(path[:-2] + ".ci")
    archive = os.path.join(libraries, "obj")
    for name in sorted(os.listdir(archive)):
        if name.endswith(".ci"):
            graph.read(os.path.join(archive, name))
    functions = linked_functions(linked)
    return max(graph.depth(name, functions) for name in PUBLIC)


def measure(target, libraries, knobs):
    t = TARGETS[target]
    with tempfile.TemporaryDirectory() as work:
        probe, *objects = compile_all(work, target, libraries, knobs)
        core = os.path.join(work, "core.o")
        tool(target, "gcc", *t.flags, "-nostdlib", "-Wl,-r", *objects,
             "-o", core)
        unknown = strangers(target, core, knobs)
        if unknown:
            sys.exit(f"{target}: undefined symbols not allowed: " +
                     " ".join(unknown))

        image = os.path.join(work, "image.elf")
        map_path = os.path.join(work, "image.map")
        tool(target, "gcc", *t.flags, "--specs=" + t.libc, "-nostartfiles",
             "-Wl,--gc-sections", "-Wl,-e,dfp_feed", f"-Wl,-Map={map_path}",
             *[f"-Wl,-u,{name}" for name in PUBLIC], *objects,
             "-L", libraries, "-lbearssl", "-lz", "-o", image)
        linked = linked_sections(map_path)
        return {"text": sum(s.size for s in linked if s.path in objects),
                "linked": sections(target, image)[0],
                "static": sections(target, core)[1],
                "stack": deepest(objects, libraries, linked),
                "work": sections(target, probe)[1]}


def measure_all(folders):
    """By target and configuration. The first failure ends it."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        rows = {(target, name): pool.submit(measure, target, libraries,
                                            {**DEFAULTS, **knobs})
                for target, libraries in folders.items()
                for name, knobs in CONFIGURATIONS.items()}
        try:
            return {name: future.result() for name, future in rows.items()}
        except subprocess.CalledProcessError as error:
            sys.exit(f"failed: {' '.join(error.cmd)}")
        finally:
            pool.shutdown(cancel_futures=True)


def update(rows):
    with open(BUDGET, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("target", "configuration") + FIGURES)
        for name, row in rows.items():
            limits = [row[figure] * (100 + MARGIN) // 100 for figure in FIGURES]
            writer.writerow([*name, *limits])


def compare(rows):
    """Print what was measured; how many figures are above their budget."""
    with open(BUDGET, encoding="utf-8") as file:
        budget = {(row["target"], row["configuration"]): row
                  for row in csv.DictReader(file)}
    over = 0
    print("target         configuration      " +
          "".join(f"{figure:>8}" for figure in FIGURES))
    for name, row in rows.items():
        print("{:15}{:19}".format(*name) +
              "".join(f"{row[figure]:8}" for figure in FIGURES))
        for figure in FIGURES:
            most = int(budget[name][figure])
            if row[figure] > most:
                print(f"  {figure} is above its budget of {most}")
                over += 1
    return over


def main():
    arguments = [word for word in sys.argv[1:] if word != "--update"]
    targets = arguments[1:] or list(TARGETS)
    anew = "--update" in sys.argv
    if (not arguments or any(name not in TARGETS for name in targets) or
            (anew and arguments[1:])):
        sys.exit("usage: size.py LIBRARIES --update\n"
                 "       size.py LIBRARIES [TARGET...]\n"
                 "targets: " + " ".join(TARGETS))
    folders = {target: fetch(arguments[0], target) for target in targets}
    rows = measure_all(folders)
    if anew:
        update(rows)
    sys.exit(1 if compare(rows) else 0)


if __name__ == "__main__":
    main()
