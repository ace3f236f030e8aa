#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The update on an emulated board.

Usage: board_test.py LAYOUT BUILD MKDFOTA [--kills N] [--seed S] [--count]

LAYOUT is the board's layout.json, BUILD the folder that its Makefile filled.
  plain     version 1, the update, version 2, and the way back
  refused   packages that are damaged or not trusted leave version 1 running
  kills     the emulator is killed at random until N kills (default 10) hit
            an update; each update must end with version 2
  in place  the same three for an update in one slot
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
BOOTED = "loader: runs slot"
TICK = {"cortex-a": 1000 / 24, "riscv": 1} # ns of board_ticks, 40 elsewhere


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def expect(condition, what, run=None):
    if not condition:
        raise Failure(what + ("" if run is None else "\n" + run.output[-3000:]))


class Update:
    """A package, and the slot that it writes to."""

    def __init__(self, name, package, slot):
        self.name = name
        self.package = package
        self.slot = slot
        self.size = os.path.getsize(package)


class Test:
    def __init__(self, board, mkdfota, folder):
        self.board = board
        self.mkdfota = mkdfota
        self.folder = folder
        self.old = board.file("v1.bin")
        self.new = board.file("v2.bin")
        self.two_slot = Update("two slots", board.file("package.bin"),
                               "new_slot")
        self.key = board.file("private.pem")
        with open(self.new, "rb") as file:
            self.new_image = file.read()

    def runs(self, run, version):
        """The console says that this version runs, whole."""
        image = self.old if version == 1 else self.new
        for line in (f"firmware: version {version}", "firmware: ready",
                     f"firmware: image sha256 {digest(image)}"):
            expect(line in run.output.splitlines(), f"no line '{line}'", run)

    def make(self, name, old, new, key, *options):
        """A package as the board's Makefile makes it."""
        path = os.path.join(self.folder, name)
        trust = ["--key", key] if key else []
        subprocess.run([self.mkdfota, "-f", "-q", old, new, "-o", path, "--ram",
                        "16K", "--product", "sample", *trust, *options],
                       check=True)
        return path

    def changed(self, name, at, update):
        """The package with a byte flipped."""
        path = os.path.join(self.folder, name)
        with open(update.package, "rb") as file:
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
        expect(self.board.area("slot", len(data)) == data,
               "the running slot was changed")

    # --- The tests ---------------------------------------------------------

    def plain(self):
        board = self.board
        board.format(self.old, self.noise())
        run = board.run("version\noff\n")
        self.runs(run, 1)
        board.stage(self.two_slot.package)
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
        good = self.two_slot
        cases = (
            ("another format version", self.changed("version.bin", 4, good),
             "format version is unknown", False),
            ("a byte of the manifest flipped", self.changed("manifest.bin", 60, good),
             "signature does not verify", False),
            ("wrong key",
             self.make("wrong.bin", self.old, self.new, other),
             "signed with an unknown key", False),
            ("no key", self.make("unsigned.bin", self.old, self.new, None),
             "not signed", False),
            ("a byte of the last chunk flipped",
             self.changed("chunk.bin", good.size - 9, good),
             "does not match", True),
        )
        board.format(self.old, self.noise())
        before = board.area("new_slot")
        for name, package, reason, may_write in cases:
            board.stage(package)
            run = board.run()
            told = run.lines("loader: update refused: ")
            expect(len(told) == 1 and reason in told[0], name, run)
            self.runs(run, 1)
            self.untouched()
            expect(may_write or board.area("new_slot") == before,
                   f"{name}: slot B was written")
            print(f"refused: {name}: {told[0][24:]}")
        board.stage(good.package)
        self.runs(board.run(), 2)
        print("refused: the right package then is taken")

    def in_place(self):
        """The update, and a damaged package, in place."""
        board, layout = self.board, self.board.layout
        update = Update("in place", self.make(
            "place.bin", board.file("v1.elf"), board.file("v2.elf"), self.key,
            "--in-place", "--erase-block", str(layout.block), "--scratch",
            str(layout.areas["scratch"][1])), "slot")
        self.fresh(update)
        board.stage(self.changed("chunk.bin", update.size - 9, update))
        run = board.run()
        expect("loader: update refused: " in run.output, "not refused", run)
        self.runs(run, 1)
        self.untouched()
        board.stage(update.package)
        run = board.run()
        self.runs(run, 2)
        expect("loader: runs slot 0" in run.output, "wrong slot", run)
        print(f"in place: refused when damaged, else taken; {update.size} "
              "bytes")
        return update

    def makes_in_place(self):
        done = subprocess.run([self.mkdfota, "make", "--help"], check=True,
                              stdout=subprocess.PIPE, encoding="utf-8")
        return "--in-place" in done.stdout

    # --- Kills -------------------------------------------------------------

    def fresh(self, update):
        self.board.format(self.old, self.noise())
        self.board.stage(update.package)

    def count_units(self, update, unit, *states):
        """How many units of the slot are as in one of the states."""
        size = len(self.new_image)
        now = self.board.area(update.slot, size)
        return sum(any(now[i:i + unit] == state[i:i + unit]
                       for state in states) for i in range(0, size, unit))

    def torn(self, update, unit):
        """Whether a unit of the slot is neither old, erased nor new."""
        size = len(self.new_image)
        before = self.noise()
        if update.slot == "slot":
            with open(self.old, "rb") as file:
                before = file.read().ljust(size, b"\xff")
        known = self.count_units(update, unit, before, b"\xff" * size,
                                 self.new_image)
        return known < -(-size // unit)

    def place(self, run, update):
        """Where a kill hit: what the update was at, or how many tenths of
        the new image were in flash."""
        if BOOTED in run.output:
            return "booted"
        if COMPLETE in run.output:
            return "switch"
        if BEGUN not in run.output:
            return "start"
        done = self.count_units(update, self.board.layout.page, self.new_image)
        pages = -(-len(self.new_image) // self.board.layout.page)
        if done == pages:
            return "verify"
        return f"{done * 10 // pages * 10} %" if done > 0 else "check"

    def kills(self, update, wanted, seed):
        generator = random.Random(seed)
        self.fresh(update)
        run = self.board.run(markers=(BEGUN, BOOTED))
        self.runs(run, 2)
        begin, end = run.seen[BEGUN], run.seen[BOOTED]
        places = collections.Counter()
        count = collections.Counter()
        while count["hits"] < wanted:
            self.fresh(update)
            self.one_update(update, generator, end * 1.02, wanted, places,
                            count)
        order = ["start", "check", *(f"{i} %" for i in range(0, 100, 10)),
                 "verify", "switch", "booted"]
        print(f"kills, {update.name}: {sum(places.values())}, {count['hits']} "
              f"of them during an update; {count['updates']} updates, each of "
              f"which ended with version 2; seed {seed}")
        print(f"kills, {update.name}: without one an update takes "
              f"{end - begin:.2f} s")
        print(f"kills, {update.name}: where: " + ", ".join(
            f"{place} {places[place]}" for place in order))
        print(f"kills, {update.name}: {count['resumed']} starts went on from a "
              f"checkpoint; blocks in part {count['blocks']}, pages in part "
              f"{count['pages']} times")

    def one_update(self, update, generator, longest, wanted, places, count):
        """Start and kill until the new version runs. What is finished stays,
        but for the last block, whose mark may be missing."""
        layout = self.board.layout
        done = 0
        while True:
            # the less there is to do, the sooner, so that more of them hit
            left = longest * (1 - done * layout.block / len(self.new_image) / 2)
            run = self.board.run(
                kill_after=generator.uniform(left / 50, left)
                if count["hits"] < wanted else None)
            begun = run.lines(BEGUN)
            if begun and "image byte 0," not in begun[0]:
                count["resumed"] += 1
            if update.slot != "slot":
                self.untouched()
                before, done = done, self.count_units(update, layout.block,
                                                      self.new_image)
                expect(done >= before - 1, f"{before} blocks were finished, "
                       f"{done} are now", run)
            if not run.killed:
                break
            expect("firmware: version 1" not in run.output, "old image", run)
            place = self.place(run, update)
            places[place] += 1
            count["hits"] += place not in ("start", "booted")
            count["blocks"] += self.torn(update, layout.block)
            count["pages"] += self.torn(update, layout.page)
        self.runs(run, 2)
        expect(self.board.area(update.slot, len(self.new_image)) ==
               self.new_image, "the slot is not the new image", run)
        count["updates"] += 1

    # --- Instructions ------------------------------------------------------

    def count(self):
        """Instructions of an update: each takes a nanosecond of QEMU's."""
        self.fresh(self.two_slot)
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
        based = steps[2][2]
        whole = self.two_slot.size, size
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
                test.kills(test.two_slot, chosen.kills, seed)
                if test.makes_in_place():
                    test.kills(test.in_place(), chosen.kills, seed)
                else:
                    print("in place: this mkdfota makes no such packages")
        except Failure as failure:
            sys.exit(f"board_test: seed {seed}: {failure}")


if __name__ == "__main__":
    main()
