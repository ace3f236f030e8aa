# SPDX-License-Identifier: MIT
"""An emulated board with its flash in a file: run it, kill it, look inside."""

import os
import select
import shutil
import subprocess
import sys
import time

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                       "samples", "boards")
sys.path.insert(0, SAMPLES)
from layout import Layout

LIMIT = 60 # seconds that a run may take


class Failure(Exception):
    """What the board did and should not have done."""


class Run:
    """One run of the emulator."""

    def __init__(self):
        self.output = ""
        self.killed = False
        self.seen = {} # marker: seconds after the loader's first word

    def lines(self, start):
        return [line for line in self.output.splitlines()
                if line.startswith(start)]


class Board:
    def __init__(self, layout_path, build, folder):
        self.name = os.path.basename(build)
        self.build = build
        self.folder = folder
        self.flash = os.path.join(folder, "flash.bin")
        self.layout_path = layout_path
        self.layout = Layout(layout_path)
        with open(os.path.join(build, "emulator.txt"), encoding="utf-8") as file:
            self.size, *self.command = file.read().split()
        shutil.copy(os.path.join(build, "loader.elf"), folder)

    def file(self, name):
        return os.path.join(self.build, name)

    def tool(self, *arguments):
        script = os.path.join(SAMPLES, "flash.py")
        subprocess.run([sys.executable, script, self.layout_path, *arguments],
                       check=True)

    def format(self, image, other=b""):
        """The image in its slot, something older in the other slot."""
        self.tool("format", self.flash, "--image", image, "--size", self.size,
                  "--loader", self.file("loader.bin"))
        with open(self.flash, "r+b") as file:
            file.seek(self.layout.areas["new_slot"][0])
            file.write(other)

    def stage(self, package):
        self.tool("stage", self.flash, package)

    def area(self, name, size=None):
        start, whole = self.layout.areas[name]
        with open(self.flash, "rb") as file:
            file.seek(start)
            return file.read(whole if size is None else size)

    def run(self, text="off\n", kill_after=None, markers=(), options=()):
        """Run until the board is off, or kill it so many seconds after its
        loader's first word."""
        run = Run()
        start = None
        end = time.monotonic() + LIMIT
        with subprocess.Popen([*self.command, *options], cwd=self.folder,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as process:
            process.stdin.write(text.encode())
            process.stdin.flush()
            while True:
                left = end - time.monotonic()
                if left <= 0:
                    process.kill() # SIGKILL
                    run.killed = True
                    run.output += process.stdout.read().decode("latin-1")
                    break
                if not select.select([process.stdout], [], [], left)[0]:
                    continue
                data = os.read(process.stdout.fileno(), 65536)
                if not data:
                    break
                run.output += data.decode("latin-1")
                if start is None and "loader:" in run.output:
                    start = time.monotonic()
                    end = start + (LIMIT if kill_after is None else kill_after)
                for marker in markers:
                    if marker not in run.seen and marker in run.output:
                        run.seen[marker] = time.monotonic() - start
            process.wait()
        if run.killed and kill_after is None:
            raise Failure(f"no end after {LIMIT} s\n{run.output[-2000:]}")
        if not run.killed and process.returncode != 0:
            raise Failure(f"exit status {process.returncode}\n"
                          f"{run.output[-2000:]}")
        return run
