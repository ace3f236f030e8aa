#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the way a firmware is built costs in its packages.

Builds a firmware for a Cortex-M of the samples' own sources - shell, crypto
and operators table of samples/boards, the patcher, BearSSL, newlib - and its
next version: one command more, a few entries more in a table, another CRC.
Then both again with one cause more or less, each in a good and a bad way. The
packages are made with mkdfota and applied; bsdiff runs beside.

Prints a table in Markdown: docs/SMALL-DELTAS.md has it. --check compares what
is measured with that page and allows for other compilers: the order of good
and bad must hold, and bytes within a tenth.

Exit status: 0; 1 when a tool failed, or the page says something else; 2 for a
missing tool.
"""

import argparse
import hashlib
import os
import random
import re
import subprocess
import sys
import tempfile
import zlib

import measure

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(ROOT, "docs", "SMALL-DELTAS.md")
BOARDS = "samples/boards"
DEPS = os.path.join(ROOT, ".deps", "arm")
CC = "arm-none-eabi-gcc"
OBJCOPY = "arm-none-eabi-objcopy"
RAM = "16K"
TOLERANCE = 0.1
SLACK = 24  # bytes, for very small packages

FLAGS = ["-mcpu=cortex-m3", "-mthumb", "-std=c11", "-ffunction-sections",
         "-fdata-sections", "-Os", "-DDFP_ARCHS=1"]
# The patcher is in the image because the firmware is where this is told.
KEPT = ("dfp_open", "dfp_resume", "dfp_feed", "dfp_peek", "printf", "strtod",
        "qsort", "build_info")
# Where image.ld holds what nobody refers to: generated tables, variables.
KEPT_ROWS = {"    .rodata : {": "    .rodata : { KEEP(*(.rodata.kept))"}
KEPT_LAST = {"COMMON)": "COMMON) KEEP(*(.bss_kept))"}
KEPT_FIRST = {"*(.bss ": "KEEP(*(.bss_kept)) *(.bss "}


class Build:
    """One version of the firmware, and how it is built."""

    def __init__(self, version, **changes):
        self.version = version
        self.flags = []        # more of the compiler's
        self.link_flags = []
        self.order = list      # of the objects
        self.new_last = False  # the new file behind all others
        self.info = "fw 1.9.0"
        self.script = KEPT_LAST  # text of image.ld: what it becomes
        self.prefix = None     # the sources are named under this folder
        self.extra = {}        # name: generated C source
        self.asset = None      # bytes linked in
        self.finish = None     # from image to image
        for name, value in changes.items():
            setattr(self, name, value)


def sources(build):
    """C files in the order of linking."""
    new = "cmd_gnss.c"
    v = build.version
    names = ["app.c", "shell.c", "say.c", f"commands_v{v}.c", "cmd_system.c",
             f"crc_v{v}.c", new, "cmd_network.c", f"operators_v{v}.c",
             "cmd_crypto.c"]
    if v == 1 or build.new_last:
        names.remove(new)
    files = [f"{BOARDS}/firmware/{name}" for name in names]
    files += [f"{BOARDS}/port/startup.c", f"{BOARDS}/port/semihost.c",
              "samples/cortex-m/mps2.c"]
    for folder in ("src", "codec"):
        folder = f"firmware-patcher/{folder}"
        files += sorted(f"{folder}/{name}"
                        for name in os.listdir(os.path.join(ROOT, folder))
                        if name.endswith(".c"))
    if v == 2 and build.new_last:
        files.append(f"{BOARDS}/firmware/{new}")
    return files


def call(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise measure.Failed(" ".join(command[:1]) + ": "
                             + done.stdout.decode(errors="replace"))


class Workshop:
    """Compiles what was not compiled yet, links, makes packages."""

    def __init__(self, folder, mkdfota):
        self.folder = folder
        self.mkdfota = mkdfota
        self.count = 0
        include = os.path.join(folder, "include")
        os.mkdir(include)
        with open("/usr/include/xxhash.h", "rb") as file:
            self.write("include/xxhash.h", file.read())
        self.includes = []
        for name in ("samples/cortex-m", f"{BOARDS}/port", f"{BOARDS}/loader",
                     f"{BOARDS}/firmware", "firmware-patcher/include",
                     "firmware-patcher/codec"):
            self.includes.append("-I" + os.path.join(ROOT, name))
        self.includes += ["-isystem", include, "-isystem",
                          os.path.join(DEPS, "include")]
        self.write("layout.h", b"")

    def write(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        return path

    def compile(self, path, flags):
        key = hashlib.sha256(" ".join([path] + flags).encode()).hexdigest()
        out = os.path.join(self.folder, key[:24] + ".o")
        if not os.path.exists(out):
            call(CC, *FLAGS, *self.includes, *flags, "-c", path, "-o", out)
        return out

    def generated(self, name, text, flags):
        self.count += 1
        return self.compile(self.write(f"{self.count}-{name}.c", text), flags)

    def objects(self, build):
        root = build.prefix or ROOT
        files = sources(build)
        listed = [self.compile(os.path.join(root, file), build.flags)
                  for file in build.order(files)]
        info = ("#include <stddef.h>\nconst char build_info[] = \"%s\";\n"
                % build.info)
        info = self.generated("info", info, build.flags)
        extra = [self.generated(name, text, build.flags)
                 for name, text in build.extra.items()]
        start = self.compile(
            os.path.join(ROOT, "samples/cortex-m/firmware_start.S"), [])
        prompts = self.generated("prompts", PROMPTS, [])
        return [start, info] + listed + extra + [prompts] + self.asset(build)

    def asset(self, build):
        if build.asset is None:
            return []
        path = self.write("asset.bin", build.asset)
        return [self.generated("asset", "__asm__(\".section .rodata.asset,"
                               "\\\"aR\\\"\\n.incbin \\\"%s\\\"\\n\");\n"
                               % path, [])]

    def image(self, build):
        """The path of the raw image."""
        objects = self.objects(build)
        self.count += 1
        base = os.path.join(self.folder, str(self.count))
        with open(os.path.join(ROOT, BOARDS, "image.ld"),
                  encoding="utf-8") as file:
            script = file.read()
        for before, after in {**build.script, **KEPT_ROWS}.items():
            if before not in script:
                raise measure.Failed(f"image.ld: no {before}")
            script = script.replace(before, after)
        self.write("image.ld", script)
        call(CC, *FLAGS, *build.flags, "--specs=nosys.specs", "-nostartfiles",
             "-Wl,--gc-sections", "-Wl,--no-warn-rwx-segments",
             "-L" + self.folder, "-L" + DEPS, *build.link_flags,
             *("-Wl,-u," + name for name in KEPT), "-T",
             os.path.join(ROOT, "samples/cortex-m/firmware.ld"), *objects,
             "-lbearssl", "-lz", "-Wl,--defsym,end=bss_end", "-o",
             base + ".elf")
        call(OBJCOPY, "-O", "binary", base + ".elf", base + ".bin")
        if build.finish is not None:
            with open(base + ".bin", "rb") as file:
                data = file.read()
            with open(base + ".bin", "wb") as file:
                file.write(build.finish(data))
        return base + ".bin"

    def sizes(self, old, new):
        """Bytes of mkdfota's package and of bsdiff's patch."""
        old, new = self.image(old), self.image(new)
        package = os.path.join(self.folder, "package")
        made = os.path.join(self.folder, "made")
        call(self.mkdfota, old, new, "-qfo", package, "--ram", RAM)
        call(self.mkdfota, "apply", old, package, "-qfo", made)
        with open(new, "rb") as a, open(made, "rb") as b:
            if a.read() != b.read():
                raise measure.Failed("mkdfota: the result differs")
        size = os.path.getsize(package)
        call("bsdiff", old, new, package)
        return size, os.path.getsize(package), os.path.getsize(new)


# --- Causes ---------------------------------------------------------------

# (The voice prompts would only make the image larger.)
PROMPTS = """int cmd_prompt(int count, char **words);
int cmd_prompt(int count, char **words)
{
    return words[count - 1][0];
}
"""
BUILD_ID = {"    .text :": "    .build_id : { KEEP(*(.note.gnu.build-id)) } "
            ">CODE\n    .text :", "*(.note.*)": ""}
PATH_NOTE = "path_note.h"


def noise(text, size):
    """Bytes that no coder makes smaller, the same each time."""
    data = b""
    while len(data) < size:
        data += hashlib.sha256(f"{text} {len(data)}".encode()).digest()
    return data[:size]


def table(order):
    """A generated table of names, in an order."""
    names = [f"sensor_{i * 7919 % 1000:03}" for i in range(400)]
    names = order(sorted(set(names)))
    rows = "".join(f"    {{\"{name}\", {sum(name.encode())}}},\n"
                   for name in names)
    return {"table": "struct row { const char *name; int value; };\n"
            "__attribute__((used, section(\".rodata.kept\")))\n"
            "const struct row table[] = {\n"
            + rows + "};\n"}


def shuffled(seed):
    def order(names):
        return random.Random(seed).sample(names, len(names))
    return order


def state(count):
    """Variables of the firmware."""
    return {"state": "__attribute__((used, section(\".bss_kept\")))\n"
            f"int state[{count}];\n"}


def text_asset(changed):
    """Texts of some size, and their next version."""
    text = ""
    folder = os.path.join(ROOT, BOARDS, "firmware")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".c"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                text += file.read()
    return (text.replace("return", "give", 3) if changed else text).encode()


def encrypted(data, iv):
    key = noise(iv, len(data))
    return bytes(a ^ b for a, b in zip(data, key))


def with_mcuboot(version):
    """A header, a digest and a signature around the image."""
    def finish(data):
        header = b"\x3d\xb8\xf3\x96" + bytes(4) + b"\x00\x02\x00\x00"
        header += len(data).to_bytes(4, "little") + bytes(4)
        header += bytes([1, version]) + bytes(512 - len(header) - 2)
        body = header + data
        tlvs = b"\x07\x69\x90\x00" + b"\x10\x00\x20\x00"
        tlvs += hashlib.sha256(body).digest()
        tlvs += b"\x22\x00\x47\x00" + noise(f"signature {version}", 71)
        return body + tlvs
    return finish


def with_crc(data):
    return data + zlib.crc32(data).to_bytes(4, "little")


def pair(old=None, new=None, **both):
    return (Build(1, **{**both, **(old or {})}),
            Build(2, **{**both, **(new or {})}))


def causes(folder):
    """Rows: what, the good way and the bad one, each a pair of builds."""
    plain = pair()
    note = ["-include", os.path.join(folder, PATH_NOTE)]
    here, there = (os.path.join(folder, name)
                   for name in ("build-17", "runner-18/work/fw"))
    mapped = [f"-fmacro-prefix-map={path}/=" for path in (here, there)]
    apart = {"*(.text .text.*) }": "*(.text .text.*) . = ALIGN(8192); }",
             **KEPT_LAST}
    aligned = ["-O2", "-falign-functions=16"]
    text = text_asset(False), text_asset(True)
    packed = [zlib.compress(one, 9) for one in text]
    return [
        ("nothing but the change itself", None, plain),
        ("new code in the middle, not at the end", pair(new_last=True), plain),
        ("objects linked in another order", plain,
         pair(new={"order": lambda files: files[::-1]})),
        ("the same, but sections sorted by name",
         pair(link_flags=["-Wl,--sort-section=name"]),
         pair(link_flags=["-Wl,--sort-section=name"],
              script={"*(.text .text.*)": "*(SORT_BY_NAME(.text*))"},
              new={"order": lambda files: files[::-1]})),
        ("no padding between code and constants", pair(script=apart), plain),
        ("time of the build, `__DATE__`", plain,
         pair({"info": "fw 1.9.0 Jan 02 2026 10:11:12"},
              {"info": "fw 1.9.0 Feb 13 2026 17:45:39"})),
        ("version text of another length", plain,
         pair(new={"info": "fw 1.10.0-rc1-23-g1f0c2ab"})),
        ("build id in the image", plain,
         pair(link_flags=["-Wl,--build-id=sha1"], script=BUILD_ID)),
        ("paths of the build in `__FILE__`",
         pair({"prefix": here}, {"prefix": there}, flags=note + mapped),
         pair({"prefix": here}, {"prefix": there}, flags=note)),
        ("-O2 after -Os", plain, pair(new={"flags": ["-O2"]})),
        ("-O2, in both versions", plain, pair(flags=["-O2"])),
        ("LTO, in both versions", plain, pair(flags=["-flto"])),
        ("-O2 -falign-functions=16, in both", pair(flags=["-O2"]),
         pair(flags=aligned)),
        ("-O2, from now on with -falign-functions=16", pair(flags=["-O2"]),
         pair({"flags": ["-O2"]}, {"flags": aligned})),
        ("another processor, -mcpu=cortex-m4", plain,
         pair(new={"flags": ["-mcpu=cortex-m4"]})),
        ("a table generated in hash order",
         pair(extra=table(list)),
         pair({"extra": table(shuffled(1))}, {"extra": table(shuffled(2))})),
        ("a new variable before the others",
         pair({"extra": state(40)}, {"extra": state(42)}),
         pair({"extra": state(40)}, {"extra": state(42)}, script=KEPT_FIRST)),
        ("texts of 29 kB, compressed in the image",
         pair({"asset": text[0]}, {"asset": text[1]}),
         pair({"asset": packed[0]}, {"asset": packed[1]})),
        ("the same, encrypted with a new IV",
         pair({"asset": text[0]}, {"asset": text[1]}),
         pair({"asset": encrypted(text[0], "1")},
              {"asset": encrypted(text[1], "2")})),
        ("CRC at the end", plain, pair(finish=with_crc)),
        ("MCUboot header and signature", plain,
         pair({"finish": with_mcuboot(1)}, {"finish": with_mcuboot(2)})),
    ]


# --- The table ------------------------------------------------------------

HEAD = ("| cause | mkdfota without | with | bsdiff without | with |",
        "|---|---|---|---|---|")


def number(value):
    return "" if value is None else f"{value:,}"


def measure_all(folder, mkdfota):
    shop = Workshop(folder, mkdfota)
    shop.write(PATH_NOTE, "static const char path_note[] "
               "__attribute__((used, section(\".rodata.kept\"))) = "
               "__BASE_FILE__;\n")
    os.symlink(ROOT, os.path.join(folder, "build-17"))
    os.makedirs(os.path.join(folder, "runner-18/work"))
    os.symlink(ROOT, os.path.join(folder, "runner-18/work/fw"))
    known = {}
    for what, good, bad in causes(folder):
        row = [what]
        sizes = []
        for builds in (good, bad):
            key = id(builds)
            if builds is not None and key not in known:
                known[key] = shop.sizes(*builds), builds
            sizes.append(known[key][0] if builds is not None
                         else (None, None, None))
        for tool in (0, 1):
            row += [sizes[0][tool], sizes[1][tool]]
        yield row


def differs(found, tracked):
    return abs(found - tracked) > max(SLACK, tracked * TOLERANCE)


def check(rows):
    """Whether the page has what was measured, nearly."""
    with open(PAGE, encoding="utf-8") as file:
        table = file.read().split("\n".join(HEAD))[1].split("\n\n")[0]
    lines = re.findall(r"^\| (.*) \|$", table, re.MULTILINE)
    tracked = {line.split(" | ")[0]: line.split(" | ")[1:] for line in lines}
    good = True
    for what, *sizes in rows:
        cells = [cell.replace(",", "").strip() for cell in
                 tracked.get(what, [])]
        wanted = [int(cell) if cell else None for cell in cells]
        if len(wanted) != len(sizes) or any(
                a is None and b is not None or a is not None and
                (b is None or differs(a, b))
                for a, b in zip(sizes, wanted)):
            print(f"{PAGE}: {what}: found {sizes}, expected {wanted}",
                  file=sys.stderr)
            good = False
    return good


def work():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mkdfota", default="build/release/cli/mkdfota")
    parser.add_argument("--check", action="store_true",
                        help="compare with docs/SMALL-DELTAS.md")
    options = parser.parse_args()
    measure.need_tools(CC, "bsdiff", options.mkdfota)
    call(os.path.join(ROOT, "tests/size/fetch.sh"), DEPS)
    with tempfile.TemporaryDirectory() as folder:
        rows = list(measure_all(folder, os.path.abspath(options.mkdfota)))
    if options.check:
        return 0 if check(rows) else 1
    print("\n".join(HEAD))
    for what, *sizes in rows:
        print(f"| {what} | " + " | ".join(number(n) for n in sizes) + " |")
    return 0


def main():
    try:
        return work()
    except measure.Failed as failed:
        print(f"build_effects.py: {failed}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    measure.main(main)
