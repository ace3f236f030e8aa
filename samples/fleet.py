#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What fleet.sh shows, one scene after the other.

Usage: fleet.py MODULE PLATFORM MKDFOTA PAIRS
"""

import os
import random
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "module"),
                os.path.join(HERE, "platform/tests")]

from modulesim import Module  # noqa: E402
from platformtest import Platform, first_admin  # noqa: E402

MODULE, PLATFORM, MKDFOTA, PAIRS = sys.argv[1:5]
OLD = os.path.join(PAIRS, "movehub-7.27.0.bin")
REAL = os.path.join(PAIRS, "movehub-7.28.0.bin")
FOLDER = tempfile.mkdtemp()
# The real new image and what cannot be predicted: the download takes a while.
NEW = os.path.join(FOLDER, "new.bin")
CUT = 4        # exit status of a module whose power was cut
SPEED = 20     # of the clocks in the scene with the slow link
BITS = 60000   # a second, of that link
BIG = 600000   # bytes of its package


class Fleet:
    """A platform with one project, and modules."""

    def __init__(self):
        self.folder = FOLDER
        self.running = []
        self.platform = Platform(PLATFORM, "--address-rate", "0",
                                 folder=self.folder)
        self.root = first_admin(self.platform)
        project = self.root.do("POST", "/projects", {"name": "fleet"})
        self.project, self.key = project["id"], project["project_key"]
        self.scenes, self.modules, self.failed = 0, 0, 0

    def say(self, text):
        print(f"--- {text}", flush=True)
        self.scenes += 1

    def path(self, name):
        return os.path.join(self.folder, name)

    def make_package(self, old, new, name, *options):
        subprocess.run([MKDFOTA, "-q", "-f", old, new, "-o", self.path(name),
                        *options], check=True)
        with open(self.path(name), "rb") as file:
            return file.read()

    def firmware(self, name, version, old_version, package, **more):
        one = self.root.do("POST", f"/projects/{self.project}/firmware",
                           {"firmware_name": name, "version": version,
                            **more})["id"]
        self.root.do("PUT", f"/firmware/{one}/packages?from_version="
                     f"{old_version}", package)
        return one

    def start(self, one, **more):
        self.root.do("PATCH", f"/firmware/{one}", {"state": "running",
                                                   **more})

    def module(self, name, image, version, *options, layout=(), key=None):
        """A new module that is on and knows its platform."""
        self.modules += 1
        flash = self.path(f"flash-{self.modules}")
        subprocess.run([MODULE, "format", flash, image, *layout], check=True,
                       stdout=subprocess.DEVNULL)
        one = Module(MODULE, flash, "--imei", f"8667140400{self.modules:05}",
                     "--firmware-name", name, "--version", version, *options)
        one.imei = one.options[1]
        self.on(one)
        one.uart.ask(f'AT+UPGRADE="KEY","{key or self.key}"')
        one.uart.ask('AT+UPGRADE="URL",'
                     f'"http://127.0.0.1:{self.platform.port}"')
        return one

    def on(self, one, *more):
        one.start(*more)
        self.running.append(one.process)
        one.uart.expect("RDY")

    def stop(self, one, image):
        """Turn it off; that is the image in its flash."""
        one.stop()
        subprocess.run([MODULE, "check", one.flash, image], check=True,
                       stdout=subprocess.DEVNULL)

    def check(self, one, image, version):
        """It runs the image and says so, on the port and on the platform."""
        one.uart.expect("+UPGRADEVER: 1")
        self.stop(one, image)
        row = self.device(one)
        assert row["version"] == version, row
        print(f"    {one.imei} runs {version}", flush=True)

    def device(self, one):
        return self.root.get(f"/projects/{self.project}/devices?search="
                             f"{one.imei}")["rows"][0]

    def last(self, one):
        return self.root.get(f"/projects/{self.project}/upgrades?device="
                             f"{self.device(one)['id']}")["rows"][0]

    def settle(self, one):
        """Wait for the end of its upgrade; what the platform says of it."""
        for _ in range(400):
            devices = self.root.get(f"/projects/{self.project}/devices?search="
                                    f"{one.imei}")["rows"]
            row = self.last(one) if devices else {"state": "running"}
            if row["state"] != "running":
                print(f"    {one.imei}: {row['state']}, {row['phase']}"
                      + (f": {row['reason']}" if row["reason"] else ""),
                      flush=True)
                return row
            time.sleep(0.05)
        raise AssertionError(row)


# --- Scenes -------------------------------------------------------------------

def commands(fleet):
    fleet.say("whole project: AT+UPGRADE over UART1")
    one = fleet.module("HUB", OLD, "7.27.0")
    one.uart.ask("AT+UPGRADE")
    fleet.check(one, NEW, "7.28.0")
    fleet.say("the same over USB")
    one = fleet.module("HUB", OLD, "7.27.0")
    one.usb.ask("AT+UPGRADE")
    fleet.check(one, NEW, "7.28.0")
    fleet.say("by its own poll")
    one = fleet.module("HUB", OLD, "7.27.0")
    one.stop()
    fleet.on(one, "--poll-now")
    fleet.check(one, NEW, "7.28.0")


def lists(fleet, package):
    fleet.say("only devices in the list")
    inside = fleet.module("LISTED", OLD, "7.27.0")
    outside = fleet.module("LISTED", OLD, "7.27.0")
    one = fleet.firmware("LISTED", "7.28.0", "7.27.0", package)
    fleet.root.do("PUT", f"/firmware/{one}/targets", inside.imei)
    fleet.start(one)
    outside.uart.ask("AT+UPGRADE")
    outside.uart.expect("+UPGRADEIND: -1004")
    print("   ", outside.uart.ask("AT+UPGRADE?")[-2], "(27: nothing for it)")
    outside.stop()
    inside.uart.ask("AT+UPGRADE")
    fleet.check(inside, NEW, "7.28.0")


def power(fleet):
    fleet.say("power cut during the download")
    one = fleet.module("HUB", OLD, "7.27.0")
    one.stop()
    fleet.on(one, "--link-rate", "8000")
    one.uart.ask("AT+UPGRADE")
    time.sleep(2)
    one.kill()
    print("    cut at byte", os.path.getsize(one.flash + ".package"))
    fleet.on(one)
    fleet.check(one, NEW, "7.28.0")
    fleet.say("power cut during patching, in an erase or a program")
    one = fleet.module("HUB", OLD, "7.27.0")
    one.stop()
    fleet.on(one, "--cut-after", "150")
    one.uart.ask("AT+UPGRADE")
    assert one.wait() == CUT
    fleet.on(one)
    fleet.check(one, NEW, "7.28.0")
    fleet.say("power cut during the first boot, before the self-test is over")
    one = fleet.module("HUB", OLD, "7.27.0")
    one.stop()
    fleet.on(one, "--selftest-time", "30")
    one.uart.ask("AT+UPGRADE")
    one.uart.expect("+UPGRADEVER: 7.28.0")
    one.kill()
    fleet.on(one)
    row = fleet.settle(one)
    assert row["state"] == "done", row
    fleet.stop(one, NEW)


def streaming(fleet):
    fleet.say("applied while it comes, nothing stored; power cut in between")
    one = fleet.module("HUB", OLD, "7.27.0")
    one.stop()
    options = ["--stream", "--checkpoint", "4K"]
    fleet.on(one, "--cut-after", "560", *options)
    one.uart.ask("AT+UPGRADE")
    assert one.wait() == CUT
    assert not os.path.exists(one.flash + ".package")
    fleet.on(one, *options)
    seen = one.uart.expect("+UPGRADEIND: 100")
    percent = [line for line in seen if line.startswith("+UPGRADEIND")]
    print("    went on at", percent[0].split()[-1], "%")
    assert "+UPGRADEIND: 0" not in seen, seen
    fleet.check(one, NEW, "7.28.0")


def in_place(fleet):
    fleet.say("one slot, updated in place by a package that the platform "
              "makes; power cut while it is half new")
    project = fleet.root.do("POST", "/projects", {"name": "one slot"})
    there = f"/projects/{project['id']}"
    fleet.root.do("PATCH", there, {"product": "hub", "is_in_place": True,
                                   "scratch_size": 16384})
    for version, path in (("7.27.0", OLD), ("7.28.0", NEW)):
        with open(path, "rb") as file:
            fleet.root.do("PUT", f"{there}/images?firmware_name=HUB&version="
                          + version, file.read())
    firmware = fleet.root.do("POST", f"{there}/firmware",
                             {"firmware_name": "HUB", "version": "7.28.0",
                              "is_whole": True})["id"]
    fleet.start(firmware)
    one = fleet.module("HUB", OLD, "7.27.0", "--wait", "1",
                       layout=["--scratch", "16K"],
                       key=project["project_key"])
    one.stop()
    fleet.on(one, "--cut-after", "200")
    one.uart.ask("AT+UPGRADE")
    assert one.wait() == CUT
    for image in (OLD, NEW):
        assert subprocess.run([MODULE, "check", one.flash, image],
                              stdout=subprocess.DEVNULL).returncode == 1
    fleet.on(one)
    one.uart.expect("+UPGRADEVER: 1")
    fleet.stop(one, NEW)
    state, = fleet.root.get(f"{there}/statistics")["states"]
    assert state["state"] == "done", state
    print(f"    {one.imei} runs 7.28.0", flush=True)


def failures(fleet):
    fleet.say("a self-test that fails: back to the old image, and told")
    one = fleet.module("HUB", OLD, "7.27.0")
    one.stop()
    fleet.on(one, "--selftest-fails", "7.28.0")
    one.uart.ask("AT+UPGRADE")
    row = fleet.settle(one)
    assert row["state"] == "failed" and row["is_reported"], row
    fleet.stop(one, OLD)
    fleet.failed += 1


def loops(fleet):
    fleet.say("6 quick requests: forbidden, released by hand, upgraded")
    one = fleet.module("LOOP", OLD, "7.27.0")
    fleet.root.do("POST", f"/projects/{fleet.project}/firmware",
                  {"firmware_name": "LOOP", "version": "1.0.0"})
    states = []
    for _ in range(6):
        one.uart.ask("AT+UPGRADE")
        one.uart.expect("+UPGRADEIND: -1004")
        states.append(one.uart.ask("AT+UPGRADE?")[-2])
    print("   ", ", ".join(state.split(",")[-1].strip("]")
                           for state in states))
    assert states[-1].endswith(",40]"), states
    row = fleet.device(one)
    assert row["forbidden_at"]
    package = fleet.make_package(OLD, NEW, "loop.bin", "--from-version",
                                 "7.27.0", "--to-version", "7.28.0")
    fleet.start(fleet.firmware("LOOP", "7.28.0", "7.27.0", package),
                is_whole=True)
    fleet.root.do("POST", f"/devices/{row['id']}/release", {})
    one.uart.ask("AT+UPGRADE")
    fleet.check(one, NEW, "7.28.0")


def damage(fleet, package):
    fleet.say("a package that is damaged on the platform: refused, and told")
    one = fleet.module("DAMAGED", OLD, "7.27.0")
    firmware = fleet.firmware("DAMAGED", "7.28.0", "7.27.0", package,
                              is_whole=True)
    row, = fleet.root.get(f"/firmware/{firmware}/packages")["rows"]
    stored = f"{fleet.folder}/data/{row['sha256'][:2]}/{row['sha256']}"
    with open(stored, "rb") as file:
        good = file.read()
    with open(stored, "wb") as file:
        file.write(good[:600] + bytes([good[600] ^ 1]) + good[601:])
    fleet.start(firmware)
    one.uart.ask("AT+UPGRADE")
    one.uart.expect("+UPGRADEIND: -1003")
    row = fleet.settle(one)
    assert row["state"] == "failed", row
    fleet.stop(one, OLD)
    fleet.failed += 1
    with open(stored, "wb") as file:
        file.write(good)


def slow_link(fleet):
    """Images of more change are larger packages, and take longer."""
    times = []
    generator = random.Random(7)
    base = generator.randbytes(BIG * 3 // 2)
    old = fleet.path("big-old")
    with open(old, "wb") as file:
        file.write(base)
    for step, size in ((1, BIG // 6), (2, BIG)):
        fleet.say(f"a package of {size // 1000} kB over a link of "
                  f"{BITS // 1000} kbit/s, clocks {SPEED} times as fast")
        new = fleet.path(f"big-{step}")
        with open(new, "wb") as file:
            file.write(generator.randbytes(size) + base[size:])
        version = f"2.{step}.0"
        package = fleet.make_package(old, new, f"big-{step}.bin",
                                     "--from-version", "1.0.0",
                                     "--to-version", version)
        name = f"BIG{step}"
        fleet.start(fleet.firmware(name, version, "1.0.0", package),
                    is_whole=True)
        one = fleet.module(name, old, "1.0.0", "--link-rate", str(BITS),
                           "--clock-speed", str(SPEED))
        begun = time.monotonic()
        one.uart.ask("AT+UPGRADE")
        one.uart.expect("+UPGRADEVER: 1", 60)
        seconds = (time.monotonic() - begun) * SPEED
        times.append(seconds)
        print(f"    {len(package)} bytes: {seconds:.0f} s of the module's "
              "clock", flush=True)
        fleet.stop(one, new)
    assert times[0] < times[1] < 180, times
    return times[1]


def play(fleet):
    begun = time.monotonic()
    package = fleet.make_package(OLD, NEW, "dfota.bin", "--from-version",
                                 "7.27.0", "--to-version", "7.28.0")
    fleet.start(fleet.firmware("HUB", "7.28.0", "7.27.0", package),
                is_whole=True)
    commands(fleet)
    lists(fleet, package)
    power(fleet)
    streaming(fleet)
    in_place(fleet)
    failures(fleet)
    loops(fleet)
    damage(fleet, package)
    big = slow_link(fleet)
    one = fleet.root.get(f"/projects/{fleet.project}/statistics")
    done = sum(row["upgrades"] for row in one["states"]
               if row["state"] == "done") + 1  # of the other project
    print(f"{fleet.scenes} scenes, {fleet.modules} modules: {done} upgrades "
          f"done, {fleet.failed} failed as they should; 600 kB in {big:.0f} s "
          f"of simulated time; {time.monotonic() - begun:.0f} s in all")


def main():
    with open(REAL, "rb") as real, open(NEW, "wb") as new:
        new.write(real.read() + random.Random(1).randbytes(12000))
    fleet = Fleet()
    try:
        play(fleet)
    finally:
        for process in fleet.running:
            process.kill()
        fleet.platform.stop()


main()
