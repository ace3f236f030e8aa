#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Instructions that the patcher executes per byte of the new image.

For each pair of a corpus (a folder with a manifest.tsv, see ratio.py) a package
is made and applied by applyonce.c, which is compiled here together with the
patcher; the steps of the decoder stay functions of their own. --on host counts
what this machine executes, -O2, under valgrind's callgrind; --on arm what a
Cortex-M3 would, Thumb-2 code by gcc -Os with DFP_FAST, under qemu-arm with countcalls.c. What a
step costs, with all that it calls:

  literal     one byte that comes from nowhere
  predicted   one byte that an alignment predicts, whether it was right or not
  correction  what a wrong one takes in addition (codec range)
  inflate     one byte of the stream (codec deflate: what zlib takes)
  source      one new alignment; with codec deflate one number of a record
  decoding    all of that, per byte of the new image
  digests     of both images and all chunks, per byte of the new image
  other       manifest, journal, flash, per byte of the new image

  read        bytes read from flash, per byte of the new image

With --fit two lines tell the rules by which `mkdfota info --estimate` knows the
cost of decoding without decoding, and how far they are off: instructions, and
bytes read besides both images once.

With --signed the packages are signed and images compared by SHA-256: what the
signature takes is a line at the end. On arm that, and codec deflate, take
libraries that tests/size/fetch.sh FOLDER has made: --libraries FOLDER.

