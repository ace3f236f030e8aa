# SPDX-License-Identifier: MIT
"""What the benchmarks share: running tools, reading a corpus, printing tables.

Time is processor time of the tool, user and system, of all its threads: it
stays the same when something else runs on the machine.
"""

import argparse
import collections
import csv
import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
import time

PAIR_COLUMNS = ("pair_id", "old_path", "new_path", "category", "arch")
DEFAULT_MKDFOTA = "build/release/cli/mkdfota"
SAMPLE_SECONDS = 0.002
LEAST_SECONDS = 1e-4  # so that it can be divided by
SHORT_SECONDS = 1  # a run below this is repeated, unless told otherwise
TRIES = 3

Run = collections.namedtuple("Run", "seconds peak")  # peak: bytes
Pair = collections.namedtuple("Pair", "pair_id old new category arch")


class Failed(Exception):
    """A tool did not do its work; the other pairs go on."""


class Usage(Exception):
    """Wrong options, a missing tool or an unusable input file."""


def peak_memory(pid):
    """High-water mark of a running process; 0 when it has ended."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def wait(process):
    """Wait for a process; its exit status and what it took.

    Memory is sampled: what wait4 tells would include this interpreter, whose
    memory a child shares until it has started its program.
    """
    peak = 0
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid != 0:
            process.returncode = os.waitstatus_to_exitcode(status)
            return Run(max(usage.ru_utime + usage.ru_stime, LEAST_SECONDS),
                       peak)
        peak = max(peak, peak_memory(process.pid))
        time.sleep(SAMPLE_SECONDS)


def run(*command):
    """Run a command; time and peak memory."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                   stdout=errors, stderr=errors)
        result = wait(process)
        if process.returncode != 0:
            errors.seek(0)
            message = errors.read().decode(errors="replace").strip()
            raise Failed(f"{os.path.basename(command[0])}: exit status "
                         f"{process.returncode}: {message}")
    return result


def output(*command):
    """Run a command; what it prints."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    if done.returncode != 0:
        message = done.stderr.decode(errors="replace").strip()
        raise Failed(f"{os.path.basename(command[0])}: exit status "
                     f"{done.returncode}: {message}")
    return done.stdout.decode()


def run_best(*command, short=SHORT_SECONDS):
    """Run a command, a short one several times; least time, most memory."""
    runs = [run(*command)]
    while runs[0].seconds < short and len(runs) < TRIES:
        runs.append(run(*command))
    return Run(min(one.seconds for one in runs),
               max(one.peak for one in runs))


def expect_same(pair, result, what):
    """The result that a delta gives is the new image."""
    if not filecmp.cmp(pair.new, result, shallow=False):
        raise Failed(f"{what}: the result differs from the new image")


def need_tools(*tools):
    """Every tool is a program that can be run."""
    for tool in tools:
        if shutil.which(tool) is None:
            raise Usage(f"{tool} is missing or cannot be run")


def read_table(path, delimiter="\t", columns=()):
    """Rows of a table as dictionaries; lines with a # are comments."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            lines = [line for line in file if not line.startswith("#")]
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Usage(f"{path} cannot be read: {reason}") from None
    reader = csv.DictReader(lines, delimiter=delimiter)
    for column in columns:
        if column not in (reader.fieldnames or ()):
            raise Usage(f"{path} has no column {column}")
    return list(reader)


def read_corpus(folder):
    """The pairs of a folder's manifest.tsv, sorted by their names."""
    manifest = os.path.join(folder, "manifest.tsv")
    pairs = [Pair(row["pair_id"], os.path.join(folder, row["old_path"]),
                  os.path.join(folder, row["new_path"]), row["category"],
                  row["arch"])
             for row in read_table(manifest, columns=PAIR_COLUMNS)]
    for pair in pairs:
        for image in (pair.old, pair.new):
            if not os.path.isfile(image):
                raise Usage(f"{image}, named by {manifest}, is missing")
    return sorted(pairs)


def parse_size(text):
    """Bytes of a text like 16K or 1M."""
    units = {"K": 1 << 10, "M": 1 << 20}
    digits = text[:-1] if text[-1:] in units else text
    if not digits.isdecimal():
        raise Usage(f"{text} is no size; write 16384, 16K or 1M")
    return int(digits) * units.get(text[-1:], 1)


class Table:
    """A table that is printed row by row, as text or in Markdown."""

    def __init__(self, columns, markdown, first=0):
        """FIRST is the width of the first column, 0 for its title's."""
        self.markdown = markdown
        self.widths = [max(len(column), 8) for column in columns]
        self.widths[0] = max(first, len(columns[0]))
        self.row(columns)
        if markdown:
            self.row(["---"] + ["---:"] * (len(columns) - 1))

    def row(self, cells):
        if self.markdown:
            text = "| " + " | ".join(cells) + " |"
        else:
            text = cells[0].ljust(self.widths[0]) + "".join(
                "  " + cell.rjust(width)
                for cell, width in zip(cells[1:], self.widths[1:]))
        print(text.rstrip(), flush=True)


def corpus_parser(description):
    """Options that every benchmark over a corpus has."""
    parser = argparse.ArgumentParser(
        description=description,
        formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("corpus", metavar="FOLDER",
                        help="folder with manifest.tsv")
    parser.add_argument("--mkdfota", metavar="PATH", default=DEFAULT_MKDFOTA,
                        help="default %(default)s")
    return parser


def main(work):
    """Call WORK; a wrong usage is one sentence and exit status 2."""
    name = os.path.basename(sys.argv[0])
    try:
        sys.exit(work())
    except Usage as usage:
        print(f"{name}: {usage}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
