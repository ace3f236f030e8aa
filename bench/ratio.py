#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Package sizes, time and memory over a corpus of pairs, beside other tools.

The corpus is a folder with a manifest.tsv (columns pair_id, old_path, new_path,
category and arch; others are ignored) and the images that it names. If there
is a peers.tsv (pair_id, and a column of bytes per tool; blank where there is
none), the packages are compared with it as well.

mkdfota gets the two files and no hints. The first codec makes a package for
each size of RAM, the others for the least one. Every package and patch is
applied, and the result compared with the new image. bsdiff and xdelta3 -9
-S lzma run beside it on the same pair; time is given relative to them.

Exit status: 0; 1 when a tool failed or, with --check, when a package has grown;
2 for wrong usage or a missing tool.
"""

import collections
import concurrent.futures
import csv
import math
import os
import re
import sys
import tempfile

import measure
from measure import Failed, Usage

CODECS = ("range", "deflate")
FACTS = ("pair_id", "category", "arch", "new_size")
HERE = ("bsdiff here", "xdelta3 here")
EMBEDDED, ANY = "best_embedded", "best_any"
# Time and memory: name, and the unit it is a multiple of.
COSTS = {"create -1": "bsdiff", "create": "bsdiff", "apply": "bspatch",
         "memory -1": "old + new", "memory": "old + new"}

# One package to be made of each pair; the name is its column.
Variant = collections.namedtuple("Variant", "name codec ram")
# What was measured on one pair: bytes by column, bytes of others, costs.
Row = collections.namedtuple("Row", "facts sizes peers costs failures")


# --- one pair -------------------------------------------------------------

def chosen_run(options, variant):
    """Only the first variant's time is shown."""
    timed = options.time and variant == options.least
    return measure.run_best if timed else measure.run


def making(pair, variant, package):
    """Arguments of mkdfota for a package."""
    return ("make", pair.old, pair.new, "-o", package, "-q", "-f",
            "--codec", variant.codec, "--ram", variant.ram)


def make_and_apply(pair, variant, options, folder):
    """Bytes of a package, and what making and applying it took."""
    package = os.path.join(folder, "package")
    result = os.path.join(folder, "result")
    run = chosen_run(options, variant)
    made = run(options.mkdfota, *making(pair, variant, package),
               *options.level)
    applied = run(options.mkdfota, "apply", pair.old, package, "-o", result,
                  "-q", "-f")
    measure.expect_same(pair, result, variant.name)
    return os.path.getsize(package), made, applied


def run_bsdiff(pair, options, folder):
    """Bytes of bsdiff's patch, and what making and applying it took."""
    patch = os.path.join(folder, "patch")
    result = os.path.join(folder, "result")
    run = chosen_run(options, options.least)
    made = run("bsdiff", pair.old, pair.new, patch)
    applied = run("bspatch", pair.old, result, patch)
    measure.expect_same(pair, result, "bsdiff")
    return os.path.getsize(patch), made, applied


def run_xdelta3(pair, folder):
    """Bytes of xdelta3's patch, without the file names it would contain."""
    patch = os.path.join(folder, "patch")
    result = os.path.join(folder, "result")
    measure.run("xdelta3", "-e", "-9", "-S", "lzma", "-A=", "-f", "-s",
                pair.old, pair.new, patch)
    measure.run("xdelta3", "-d", "-f", "-s", pair.old, patch, result)
    measure.expect_same(pair, result, "xdelta3")
    return os.path.getsize(patch)


def run_level_1(pair, variant, options, folder):
    """What the fastest level takes for a package."""
    package = os.path.join(folder, "package")
    return measure.run_best(options.mkdfota, *making(pair, variant, package),
                            "-1")


def relate(pair, fast, made, applied, bsdiff, bspatch):
    """Costs as multiples of the others'."""
    images = os.path.getsize(pair.old) + os.path.getsize(pair.new)
    return {"create -1": fast.seconds / bsdiff.seconds,
            "create": made.seconds / bsdiff.seconds,
            "apply": applied.seconds / bspatch.seconds,
            "memory -1": fast.peak / images, "memory": made.peak / images}


