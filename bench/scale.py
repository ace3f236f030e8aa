#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How mkdfota's time and memory grow with the images.

Large images are made of a corpus (a folder with a manifest.tsv, see ratio.py):
the first part of each old image, one after the other, beside the same part of
each new image. So every size is the same mixture. Beyond the size of the corpus
the images are used again with another number added to each byte: nothing occurs
twice, but there is no code in that part.

Time may grow like n log n from each size to the next, and a little more, for
the content is not quite the same. bsdiff on the same images is a yardstick: its
algorithm is n log n, but caches grow short for it as well. --instructions looks
at the growth of instructions instead, which no cache and no other program
changes, but needs valgrind and takes twenty times as long. Memory must stay
within 40 times the two images and 1 GiB.

Exit status: 0; 1 when something is over its limit; 2 for wrong usage.
"""

import collections
import math
import os
import tempfile

import measure
from measure import Failed, Usage

TOLERANCE = 1.15  # of time's growth
SHORT_SECONDS = 10  # a run below this is repeated
MEMORY_FACTOR = 40
MEMORY_MOST = 1 << 30
LAP_STEP = 89  # added to each byte, once more on each use of a pair
COLUMNS = ("each image", "level", "package", "seconds", "growth", "limit",
           "total", "limit", "x bsdiff", "memory MiB", "x images", "over")

# One package: its bytes, the run, and what may grow like n log n only.
Made = collections.namedtuple("Made", "package run cost")


def part_of(path, lap, share):
    """The first part of an image, with a number added that tells the lap."""
    step = lap * LAP_STEP
    table = bytes((value + step) % 256 for value in range(256))
    with open(path, "rb") as file:
        image = file.read()
    return image[:int(len(image) * share) // 4 * 4].translate(table)


def compose(pairs, size):
    """Old and new image of about that size."""
    left = size / sum(os.path.getsize(pair.new) for pair in pairs)
    old, new = bytearray(), bytearray()
    for lap in range(math.ceil(left)):
        share = min(left - lap, 1)
        for pair in pairs:
            old += part_of(pair.old, lap, share)
            new += part_of(pair.new, lap, share)
    return old, new


def write_images(pairs, size, folder):
    """Files of both images, as a pair."""
    paths = [os.path.join(folder, name) for name in ("old", "new")]
    for path, image in zip(paths, compose(pairs, size)):
        with open(path, "wb") as file:
            file.write(image)
    return measure.Pair("", *paths, "", "")


def time_limit(size, before):
    """Growth of n log n, for old and new image together."""
    return (TOLERANCE * size * math.log(2 * size) /
            (before * math.log(2 * before)))


def growth(runs, size, before):
    """Growth between two sizes; cells, and whether it is too much."""
    if size == before or before not in runs:
        return ["-", "-"], False
    factor = runs[size].cost / runs[before].cost
    limit = time_limit(size, before)
    return [f"{factor:.2f}", f"{limit:.2f}"], factor > limit


def show(table, level, size, runs, bsdiff):
    """One line; True if all is within the limits."""
    sizes = list(runs)
    step, step_over = growth(runs, size, sizes[max(len(sizes) - 2, 0)])
    total, total_over = growth(runs, size, sizes[0])
    seconds, peak = runs[size].run
    memory_over = peak > min(MEMORY_FACTOR * 2 * size, MEMORY_MOST)
    over = ["time"] * (step_over or total_over) + ["memory"] * memory_over
    table.row([f"{size / (1 << 20):.3g} MiB", level, str(runs[size].package),
               f"{seconds:.2f}", *step, *total,
               f"{seconds / bsdiff.seconds:.1f}",
               f"{peak / (1 << 20):.0f}", f"{peak / (2 * size):.1f}",
               "+".join(over) or "-"])
    return not over


def instructions(command, folder):
    """How many instructions a command executes."""
    counts = os.path.join(folder, "counts")
    measure.run("valgrind", "--tool=cachegrind", "--cache-sim=no",
                "--cachegrind-out-file=" + counts, *command)
    with open(counts, encoding="ascii") as file:
        for line in file:
            if line.startswith("summary:"):
                return int(line.split()[1])
    raise Failed("valgrind counted nothing")


def measure_size(level, pair, size, options, folder):
    """Make one package; bsdiff runs once for each size."""
    package = os.path.join(folder, "package")
    patch = os.path.join(folder, "patch")
    command = [options.mkdfota, "make", pair.old, pair.new, "-o", package,
               "-q", "-f"] + ([] if level == "default" else ["-" + level])
    run = measure.run_best(*command, short=SHORT_SECONDS)
    if size not in options.bsdiff:
        options.bsdiff[size] = measure.run_best("bsdiff", pair.old, pair.new,
                                                patch)
    cost = (instructions(command, folder) if options.instructions
            else run.seconds)
    return Made(os.path.getsize(package), run, cost)


def measure_level(level, pairs, options, table):
    """All sizes at one level, smallest first; True if all went well."""
    good, runs = True, {}
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            pair = write_images(pairs, size, folder)
            try:
                runs[size] = measure_size(level, pair, size, options, folder)
            except Failed as failure:
                print(f"failed: {size} bytes, level {level}: {failure}",
                      flush=True)
                good = False
                continue
        good &= show(table, level, size, runs, options.bsdiff[size])
    return good


def parse_options():
    parser = measure.corpus_parser(__doc__)
    add = parser.add_argument
    add("--sizes", metavar="LIST", default="1M,2M,4M,8M,16M",
        help="of each image, default %(default)s")
    add("--level", metavar="LIST", default="1,default",
        help="default %(default)s")
    add("--instructions", action="store_true",
        help="growth of instructions, not of time")
    add("--markdown", action="store_true", help="table in Markdown")
    return parser.parse_args()


def work():
    options = parse_options()
    measure.need_tools(options.mkdfota, "bsdiff")
    if options.instructions:
        measure.need_tools("valgrind")
    options.bsdiff = {}
    options.sizes = sorted({measure.parse_size(text)
                            for text in options.sizes.split(",")})
    if options.sizes[0] == 0:
        raise Usage("--sizes: an image has at least 1 byte")
    levels = options.level.split(",")
    for level in levels:
        if level != "default" and level not in list("123456789"):
            raise Usage(f"{level} is no level; write 1 to 9 or default")
    pairs = measure.read_corpus(options.corpus)
    if not pairs:
        raise Usage(f"{options.corpus} has no pairs")
    table = measure.Table(COLUMNS, options.markdown)
    results = [measure_level(level, pairs, options, table) for level in levels]
    return 0 if all(results) else 1


if __name__ == "__main__":
    measure.main(work)
