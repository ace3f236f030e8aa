#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The platform while its PostgreSQL is restarted, stopped, or closes its
connections. Under with_postgres.sh, which tells how.

Usage: test_dbrestart.py PLATFORM
"""

import collections
import ipaddress
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from platformtest import Platform, device_path, first_admin

PROGRAM = sys.argv[1]
SENDERS = 8
ALLOWED = 5     # requests of a device within an hour
SLOWEST = 10    # seconds that an answer may take, whatever happens
RECOVERED = 3   # seconds after which everything is as before


def control(*words):
    subprocess.run(os.environ["PLATFORM_PG_CTL"].split() + list(words),
                   check=True, timeout=60)


def sql(text):
    """The lines of the answer, each split into its columns."""
    done = subprocess.run(os.environ["PLATFORM_PSQL"].split() + ["-c", text],
                          check=True, timeout=60, stdout=subprocess.PIPE,
                          text=True)
    return [line.split("|") for line in done.stdout.splitlines()]


def close_connections():
    sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'")


Asked = collections.namedtuple("Asked", "device address status code begun "
                               "ended")


def code_of(answer):
    """Of an answer to a module; None of one that says to ask again later."""
    if answer.status == 503:
        assert answer.json().get("code") == 43 or answer.json()["error"], \
            answer.body  # of a module, or of an operator
        assert int(answer.headers["Retry-After"]) > 0
        return None
    return 0 if answer.status == 200 else answer.json()["code"]


class Load:
    """Modules that ask, and an operator who works, until it is stopped."""

    numbers = itertools.count()

    def __init__(self, platform, root, project, package):
        self.platform, self.root, self.project = platform, root, project
        self.package = package
        self.asked, self.worked, self.faults = [], [], []
        self.made, self.stopping = set(), False
        self.threads = [threading.Thread(target=self.run, args=(work,))
                        for work in [self.ask] * SENDERS + [self.work]]
        for thread in self.threads:
            thread.start()

    def run(self, work):
        while not self.stopping:
            try:
                work()
            except Exception as fault:  # pylint: disable=broad-except
                self.faults.append(repr(fault))
                return

    def ask(self):
        """One of some devices, of all senders; each gets its turn often
        enough to be forbidden. The address tells the request in the table."""
        number = next(self.numbers)
        device = f"8667160{number // 60 + random.randrange(20):08}"
        address = str(ipaddress.ip_address("10.0.0.0") + number)
        begun = time.monotonic()
        answer = self.platform.ask(
            "GET", device_path(self.project["project_key"], device, "1.0.0"),
            headers={"X-Forwarded-For": address})
        ended = time.monotonic()
        assert answer.status in (200, 403, 503), (answer.status, answer.body)
        code = code_of(answer)
        assert code in (0, 40, None), answer.body
        assert code != 0 or answer.body == self.package
        self.asked.append(Asked(device, address, answer.status, code, begun,
                                ended))

    def work(self):
        name = f"n{next(self.numbers)}"
        for method, path, body, good in (
                ("GET", "/me", None, 200),
                ("POST", "/projects", {"name": name}, 200),
                ("PUT", f"/projects/{self.project['id']}/images?"
                 f"firmware_name={name}&version=1.0.0", name, 204),
                ("GET", f"/projects/{self.project['id']}/devices?limit=5",
                 None, 200),
                ("GET", f"/projects/{self.project['id']}/statistics", None,
                 200)):
            begun = time.monotonic()
            answer = self.root.ask(method, path, body)
            assert answer.status in (good, 503), (method, path, answer.status,
                                                  answer.body)
            if answer.status == 503:
                code_of(answer)
            self.worked.append(Asked(path, None, answer.status, None, begun,
                                     time.monotonic()))
            if method == "POST" and answer.status == good:
                self.made.add(name)
            if method == "PUT" and answer.status == good:
                self.made.add(name + " image")

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()


class Restarts(unittest.TestCase):
    """One platform, which nobody restarts."""

    @classmethod
    def setUpClass(cls):
        cls.platform = Platform(PROGRAM, "--address-rate", "0",
                                "--behind-proxy")
        cls.root = first_admin(cls.platform)
        cls.project = cls.root.do("POST", "/projects", {"name": "restarts"})
        cls.upload("1.0.0", os.urandom(2000))
        cls.upload("2.0.0", os.urandom(2000))
        cls.root.do("POST", f"/projects/{cls.project['id']}/firmware",
                    {"firmware_name": "HUB", "version": "2.0.0",
                     "is_whole": True, "state": "running"})
        cls.package = cls.wait_for_package("866716999999999", "1.0.0")

    @classmethod
    def tearDownClass(cls):
        cls.platform.stop()

    @classmethod
    def upload(cls, version, data):
        cls.root.do("PUT", f"/projects/{cls.project['id']}/images?"
                    f"firmware_name=HUB&version={version}", data)

    @classmethod
    def wait_for_package(cls, device, version):
        path = device_path(cls.project["project_key"], device, version)
        for _ in range(600):
            answer = cls.platform.ask("GET", path)
            if answer.status == 200:
                return answer.body
            assert answer.json().get("code") == 43 or answer.json()["error"], \
            answer.body  # of a module, or of an operator
            time.sleep(0.1)
        raise AssertionError("no package is made")

    def under_load(self, outage):
        """OUTAGE gives the seconds between which the server was surely away,
        or nothing when it never was for long."""
        load = Load(self.platform, self.root, self.project, self.package)
        time.sleep(1)
        begun = time.monotonic()
        try:
            away = outage()
            ended = time.monotonic()
            time.sleep(RECOVERED + 2)
        finally:
            load.stop()
        every = load.asked + load.worked
        last = max([one.ended for one in every if one.status == 503] or
                   [ended])
        if load.faults:
            print("".join(sorted(set(self.platform.log))), file=sys.stderr)
        self.assertEqual(load.faults, [])
        print(f"{self.id().rsplit('.', maxsplit=1)[-1]}: {len(every)} answers, "
              f"{sum(one.status == 503 for one in every)} of them 503, slowest "
              f"{max(one.ended - one.begun for one in every):.2f} s, last 503 "
              f"{last - ended:+.2f} s", file=sys.stderr)
        self.assertLess(max(one.ended - one.begun for one in every), SLOWEST)
        for one in every:
            if one.ended < begun or one.begun > ended + RECOVERED:
                self.assertNotEqual(one.status, 503, one)
            if away and one.begun > away[0] and one.ended < away[1]:
                self.assertEqual(one.status, 503, one)
        self.assertTrue(any(one.begun > ended + RECOVERED for one in every))
        if away:
            self.assertTrue(any(one.begun > away[0] and one.ended < away[1]
                                for one in load.worked))
        self.root.get("/me")  # the session is there still
        self.check_made(load)
        self.check_once(load)
        self.check_exact(load)

    def check_made(self, load):
        there = {name for name, in sql("SELECT name FROM projects")} | {
            name + " image" for name, in sql(
                "SELECT DISTINCT firmware_name FROM images")}
        self.assertEqual(sorted(load.made - there), [])
        self.assertGreater(len(load.made), 0)

    def check_once(self, load):
        """What was answered is recorded once, as it was answered."""
        table = collections.defaultdict(list)
        for device, address, code in sql(
                "SELECT identity, address, code FROM requests r JOIN devices "
                "d ON d.id = r.device_id"):
            table[address].append((device, int(code)))
        for one in load.asked:
            if one.code is not None:
                self.assertEqual(table[one.address], [(one.device, one.code)],
                                 one)
            else:
                self.assertLessEqual(len(table[one.address]), 1, one)

    def check_exact(self, load):
        """However many are left, no device gets more than it may."""
        got = collections.Counter(one.device for one in load.asked
                                  if one.code == 0)
        self.assertGreater(len(got), 0)
        for device in {one.device for one in load.asked}:
            path = device_path(self.project["project_key"], device, "1.0.0")
            while True:
                code = code_of(self.platform.ask("GET", path))
                if code == 40:
                    break
                self.assertEqual(code, 0)
                got[device] += 1
            self.assertLessEqual(got[device], ALLOWED, device)
        counts = sql("SELECT identity, count(*) FROM requests r JOIN devices "
                     "d ON d.id = r.device_id WHERE code = 0 GROUP BY 1")
        for device, count in counts:
            if device in got:
                self.assertEqual(int(count), ALLOWED, device)

    def test_restart_fast(self):
        self.under_load(lambda: control("restart", "-m", "fast"))

    def test_restart_immediate(self):
        self.under_load(lambda: control("restart", "-m", "immediate"))

    def test_restart_often(self):
        def often():
            for number in range(6):
                control("restart", "-m", ("fast", "immediate")[number % 2])
                time.sleep(0.3 * random.random())
        self.under_load(often)

    def test_stopped(self):
        def stop():
            control("stop", "-m", "fast")
            begun = time.monotonic()
            time.sleep(5)
            away = begun, time.monotonic()
            control("start")
            return away
        self.under_load(stop)

    def test_frozen(self):
        """It takes connections, but says nothing."""
        folder = sql("SHOW data_directory")[0][0]
        with open(f"{folder}/postmaster.pid", encoding="ascii") as file:
            server = int(file.readline())

        def freeze():
            backends = sql("SELECT pid FROM pg_stat_activity WHERE "
                           "application_name = 'dfota-platform'")
            self.assertGreater(len(backends), 2)
            os.kill(server, signal.SIGSTOP)
            try:
                for backend in backends:
                    os.kill(int(backend[0]), signal.SIGTERM)
                time.sleep(0.5)
                begun = time.monotonic()
                time.sleep(7)
                return begun, time.monotonic()
            finally:
                os.kill(server, signal.SIGCONT)
        self.under_load(freeze)

    def test_connections_closed(self):
        self.under_load(close_connections)

    def test_connections_closed_often(self):
        def often():
            for _ in range(20):
                close_connections()
                time.sleep(0.1 * random.random())
        self.under_load(often)

    def test_idle_connections(self):
        """Nobody notices when those that idle are closed."""
        for outage in (close_connections,
                       lambda: control("restart", "-m", "fast")):
            outage()
            for number in range(20):
                answer = self.platform.ask("GET", "/healthz")
                self.assertEqual(answer.status, 200, number)

    def test_frozen_instance(self):
        """Devices whose rows it had taken are not without an answer for it."""
        other = Platform(PROGRAM, "--address-rate", "0", "--behind-proxy",
                         folder=self.platform.folder)
        load = Load(other, self.root, self.project, self.package)
        time.sleep(1)
        other.process.send_signal(signal.SIGSTOP)
        begun = time.monotonic()
        devices = {one.device for one in load.asked[-500:]}
        codes = []
        threads = [threading.Thread(target=lambda path: codes.append(code_of(
            self.platform.ask("GET", path))), args=(device_path(
                self.project["project_key"], device, "1.0.0"),))
            for device in devices]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        waited = time.monotonic() - begun
        other.process.send_signal(signal.SIGCONT)
        time.sleep(1)
        load.stop()
        print(f"{len(devices)} devices waited {waited:.2f} s", file=sys.stderr)
        self.assertEqual(load.faults, [])
        self.assertEqual(len(codes), len(devices))
        self.assertLessEqual(set(codes), {0, 40})
        self.assertLess(waited, SLOWEST)
        self.check_once(load)
        other.stop()

    def test_generation(self):
        """What is to be made is made, and nothing is given up for it."""
        versions = [f"1.1.{number}" for number in range(40)]
        for version in versions:
            self.upload(version, os.urandom(60000))
        for number, version in enumerate(versions):
            answer = self.platform.ask("GET", device_path(
                self.project["project_key"], f"8667169{number:08}", version))
            self.assertEqual(answer.json()["code"], 43)
        waiting = "SELECT count(*) FROM packages WHERE state IN ('waiting', " \
            "'building')"
        for number in range(8):
            if number % 4 == 3:
                control("restart", "-m", "fast")
            else:
                close_connections()
            time.sleep(0.05)
        end = time.monotonic() + 100  # what is given up is taken after 60
        while sql(waiting) != [["0"]] and time.monotonic() < end:
            time.sleep(0.2)
        self.assertEqual(sql("SELECT state, reason, count(*) FROM packages "
                             "GROUP BY 1, 2"), [["ready", "", "41"]])


class NotThere(unittest.TestCase):
    """A platform that is started while there is no PostgreSQL."""

    def test_start(self):
        control("stop", "-m", "fast")
        begun = time.monotonic()
        done = subprocess.run(
            [PROGRAM, "--data", tempfile.mkdtemp(), "--port", "0",
             "--database", os.environ["PLATFORM_DB"]], check=False,
            timeout=SLOWEST, capture_output=True, text=True)
        control("start")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, "--database: .*connection to server.*"
                         "No such file")
        self.assertLess(time.monotonic() - begun, SLOWEST)
        platform = Platform(PROGRAM)
        self.assertEqual(platform.ask("GET", "/healthz").status, 200)
        platform.stop()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=1)
