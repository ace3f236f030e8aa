#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Flash erased and programmed by updates on the simulated module.

For each pair of a corpus (a folder with a manifest.tsv, see ratio.py) and each
codec the simulated module of samples/module is updated once, without a cut.
Printed are bytes programmed and blocks erased in the new slot and in the
journal, the latter also in percent of the image.
"""

import argparse
import csv
import os
import re
import subprocess
import tempfile

AREA = re.compile(r"^(slot|journal): (\d+) blocks erased, (\d+) bytes", re.M)
SLOT_UNIT = 65536  # a slot is whole blocks, of any size up to this
COLUMNS = ("pair", "codec", "new", "package", "slot blocks", "slot bytes",
           "journal blocks", "journal bytes", "journal %")


def run(*command):
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          encoding="utf-8")
    return done.stdout


def measure(pair, codec, options, folder):
    old = os.path.join(options.corpus, pair["old_path"])
    new = os.path.join(options.corpus, pair["new_path"])
    package = os.path.join(folder, "package")
    flash = os.path.join(folder, pair["pair_id"] + codec)
    run(options.mkdfota, old, new, "-o", package, "-q", "-f", "--codec", codec,
        "--ram", options.ram)
    most = max(os.path.getsize(old), os.path.getsize(new))
    slot = (most + SLOT_UNIT - 1) // SLOT_UNIT * SLOT_UNIT
    run(options.module, "format", flash, old, "--slot", str(slot),
        "--erase", options.erase, "--journal", "128K")
    run(options.module, "update", flash, package, "-q", "--ram", options.ram)
    run(options.module, "check", flash, new)
    wear = {name: (int(blocks), int(size)) for name, blocks, size in
            AREA.findall(run(options.module, "status", flash))}
    os.unlink(flash)
    size = os.path.getsize(new)
    return (pair["pair_id"], codec, size, os.path.getsize(package),
            *wear["slot"], *wear["journal"],
            "%.2f" % (100 * wear["journal"][1] / size))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", help="folder with manifest.tsv")
    parser.add_argument("--mkdfota", default="build/release/cli/mkdfota")
    parser.add_argument("--module",
                        default="build/release/samples/module/dfota-module")
    parser.add_argument("--ram", default="16K", help="default 16K")
    parser.add_argument("--erase", default="4K", help="block, default 4K")
    options = parser.parse_args()

    manifest = os.path.join(options.corpus, "manifest.tsv")
    with open(manifest, encoding="utf-8") as file:
        pairs = list(csv.DictReader(file, delimiter="\t"))
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + " --- |" * len(COLUMNS))
    with tempfile.TemporaryDirectory() as folder:
        for pair in pairs:
            for codec in ("range", "deflate"):
                row = measure(pair, codec, options, folder)
                print("| " + " | ".join(str(cell) for cell in row) + " |",
                      flush=True)


if __name__ == "__main__":
    main()