def measure_pair(pair, options):
    """Everything about one pair. What fails leaves a gap and a message."""
    row = Row({"pair_id": pair.pair_id, "category": pair.category,
               "arch": pair.arch, "new_size": os.path.getsize(pair.new)},
              {}, {}, {}, [])

    def attempt(function, *arguments):
        try:
            return function(pair, *arguments)
        except Failed as failure:
            row.failures.append(f"{pair.pair_id}: {failure}")
            return None

    with tempfile.TemporaryDirectory() as folder:
        runs = {}
        for variant in options.variants:
            run = attempt(make_and_apply, variant, options, folder)
            if run:
                row.sizes[variant.name] = run[0]
                runs[variant] = run[1:]
        bsdiff = attempt(run_bsdiff, options, folder)
        if bsdiff:
            row.peers[HERE[0]] = bsdiff[0]
        xdelta3 = attempt(run_xdelta3, folder)
        if xdelta3:
            row.peers[HERE[1]] = xdelta3
        first = options.least
        if options.time and bsdiff and first in runs:
            fast = attempt(run_level_1, first, options, folder)
            if fast:
                row.costs.update(relate(pair, fast, *runs[first],
                                        *bsdiff[1:]))
    row.peers.update(options.peers.get(pair.pair_id, {}))
    return row


def measure_all(pairs, options):
    """Rows in the order of the pairs, each as soon as it is known."""
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        yield from pool.map(lambda pair: measure_pair(pair, options), pairs)


# --- other tools' sizes ---------------------------------------------------

def read_peers(folder):
    """Bytes per tool and pair: every column of peers.tsv with numbers only."""
    path = os.path.join(folder, "peers.tsv")
    if not os.path.exists(path):
        return {}
    rows = measure.read_table(path, columns=("pair_id",))
    numeric = [column for column in (rows[0] if rows else ())
               if all(re.fullmatch(r"\d*", row[column] or "") for row in rows)]
    return {row["pair_id"]: {column: int(row[column]) for column in numeric
                             if row[column]} for row in rows}


def peer_names(rows):
    """Every peer that some pair has, in the order of the columns."""
    return list(dict.fromkeys(name for row in rows for name in row.peers))


# --- results --------------------------------------------------------------

def ratio(row, variant, peer):
    """Package bytes over the peer's; None where one is missing."""
    ours, theirs = row.sizes.get(variant.name), row.peers.get(peer)
    return ours / theirs if ours and theirs else None


def geometric_mean(values):
    return math.exp(sum(math.log(value) for value in values) / len(values))


def groups(rows):
    """Categories with their rows, and all of them if there are several."""
    names = sorted({row.facts["category"] for row in rows})
    result = [(name, [row for row in rows if row.facts["category"] == name])
              for name in names]
    return result + ([("all", rows)] if len(names) > 1 else [])


def mean_ratio(rows, variant, peer):
    """Mean over the pairs; none if one of them has failed."""
    ratios = [ratio(row, variant, peer) for row in rows]
    return geometric_mean(ratios) if all(ratios) else None


def means(rows, variants):
    """Group, peer, count of pairs, and a mean ratio per variant."""
    for group, chosen in groups(rows):
        for peer in peer_names(chosen):
            known = [row for row in chosen if peer in row.peers]
            yield (group, peer, len(known), [mean_ratio(known, variant, peer)
                                             for variant in variants])


def behind(row, options):
    """Peers whose delta is smaller than the package they are set against."""
    limits = ((EMBEDDED, options.least), (ANY, options.most))
    return [peer for peer, variant in limits
            if (ratio(row, variant, peer) or 0) > 1]


# --- printing -------------------------------------------------------------

def number(value, digits=3):
    return "-" if value is None else f"{value:.{digits}f}"


def result_table(pairs, options):
    columns = (["pair", "category", "new"] +
               [variant.name for variant in options.variants] + list(HERE))
    if options.peers:
        columns += [f"{options.least.name}/embedded",
                    f"{options.most.name}/any", "larger than"]
    if options.time:
        columns += list(COSTS)
    return measure.Table(columns, options.markdown,
                         max(len(pair.pair_id) for pair in pairs))


