#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A module and its platform, over AT ports and HTTP, on PLATFORM_DB.

Usage: test_agent.py MODULE PLATFORM MKDFOTA PAIRS [TEST...]
"""

import os
import random
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../platform/tests")]

from badplatform import (BadPlatform, broken, moved, raw, refused, rest,
                         stalled, whole)
from modulesim import Module
from platformtest import Platform, first_admin

MODULE, PLATFORM, MKDFOTA, PAIRS = sys.argv[1:5]
OLD = os.path.join(PAIRS, "movehub-7.27.0.bin")
NEW = os.path.join(PAIRS, "movehub-7.28.0.bin")
REFUSED, IO_FAILED, CUT = 1, 3, 4  # exit status


class Agent(unittest.TestCase):
    """Each test has a project and a module of its own."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.platform = Platform(PLATFORM, "--address-rate", "0",
                                folder=cls.folder)
        cls.root = first_admin(cls.platform)
        # What cannot be predicted makes a download that takes a while.
        cls.new = os.path.join(cls.folder, "new.bin")
        with open(NEW, "rb") as new, open(cls.new, "wb") as longer:
            longer.write(new.read() + random.Random(1).randbytes(12000))
        cls.package = cls.pack("dfota.bin", OLD, cls.new)
        cls.full = cls.pack("full.bin", "/dev/null", cls.new)

    @classmethod
    def pack(cls, name, old, new):
        """A package of 7.28.0; its path."""
        path = os.path.join(cls.folder, name)
        subprocess.run([MKDFOTA, "-qf", old, new, "-o", path,
                        "--from-version", "7.27.0", "--to-version", "7.28.0"],
                       check=True)
        return path

    @classmethod
    def tearDownClass(cls):
        cls.platform.stop()

    def setUp(self):
        name = self.id().split(".")[-1]
        imei = str(866714040000000 + sum(name.encode()))
        self.imei = imei
        self.flash = os.path.join(self.folder, name)
        self.format()
        project = self.root.do("POST", "/projects", {"name": name})
        self.project, self.key = project["id"], project["project_key"]
        self.module = self.make_module()

    def tearDown(self):
        if self.module.process and self.module.process.returncode is None:
            self.module.stop()

    def format(self, *options):
        """A new module, on the shelf."""
        for end in ("", ".nv", ".package"):
            if os.path.exists(self.flash + end):
                os.unlink(self.flash + end)
        subprocess.run([MODULE, "format", self.flash, OLD, *options],
                       check=True)

    def make_module(self, *options):
        return Module(MODULE, self.flash, "--imei", self.imei,
                      "--firmware-name", "HUB", "--version", "7.27.0",
                      *options)

    def roll_out(self, package=None):
        """Firmware 7.28.0 for the whole project; its id."""
        one = self.root.do("POST", f"/projects/{self.project}/firmware",
                           {"firmware_name": "HUB", "version": "7.28.0",
                            "is_whole": True})["id"]
        with open(package or self.package, "rb") as file:
            self.root.do("PUT", f"/firmware/{one}/packages"
                         "?from_version=7.27.0", file.read())
        self.root.do("PATCH", f"/firmware/{one}", {"state": "running"})
        return one

    def begin(self, *options):
        """The module is on, knows its platform, and does not poll."""
        self.module.start(*options)
        port = self.module.uart
        port.expect("RDY")
        self.assertEqual(port.ask("ATE0")[-1], "OK")
        port.ask(f'AT+UPGRADE="KEY","{self.key}"')
        port.ask(f'AT+UPGRADE="URL","http://127.0.0.1:{self.platform.port}"')

    def state(self, port=None):
        return (port or self.module.uart).ask("AT+UPGRADE?")[-2]

    def upgrades(self):
        rows = self.root.get(f"/projects/{self.project}/upgrades")["rows"]
        return [(row["state"], row["is_reported"], row["phase"])
                for row in rows]

    def codes(self):
        """What the platform answered this module, first things first."""
        device, = self.root.get(f"/projects/{self.project}/devices")["rows"]
        rows = self.root.get(f"/devices/{device['id']}/requests")["rows"]
        return [row["code"] for row in rows][::-1]

    def runs(self, image):
        return subprocess.run([MODULE, "check", self.flash, image],
                              stdout=subprocess.DEVNULL).returncode == 0

    def fails_with(self, error, state):
        """AT+UPGRADE comes to that end."""
        self.module.uart.ask("AT+UPGRADE")
        self.module.uart.expect(f"+UPGRADEIND: {error}")
        self.assertEqual(self.state(), f"+UPGRADE: 2,[{state}]")

    # --- Settings ----------------------------------------------------------

    def test_settings(self):
        self.begin()
        uart, usb = self.module.uart, self.module.usb
        usb.expect("RDY")
        self.assertEqual(usb.ask("AT+CGSN"), ["AT+CGSN", self.imei, "OK"])
        self.assertEqual(uart.ask("AT+CGSN"), [self.imei, "OK"])
        self.assertEqual(uart.ask("ATE1"), ["OK"])
        self.assertEqual(uart.ask("AT"), ["AT", "OK"])
        uart.ask("ATE0")
        self.assertIn("Revision: 7.27.0", uart.ask("ATI"))
        self.assertEqual(uart.ask('AT+CGSN;+UPGRADE="URL","http://a/;b";+VER'),
                         [self.imei, "+VER: HUB_7.27.0", "OK"])
        self.assertEqual(uart.ask("AT+CGSN;+NONE;+VER", "ERROR"),
                         [self.imei, "ERROR"])
        self.assertEqual(self.state(), "+UPGRADE: 0")
        uart.ask('AT+UPGRADE="PERIOD",59', "+CME ERROR: 50")
        uart.ask('AT+UPGRADE="PERIOD",4294967296', "+CME ERROR: 50")
        uart.ask('AT+UPGRADE="AUTO",2', "+CME ERROR: 50")
        uart.ask('AT+UPGRADE="KEY",' + "k" * 30, "+CME ERROR: 50")
        uart.ask('AT+UPGRADE="KEY","' + "k" * 65 + '"', "+CME ERROR: 50")
        uart.ask('AT+UPGRADE="NAME"', "+CME ERROR: 50")
        uart.ask("AT+NOTHING", "ERROR")
        uart.ask("AT" + "x" * 3000, "ERROR")
        uart.ask('AT+UPGRADE="AUTO",0')
        uart.ask('AT+UPGRADE="PERIOD",60,1')  # not for long
        self.assertEqual(uart.ask('AT+UPGRADE="PERIOD"')[0],
                         '+UPGRADE: "PERIOD",60')
        self.module.kill()
        self.module.start()
        usb = self.module.usb
        for name, value in (("KEY", f'"{self.key}"'), ("AUTO", "0"),
                            ("PERIOD", "86400")):
            self.assertIn(f'+UPGRADE: "{name}",{value}',
                          usb.ask(f'AT+UPGRADE="{name}"'))

    # --- An upgrade --------------------------------------------------------

    def test_upgrade(self):
        self.roll_out()
        self.begin("--link-rate", "32000")
        uart, usb = self.module.uart, self.module.usb
        usb.ask("AT+UPGRADE")
        uart.expect("+UPGRADEIND: 0")
        self.assertRegex(self.state(), "^\\+UPGRADE: 1,[0-9]+$")
        uart.ask("AT+UPGRADE", "+CME ERROR: 3")
        seen = usb.expect("+UPGRADEVER: 1")
        percent = [int(line.split()[1]) for line in seen
                   if line.startswith("+UPGRADEIND")]
        self.assertEqual(percent, sorted(set(percent)))
        self.assertEqual((percent[0], percent[-1]), (0, 100))
        self.assertFalse([one for one in percent if one % 10])
        flashed = [line for line in seen if line.startswith("+UPGRADEDL")]
        self.assertEqual(flashed[-1], "+UPGRADEDL: 100")
        self.assertEqual(seen[-3:], ["RDY", "+UPGRADEVER: 7.28.0",
                                     "+UPGRADEVER: 1"])
        self.assertIn("7.28.0", usb.ask("AT+CGMR"))
        self.assertEqual(self.state(usb), "+UPGRADE: 2,[0,200,0]")
        self.assertEqual(self.upgrades(), [("done", True, "")])
        self.fails_with(-1004, "-1004,404,27")
        self.module.kill()
        self.assertTrue(self.runs(self.new))
        self.module.start()
        self.assertIn("7.28.0", self.module.usb.ask("AT+CGMR"))

    def test_poll(self):
        self.roll_out()
        self.begin()
        self.module.stop()
        self.module.start("--poll-now")
        self.module.uart.expect("+UPGRADEVER: 1")
        self.assertTrue(self.runs(self.new))

    def test_poll_period(self):
        """A minute of the module's is a fraction of a second here."""
        self.begin("--clock-speed", "200")
        uart = self.module.uart
        uart.ask('AT+UPGRADE="AUTO",0')
        uart.ask('AT+UPGRADE="PERIOD",60')
        uart.take(1)
        self.assertNotIn("+UPGRADEIND", uart.text)
        uart.ask('AT+UPGRADE="AUTO",1')
        for _ in range(3):
            uart.expect("+UPGRADEIND: -1004")
        uart.ask('AT+UPGRADE="AUTO",0')

    # --- A package over the port -------------------------------------------

    def segment(self, number, data, end="OK"):
        total = 0
        for byte in data:
            total ^= byte
        return self.module.uart.ask(
            f"AT+UARTUPGRADE=1,{number},{len(data)},{data.hex()},{total}", end)

    def test_upload(self):
        content = self.content()
        self.begin()
        uart = self.module.uart
        self.segment(0, content[:64], "+CME ERROR: 3")  # nothing was erased
        uart.ask("AT+UARTUPGRADE=0")
        uart.ask("AT+UARTUPGRADE=5", "+CME ERROR: 4")
        pieces = [content[at:at + 1000]
                  for at in range(0, len(content), 1000)]
        for number, piece in enumerate(pieces):
            if number == 3:
                self.segment(number + 1, piece, "+CME ERROR: 3")
                uart.ask(f"AT+UARTUPGRADE=1,3,4,00000001,2", "+CME ERROR: 50")
                uart.ask(f"AT+UARTUPGRADE=1,3,4,0000001,1", "+CME ERROR: 50")
                uart.ask(f"AT+UARTUPGRADE=1,3,3,000001,1", "+CME ERROR: 50")
                uart.ask("AT+UARTUPGRADE=2", "+CME ERROR: 4")
            self.segment(number, piece)
            self.segment(number, piece)  # the answer was lost
        uart.ask("AT+UARTUPGRADE=2")
        self.assertIn('+UARTUPGRADE: 3,"HUB"', uart.ask("AT+UARTUPGRADE=3"))
        self.assertIn('+UARTUPGRADE: 4,"7.28.0"', uart.ask("AT+UARTUPGRADE=4"))
        uart.ask("AT+UARTUPGRADE=6", "+CME ERROR: 50")
        uart.ask("AT+UARTUPGRADE=5")
        uart.expect("+UPGRADEVER: 7.28.0")
        self.assertTrue(self.runs(self.new))

    def upload(self, content):
        self.module.uart.ask("AT+UARTUPGRADE=0")
        for number, at in enumerate(range(0, len(content), 1024)):
            self.segment(number, content[at:at + 1024])

    def test_upload_too_large(self):
        self.begin("--area", "2000")
        self.module.uart.ask("AT+UARTUPGRADE=0")
        self.segment(0, bytes(1024))
        self.segment(1, bytes(1024), "+CME ERROR: 4")

    def test_upload_for_another(self):
        """Refused at once, not after the restart."""
        other = os.path.join(self.folder, "other-base.bin")
        subprocess.run([MKDFOTA, "-q", NEW, OLD, "-o", other, "--to-version",
                        "7.28.0"], check=True)
        self.begin()
        with open(other, "rb") as file:
            self.upload(file.read())
        for command in (2, 4, 5):
            self.module.uart.ask(f"AT+UARTUPGRADE={command}", "+CME ERROR: 4")
        self.assertTrue(self.runs(OLD))

    # --- What goes wrong ---------------------------------------------------

    def test_killed_while_downloading(self):
        self.roll_out()
        self.begin("--link-rate", "32000")
        self.module.usb.ask("AT+UPGRADE")
        self.module.usb.expect("+UPGRADEIND: 30")
        self.module.kill()
        have = os.path.getsize(self.flash + ".package")
        self.assertGreater(have, os.path.getsize(self.package) // 4)
        self.module.start()
        seen = self.module.uart.expect("+UPGRADEVER: 1")
        self.assertNotIn("+UPGRADEIND: 0", seen)  # it went on from there
        self.assertTrue(self.runs(self.new))
        self.assertEqual(self.upgrades(), [("done", True, "")])

    def test_link_breaks(self):
        self.roll_out()
        self.begin("--link-cut-after", "5000")
        self.module.usb.ask("AT+UPGRADE")
        seen = self.module.usb.expect("+UPGRADEVER: 1")
        self.assertEqual(seen.count("+UPGRADEIND: 0"), 1)

    def test_slow_link(self):
        """As long as rate, delay and losses make it, by the module's clock."""
        self.roll_out()
        speed, rate, delay = 10, 4000, 5
        self.begin("--clock-speed", str(speed), "--link-rate", str(rate),
                   "--link-delay", str(delay * 1000), "--link-loss", "50")
        begin = time.monotonic()
        self.module.usb.ask("AT+UPGRADE")
        self.module.usb.expect("+UPGRADEIND: 100")
        took = (time.monotonic() - begin) * speed
        size = os.path.getsize(self.package)
        pieces = size // 1024
        self.assertGreater(took, size * 8 / rate + delay + pieces / 20)
        self.module.usb.expect("+UPGRADEVER: 1")

    def test_power_cut_while_patching(self):
        self.roll_out()
        self.begin("--cut-after", "20")
        self.module.usb.ask("AT+UPGRADE")
        self.assertEqual(self.module.wait(), CUT)
        self.module.start()
        self.module.uart.expect("+UPGRADEVER: 1")
        self.assertTrue(self.runs(self.new))

    def test_killed_in_first_boot(self):
        self.roll_out()
        self.begin("--selftest-time", "30")
        self.module.usb.ask("AT+UPGRADE")
        self.module.usb.expect("RDY")
        self.module.kill()
        self.assertTrue(self.runs(self.new))
        self.module.start()
        self.module.uart.expect("+UPGRADEVER: 1")

    def test_never_comes_up(self):
        """An image that is reset before its self-test ends, each time."""
        self.roll_out()
        self.begin("--selftest-time", "30")
        self.module.usb.ask("AT+UPGRADE")
        for _ in range(3):
            self.module.usb.expect("RDY")
            self.module.kill()
            self.assertTrue(self.runs(self.new))
            self.module.start("--selftest-time", "30")
        self.module.uart.expect("+UPGRADEIND: -1006")
        self.wait_for(lambda: self.upgrades() == [("failed", True,
                                                   "selftest")])
        self.assertTrue(self.runs(OLD))

    def test_self_test_fails(self):
        self.roll_out()
        self.begin("--selftest-fails", "7.28.0")
        uart = self.module.uart
        uart.ask("AT+UPGRADE")
        uart.expect("RDY")
        uart.expect("+UPGRADEIND: -1006")
        uart.expect("RDY")
        self.assertIn("7.27.0", uart.ask("AT+CGMR"))
        self.wait_for(lambda: self.upgrades() == [("failed", True,
                                                   "selftest")])
        self.module.stop()
        self.assertTrue(self.runs(OLD))
        self.module.start()  # the next one is better
        self.module.uart.expect("RDY")
        self.module.uart.ask("AT+UPGRADE")
        self.module.uart.expect("+UPGRADEVER: 1")
        self.assertTrue(self.runs(self.new))

    def wait_for(self, holds):
        end = time.monotonic() + 30
        while not holds():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)

    def test_wrong_base(self):
        """The platform was told of a base that is another one."""
        other = os.path.join(self.folder, "other.bin")
        subprocess.run([MKDFOTA, "-q", NEW, OLD, "-o", other, "--from-version",
                        "7.27.0", "--to-version", "7.28.0"], check=True)
        self.roll_out(other)
        self.begin()
        self.module.uart.ask("AT+UPGRADE")
        self.module.uart.expect("+UPGRADEIND: -1003")
        self.wait_for(lambda: self.upgrades() == [("failed", True, "verify")])
        self.assertTrue(self.runs(OLD))

    # --- What the platform says --------------------------------------------

    def test_codes(self):
        self.begin()
        self.fails_with(-1004, "-1004,404,26")
        self.module.uart.ask('AT+UPGRADE="KEY","nobody"')
        self.fails_with(-1004, "-1004,404,25")
        self.module.uart.ask('AT+UPGRADE="URL","nonsense"')
        self.fails_with(-1000, "-1000,0,0")

    def test_forbidden(self):
        one = self.roll_out()
        self.root.do("PATCH", f"/firmware/{one}", {"state": "paused"})
        self.begin()
        for _ in range(5):
            self.fails_with(-1004, "-1004,404,27")
        self.fails_with(-1004, "-1004,403,40")
        self.root.do("PATCH", f"/firmware/{one}", {"state": "running"})
        self.fails_with(-1004, "-1004,403,40")
        device, = self.root.get(f"/projects/{self.project}/devices")["rows"]
        self.root.do("POST", f"/devices/{device['id']}/release", {})
        self.module.uart.ask("AT+UPGRADE")
        self.module.uart.expect("+UPGRADEVER: 1")
        self.assertTrue(self.runs(self.new))

    def test_package_is_made(self):
        """Code 43, until the platform has made the package."""
        self.root.do("PATCH", f"/projects/{self.project}", {"product": "hub"})
        images = f"/projects/{self.project}/images?firmware_name=HUB&version="
        for version, path in (("7.27.0", OLD), ("7.28.0", self.new)):
            with open(path, "rb") as file:
                self.root.do("PUT", images + version, file.read())
        one = self.root.do("POST", f"/projects/{self.project}/firmware",
                           {"firmware_name": "HUB", "version": "7.28.0",
                            "is_whole": True})["id"]
        self.root.do("PATCH", f"/firmware/{one}", {"state": "running"})
        self.begin("--wait", "1")
        self.module.uart.ask("AT+UPGRADE")
        self.assertRegex(self.state(), "^\\+UPGRADE: 1,")
        self.module.uart.expect("+UPGRADEVER: 1")
        codes = self.codes()
        self.assertEqual((codes[0], codes[-1]), (43, 0))

    def test_platform_is_away(self):
        self.begin("--clock-speed", "20000")
        self.module.uart.ask('AT+UPGRADE="URL","http://127.0.0.1:9"')
        self.fails_with(-1002, "-1002,0,0")

    def killed_often(self, *options):
        """At any time, until it is done."""
        # What was killed before its first checkpoint asks from the start.
        self.root.do("PATCH", f"/projects/{self.project}",
                     {"hour_count": 1000, "day_count": 1000})
        self.begin("--link-rate", "64000", "--op-delay", "5000",
                   "--selftest-time", "1", *options)
        self.module.usb.ask("AT+UPGRADE")
        self.module.usb.expect("+UPGRADEIND: 10")
        seed = int.from_bytes(os.urandom(2), "big")
        chance = random.Random(seed)
        with self.subTest(seed=seed):
            for _ in range(12):
                time.sleep(chance.uniform(0, 1))
                self.module.kill()
                self.module.start("--link-rate", "64000",
                                  "--op-delay", "5000", *options)
            self.wait_for(lambda: ("done", True, "") in self.upgrades())
            self.assertTrue(self.runs(self.new))

    def test_killed_often(self):
        self.roll_out()
        self.killed_often()

    # --- Applied while it comes --------------------------------------------

    STREAM = ["--stream", "--checkpoint", "4K"]

    def test_stream(self):
        self.roll_out()
        self.begin("--stream", "--link-rate", "64000")
        self.module.usb.ask("AT+UPGRADE")
        seen = self.module.uart.expect("+UPGRADEVER: 1")
        self.assertLess(seen.index("+UPGRADEDL: 90"),
                        seen.index("+UPGRADEIND: 100"))
        self.assertTrue(self.runs(self.new))
        self.assertFalse(os.path.exists(self.flash + ".package"))
        self.assertEqual(self.upgrades(), [("done", True, "")])

    def test_stream_killed_often(self):
        self.roll_out()
        self.killed_often(*self.STREAM)

    def test_stream_link_breaks(self):
        content = self.content()
        platform = self.ask_bad("+UPGRADEIND: 100", broken(content, 6000),
                                rest(content), options=self.STREAM)
        self.assertEqual(platform.ranges[1][0], "bytes=6000-")
        self.module.uart.expect("+UPGRADEVER: 1")

    def test_stream_power_cut(self):
        """Costs no more than what lies between two checkpoints."""
        self.roll_out()
        self.begin("--cut-after", "560", *self.STREAM)
        self.module.usb.ask("AT+UPGRADE")
        self.assertEqual(self.module.wait(), CUT)
        self.assertTrue(self.runs(OLD))
        self.module.start(*self.STREAM)
        seen = self.module.uart.expect("+UPGRADEVER: 1")
        self.assertNotIn("+UPGRADEIND: 0", seen)
        self.assertEqual(self.upgrades(), [("done", True, "")])

    def test_stream_damaged(self):
        good = self.content()
        bad = good[:9000] + bytes([good[9000] ^ 1]) + good[9001:]
        platform = self.ask_bad("+UPGRADEIND: -1003", whole(bad),
                                options=self.STREAM)
        self.wait_for(lambda: platform.reports)
        self.assertEqual(platform.reports[0]["phase"], "patch")
        self.assertTrue(self.runs(OLD))
        self.wait_for(lambda: self.state().startswith("+UPGRADE: 2"))
        platform = self.ask_bad("+UPGRADEVER: 1", rest(good))
        self.assertEqual(platform.ranges, [("bytes=0-", None)])
        self.assertTrue(self.runs(self.new))

    def test_stream_another_package_meanwhile(self):
        good = self.content()
        platform = self.ask_bad(
            "+UPGRADEVER: 1", broken(good, 6000, ETag='"a"'),
            whole(good, ETag='"b"'), options=self.STREAM)
        self.assertEqual(platform.ranges[1], ("bytes=6000-", '"a"'))

    def test_stream_and_upload(self):
        """A host's package goes through the file all the same."""
        self.begin("--stream")
        self.upload(self.content())
        self.module.uart.ask("AT+UARTUPGRADE=5")
        self.module.uart.expect("+UPGRADEVER: 7.28.0")
        self.assertTrue(self.runs(self.new))

    # --- One slot ----------------------------------------------------------

    def make_one_slot(self):
        """The module, and a package for it."""
        os.unlink(self.flash)
        subprocess.run([MODULE, "format", self.flash, OLD, "--scratch", "16K"],
                       check=True)
        package = os.path.join(self.folder, "inplace.bin")
        subprocess.run([MKDFOTA, "-qf", OLD, self.new, "-o", package,
                        "--from-version", "7.27.0", "--to-version", "7.28.0",
                        "--in-place", "--scratch", "16K"], check=True)
        return package

    def cut_in_place(self):
        self.begin("--cut-after", "200")
        self.module.usb.ask("AT+UPGRADE")
        self.assertEqual(self.module.wait(), CUT)
        self.assertFalse(self.runs(OLD) or self.runs(self.new))

    def test_in_place_killed_often(self):
        self.roll_out(self.make_one_slot())
        self.killed_often()

    def test_in_place_power_cut(self):
        self.roll_out(self.make_one_slot())
        self.cut_in_place()
        self.module.start()
        self.module.uart.expect("+UPGRADEVER: 1")
        self.assertTrue(self.runs(self.new))

    def test_in_place_package_is_lost(self):
        """Half new, it waits for the package instead of running that."""
        package = self.make_one_slot()
        self.roll_out(package)
        self.cut_in_place()
        os.unlink(self.flash + ".package")
        self.module.start()
        self.assertEqual(self.module.wait(), REFUSED)
        subprocess.run([MODULE, "update", "-q", self.flash, package],
                       stdout=subprocess.DEVNULL, check=True)
        self.module.start()
        self.module.uart.expect("+UPGRADEVER: 1")
        self.assertTrue(self.runs(self.new))

    def test_in_place_self_test_fails(self):
        """No way back: it is reported, and what runs is what it says."""
        self.roll_out(self.make_one_slot())
        self.begin("--selftest-fails", "7.28.0")
        self.module.uart.ask("AT+UPGRADE")
        self.module.uart.expect("+UPGRADEIND: -1006")
        self.wait_for(lambda: self.upgrades() == [("failed", True,
                                                   "selftest")])
        self.assertIn("7.28.0", self.module.uart.ask("AT+CGMR"))
        self.assertTrue(self.runs(self.new))
        self.wait_for(lambda: self.state().startswith("+UPGRADE: 2"))
        self.fails_with(-1004, "-1004,404,27")

    def test_other_mode(self):
        """A package in place on a module of two slots touches nothing."""
        package = self.make_one_slot()
        os.unlink(self.flash)
        subprocess.run([MODULE, "format", self.flash, OLD], check=True)
        self.roll_out(package)
        self.begin()
        self.module.uart.ask("AT+UPGRADE")
        self.module.uart.expect("+UPGRADEIND: -1003")
        self.wait_for(lambda: self.upgrades() == [("failed", True, "verify")])
        self.assertTrue(self.runs(OLD))

    # --- Platforms that answer badly ---------------------------------------

    def ask_bad(self, end, *answers, options=()):
        """AT+UPGRADE at such a platform, until that line."""
        platform = BadPlatform(*answers)
        self.addCleanup(platform.stop)
        if self.module.process is None:
            self.begin(*options)
        url = f"http://127.0.0.1:{platform.port}"
        self.module.uart.ask(f'AT+UPGRADE="URL","{url}"')
        self.module.uart.ask("AT+UPGRADE")
        self.module.uart.expect(end)
        return platform

    def content(self):
        with open(self.package, "rb") as file:
            return file.read()

    def other(self):
        """Another package that would be taken."""
        with open(self.full, "rb") as file:
            return file.read()

    def test_damaged(self):
        good = self.content()
        bad = good[:5000] + bytes([good[5000] ^ 1]) + good[5001:]
        platform = self.ask_bad("+UPGRADEIND: -1003", whole(bad))
        self.wait_for(lambda: platform.reports)
        self.assertEqual([platform.reports[0][name] for name in
                          ("success", "phase", "version", "imei")],
                         [False, "verify", "7.27.0", self.imei])
        self.assertTrue(self.runs(OLD))
        self.wait_for(lambda: self.state().endswith("[-1003,200,0]"))
        platform = self.ask_bad("+UPGRADEVER: 1", rest(good))
        self.assertEqual(platform.ranges, [("bytes=0-", None)])
        self.assertTrue(platform.reports[0]["success"])

    def test_another_package_meanwhile(self):
        good = self.content()
        platform = self.ask_bad("+UPGRADEVER: 1",
                                broken(self.other(), 3000, ETag='"a"'),
                                whole(good, ETag='"b"'))
        self.assertEqual(platform.ranges, [("bytes=0-", None),
                                           ("bytes=3000-", '"a"')])

    def test_another_size_meanwhile(self):
        """No ETag, and the rest of something else."""
        good = self.content()
        platform = self.ask_bad("+UPGRADEVER: 1", broken(self.other(), 3000),
                                rest(good), rest(good),
                                options=["--clock-speed", "10"])
        self.assertEqual([one[0] for one in platform.ranges],
                         ["bytes=0-", "bytes=3000-", "bytes=0-"])

    def test_smaller_meanwhile(self):
        other = self.other() + bytes(99000)
        platform = self.ask_bad("+UPGRADEVER: 1", broken(other, 60000),
                                refused(416, b"{}"), rest(self.content()),
                                options=["--clock-speed", "10"])
        self.assertEqual([one[0] for one in platform.ranges],
                         ["bytes=0-", "bytes=60000-", "bytes=0-"])

    def test_elsewhere(self):
        there = BadPlatform(rest(self.content()))
        self.addCleanup(there.stop)
        self.ask_bad("+UPGRADEVER: 1",
                     moved(f"http://127.0.0.1:{there.port}/copy"))
        self.assertEqual(there.ranges, [("bytes=0-", None)])

    def test_too_large(self):
        """Larger than its area: known before a byte of it is loaded."""
        size = len(self.content())
        platform = self.ask_bad("+UPGRADEIND: -1005", whole(self.content()),
                                options=["--area", str(size - 1)])
        self.wait_for(lambda: platform.reports)
        report, = platform.reports
        self.assertEqual(
            (report["phase"], report["error"]),
            ("download", f"package: has {size} bytes, the area for it "
                         f"{size - 1}"))
        self.wait_for(lambda: self.state().startswith("+UPGRADE: 2,[-1005"))
        self.module.stop()
        self.module.start("--area", str(size))
        self.module.uart.expect("RDY")
        self.ask_bad("+UPGRADEVER: 1", whole(self.content()))

    def test_busy_platform(self):
        """Another time, not before the platform wants it."""
        begin = time.monotonic()
        self.ask_bad("+UPGRADEVER: 1", refused(503, b"{}", Retry_After=3),
                     refused(429, b"{}"), rest(self.content()))
        self.assertGreater(time.monotonic(), begin + 3)

    def test_nonsense(self):
        for answer in (refused(404, b"<html>"), refused(403, b"x" * 100000)):
            self.ask_bad("+UPGRADEIND: -1004", answer)
        self.assertEqual(self.state(), "+UPGRADE: 2,[-1004,403,0]")
        self.ask_bad("+UPGRADEIND: -1004", refused(206, b"no range"))
        self.ask_bad("+UPGRADEIND: -1003", whole(b"no package"))

    def test_no_length(self):
        for head in (b"", b"Transfer-Encoding: chunked\r\n"):
            self.ask_bad("+UPGRADEIND: -1004",
                         raw(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n4\r\nmore"))
        self.assertEqual(self.state(), "+UPGRADE: 2,[-1004,200,0]")

    def test_range_as_it_may_be(self):
        good = self.content()
        size = len(good)
        self.ask_bad("+UPGRADEVER: 1", rest(
            good, Content_Range=f"\tBytes 0-{size - 1}/{size} \t"))

    def test_no_http(self):
        """Another server is at that address; it may be the right one again."""
        self.ask_bad("+UPGRADEIND: -1001", raw(b"220 mail\r\n"),
                     options=["--clock-speed", "5000"])
        self.assertEqual(self.state(), "+UPGRADE: 2,[-1001,0,0]")
        self.module.uart.ask('AT+UPGRADE="URL","ftp://127.0.0.1"')
        self.fails_with(-1000, "-1000,0,0")

    PAST = "Sun, 06 Nov 1994 08:49:37 GMT"

    def test_date_in_the_past(self):
        """After which it may ask again, and report again, at once."""
        platform = BadPlatform(refused(503, Retry_After=self.PAST),
                               rest(self.content()))
        self.addCleanup(platform.stop)
        platform.report_answers = [refused(503, Retry_After=self.PAST),
                                   refused(200, b"{}")]
        self.begin("--clock-speed", "10")
        self.upgrade_at(platform)
        self.module.uart.expect("+UPGRADEVER: 1")
        self.assertEqual(len(platform.reports), 2)

    def upgrade_at(self, platform):
        uart = self.module.uart
        uart.ask(f'AT+UPGRADE="URL","http://127.0.0.1:{platform.port}"')
        uart.ask("AT+UPGRADE")

    def test_report_elsewhere(self):
        """It stays a POST."""
        there = BadPlatform(refused(404))
        self.addCleanup(there.stop)
        self.begin()
        for status in (301, 302, 303):
            platform = BadPlatform(rest(self.content()))
            self.addCleanup(platform.stop)
            platform.report_answers = [
                moved(f"http://127.0.0.1:{there.port}/result", status)]
            self.upgrade_at(platform)
            self.module.uart.expect("+UPGRADEVER: 1")
            self.assertTrue(there.reports.pop()["success"])
            self.module.stop()
            self.format()
            self.begin()

    def test_no_progress(self):
        """Bytes that were there before do not make it try for ever."""
        good = self.content()
        sizes = iter(range(1000000))

        def no_range(handler):
            broken(good, 3000 + next(sizes) * 7 % 5)(handler)

        def ever_new(handler):
            number = next(sizes)
            broken(good, 3000 + number % 5, ETag=f'"{number}"')(handler)

        def elsewhere(handler):
            if handler.headers["Range"] == "bytes=0-":
                broken(good, 3000)(handler)
            else:
                rest(good, Content_Range=f"bytes 1-{len(good) - 1}"
                     f"/{len(good)}")(handler)

        for answer in (no_range, ever_new, elsewhere):
            with self.subTest(answer=answer.__name__):
                platform = self.ask_bad("+UPGRADEIND: -1001", answer,
                                        options=["--clock-speed", "5000"])
                self.assertLess(len(platform.ranges), 80)

    def test_more_than_said(self):
        """What is behind the end is not taken."""
        good = self.content()
        size = len(good)
        for options in ((), self.STREAM):
            with self.subTest(options=options):
                self.begin("--area", str(size), *options)
                platform = BadPlatform(rest(
                    good + bytes(1000000),
                    Content_Range=f"bytes 0-{size - 1}/{size}"))
                self.addCleanup(platform.stop)
                self.upgrade_at(platform)
                seen = self.module.uart.expect("+UPGRADEVER: 1")
                self.assertFalse([line for line in seen
                                  if line.startswith("+UPGRADEIND")
                                  and int(line.split()[1]) > 100])
                self.assertEqual(len(platform.ranges), 1)
                self.module.stop()
                self.format()

    def test_bytes_behind(self):
        """Of what is announced the package is only the beginning."""
        for options in ((), self.STREAM):
            with self.subTest(options=options):
                self.begin(*options)
                platform = self.ask_bad("+UPGRADEVER: 1",
                                        rest(self.content() + bytes(3000)))
                self.assertEqual(len(platform.ranges), 1)
                self.assertTrue(self.runs(self.new))
                self.module.stop()
                self.format()

    def test_rest_of_another(self):
        """A 206 with another ETag, of the same size."""
        good = self.content()
        bad = good[:2000] + bytes(len(good) - 2000)
        for options in ((), self.STREAM):
            with self.subTest(options=options):
                self.begin("--clock-speed", "10", *options)
                platform = self.ask_bad(
                    "+UPGRADEVER: 1", broken(bad, 3000, ETag='"a"'),
                    rest(good, ETag='"b"'), rest(good, ETag='"b"'))
                self.assertEqual(platform.ranges, [
                    ("bytes=0-", None), ("bytes=3000-", '"a"'),
                    ("bytes=0-", None)])
                self.module.stop()
                self.format()

    # --- What is refused, and not again ------------------------------------

    def erased(self):
        """What was done to the slot so far."""
        text = subprocess.run([MODULE, "status", self.flash], text=True,
                              capture_output=True, check=True).stdout
        return [line for line in text.split("\n") if line.startswith("slot")]

    def test_runs_already(self):
        """The package of the image that runs: no flash for that."""
        with open(self.pack("same.bin", "/dev/null", OLD), "rb") as file:
            same = file.read()
        for options, slots in (((), ()), (self.STREAM, ()),
                               ((), ("--scratch", "16K"))):
            with self.subTest(options=options, slots=slots):
                self.format(*slots)
                before = self.erased()
                self.begin("--clock-speed", "200", *options)
                uart = self.module.uart
                uart.ask('AT+UPGRADE="PERIOD",60')
                platform = self.ask_bad("+UPGRADEIND: -1003", whole(same))
                self.wait_for(lambda: len(platform.ranges) > 3)
                self.module.stop()
                report, = platform.reports
                self.assertEqual((report["phase"], report["error"]), (
                    "verify", "package: leads to the image that runs already"))
                self.assertEqual(self.erased(), before)

    def test_upload_runs_already(self):
        with open(self.pack("same.bin", "/dev/null", OLD), "rb") as file:
            same = file.read()
        before = self.erased()
        self.begin()
        self.upload(same)
        self.module.uart.ask("AT+UARTUPGRADE=5", "+CME ERROR: 4")
        self.module.stop()
        self.assertEqual(self.erased(), before)

    def test_full_image_again(self):
        """What was booted last, when it is served on."""
        with open(self.full, "rb") as file:
            platform = self.ask_bad("+UPGRADEVER: 1", whole(file.read()))
        before = self.erased()
        self.module.uart.ask("AT+UPGRADE")
        self.module.uart.expect("+UPGRADEIND: -1003")
        self.wait_for(lambda: len(platform.reports) == 2)
        self.module.stop()
        self.assertEqual(self.erased(), before)
        self.assertTrue(self.runs(self.new))

    def test_refused_by_its_head(self):
        """The first bytes tell, and polls do not ask for more of it."""
        with open(self.pack("wrong.bin", self.new, OLD), "rb") as file:
            wrong = file.read()
        for options in ((), self.STREAM):
            with self.subTest(options=options):
                self.begin("--clock-speed", "200", *options)
                uart = self.module.uart
                uart.ask('AT+UPGRADE="PERIOD",60')
                platform = self.ask_bad("+UPGRADEIND: -1003",
                                        stalled(wrong, 1500, ETag='"a"'))
                self.wait_for(lambda: len(platform.ranges) > 3)
                self.assertEqual([one["phase"] for one in platform.reports],
                                 ["verify"])
                uart.ask('AT+UPGRADE="AUTO",0')
                self.wait_for(lambda: not self.state().startswith(
                    "+UPGRADE: 1"))
                uart.ask("AT+UPGRADE")  # a person may want to see it again
                self.wait_for(lambda: len(platform.reports) == 2)
                self.module.stop()
                self.format()

    def test_damaged_again(self):
        """It may have been the way, once."""
        good = self.content()
        bad = good[:9000] + bytes([good[9000] ^ 1]) + good[9001:]
        self.begin("--clock-speed", "200")
        self.module.uart.ask('AT+UPGRADE="PERIOD",60')
        platform = self.ask_bad("+UPGRADEIND: -1003", whole(bad))
        self.wait_for(lambda: len(platform.ranges) > 4)
        self.assertEqual(len(platform.reports), 2)

    # --- Who began it ------------------------------------------------------

    SLOW = ["--link-rate", "32000"]

    def test_auto_off(self):
        """Ends a poll's download; what is there is for AT+UPGRADE."""
        platform = BadPlatform(rest(self.content()))
        self.addCleanup(platform.stop)
        self.begin()
        uart = self.module.uart
        uart.ask(f'AT+UPGRADE="URL","http://127.0.0.1:{platform.port}"')
        self.module.stop()
        self.module.start("--poll-now", *self.SLOW)
        uart = self.module.uart
        uart.expect("+UPGRADEIND: 10")
        uart.ask('AT+UPGRADE="AUTO",0')
        self.assertEqual(self.state(), "+UPGRADE: 0")
        have = os.path.getsize(self.flash + ".package")
        uart.ask("AT+UPGRADE")
        uart.expect("+UPGRADEIND: 30")
        self.assertEqual(platform.ranges[1][0], f"bytes={have}-")
        self.module.kill()
        self.module.start()  # this one goes on
        self.module.uart.expect("+UPGRADEVER: 1")

    def test_auto_off_while_pausing(self):
        platform = BadPlatform(refused(404, b'{"code":43}'))
        self.addCleanup(platform.stop)
        self.begin()
        self.module.uart.ask(
            f'AT+UPGRADE="URL","http://127.0.0.1:{platform.port}"')
        self.module.stop()
        self.module.start("--poll-now", "--wait", "1")
        self.wait_for(lambda: platform.ranges)
        self.module.uart.ask('AT+UPGRADE="AUTO",0')
        asked = len(platform.ranges)
        time.sleep(1.5)
        self.assertEqual(len(platform.ranges), asked)

    def test_auto_off_at_power_on(self):
        platform = BadPlatform(rest(self.content()))
        self.addCleanup(platform.stop)
        self.begin()
        self.module.uart.ask(
            f'AT+UPGRADE="URL","http://127.0.0.1:{platform.port}"')
        self.module.stop()
        self.module.start("--poll-now", *self.SLOW)
        self.module.uart.expect("+UPGRADEIND: 10")
        self.module.kill()
        with open(self.flash + ".nv", encoding="ascii") as file:
            text = file.read()
        with open(self.flash + ".nv", "w", encoding="ascii") as file:
            file.write(text.replace("auto=1", "auto=0"))
        self.module.start()
        self.module.uart.expect("RDY")
        time.sleep(0.5)
        self.assertEqual(len(platform.ranges), 1)
        self.assertEqual(self.state(), "+UPGRADE: 0")

    def test_poll_waits_for_upload(self):
        """As long as segments come; ten minutes are a second here."""
        platform = BadPlatform(refused(404, b'{"code":27}'))
        self.addCleanup(platform.stop)
        self.begin("--clock-speed", "600")
        uart = self.module.uart
        uart.ask("AT+UARTUPGRADE=0")
        uart.ask(f'AT+UPGRADE="URL","http://127.0.0.1:{platform.port}"')
        uart.ask('AT+UPGRADE="PERIOD",60')
        for number in range(6):
            time.sleep(0.3)
            self.segment(number, bytes(4))
        self.assertEqual(platform.ranges, [])
        self.wait_for(lambda: platform.ranges)
        self.wait_for(lambda: self.state().startswith("+UPGRADE: 2"))
        uart.ask('AT+UPGRADE="AUTO",0')
        self.segment(6, bytes(4), "+CME ERROR: 3")

    def test_upgrade_behind_upload(self):
        """What is applied in a moment must not be taken away."""
        self.begin("--selftest-time", "1")
        self.upload(self.content())
        self.module.uart.ask("AT+UARTUPGRADE=5;+UPGRADE", "+CME ERROR: 3")
        self.module.uart.expect("+UPGRADEVER: 7.28.0")
        self.assertIn("7.28.0", self.module.uart.ask("AT+CGMR"))
        self.assertTrue(self.runs(self.new))

    def test_percent_of_this_one(self):
        good = self.content()
        self.ask_bad("+UPGRADEIND: 40",
                     broken(good, len(good) // 2), refused(404, b"{}"))
        self.module.uart.expect("+UPGRADEIND: -1004")
        platform = BadPlatform(lambda handler: handler.rfile.read(1))
        self.addCleanup(platform.stop)
        self.upgrade_at(platform)
        self.assertEqual(self.state(), "+UPGRADE: 1,0")

    def next_poll(self):
        """Seconds until then."""
        with open(self.flash + ".nv", encoding="ascii") as file:
            values = dict(line.rstrip("\n").split("=", 1) for line in file)
        return int(values["next_poll"]) - time.time()

    def test_quiet_day(self):
        """After a 40 nothing makes polls come earlier."""
        day = 86400
        self.ask_bad("+UPGRADEIND: -1004", refused(429, b'{"code":40}'))
        self.assertEqual(self.state(), "+UPGRADE: 2,[-1004,429,40]")
        self.module.uart.ask('AT+UPGRADE="PERIOD",60')
        self.assertGreater(self.next_poll(), day - 60)
        self.module.uart.ask('AT+UPGRADE="URL","http://"')
        self.fails_with(-1000, "-1000,0,0")
        self.assertGreater(self.next_poll(), day - 60)
        self.module.stop()
        self.module.start()
        self.module.uart.expect("RDY")
        self.assertGreater(self.next_poll(), day - 60)

    def test_port_is_a_file(self):
        """Somebody's, not to be replaced."""
        path = os.path.join(self.folder, "precious")
        with open(path, "w", encoding="ascii") as file:
            file.write("kept")
        run = subprocess.run(
            [MODULE, "run", self.flash, "--usb", path, "--imei", "1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            timeout=5)
        self.assertEqual(run.returncode, IO_FAILED)
        self.assertIn("precious: exists", run.stderr)
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), "kept")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[5:], verbosity=1)
