#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The platform under faults: a full disk, kill -9 in the middle of work, and
requests that nobody would send. The first two on SQLite in folders of their own,
the requests on PLATFORM_DB.

Usage: test_faults.py PLATFORM [SECONDS of odd requests]
"""

import csv
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from platformtest import (DESCRIPTION, PASSWORD, Person, Platform,
                          device_path, first_admin)

PROGRAM = sys.argv[1]
PLACE = os.environ["PLATFORM_DB"]
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 5


def own_database(folder):
    os.environ["PLATFORM_DB"] = f"sqlite:{folder}/platform.db"


class Full(unittest.TestCase):
    """On a disk of 4 MiB."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m",
                               "tmpfs", self.folder], check=False,
                              stderr=subprocess.DEVNULL)
        if done.returncode != 0:
            self.skipTest("no file system can be mounted here")
        own_database(self.folder)

    def tearDown(self):
        subprocess.run(["umount", "-l", self.folder], check=True)

    def fill(self):
        with open(f"{self.folder}/filler", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def test_packages_wait_for_room(self):
        """It failed for ever; the database is elsewhere, and has room."""
        with tempfile.TemporaryDirectory() as other:
            own_database(other)
            platform = Platform(PROGRAM, "--address-rate", "0",
                                folder=self.folder)
            root = first_admin(platform)
            project = root.do("POST", "/projects", {"name": "p"})
            path = f"/projects/{project['id']}"
            for version in ("1.0.0", "2.0.0"):
                root.do("PUT", f"{path}/images?firmware_name=F&version=" +
                        version, os.urandom(100000))
            one = root.do("POST", path + "/firmware",
                          {"firmware_name": "F", "version": "2.0.0",
                           "is_whole": True, "state": "running"})
            self.fill()
            ask = lambda: platform.ask("GET", device_path(
                project["project_key"], "866714000000001", "1.0.0", "F"))
            self.assertEqual(ask().json()["code"], 43)
            packages = f"/firmware/{one['id']}/packages"

            def wait_for(state, reason):
                for _ in range(200):
                    row, = root.get(packages)["rows"]
                    if (row["state"], row["reason"]) == (state, reason):
                        return
                    time.sleep(0.1)
                self.fail(row)

            wait_for("waiting", "no room on the disk")
            self.assertEqual(ask().json()["code"], 43)
            os.unlink(f"{self.folder}/filler")
            self.assertEqual(root.do("POST", packages + "/retry", {}),
                             {"packages": 1})
            wait_for("ready", None)
            self.assertEqual(ask().status, 200)
            platform.stop()

    def test_507_and_on(self):
        platform = Platform(PROGRAM, "--address-rate", "0",
                            folder=self.folder)
        root = first_admin(platform)
        project = root.do("POST", "/projects", {"name": "p"})
        path = f"/projects/{project['id']}/images?firmware_name=F&version="
        root.do("PUT", path + "1.0.0", b"a" * 100000)
        root.do("PUT", path + "1.1.0", os.urandom(8 << 20), status=507)
        left = os.listdir(f"{self.folder}/data/new")
        self.assertEqual(left, [])
        self.fill()
        statuses = set()
        for number in range(300):
            answer = platform.ask("GET", device_path(
                project["project_key"], f"8667140{number:08}", "1.0.0", "F"))
            statuses.add(answer.status)
        self.assertLessEqual(statuses, {404, 507})
        self.assertIn(507, statuses)
        self.assertEqual(platform.ask("GET", "/healthz").status, 200)
        self.assertEqual(len(root.get("/projects")["rows"]), 1)
        os.unlink(f"{self.folder}/filler")
        answer = platform.ask("GET", device_path(
            project["project_key"], "866714099999999", "1.0.0", "F"))
        self.assertEqual(answer.json()["code"], 27)
        root.do("PUT", path + "1.1.0", b"b" * 100000)
        platform.stop()


class Killed(unittest.TestCase):
    """What was answered as done is there, whenever the power goes."""

    def test_again_and_again(self):
        folder = tempfile.mkdtemp()
        own_database(folder)
        platform = Platform(PROGRAM, "--address-rate", "0", folder=folder)
        root = first_admin(platform)
        project = root.do("POST", "/projects", {"name": "p"})["id"]
        generator = random.Random(1)
        done = set()

        def work(start):
            number = start
            while True:
                number += 1
                try:
                    answer = root.ask(
                        "PUT", f"/projects/{project}/images?firmware_name=F&"
                        f"version=1.{number}.0", str(number) * 5000)
                except OSError:
                    return
                if answer.status == 204:
                    done.add(f"1.{number}.0")

        for turn in range(8):
            threads = [threading.Thread(target=work,
                                        args=(10000 * (3 * turn + k),))
                       for k in range(3)]
            for thread in threads:
                thread.start()
            time.sleep(0.1 + 0.3 * generator.random())
            platform.kill()
            for thread in threads:
                thread.join()
            platform.start()
            text = root.ask("GET", f"/projects/{project}/images?format=csv")
            rows = list(csv.DictReader(text.body.decode().splitlines()))
            there = {row["version"] for row in rows}
            self.assertEqual(sorted(done - there)[:5], [])
            for row in rows:
                path = (f"{folder}/data/{row['sha256'][:2]}/{row['sha256']}")
                self.assertEqual(os.path.getsize(path), int(row["size"]))
        self.assertGreater(len(done), 20)
        platform.stop()


class Restored(unittest.TestCase):
    """The backup that README describes, taken while the platform works."""

    def test_backup(self):
        folder, copy = tempfile.mkdtemp(), tempfile.mkdtemp()
        own_database(folder)
        platform = Platform(PROGRAM, "--address-rate", "0", folder=folder)
        root = first_admin(platform)
        project = root.do("POST", "/projects", {"name": "p"})["id"]
        path = f"/projects/{project}/images?firmware_name=F&version="
        for number in range(5):
            root.do("PUT", f"{path}1.{number}.0", str(number) * 999)
        busy = threading.Thread(target=lambda: [
            root.ask("PUT", f"{path}2.{number}.0", str(number) * 999)
            for number in range(100)])
        busy.start()
        with sqlite3.connect(f"{folder}/platform.db") as source:
            source.execute("VACUUM INTO ?", (f"{copy}/platform.db",))
        shutil.copytree(f"{folder}/data", f"{copy}/data",
                        ignore=shutil.ignore_patterns("new"))
        busy.join()
        platform.stop()
        own_database(copy)
        platform = Platform(PROGRAM, "--address-rate", "0", folder=copy)
        root = Person(platform, "root")
        rows = root.get(f"/projects/{project}/images?limit=1000")["rows"]
        self.assertGreaterEqual(len(rows), 5)
        for row in rows:
            name = f"{copy}/data/{row['sha256'][:2]}/{row['sha256']}"
            self.assertEqual(os.path.getsize(name), row["size"])
        platform.stop()


class Odd(unittest.TestCase):
    """Whatever is sent, the answer is one of the description, never a 500."""

    def value(self, generator):
        return generator.choice([
            "", "0", "-1", "1", "99999999999999999999", "1.0.0", "'", "%27",
            "%00", "%0a", "a" * 300, "%F0%9F%98%80", "%ff%fe", "../..", "x y"
            .replace(" ", "%20"), "1e308", "null", "true", "{}", "$1", ";--"])

    def body(self, generator):
        scalar = lambda: generator.choice(
            [None, True, -1, 0, 1.5, 1e300, 2 ** 63, "", "x", "\u0000",
             "a" * 5000, [], {}, [1] * 50, {"a": {"b": []}}, "1.0.0",
             "running", "admin", "\ud83d\ude00"])
        names = ["name", "password", "role", "secret", "firmware_name",
                 "version", "state", "percent", "hourly_rate", "is_whole",
                 "project_key", "public_key", "product", "area_size", "ram",
                 "imei", "success", "phase", "error", "day_from", "odd"]
        kind = generator.randrange(6)
        if kind == 0:
            return bytes(generator.randrange(256)
                         for _ in range(generator.randrange(200)))
        if kind == 1:
            return b"[" * generator.randrange(2000)
        if kind == 2:
            return json.dumps(scalar()).encode()
        return json.dumps({generator.choice(names): scalar()
                           for _ in range(generator.randrange(6))}).encode()

    def test_odd_requests(self):
        os.environ["PLATFORM_DB"] = PLACE
        platform = Platform(PROGRAM, "--address-rate", "0")
        root = first_admin(platform)
        root.do("POST", "/projects", {"name": "p"})
        root.do("POST", "/projects/1/firmware",
                {"firmware_name": "F", "version": "1.0.0"})
        token = root.do("POST", "/tokens", {"name": "t",
                                            "role": "admin"})["token"]
        seed = random.randrange(1 << 30)
        generator = random.Random(seed)
        operations = [one for one in DESCRIPTION.operations
                      if "users" not in one[1] and "tokens" not in one[1]]
        end = time.monotonic() + SECONDS
        count = 0
        while time.monotonic() < end:
            method, path = generator.choice(operations)
            for name in ("{id}", "{sha256}"):
                path = path.replace(name, generator.choice(
                    ["1", "1", self.value(generator) or "z"]))
            parameters = [parameter["name"] for parameter in
                          DESCRIPTION.operations.get(
                              (method, path), (None, {}))[1]
                          .get("parameters", [])] + \
                ["limit", "search", "before", "format", "odd", "days"]
            query = "&".join(
                f"{generator.choice(parameters)}={self.value(generator)}"
                for _ in range(generator.randrange(5)))
            headers = {"Authorization": "Bearer " + token,
                       "Range": generator.choice(
                           ["bytes=0-", "bytes=-", "bytes=5-1", "x",
                            "bytes=99999999999999999999-"])}
            answer = platform.ask(
                method.upper(), path + ("?" + query if query else ""),
                self.body(generator) if method != "get" else None, headers)
            self.assertNotIn(answer.status, (500, 503, 507),
                             (seed, method, path, query, answer.body))
            count += 1
        self.assertEqual(platform.ask("GET", "/healthz").status, 200)
        time.sleep(2)  # odd logins have used up those that may be tried
        self.assertIsInstance(Person(platform, "root", PASSWORD), Person)
        platform.stop()
        print(count, "odd requests, seed", seed, file=sys.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], failfast=True, verbosity=1)