Exit status: 0; 1 when a tool failed or --literal or --predicted is exceeded, on
average over all bytes of the corpus; 2 for wrong usage.
"""

import collections
import glob
import json
import os
import re
import shutil
import tempfile

import measure
from measure import Failed, Usage

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir)
FOLDERS = ("firmware-patcher/include", "firmware-patcher/codec",
           "firmware-patcher/src", "libdelta/include", "libdelta/src")
SOURCES = ("firmware-patcher/codec/*.c", "firmware-patcher/src/*.c",
           "libdelta/src/ramflash.c", "bench/applyonce.c")
PLUGIN = os.path.join(ROOT, "bench", "countcalls.c")
COMPILER = {"host": "cc", "arm": "arm-none-eabi-gcc"}
FLAGS = {"host": ("-std=c11", "-O2"),
         "arm": ("-std=c11", "-Os", "-DDFP_FAST=1", "-mcpu=cortex-m3", "-mthumb",
                 "-ffunction-sections")}
# QEMU's user mode runs no M profile: the code is a Cortex-M3's, the C library
# that reads the files another core's. Any that has a divide will do.
ARM_LINK = ("-mcpu=cortex-a7", "-mthumb", "--specs=rdimon.specs",
            "-Wl,--no-warn-mismatch,--gc-sections")
ARM_RUN = ("qemu-arm", "-cpu", "cortex-a7", "-plugin")

# Functions of the patcher by which the parts are told.
FEED = "dfp_feed"
LITERAL, ALIGNED, HITS = "step_literal", "step_aligned", "step_hits"
BYTE, SOURCE = "get_byte", "get_source"
PLAIN, COPY, NUMBER, INFLATE = ("take_literal", "take_copy", "take_varint",
                                "inflate_more")
CODECS = ("range", "deflate")
RUNS = ("dfp_range_run", "dfp_deflate_run", "dfp_stored_run")
KEPT_APART = {"range": (LITERAL, ALIGNED, HITS, BYTE, SOURCE),
              "deflate": (PLAIN, COPY, NUMBER, INFLATE)}
DECODER = "firmware-patcher/src/%s_codec.c"
DIGESTS = ("dfp_digest_init", "dfp_digest_update", "dfp_digest_final",
           "dfp_digest_once")
SIGNATURE = "br_ecdsa_i31_vrfy_raw"

COUNTS = {"range": ("literal", "correction", "source"),
          "deflate": ("literal", "inflate", "source")}
COSTS = {"range": ("literal", "predicted", "correction", "source"),
         "deflate": ("literal", "predicted", "inflate", "source")}
TITLES = {"literal": "literals", "correction": "corrected",
          "inflate": "stream", "source": "sources"}

# Instructions and how often, of a call from one function to another.
Call = collections.namedtuple("Call", "count cost")


class Profile:
    """What callgrind has counted, by function."""

    def __init__(self, path):
        self.own = collections.Counter()
        self.calls = {}
        function = callee = count = None
        with open(path, encoding="utf-8") as file:
            for line in file:
                if line.startswith("fn="):
                    function = self.name(line[3:])
                elif line.startswith("cfn="):
                    callee = self.name(line[4:])
                elif line.startswith("calls="):
                    count = int(line[6:].split()[0])
                elif re.match(r"[+\-*\d]", line) and function:
                    cost = int(line.split()[1])
                    if callee:
                        self.add(function, callee, count, cost)
                    else:
                        self.own[function] += cost
                    callee = None
        if FEED not in self.own:
            raise Failed(f"the patcher has not called {FEED}")

    @staticmethod
    def name(text):
        """Without what the compiler adds to parts of a function."""
        return text.strip().split(".")[0]

    def add(self, caller, callee, count, cost):
        before = self.calls.get((caller, callee), Call(0, 0))
        self.calls[caller, callee] = Call(before.count + count,
                                          before.cost + cost)

    def call(self, caller, callee):
        return self.calls.get((caller, callee), Call(0, 0))

    def total(self, function):
        """Calls of a function by others, with all that it calls."""
        calls = [call for (caller, callee), call in self.calls.items()
                 if callee == function and caller != function]
        return Call(sum(call.count for call in calls),
                    sum(call.cost for call in calls))

    def outside(self, functions):
        """The cost of functions that do not count each other."""
        return sum(call.cost for (caller, callee), call in self.calls.items()
                   if callee in functions and caller not in functions)


class Parts:
    """How often the parts of decoding happened, and their instructions."""

    def __init__(self, codec):
        self.codec = codec
        self.size = self.images = self.read = 0
        self.counts = collections.Counter()
        self.costs = collections.Counter()

    @classmethod
    def of(cls, codec, profile, sizes, stream, read):
        """Those of one package; sizes are the images', old and new."""
        parts = cls(codec)
        parts.size, parts.images, parts.read = sizes[1], sum(sizes), read
        run = sum(profile.total(name).cost for name in RUNS)
        parts.costs["decoding"] = run
        (parts.range if codec == "range" else parts.deflate)(profile, run)
        parts.counts["predicted"] = parts.size - parts.counts["literal"]
        parts.counts["stream"] = stream
        if codec == "deflate":
            parts.counts["inflate"] = stream
        parts.costs["digests"] = profile.outside(DIGESTS)
        parts.costs["signature"] = profile.total(SIGNATURE).cost
        parts.costs["other"] = (profile.total(FEED).cost - run -
                                parts.costs["digests"] -
                                parts.costs["signature"])
        return parts

    def range(self, profile, run):
        literal, source = (profile.call(LITERAL, name)
                           for name in (BYTE, SOURCE))
        correction = profile.call(ALIGNED, BYTE)
        steps = {name: profile.total(name) for name in (LITERAL, ALIGNED, HITS)}
        self.counts.update(literal=literal.count, correction=correction.count,
                           source=source.count)
        self.costs.update(
            literal=steps[LITERAL].cost - source.cost,
            predicted=(steps[ALIGNED].cost + steps[HITS].cost -
                       correction.cost),
            correction=correction.cost, source=source.cost)
        # The loop around the steps.
        loop = run - sum(step.cost for step in steps.values())
        count = sum(step.count for step in steps.values())
        share = loop * steps[LITERAL].count // count if count else 0
        self.costs.update(literal=share, predicted=loop - share)

    def deflate(self, profile, run):
        literal, copy, number, inflate = (
            profile.total(name) for name in (PLAIN, COPY, NUMBER, INFLATE))
        loop = run - sum(call.cost for call in (literal, copy, number, inflate))
        count = literal.count + copy.count + number.count
        each = loop // count if count else 0
        self.counts.update(literal=literal.count, source=number.count)
        self.costs.update(
            literal=literal.cost + each * literal.count,
            predicted=copy.cost + each * copy.count,
            source=number.cost + each * number.count, inflate=inflate.cost)

    def add(self, other):
        self.size += other.size
        self.read += other.read
        self.counts.update(other.counts)
        self.costs.update(other.costs)

    def per(self, name):
        """Instructions for one of its kind, or for a byte."""
        count = self.counts[name] if name in self.counts else self.size
        return self.costs[name] / count if count else None

    def cells(self):
        costs = COSTS[self.codec] + ("decoding", "digests", "other")
        return ([str(self.size)] +
                [str(self.counts[name]) for name in COUNTS[self.codec]] +
                ["-" if self.per(name) is None else f"{self.per(name):.0f}"
                 for name in costs] + [f"{self.read / self.size:.1f}"])


def columns(codec):
    return (("pair", "new") + tuple(TITLES[name] for name in COUNTS[codec]) +
            COSTS[codec] + ("decoding", "digests", "other", "read"))


