#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The update on an emulated board.

Usage: board_test.py LAYOUT BUILD MKDFOTA [--kills N] [--seed S] [--count]

LAYOUT is the board's flash.json, BUILD the folder that its Makefile filled.
  plain     version 1, the update, version 2, and the way back
  refused   packages that are damaged or not trusted leave version 1 running
  kills     the emulator is killed N times (default 10) during updates; each
            of them must end with version 2
  --count   only count the instructions of an update, by QEMU's -icount
"""

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile

from board import Board, Failure

BEGUN = "loader: resume at"
COMPLETE = "loader: image complete"
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
        return random.Random(1).randbytes(os.path.getsize(self.new))

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

    def torn(self):
        """Blocks and pages of slot B that are neither old, erased nor new."""
        board = self.board
        with open(self.new, "rb") as file:
            new = file.read()
        now = board.area("slot_b", len(new))
        states = (now, new, self.noise(), b"\xff" * len(new))
        torn = []
        for unit in (board.block, board.page):
            torn.append(sum(
                all(now[i:i + unit] != state[i:i + unit]
                    for state in states[1:])
                for i in range(0, len(new), unit)))
        return torn

    def place(self, run):
        """Where a kill hit: tenths of the package, or what was before it."""
        if COMPLETE in run.output:
            return "after"
        steps = run.lines("loader: update at")
        steps = [step for step in steps if step[-1].isdigit()]
        if not steps:
            return "check" if BEGUN in run.output else "before"
        at = int(steps[-1].split()[5].rstrip(","))
        return min(at * 10 // os.path.getsize(self.package), 9) * 10

    def fresh(self):
        self.board.format(self.old, self.noise())
        self.board.stage(self.package)

    def kills(self, wanted, seed):
        generator = random.Random(seed)
        self.fresh()
        run = self.board.run(markers=(BEGUN, COMPLETE))
        self.runs(run, 2)
        begin, end = run.seen[BEGUN], run.seen[COMPLETE]
        places = {}
        kills = updates = resumed = torn_blocks = torn_pages = 0
        while kills < wanted:
            self.fresh()
            while True:
                spot = generator.uniform(begin * 0.9, end * 1.05)
                run = self.board.run(
                    kill_after=spot if kills < wanted else None)
                self.untouched()
                begun = run.lines(BEGUN)
                resumed += bool(begun) and "byte 0, image byte 0" not in \
                    begun[0] + ", image byte 0"
                if not run.killed:
                    break
                kills += 1
                place = self.place(run)
                places[place] = places.get(place, 0) + 1
                blocks, pages = self.torn()
                torn_blocks += blocks > 0
                torn_pages += pages > 0
            self.runs(run, 2)
            with open(self.new, "rb") as file:
                new = file.read()
            expect(self.board.area("slot_b", len(new)) == new, "slot B")
            updates += 1
        hits = sum(n for place, n in places.items() if place != "before"
                   and place != "after")
        order = ["before", "check", *range(0, 100, 10), "after"]
        print(f"kills: {kills} in {updates} updates, all of which ended with "
              f"version 2; seed {seed}")
        print(f"kills: an update without takes {end - begin:.2f} s, its start "
              f"{begin:.2f} s")
        print("kills: where (percent of package): " + ", ".join(
            f"{place} {places.get(place, 0)}" for place in order))
        print(f"kills: {hits} hit the update; {resumed} runs went on from the "
              f"middle; a block of slot B was torn {torn_blocks} times, a page "
              f"{torn_pages} times")
        expect(hits >= wanted // 2, f"only {hits} kills hit the update")

    def count(self):
        """Instructions of an update: each takes a nanosecond of QEMU's."""
        self.fresh()
        run = self.board.run(options=("-icount", "shift=0,sleep=off"))
        self.runs(run, 2)
        ticks = int(run.lines(COMPLETE)[0].split()[-1])
        size = os.path.getsize(self.new)
        instructions = round(ticks * TICK.get(self.board.name, 40))
        print(f"count: {instructions} instructions for {size} bytes, "
              f"{instructions / size:.0f} for each")


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