def result_cells(row, options):
    facts = row.facts
    cells = [facts["pair_id"], facts["category"], str(facts["new_size"])]
    cells += [str(row.sizes.get(variant.name, "-"))
              for variant in options.variants]
    cells += [str(row.peers.get(peer, "-")) for peer in HERE]
    if options.peers:
        cells += [number(ratio(row, options.least, EMBEDDED)),
                  number(ratio(row, options.most, ANY)),
                  "+".join(name.split("_")[1] for name in behind(row, options))
                  or "-"]
    if options.time:
        cells += [number(row.costs.get(cost), 2) for cost in COSTS]
    return cells


def print_behind(rows, options):
    """How many pairs are larger than the best peer, and which."""
    for peer, variant in ((EMBEDDED, options.least), (ANY, options.most)):
        known = [row for row in rows if peer in row.peers]
        names = [row.facts["pair_id"] for row in known
                 if peer in behind(row, options)]
        if known:
            print(f"{variant.name} larger than {peer}: {len(names)} of "
                  f"{len(known)} pairs", *[f"({name})" for name in names])


def print_means(rows, options):
    if not rows:
        return
    print("\nBytes relative to the peer's, geometric means:\n")
    table = measure.Table(["peer", "category", "pairs"] +
                          [variant.name for variant in options.variants],
                          options.markdown, 22)
    for group, peer, count, ratios in means(rows, options.variants):
        table.row([peer, group, str(count)] +
                  [number(value) for value in ratios])


def print_costs(rows, options):
    rows = [row for row in rows if row.costs]
    if not rows:
        return
    print("\nTime and memory, geometric mean and largest:\n")
    table = measure.Table(["cost", "relative to", "category", "pairs", "mean",
                           "largest"], options.markdown, 10)
    for group, chosen in groups(rows):
        for cost, unit in COSTS.items():
            values = [row.costs[cost] for row in chosen]
            table.row([cost, unit, group, str(len(values)),
                       number(geometric_mean(values), 2),
                       number(max(values), 2)])


# --- tracked results ------------------------------------------------------