class Bench:
    """The patcher as one program, and how it is run."""

    def __init__(self, folder, options):
        self.folder = folder
        self.options = options
        self.program = self.path("apply")
        self.plugin = self.path("countcalls.so")
        self.extra = []
        if options.signed:
            self.make_key()
        self.keep_apart()
        if options.on == "arm":
            measure.run("cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O2",
                        "-shared", "-fPIC", PLUGIN, "-o", self.plugin)
        self.compile_it()

    def path(self, name):
        return os.path.join(self.folder, name)

    def make_key(self):
        """A key, as mkdfota wants it and as the patcher does."""
        measure.run("openssl", "ecparam", "-genkey", "-name", "prime256v1",
                    "-out", self.path("key"))
        measure.run("openssl", "ec", "-in", self.path("key"), "-pubout",
                    "-outform", "DER", "-out", self.path("public"))
        with open(self.path("public"), "rb") as file:
            point = file.read()[-65:]
        with open(self.path("point"), "wb") as file:
            file.write(point)
        self.extra = [self.path("point")]

    def keep_apart(self):
        """A header that forbids to merge the steps with what calls them."""
        codec = self.options.codec
        with open(os.path.join(ROOT, DECODER % codec),
                  encoding="utf-8") as file:
            decoder = file.read()
        with open(self.path("apart.h"), "w", encoding="utf-8") as file:
            file.write('#include "decoder.h"\n')
            for name in KEPT_APART[codec]:
                found = re.search(
                    rf"^(static [^;{{}}()]*\b{name}\([^)]*\))\n{{", decoder,
                    re.M)
                if not found:
                    raise Failed(f"{DECODER % codec} has no function {name}")
                file.write(f"__attribute__((noinline)) {found[1]};\n")

    def compile_it(self):
        """applyonce.c and the patcher."""
        options = self.options
        deflate = options.codec == "deflate"
        flags = [f"-DDFP_WITH_SIGNATURE={int(options.signed)}",
                 f"-DDFP_WITH_DEFLATE={int(deflate)}",
                 f"-DDFP_WITH_RANGE={int(not deflate)}"]
        flags += ["-I" + os.path.join(ROOT, name) for name in FOLDERS]
        libraries = ["-lbearssl"] * options.signed + ["-lz"] * deflate
        search = []
        if options.on == "arm":
            # The one header of the host that a cross compiler may see.
            shutil.copy(options.xxhash, self.folder)
            flags += ["-I" + self.folder]
            if libraries:
                flags += ["-I" + os.path.join(options.libraries, "include")]
                search = ["-L" + options.libraries]
        objects = []
        for pattern in SOURCES:
            for source in sorted(glob.glob(os.path.join(ROOT, pattern))):
                objects.append(self.path(os.path.basename(source) + ".o"))
                measure.run(options.cc, *FLAGS[options.on], *flags, "-include",
                            self.path("apart.h"), "-c", source, "-o",
                            objects[-1])
        link = ARM_LINK if options.on == "arm" else ()
        measure.run(options.cc, *link, *objects, *search, *libraries, "-o",
                    self.program)

    def stream_size(self, package):
        info = json.loads(measure.output(self.options.mkdfota, "info",
                                         package, "--json"))
        return info["package_size"] - info["overhead"]

    def measure_pair(self, pair):
        options = self.options
        package, counts = self.path("package"), self.path("counts")
        key = ["--key", self.path("key")] if options.signed else []
        measure.run(options.mkdfota, "make", pair.old, pair.new, "-o", package,
                    "-q", "-f", "--ram", options.ram, "--codec", options.codec,
                    *options.level, *key)
        if options.on == "arm":
            under = [*ARM_RUN, f"{self.plugin},out={counts}"]
        else:
            under = ["valgrind", "-q", "--tool=callgrind",
                     "--compress-strings=no", "--compress-pos=no",
                     "--callgrind-out-file=" + counts]
        read = measure.output(*under, self.program, pair.old, package,
                              pair.new, *self.extra)
        return Parts.of(options.codec, Profile(counts),
                        [os.path.getsize(path) for path in (pair.old, pair.new)],
                        self.stream_size(package), int(read))


