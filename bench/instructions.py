#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Instructions that the patcher executes per byte of the new image.

For each pair of a corpus (a folder with a manifest.tsv, see ratio.py) a package
of codec range is made and applied under valgrind's callgrind by applyonce.c, which
is compiled here together with the patcher: -O2, for this machine, but the steps
of the decoder stay functions of their own. What a step costs, with all that it
calls:

  literal     one byte that comes from nowhere
  predicted   one byte that an alignment predicts, whether it was right or not
  correction  what a wrong one takes in addition
  source      one new alignment
  decoding    all of that, per byte of the new image
  digests     of both images and all chunks, per byte of the new image
  other       manifest, journal, flash, per byte of the new image

Exit status: 0; 1 when a tool failed or --literal or --predicted is exceeded, on
average over all bytes of the corpus; 2 for wrong usage.
"""

import collections
import glob
import os
import re
import tempfile

import measure
from measure import Failed, Usage

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir)
FLAGS = ("-std=c11", "-O2", "-DDFP_WITH_SIGNATURE=0", "-DDFP_WITH_DEFLATE=0",
         "-DDFP_WITH_RANGE=1")
FOLDERS = ("firmware-patcher/include", "firmware-patcher/codec",
           "firmware-patcher/src", "libdelta/include", "libdelta/src")
DECODER = "firmware-patcher/src/range_codec.c"
SOURCES = ("firmware-patcher/codec/*.c", "firmware-patcher/src/*.c",
           "libdelta/src/ramflash.c", "bench/applyonce.c")
COLUMNS = ("pair", "new", "literals", "corrected", "sources", "literal",
           "predicted", "correction", "source", "decoding", "digests", "other")

# Functions of the patcher by which the parts are told.
FEED, RUN = "dfp_feed", "dfp_range_run"
LITERAL, ALIGNED, HITS = "step_literal", "step_aligned", "step_hits"
BYTE, SOURCE = "get_byte", "get_source"
KEPT_APART = (LITERAL, ALIGNED, HITS, BYTE, SOURCE)
DIGESTS = ("dfp_digest_init", "dfp_digest_update", "dfp_digest_final")

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
        for name in (FEED, RUN, LITERAL, ALIGNED):
            if name not in self.own:
                raise Failed(f"the patcher has not called {name}")

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

    def __init__(self, profile=None, size=0):
        self.size = size
        self.counts = collections.Counter()
        self.costs = collections.Counter()
        if profile:
            self.divide(profile)

    def divide(self, profile):
        literal, source = (profile.call(LITERAL, name)
                           for name in (BYTE, SOURCE))
        correction = profile.call(ALIGNED, BYTE)
        steps = {name: profile.total(name) for name in (LITERAL, ALIGNED, HITS)}
        feed, run = profile.total(FEED).cost, profile.total(RUN).cost
        self.counts.update(
            literal=literal.count, correction=correction.count,
            source=source.count, predicted=self.size - literal.count)
        self.costs.update(
            literal=steps[LITERAL].cost - source.cost,
            predicted=(steps[ALIGNED].cost + steps[HITS].cost -
                       correction.cost),
            correction=correction.cost, source=source.cost, decoding=run)
        # The loop around the steps.
        loop = run - sum(step.cost for step in steps.values())
        count = sum(step.count for step in steps.values())
        share = loop * steps[LITERAL].count // count
        self.costs.update(literal=share, predicted=loop - share)
        self.costs["digests"] = profile.outside(DIGESTS)
        self.costs["other"] = feed - run - self.costs["digests"]

    def add(self, other):
        self.size += other.size
        self.counts.update(other.counts)
        self.costs.update(other.costs)

    def per(self, name):
        """Instructions for one of its kind, or for a byte."""
        count = self.counts[name] if name in self.counts else self.size
        return self.costs[name] / count if count else None

    def cells(self):
        return ([str(self.size)] +
                [str(self.counts[name])
                 for name in ("literal", "correction", "source")] +
                ["-" if self.per(name) is None else f"{self.per(name):.0f}"
                 for name in COLUMNS[5:]])


def keep_apart(path):
    """Write a header that forbids to merge the steps with what calls them."""
    with open(os.path.join(ROOT, DECODER), encoding="utf-8") as file:
        decoder = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write('#include "decoder.h"\n')
        for name in KEPT_APART:
            found = re.search(rf"^(static [^;{{}}()]*\b{name}\([^)]*\))\n{{",
                              decoder, re.M)
            if not found:
                raise Failed(f"{DECODER} has no function {name}")
            file.write(f"__attribute__((noinline)) {found[1]};\n")


def compile_it(folder, options):
    """applyonce.c and the patcher, as one program."""
    program = os.path.join(folder, "apply")
    header = os.path.join(folder, "apart.h")
    keep_apart(header)
    sources = [path for pattern in SOURCES
               for path in sorted(glob.glob(os.path.join(ROOT, pattern)))]
    includes = ["-I" + os.path.join(ROOT, name) for name in FOLDERS]
    measure.run(options.cc, *FLAGS, *includes, "-include", header, *sources,
                "-o", program)
    return program


def measure_pair(pair, program, folder, options):
    package = os.path.join(folder, "package")
    counts = os.path.join(folder, "counts")
    measure.run(options.mkdfota, "make", pair.old, pair.new, "-o", package,
                "-q", "-f", "--ram", options.ram, *options.level)
    measure.run("valgrind", "--tool=callgrind", "--compress-strings=no",
                "--compress-pos=no", "--callgrind-out-file=" + counts, program,
                pair.old, package, pair.new)
    return Parts(Profile(counts), os.path.getsize(pair.new))


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
    add("--cc", metavar="PATH", default="cc", help="default %(default)s")
    add("--ram", metavar="SIZE", default="16K", help="default %(default)s")
    add("--level", type=int, choices=range(1, 10), metavar="1..9",
        help="default mkdfota's own")
    add("--only", metavar="REGEX", default="",
        help="pairs whose 'pair_id category arch' contains it")
    add("--literal", metavar="N", type=int, help="limit of a literal")
    add("--predicted", metavar="N", type=int, help="limit of a predicted byte")
    add("--markdown", action="store_true", help="table in Markdown")
    return parser.parse_args()


def work():
    options = parse_options()
    options.level = [f"-{options.level}"] if options.level else []
    measure.need_tools(options.mkdfota, options.cc, "valgrind")
    try:
        only = re.compile(options.only)
    except re.error as error:
        raise Usage(f"--only {options.only} is no regular expression: "
                    f"{error}") from None
    pairs = [pair for pair in measure.read_corpus(options.corpus)
             if only.search(f"{pair.pair_id} {pair.category} {pair.arch}")]
    if not pairs:
        raise Usage(f"{options.corpus} has no such pair")
    table = measure.Table(COLUMNS, options.markdown,
                          max(len(pair.pair_id) for pair in pairs))
    total, failures = Parts(), []
    with tempfile.TemporaryDirectory() as folder:
        program = compile_it(folder, options)
        for pair in pairs:
            try:
                parts = measure_pair(pair, program, folder, options)
            except Failed as failure:
                failures.append(f"failed: {pair.pair_id}: {failure}")
                continue
            total.add(parts)
            table.row([pair.pair_id] + parts.cells())
    if len(pairs) > 1:
        table.row(["all"] + total.cells())
    failures += exceeded(total, options)
    for failure in failures:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    measure.main(work)
