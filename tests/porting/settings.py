#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The settings of the integrations, read by the tools of their platforms.

Kconfig files by Kconfiglib, which is Zephyr's and ESP-IDF's; manifests as YAML;
the devicetree overlay by dtc on a board of ours; the partition table by the
rules of ESP-IDF's documentation. And what sources name is there.

Run by the Python of Debian, whose packages these tools are. Exit status 77 (or
DFOTA_MISSING) when one is not installed.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                       "samples")
ZEPHYR = os.path.join(SAMPLES, "zephyr")
ESP = os.path.join(SAMPLES, "esp-idf")
COMPONENT = os.path.join(ESP, "components", "dfota")

try:
    import kconfiglib
    import yaml
except ImportError:
    sys.exit(int(os.environ.get("DFOTA_MISSING", "77")))
if shutil.which("dtc") is None:
    sys.exit(int(os.environ.get("DFOTA_MISSING", "77")))

# What Zephyr's own Kconfig would define.
ZEPHYR_ROOT = """\
mainmenu "stub"
config FLASH_MAP
	def_bool y
config FLASH_PAGE_LAYOUT
	def_bool y
config RISCV
	bool "riscv"
config XTENSA
	bool "xtensa"
config ARM64
	bool "arm64"
source "{file}"
"""
ESP_ROOT = 'mainmenu "stub"\nsource "{file}"\n'

# A board with a partition table as the overlay expects it.
BOARD = """\
/dts-v1/;
/ {
    flash0: flash@0 {
        reg = <0 0x100000>;
        #address-cells = <1>;
        #size-cells = <1>;
        partitions {
            compatible = "fixed-partitions";
            #address-cells = <1>;
            #size-cells = <1>;
            slot0_partition: partition@10000 { reg = <0x10000 0x70000>; };
            slot1_partition: partition@80000 { reg = <0x80000 0x70000>; };
            storage_partition: partition@f0000 { reg = <0xf0000 0x10000>; };
        };
    };
};
"""


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def require(holds, what):
    if not holds:
        sys.exit("FAILED: " + what)


def all_text(folder):
    text = ""
    for where, _, names in os.walk(folder):
        for name in names:
            if not name.startswith("Kconfig") and not name.endswith(".md"):
                text += read(where, name)
    return text


def check_kconfig(root, path, sources, answers):
    """The file is valid, its defaults are these, and sources use no others."""
    with tempfile.TemporaryDirectory() as work:
        top = os.path.join(work, "Kconfig")
        with open(top, "w", encoding="utf-8") as file:
            file.write(root.format(file=path))
        kconfig = kconfiglib.Kconfig(top, warn_to_stderr=False)
    require(not kconfig.warnings, f"{path}: {kconfig.warnings}")
    if "DFOTA" in kconfig.syms:
        kconfig.syms["DFOTA"].set_value(2)
    for name in set(re.findall(r"\bCONFIG_(DFOTA_\w+|DFOTA)\b", sources)):
        require(name in kconfig.syms or name.endswith("_"),
                f"{path}: lacks {name}")
    for name, value in answers.items():
        found = kconfig.syms[name].str_value
        require(found == value, f"{name} is {found!r}, not {value!r}")


def check_manifests():
    for folder in ("zephyr", "mcuboot"):
        module = yaml.safe_load(read(SAMPLES, folder, "zephyr", "module.yml"))
        build = module["build"]
        cmake = os.path.join(SAMPLES, folder, build["cmake"], "CMakeLists.txt")
        require(os.path.exists(cmake), f"{folder}: module.yml: cmake")
        if "kconfig" in build:
            require(os.path.exists(os.path.join(SAMPLES, folder,
                                                build["kconfig"])),
                    f"{folder}: module.yml: kconfig")
    component = yaml.safe_load(read(COMPONENT, "idf_component.yml"))
    version = re.search(r'DELTA_VERSION "([0-9.]+)"',
                        read(SAMPLES, "..", "libdelta", "include", "delta.h"))
    require(component["version"] == version.group(1),
            "idf_component.yml: version is not that of delta.h")


def check_overlay():
    overlay = read(ZEPHYR, "app", "app.overlay")
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "board.dts")
        with open(path, "w", encoding="utf-8") as file:
            file.write(BOARD + overlay)
        done = subprocess.run(["dtc", "-I", "dts", "-O", "dts", "-@", path],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              encoding="utf-8", check=False)
    require(done.returncode == 0, "app.overlay: " + done.stdout)
    labels = set(re.findall(r"(\w+_partition): ", BOARD + overlay))
    for name in set(re.findall(r"FIXED_PARTITION_ID\((\w+)\)",
                               all_text(ZEPHYR))):
        require(name in labels, f"app.overlay: lacks {name}")


def check_partitions():
    """Rows follow each other, blocks are whole, all of it is in 4 MiB."""
    end, labels = 0, set()
    for line in read(ESP, "partitions.csv").splitlines():
        if line.startswith("#"):
            continue
        label, kind, _, offset, size = [c.strip() for c in line.split(",")[:5]]
        unit = 0x10000 if kind == "app" else 0x1000
        start = int(offset, 0) if offset else -(-end // unit) * unit
        require(start % unit == 0 and start >= end, f"partitions.csv: {label}")
        require(int(size, 0) % 0x1000 == 0, f"partitions.csv: {label}: size")
        require(len(label) <= 16, f"partitions.csv: {label}: too long")
        end = start + int(size, 0)
        labels.add(label)
    require(end <= 4 << 20, "partitions.csv: more than 4 MiB")
    for name in set(re.findall(r'"(dfota_\w+)"', all_text(ESP) +
                               read(COMPONENT, "Kconfig"))):
        require(name in labels, f"partitions.csv: lacks {name}")


check_kconfig(ZEPHYR_ROOT, os.path.join(ZEPHYR, "Kconfig"), all_text(ZEPHYR),
              {"DFOTA_RAM": "16384", "DFOTA_ARCHS": "1", "DFOTA_RANGE": "y",
               "DFOTA_DEFLATE": "n", "DFOTA_SIGNATURE": "n",
               "DFOTA_PARTS": "n", "DFOTA_PRODUCT": ""})
check_kconfig(ESP_ROOT, os.path.join(COMPONENT, "Kconfig"), all_text(ESP),
              {"DFOTA_RAM": "32768", "DFOTA_RANGE": "y",
               "DFOTA_DEFLATE": "n", "DFOTA_SIGNATURE": "n",
               "DFOTA_PARTS": "n", "DFOTA_JOURNAL_LABEL": "dfota_journal"})
check_manifests()
check_overlay()
check_partitions()
print("settings of the integrations are consistent")