def write_csv(path, lines):
    try:
        with open(path, "w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(lines)
    except OSError as error:
        raise Usage(f"{path} cannot be written: {error.strerror}") from None


def write_results(path, rows, variants):
    """Bytes only: nothing that depends on the machine."""
    names = [variant.name for variant in variants]
    write_csv(path, [list(FACTS) + names] +
              [[row.facts[fact] for fact in FACTS] +
               [row.sizes.get(name, "") for name in names] for row in rows])


def write_means(path, rows, variants):
    names = [variant.name for variant in variants]
    write_csv(path, [["category", "peer", "pairs"] + names] +
              [[group, peer, count] +
               ["" if value is None else number(value, 4) for value in ratios]
               for group, peer, count, ratios in means(rows, variants)])


def changes(row, tracked, variants):
    """Packages that differ: those that grew and those that shrank."""
    grew, shrank = [], []
    for variant in variants:
        now = row.sizes.get(variant.name)
        before = tracked.get(variant.name)
        if now and before and now != int(before):
            (grew if now > int(before) else shrank).append(
                f"{variant.name} {before} to {now} ({now - int(before):+})")
    return grew, shrank


def check(rows, options):
    """Compare with the tracked results; True if nothing is worse."""
    path = options.check
    good, smaller = True, False
    tracked = {row["pair_id"]: row for row in options.tracked}
    for row in rows:
        name = row.facts["pair_id"]
        before = tracked.pop(name, None)
        if before is None:
            print(f"{name}: not in {path}")
            good = False
        elif int(before["new_size"]) != row.facts["new_size"]:
            print(f"{name}: not the image of {path}")
            good = False
        else:
            grew, shrank = changes(row, before, options.variants)
            if grew:
                print(f"{name}: grew: " + ", ".join(grew + shrank))
                good = False
            elif shrank:
                print(f"{name}: shrank: " + ", ".join(shrank))
            smaller |= bool(shrank)
    for name in tracked if not options.only else ():
        print(f"{name}: in {path}, but not in the corpus")
        good = False
    if smaller:
        print(f"some packages are smaller: update {path} (--csv {path})")
    if good:
        print(f"no package is larger than in {path}")
    return good


def read_tracked(path, variants):
    """A file of results, of which at least one column is measured now."""
    rows = measure.read_table(path, ",", ("pair_id", "new_size"))
    names = [variant.name for variant in variants]
    if rows and not any(name in rows[0] for name in names):
        raise Usage(f"{path} has none of the columns {', '.join(names)}")
    for row in rows:
        for name in ["new_size"] + names:
            if not re.fullmatch(r"\d*", row.get(name) or ""):
                raise Usage(f"{path}: {row['pair_id']}: {name} is no number")
    return rows


# --- command line ---------------------------------------------------------

def parse_options():
    parser = measure.corpus_parser(__doc__)
    add = parser.add_argument
    add("--ram", metavar="LIST", default="16K,32K,64K",
        help="sizes of patcher RAM, default %(default)s")
    add("--codec", metavar="LIST", default=",".join(CODECS),
        help="default %(default)s")
    add("--level", type=int, choices=range(1, 10), metavar="1..9",
        help="default mkdfota's own")
    add("--only", metavar="REGEX", help="pairs whose 'pair_id category arch' "
        "contains it")
    add("--leave-out", metavar="PAIR", action="append", default=[],
        help="measure this pair, but leave it out of the means")
    add("--jobs", type=int, metavar="N", default=1,
        help="pairs at once; with more than 1 no times and memory")
    add("--csv", metavar="FILE", help="write bytes per pair")
    add("--means", metavar="FILE", help="write geometric means")
    add("--check", metavar="FILE", help="compare with a file of --csv")
    add("--markdown", action="store_true", help="tables in Markdown")
    return parser.parse_args()


def plan_variants(codecs, rams):
    """The packages to be made of each pair, least RAM first."""
    for codec in codecs:
        if codec not in CODECS:
            raise Usage(f"{codec} is no codec; there are {', '.join(CODECS)}")
    rams = sorted(set(rams), key=measure.parse_size)
    names = [(codecs[0], ram) for ram in rams]
    names += [(codec, rams[0]) for codec in codecs[1:]]
    return [Variant(f"{codec}-{ram}", codec, ram)
            for codec, ram in dict.fromkeys(names)]


def choose(pairs, options):
    """The pairs that --only leaves; --leave-out must name existing ones."""
    for name in options.leave_out:
        if name not in {pair.pair_id for pair in pairs}:
            raise Usage(f"--leave-out {name}: there is no such pair")
    try:
        pattern = re.compile(options.only or "")
    except re.error as error:
        raise Usage(f"--only {options.only} is no regular expression: "
                    f"{error}") from None
    chosen = [pair for pair in pairs if pattern.search(
        f"{pair.pair_id} {pair.category} {pair.arch}")]
    if not chosen:
        raise Usage(f"{options.corpus} has no such pair")
    return chosen


def prepare(options):
    """Turn the options into what the rest needs."""
    if options.jobs < 1:
        raise Usage("--jobs needs a number from 1 on")
    measure.need_tools(options.mkdfota, "bsdiff", "bspatch", "xdelta3")
    options.variants = plan_variants(options.codec.split(","),
                                     options.ram.split(","))
    options.least = options.variants[0]
    options.most = [variant for variant in options.variants
                    if variant.codec == options.least.codec][-1]
    options.level = [f"-{options.level}"] if options.level else []
    options.time = options.jobs == 1
    options.peers = read_peers(options.corpus)
    if options.check:
        options.tracked = read_tracked(options.check, options.variants)


def work():
    options = parse_options()
    prepare(options)
    pairs = choose(measure.read_corpus(options.corpus), options)
    table = result_table(pairs, options)
    rows = []
    for row in measure_all(pairs, options):
        rows.append(row)
        table.row(result_cells(row, options))

    counted = [row for row in rows
               if row.facts["pair_id"] not in options.leave_out]
    print()
    print_behind(counted, options)
    print_means(counted, options)
    print_costs(counted, options)
    if options.csv:
        write_results(options.csv, rows, options.variants)
    if options.means:
        write_means(options.means, counted, options.variants)

    print()
    good = check(rows, options) if options.check else True
    for row in rows:
        for failure in row.failures:
            print("failed:", failure, file=sys.stderr)
            good = False
    return 0 if good else 1


if __name__ == "__main__":
    measure.main(work)
