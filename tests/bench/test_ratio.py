#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench/ratio.py: a package that grows fails the check, by name.

Usage: test_ratio.py MKDFOTA. Exit status 77 without bsdiff and xdelta3.
"""

import csv
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
RATIO = os.path.join(ROOT, "bench", "ratio.py")
MKDFOTA = "mkdfota"
TOOLS = ("bsdiff", "bspatch", "xdelta3")
PACKAGE = "range-16K"
CATEGORIES = {"one": "patch", "two": "far"}


def write_image(path, seed, changes):
    """Noise that depends on the seed, with some bytes changed."""
    chance = random.Random(seed)
    image = bytearray(chance.randbytes(4096))
    for at in range(changes):
        image[at * 40] ^= 1
    with open(path, "wb") as file:
        file.write(image)


class Ratio(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name
        self.results = self.path("results.csv")
        lines = ["pair_id\told_path\tnew_path\tcategory\tarch"]
        for seed, (name, category) in enumerate(CATEGORIES.items()):
            write_image(self.path(name + ".old"), seed, 0)
            write_image(self.path(name + ".new"), seed, 20 + 20 * seed)
            lines.append(f"{name}\t{name}.old\t{name}.new\t{category}\tnone")
        self.write("manifest.tsv", lines)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, lines):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def ratio(self, *options):
        """Run the benchmark; exit status, output and errors."""
        done = subprocess.run(
            [sys.executable, RATIO, self.folder, "--mkdfota", MKDFOTA, "--ram",
             "16K", "--jobs", "2", *options], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8", check=False)
        return done.returncode, done.stdout, done.stderr

    def read(self):
        with open(self.results, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def track(self, change, pair="one"):
        """Track this version's sizes, one of them changed by some bytes."""
        self.assertEqual(self.ratio("--csv", self.results)[0], 0)
        rows = self.read()
        for row in rows:
            if row["pair_id"] == pair:
                row[PACKAGE] = int(row[PACKAGE]) + change
        self.write("results.csv", [",".join(rows[0])] + [
            ",".join(map(str, row.values())) for row in rows])

    def test_csv_is_sorted_and_stable(self):
        self.assertEqual(self.ratio("--csv", self.results)[0], 0)
        first = self.read()
        self.assertEqual([row["pair_id"] for row in first], ["one", "two"])
        self.assertEqual(list(first[0]),
                         ["pair_id", "category", "arch", "new_size", PACKAGE,
                          "deflate-16K"])
        self.assertEqual(self.ratio("--csv", self.results)[0], 0)
        self.assertEqual(self.read(), first)

    def test_same_sizes_pass(self):
        self.track(0)
        status, output, _ = self.ratio("--check", self.results)
        self.assertEqual(status, 0)
        self.assertIn("no package is larger", output)
        self.assertNotIn("update", output)

    def test_growth_fails(self):
        self.track(-1)
        status, output, _ = self.ratio("--check", self.results)
        self.assertEqual(status, 1)
        self.assertRegex(output, r"(?m)^one: grew: range-16K .* \(\+1\)$")
        self.assertNotIn("two: grew", output)

    def test_shrinking_asks_for_update(self):
        self.track(1)
        status, output, _ = self.ratio("--check", self.results)
        self.assertEqual(status, 0)
        self.assertRegex(output, r"(?m)^one: shrank: range-16K .* \(-1\)$")
        self.assertIn("update", output)

    def test_pairs_must_be_the_tracked_ones(self):
        self.track(0)
        rows = self.read()
        self.write("results.csv", [",".join(rows[0]),
                                   ",".join(rows[0].values())])
        status, output, _ = self.ratio("--check", self.results)
        self.assertEqual(status, 1)
        self.assertIn("two: not in", output)
        status, _, _ = self.ratio("--check", self.results, "--only", "^one")
        self.assertEqual(status, 0)

    def test_means_by_peer(self):
        self.assertEqual(self.ratio("--csv", self.results)[0], 0)
        sizes = {row["pair_id"]: int(row[PACKAGE]) for row in self.read()}
        self.write("peers.tsv", ["# a comment",
                                 "pair_id\tbest_embedded\tname\tsome",
                                 f"one\t{sizes['one'] * 2}\tx\t",
                                 f"two\t{sizes['two'] - 1}\ty\t1000"])
        means = self.path("means.csv")
        status, output, _ = self.ratio("--means", means, "--leave-out", "two")
        self.assertEqual(status, 0)
        self.assertIn("larger than best_embedded: 0 of 1", output)
        with open(means, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("patch,best_embedded,1,0.5000,", text)
        self.assertNotIn("name", text)
        self.assertNotIn("some", text)
        _, output, _ = self.ratio()
        self.assertIn("larger than best_embedded: 1 of 2 pairs (two)", output)

    def test_wrong_usage(self):
        for options in (["--ram", "x"], ["--codec", "x"], ["--only", "("],
                        ["--only", "nothing"], ["--leave-out", "nothing"],
                        ["--mkdfota", "/nothing"], ["--jobs", "0"],
                        ["--check", "/nothing"]):
            status, _, errors = self.ratio(*options)
            self.assertEqual(status, 2, options)
            self.assertEqual(errors.count("\n"), 1, errors)

    def test_failing_pair_is_named(self):
        os.truncate(self.path("one.old"), 0)
        status, output, errors = self.ratio()
        self.assertEqual(status, 1)
        self.assertRegex(errors, r"(?m)^failed: one: ")
        self.assertRegex(output, r"(?m)^two ")


if __name__ == "__main__":
    if not all(shutil.which(tool) for tool in TOOLS):
        print("skipped: bsdiff or xdelta3 is missing")
        sys.exit(77)
    MKDFOTA = os.path.abspath(sys.argv.pop(1))
    unittest.main()
