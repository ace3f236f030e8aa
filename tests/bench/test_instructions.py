#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench/instructions.py: bytes are told apart, and a limit is one.

Usage: test_instructions.py MKDFOTA CC. Exit status 77 without valgrind; what takes
other tools besides is left out without them.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
INSTRUCTIONS = os.path.join(ROOT, "bench", "instructions.py")
MKDFOTA, CC = "mkdfota", "cc"
SIZE = 4000


def letters(seed):
    """Noise of some values: it can be coded, but hardly be copied."""
    chance = random.Random(seed)
    return bytearray(chance.choices(range(64), k=SIZE))


class Instructions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        cls.folder = holder.name
        changed = letters(1)
        for at in range(500, SIZE, 500):
            changed[at] ^= 128
        images = {"old": letters(1), "other": letters(2), "changed": changed}
        for name, image in images.items():
            with open(os.path.join(holder.name, name), "wb") as file:
                file.write(image)
        with open(os.path.join(holder.name, "manifest.tsv"), "w",
                  encoding="utf-8") as file:
            file.write("pair_id\told_path\tnew_path\tcategory\tarch\n"
                       "literal\told\tother\tfar\tnone\n"
                       "predicted\told\tchanged\tpatch\tnone\n")

    def instructions(self, *options):
        done = subprocess.run(
            [sys.executable, INSTRUCTIONS, self.folder, "--mkdfota", MKDFOTA,
             *options], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8", check=False)
        rows = [line.split() for line in done.stdout.splitlines()]
        return done.returncode, {row[0]: row[1:] for row in rows if row}, done

    def test_bytes_are_told_apart(self):
        status, rows, done = self.instructions("--literal", "1000000",
                                               "--predicted", "1000000")
        self.assertEqual(status, 0, done.stdout + done.stderr)
        size, literals = map(int, rows["literal"][:2])
        self.assertEqual(size, SIZE)
        self.assertGreater(literals, SIZE * 3 // 4)
        _, literals, corrected, sources = map(int, rows["predicted"][:4])
        self.assertLess(literals, 10)
        self.assertEqual((corrected, sources), (7, 1))
        literal, predicted = (int(rows["all"][i]) for i in (4, 5))
        self.assertGreater(literal, predicted)
        self.assertGreater(predicted, 10)

    def test_a_limit_is_one(self):
        status, _, done = self.instructions("--predicted", "1",
                                            "--only", "predicted")
        self.assertEqual(status, 1)
        self.assertRegex(done.stdout, r"(?m)^predicted: \d+ instructions, "
                         r"expected at most 1$")

    def test_deflate_and_signatures(self):
        status, rows, done = self.instructions("--codec", "deflate", "--signed",
                                               "--fit")
        self.assertEqual(status, 0, done.stdout + done.stderr)
        literals, stream = map(int, rows["literal"][1:3])
        self.assertGreater(literals, SIZE * 3 // 4)
        self.assertGreater(stream, SIZE // 2)
        self.assertLess(int(rows["predicted"][1]), 20)
        # Digests are SHA-256 over both images, twice, and over the package.
        self.assertGreater(int(rows["predicted"][8]), 50)
        self.assertRegex(done.stdout, r"(?m)^decoding: [0-9.]+ for a byte of "
                         r"the new image, -?[0-9.]+ for one of the stream; ")
        self.assertRegex(done.stdout, r"(?m)^read: these pairs are too few")
        signature = re.search(r"(?m)^signature: (\d+)$", done.stdout)
        self.assertGreater(int(signature[1]), 100000)

    @unittest.skipUnless(shutil.which("qemu-arm") and
                         shutil.which("arm-none-eabi-gcc"), "no tools for arm")
    def test_arm_executes_much_the_same(self):
        """Counted by QEMU, calls and all, beside what valgrind counts."""
        found = [self.instructions("--on", "arm"), self.instructions(
            "--cc", CC)]
        arm, host = (rows for _, rows, _ in found)
        for status, _, done in found:
            self.assertEqual(status, 0, done.stdout + done.stderr)
        for name in ("literal", "predicted"):
            self.assertEqual(arm[name][:4], host[name][:4])
        for column in range(4, 9):
            here, there = (int(rows["all"][column]) for rows in (host, arm))
            self.assertGreater(there, here / 3)
            self.assertLess(there, here * 3)

    def test_wrong_usage(self):
        for options in (["--only", "("], ["--only", "nothing"],
                        ["--cc", "/nowhere"]):
            status, _, done = self.instructions(*options)
            self.assertEqual(status, 2)
            self.assertIn("instructions.py: ", done.stderr)


if __name__ == "__main__":
    if shutil.which("valgrind") is None:
        print("missing: valgrind")
        sys.exit(77)
    CC = sys.argv.pop()
    MKDFOTA = sys.argv.pop()
    unittest.main()
