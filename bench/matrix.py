#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What building all packages of a product takes, and what shards and a cache
make of it.

Releases are made of a corpus (a folder with a manifest.tsv, see ratio.py): each
is the first part of every image, one after the other, and each release takes
some more of them from the new images. So neighbours differ in a few parts and
the first and the last release in all. Every release gets a package from each
one before it.

Time is real time here: have nothing else run. Memory is that of all processes
together (proportional set size), sampled. Runs:

  whole      all packages, JOBS at once
  kept       the same again: nothing is to do
  cached     another folder, all from the cache
  one        all packages, one process
  shards     two shards at the same time, one process each, on two processors

All folders must be the same, byte for byte; only the index of the cached one
says so. --skip leaves runs out.
Exit status: 0; 1 when a run failed or bytes differ; 2 for wrong usage.
"""

import filecmp
import json
import os
import subprocess
import tempfile
import time

import measure
from measure import Failed, Usage
from scale import part_of

SAMPLE_SECONDS = 0.05
RUNS = ("whole", "kept", "cached", "one", "shards")
COLUMNS = ("run", "packages", "seconds", "x one", "memory MiB", "bytes")


def write_release(pairs, number, count, size, path):
    """Release NUMBER of COUNT: its share of the parts is of the new images."""
    share = size / sum(os.path.getsize(pair.new) for pair in pairs)
    is_new = number * len(pairs) // (count - 1)
    image = bytearray()
    for at, pair in enumerate(pairs):
        image += part_of(pair.new if at < is_new else pair.old, 0, share)
    with open(path, "wb") as file:
        file.write(image)


def write_list(pairs, options, folder):
    """Images of all releases, and the list that names them."""
    releases = []
    for number in range(options.releases):
        name = f"image-{number}.bin"
        write_release(pairs, number, options.releases, options.size,
                      os.path.join(folder, name))
        releases.append({"version": f"{number}.0", "counter": number + 1,
                         "image": name})
    path = os.path.join(folder, "list.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"product": "bench", "releases": releases,
                   "pairs": [{"from": "all", "to": "all"}]}, file)
    return path


def tree_memory(root):
    """Bytes of a process and of all that it has started."""
    parents, total, family = {}, 0, {root}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="ascii") as file:
                parents[int(name)] = int(file.read().rsplit(")", 1)[1]
                                         .split()[1])
        except OSError:
            continue
    for pid in sorted(parents):
        if parents[pid] in family:
            family.add(pid)
    for pid in family:
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                total += sum(int(line.split()[1]) * 1024 for line in file
                             if line.startswith("Pss:"))
        except OSError:
            continue
    return total


def run_all(commands):
    """Run commands at the same time; seconds and most memory together."""
    begun, peak = time.monotonic(), 0
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE)
                 for command in commands]
    while any(process.poll() is None for process in processes):
        peak = max(peak, sum(tree_memory(process.pid)
                             for process in processes))
        time.sleep(SAMPLE_SECONDS)
    seconds = time.monotonic() - begun
    for process in processes:
        if process.returncode != 0:
            raise Failed(process.stderr.read().decode(errors="replace"))
    return seconds, peak


def same_folder(left, right, index=("index.json", "index.html")):
    """The same packages, index and page."""
    names = [name for name in os.listdir(left) if name.endswith(".dfota")]
    names += index
    _, differing, missing = filecmp.cmpfiles(left, right, names, False)
    if differing or missing:
        raise Failed(f"{(differing + missing)[0]} differs in {right}")


class Bench:
    """The runs, each a method."""

    def __init__(self, options, folder, path):
        self.options, self.folder, self.path = options, folder, path
        self.table = measure.Table(COLUMNS, options.markdown)
        self.seconds = {}

    def out(self, name):
        return os.path.join(self.folder, name)

    def command(self, name, *more):
        return [self.options.mkdfota, "matrix", self.path, "-o",
                self.out(name), "-q", *more]

    def show(self, name, out, result):
        seconds, peak = result
        packages = [entry.stat().st_size for entry in os.scandir(out)
                    if entry.name.endswith(".dfota")]
        self.seconds[name] = seconds
        one = self.seconds.get("one")
        self.table.row([name, str(len(packages)), f"{seconds:.1f}",
                        f"{seconds / one:.2f}" if one else "-",
                        f"{peak / (1 << 20):.0f}", str(sum(packages))])

    def whole(self):
        result = run_all([self.command("whole", "-j", self.options.jobs,
                                       "--cache", self.out("cache"))])
        self.show("whole", self.out("whole"), result)

    def kept(self):
        self.show("kept", self.out("whole"),
                  run_all([self.command("whole")]))

    def cached(self):
        result = run_all([self.command("cached", "-j", self.options.jobs,
                                       "--cache", self.out("cache"))])
        self.show("cached", self.out("cached"), result)
        same_folder(self.out("whole"), self.out("cached"), ())

    def one(self):
        result = run_all([self.command("one", "-j", "1")])
        self.show("one", self.out("one"), result)
        if "whole" in self.seconds:
            same_folder(self.out("whole"), self.out("one"))

    def shards(self):
        names = ("shard-1", "shard-2")
        result = run_all([self.command(name, "-j", "1", "--shard",
                                       f"{number}/2")
                          for number, name in enumerate(names, 1)])
        run_all([[self.options.mkdfota, "matrix", "--merge", "-q", "-o",
                  self.out("shards"), *map(self.out, names)]])
        self.show("shards", self.out("shards"), result)
        if "one" in self.seconds:
            same_folder(self.out("one"), self.out("shards"))


def parse_options():
    parser = measure.corpus_parser(__doc__)
    add = parser.add_argument
    add("--size", metavar="BYTES", default="1M",
        help="of each image, default %(default)s")
    add("--releases", metavar="N", type=int, default=21,
        help="N (N - 1) / 2 packages, default %(default)s")
    add("--jobs", metavar="N", default="2", help="default %(default)s")
    add("--skip", metavar="LIST", default="",
        help="of " + ",".join(RUNS))
    add("--markdown", action="store_true", help="table in Markdown")
    return parser.parse_args()


def work():
    options = parse_options()
    measure.need_tools(options.mkdfota)
    options.size = measure.parse_size(options.size)
    skipped = options.skip.split(",") if options.skip else []
    if options.releases < 2 or set(skipped) - set(RUNS):
        raise Usage("--releases takes 2 or more, --skip names of runs")
    pairs = measure.read_corpus(options.corpus)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, folder, write_list(pairs, options, folder))
        try:
            for name in RUNS:
                if name not in skipped:
                    getattr(bench, name)()
        except Failed as failure:
            print(f"failed: {failure}", flush=True)
            return 1
    return 0


if __name__ == "__main__":
    measure.main(work)