def fit(title, rows):
    """A rule of --fit, from sizes, streams and totals: the least squares of the
    relative error, so that all pairs count alike."""
    xs = [(size / total, stream / total)
          for size, stream, total in rows if total]
    xx, xy, yy = (sum(x[i] * x[j] for x in xs)
                  for i, j in ((0, 0), (0, 1), (1, 1)))
    x1, y1 = (sum(x[i] for x in xs) for i in (0, 1))
    determinant = xx * yy - xy * xy
    if len(xs) < 2 or determinant <= 0:
        return f"{title}: these pairs are too few to tell"
    a = (x1 * yy - y1 * xy) / determinant
    b = (y1 * xx - x1 * xy) / determinant
    errors = sorted(100 * (a * x + b * y - 1) for x, y in xs)
    mean = (sum(error * error for error in errors) / len(errors)) ** 0.5
    return (f"{title}: {a:.1f} for a byte of the new image, {b:.1f} for one of "
            f"the stream; off by {errors[0]:+.0f} to {errors[-1]:+.0f} %, in the "
            f"mean {mean:.0f} %")


def print_fit(measured):
    for title, totals in (
            ("decoding", [parts.costs["decoding"] for parts in measured]),
            ("read", [parts.read - parts.images for parts in measured])):
        print(fit(title, [(parts.size, parts.counts["stream"], total)
                          for parts, total in zip(measured, totals)]))


def exceeded(parts, options):
    """Which limits are."""
    return [f"{name}: {parts.per(name):.0f} instructions, expected at most "
            f"{limit}"
            for name, limit in (("literal", options.literal),
                                ("predicted", options.predicted))
            if limit and (parts.per(name) or 0) > limit]


def parse_options():
    parser = measure.corpus_parser(__doc__)
    add = parser.add_argument
    add("--on", choices=tuple(FLAGS), default="host",
        help="default %(default)s")
    add("--cc", metavar="PATH", help="default cc or arm-none-eabi-gcc")
    add("--codec", choices=CODECS, default="range",
        help="default %(default)s")
    add("--signed", action="store_true", help="sign, and use SHA-256")
    add("--libraries", metavar="FOLDER", default=".deps/arm",
        help="BearSSL and zlib for arm, default %(default)s")
    add("--xxhash", metavar="FILE", default="/usr/include/xxhash.h",
        help="its header for arm, default %(default)s")
    add("--ram", metavar="SIZE", default="16K", help="default %(default)s")
    add("--level", type=int, choices=range(1, 10), metavar="1..9",
        help="default mkdfota's own")
    add("--only", metavar="REGEX", default="",
        help="pairs whose 'pair_id category arch' contains it")
    add("--literal", metavar="N", type=int, help="limit of a literal")
    add("--predicted", metavar="N", type=int, help="limit of a predicted byte")
    add("--fit", action="store_true", help="print the rule")
    add("--markdown", action="store_true", help="table in Markdown")
    return parser.parse_args()


def need_tools(options):
    options.cc = options.cc or COMPILER[options.on]
    options.level = [f"-{options.level}"] if options.level else []
    arm = options.on == "arm"
    measure.need_tools(options.mkdfota, options.cc,
                       "qemu-arm" if arm else "valgrind",
                       *(["openssl"] if options.signed else []))
    if arm and (options.signed or options.codec == "deflate"):
        if not os.path.exists(os.path.join(options.libraries, "complete")):
            raise Usage(f"{options.libraries} has no libraries: see "
                        "tests/size/fetch.sh")


def chosen_pairs(options):
    try:
        only = re.compile(options.only)
    except re.error as error:
        raise Usage(f"--only {options.only} is no regular expression: "
                    f"{error}") from None
    pairs = [pair for pair in measure.read_corpus(options.corpus)
             if only.search(f"{pair.pair_id} {pair.category} {pair.arch}")]
    if not pairs:
        raise Usage(f"{options.corpus} has no such pair")
    return pairs


def work():
    options = parse_options()
    need_tools(options)
    pairs = chosen_pairs(options)
    table = measure.Table(columns(options.codec), options.markdown,
                          max(len(pair.pair_id) for pair in pairs))
    measured, failures = [], []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder, options)
        for pair in pairs:
            try:
                parts = bench.measure_pair(pair)
            except Failed as failure:
                failures.append(f"failed: {pair.pair_id}: {failure}")
                continue
            measured.append(parts)
            table.row([pair.pair_id] + parts.cells())
    total = Parts(options.codec)
    for parts in measured:
        total.add(parts)
    if len(pairs) > 1:
        table.row(["all"] + (total.cells() if measured else []))
    if options.fit:
        print_fit(measured)
    if options.signed and measured:
        print(f"signature: {total.costs['signature'] // len(measured)}")
    failures += exceeded(total, options)
    for failure in failures:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    measure.main(work)
