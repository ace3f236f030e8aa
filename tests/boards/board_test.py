#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The update on an emulated board.

Usage: board_test.py LAYOUT BUILD MKDFOTA [--kills N] [--seed S] [--count]

LAYOUT is the board's flash.json, BUILD the folder that its Makefile filled.
  plain     version 1, the update, version 2, and the way back
  refused   packages that are damaged or not trusted leave version 1 running
  kills     the emulator is killed at random until N kills (default 10) hit
            an update; each update must end with version 2
  --count   only count the instructions of an update, by QEMU's -icount
"""

import argparse
import collections
import hashlib
import os
import random
import subprocess
import sys
import tempfile

from board import Board, Failure

BEGUN = "loader: resume at"
COMPLETE = "loader: image complete"
FLAG = "loader: runs slot 1"
TICK = {"cortex-a": 1000 / 24, "riscv": 1} # ns of board_ticks, 40 elsewhere


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def expect(condition, what, run=None):
    if not condition:
        raise Failure(what + ("" if run is None else "\n" + run.output[-3000:]))


class Test:
    def __init__(self, board, mkdfota, folder):
        self.board = board
        self.mkdfota = mkdfota
        self.folder = folder
        self.old = board.file("v1.bin")
        self.new = board.file("v2.bin")
        self.package = board.file("package.bin")
        self.key = board.file("private.pem")
        with open(self.new, "rb") as file:
            self.new_image = file.read()

    def runs(self, run, version):
        """The console says that this version runs, whole."""
        image = self.old if version == 1 else self.new
        for line in (f"firmware: version {version}", "firmware: ready",
                     f"firmware: image sha256 {digest(image)}"):
            expect(line in run.output.splitlines(), f"no line '{line}'", run)

    def make(self, name, old, new, key):
        """A package as the board's Makefile makes it."""
        path = os.path.join(self.folder, name)
        trust = ["--key", key] if key else []
        subprocess.run([self.mkdfota, "-f", "-q", old, new, "-o", path, "--ram",
                        "16K", "--product", "sample", *trust], check=True)
        return path

    def changed(self, name, at):
        """The package with a byte flipped."""
        path = os.path.join(self.folder, name)
        with open(self.package, "rb") as file:
            data = bytearray(file.read())
        data[at] ^= 1
        with open(path, "wb") as file:
            file.write(data)
        return path

    def noise(self):
        """Something to erase in slot B."""
        return random.Random(1).randbytes(len(self.new_image))

    def untouched(self):
        with open(self.old, "rb") as file:
            data = file.read()
        expect(self.board.area("slot_a", len(data)) == data,
               "the running slot was changed")

    # --- The tests ---------------------------------------------------------

    def plain(self):
        board = self.board
        board.format(self.old, self.noise())
        run = board.run("version\noff\n")
        self.runs(run, 1)
        board.stage(self.package)
        run = board.run("version\noff\n")
        self.runs(run, 2)
        self.untouched()
        run = board.run()
        self.runs(run, 2)
        expect(not run.lines(BEGUN), "updated again", run)
        back = self.make("back.bin", self.new, self.old, self.key)
        board.stage(back)
        run = board.run()
        self.runs(run, 1)
        expect("loader: runs slot 0" in run.output, "wrong slot", run)
        print("plain: version 1, 2, 2, and back to 1")

    def refused(self):
        board = self.board
        other = os.path.join(self.folder, "other.pem")
        subprocess.run(["openssl", "ecparam", "-genkey", "-name", "prime256v1",
                        "-noout", "-out", other], check=True)
        size = os.path.getsize(self.package)
        cases = (
            ("another format version", self.changed("version.bin", 4),
             "format version is unknown", False),
            ("a byte of the manifest flipped", self.changed("manifest.bin", 60),
             "signature does not verify", False),
            ("wrong key",
             self.make("wrong.bin", self.old, self.new, other),
             "signed with an unknown key", False),
            ("no key", self.make("unsigned.bin", self.old, self.new, None),
             "not signed", False),
            ("a byte of the last chunk flipped",
             self.changed("chunk.bin", size - 9), "does not match", True),
        )
        board.format(self.old, self.noise())
        before = board.area("slot_b")
        for name, package, reason, may_write in cases:
            board.stage(package)
            run = board.run()
            told = run.lines("loader: update refused: ")
            expect(len(told) == 1 and reason in told[0], name, run)
            self.runs(run, 1)
            self.untouched()
            expect(may_write or board.area("slot_b") == before,
                   f"{name}: slot B was written")
            print(f"refused: {name}: {told[0][24:]}")
        board.stage(self.package)
        self.runs(board.run(), 2)
        print("refused: the right package then is taken")

    # --- Kills -------------------------------------------------------------

    def fresh(self):
        self.board.format(self.old, self.noise())
        self.board.stage(self.package)

    def torn(self):
        """Blocks and pages of slot B that are neither old, erased nor new."""
        new = self.new_image
        now = self.board.area("slot_b", len(new))
        states = (new, self.noise(), b"\xff" * len(new))
        return [sum(all(now[i:i + unit] != state[i:i + unit]
                        for state in states)
                    for i in range(0, len(new), unit))
                for unit in (self.board.block, self.board.page)]

    def done(self):
        """Bytes of the new image that are in flash, from its start."""
        now = self.board.area("slot_b", len(self.new_image))
        return len(os.path.commonprefix((now, self.new_image)))

    def place(self, run):
        """Where a kill hit: what the update was at, or how many tenths of
        the new image were in flash."""
        if FLAG in run.output:
            return "booted"
        if COMPLETE in run.output:
            return "switch"
        if BEGUN not in run.output:
            return "start"
        done, size = self.done(), len(self.new_image)
        if done in (0, size):
            return "verify" if done else "check"
        return f"{done * 10 // size * 10} %"

    def kills(self, wanted, seed):
        generator = random.Random(seed)
        self.fresh()
        run = self.board.run(markers=(BEGUN, FLAG))
        self.runs(run, 2)
        begin, end = run.seen[BEGUN], run.seen[FLAG]
        places = collections.Counter()
        count = collections.Counter()
        while count["hits"] < wanted:
            self.fresh()
            self.one_update(generator, end * 1.02, wanted, places, count)
        order = ["start", "check", *(f"{i} %" for i in range(0, 100, 10)),
                 "verify", "switch", "booted"]
        print(f"kills: {sum(places.values())}, {count['hits']} of them during "
              f"an update; {count['updates']} updates, each of which ended "
              f"with version 2; seed {seed}")
        print(f"kills: an update without one takes {end - begin:.2f} s")
        print("kills: where: " + ", ".join(
            f"{place} {places[place]}" for place in order))
        print(f"kills: {count['resumed']} starts went on from a checkpoint; "
              f"blocks in part {count['blocks']}, pages in part "
              f"{count['pages']} times")

    def one_update(self, generator, longest, wanted, places, count):
        """Start and kill until the new version runs. What is finished stays,
        but for the last block, whose mark may be missing."""
        done = 0
        while True:
            # the less there is to do, the sooner, so that more of them hit
            left = longest * (1 - done / len(self.new_image) / 2)
            run = self.board.run(
                kill_after=generator.uniform(0, left)
                if count["hits"] < wanted else None)
            self.untouched()
            before, done = done // self.board.block, self.done()
            expect(done // self.board.block >= before - 1,
                   f"{before} blocks were finished, {done} bytes are there",
                   run)
            begun = run.lines(BEGUN)
            if begun and "image byte 0," not in begun[0]:
                count["resumed"] += 1
            if not run.killed:
                break
            place = self.place(run)
            places[place] += 1
            count["hits"] += place not in ("start", "booted")
            blocks, pages = self.torn()
            count["blocks"] += blocks > 0
            count["pages"] += pages > 0
        self.runs(run, 2)
        expect(self.board.area("slot_b", len(self.new_image)) ==
               self.new_image, "slot B is not the new image", run)
        count["updates"] += 1

    # --- Instructions ------------------------------------------------------

    def count(self):
        """Instructions of an update: each takes a nanosecond of QEMU's."""
        self.fresh()
        run = self.board.run(options=("-icount", "shift=0,sleep=off"))
        self.runs(run, 2)
        size = len(self.new_image)
        steps = []
        for line in run.lines("loader: "):
            words = line.replace(",", "").split()
            if "ticks" in words:
                ticks = int(words[-1]) * TICK.get(self.board.name, 40)
                steps.append((int(words[-6]), int(words[-3]), ticks))
        begin, end = steps[0][2], steps[-1][2]
        sealed = steps[1] # one step of hashing the old image is in it
        based = max(s[2] for s in steps if s[0] == sealed[0])
        whole = os.path.getsize(self.package), size
        decoded = min(s[2] for s in steps if s[:2] == whole)
        for what, n in (("manifest and signature", sealed[2] - begin),
                        ("digest of the old image", based - sealed[2]),
                        ("decoding and flash", decoded - based),
                        ("digest of the new image", end - decoded),
                        ("the update", end - begin)):
            print(f"count: {what}: {n:.0f} instructions, {n / size:.1f} "
                  f"for each of {size} bytes")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("layout")
    parser.add_argument("build")
    parser.add_argument("mkdfota")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--count", action="store_true")
    chosen = parser.parse_args()
    seed = chosen.seed
    if seed is None:
        seed = random.SystemRandom().randrange(1 << 32)
    with tempfile.TemporaryDirectory() as folder:
        board = Board(chosen.layout, chosen.build, folder)
        test = Test(board, chosen.mkdfota, folder)
        try:
            if chosen.count:
                test.count()
            else:
                test.plain()
                test.refused()
                test.kills(chosen.kills, seed)
        except Failure as failure:
            sys.exit(f"board_test: seed {seed}: {failure}")


if __name__ == "__main__":
    main()
