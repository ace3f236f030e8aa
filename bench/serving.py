#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What dfota-platform stands, on loopback.

  polls      modules that ask and get "nothing newer", each request one
             transaction on the disk; beside a file that nginx sends, in the same
             run, by the same client (wrk)
  downloads  packages of 600 kB, all at the same time; every byte compared, and
             the server's memory

With --postgres instead two instances on a PostgreSQL of their own, with its
commits on the disk, for about a minute at most:

  limit      each device asks 30 times at once, half of them through either
             instance; exactly as many downloads as the limit allows must pass

Usage: bench/serving.py [--platform PATH] [--database PLACE] [--modules N]
                         [--downloads N] [--seconds N]
       bench/serving.py --postgres [--platform PATH] [--devices N]
Exit status: 0; 1 when a download is wrong, memory is over 256 MiB, or a device
got more or fewer downloads than it may.
"""

import argparse
import asyncio
import hashlib
import json
import os
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                     "samples", "platform", "tests")
sys.path.insert(0, TESTS)
from platformtest import Platform, device_path, first_admin  # noqa: E402

MEMORY_MOST = 256 << 20
NO_LIMITS = ["--address-rate", "0", "--address-connections", "0"]  # all is one address
PACKAGE_SIZE = 600000
SMALL_SIZE = 2000   # of packages that are counted, not measured
AT_ONCE = 30        # requests of one device
SENDERS = 8         # threads, each with one device at a time
SECONDS_MOST = 60
LIMIT = 6           # the request within an hour that forbids a device

POLL = """
math.randomseed(os.time())
request = function()
  local imei = string.format("86671404%%07d", math.random(0, %d))
  return wrk.format("GET", "%s&imei=" .. imei)
end
"""

CONF = """
daemon off; pid {0}/nginx.pid; error_log {0}/nginx.log; user root;
worker_processes 2;
events {{ worker_connections 4096; }}
http {{ access_log off; client_body_temp_path {0}/t; proxy_temp_path {0}/p;
  fastcgi_temp_path {0}/f; uwsgi_temp_path {0}/u; scgi_temp_path {0}/s;
  server {{ listen 127.0.0.1:{1}; root {0}/www; }} }}
"""


def wrk(url, seconds, script=None):
    """Requests a second, and the 99th percentile in milliseconds."""
    command = ["wrk", "-t", "2", "-c", "64", "-d", f"{seconds}s", "--latency"]
    if script:
        command += ["-s", script]
    text = subprocess.run(command + [url], check=True, capture_output=True,
                          text=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    return rate, float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def peak(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1)) * 1024


def fill(root, options, size, limit):
    """A project with a firmware, and a package of random bytes."""
    project = root.do("POST", "/projects", {
        "name": "load", "hour_count": limit, "day_count": 1000000})
    firmware = root.do("POST", f"/projects/{project['id']}/firmware", {
        "firmware_name": "HUB", "version": "2.0.0", "is_whole": True,
        "state": "running"})
    with tempfile.TemporaryDirectory() as folder:
        for name in ("old", "new"):
            with open(f"{folder}/{name}", "wb") as file:
                file.write(os.urandom(size))
        subprocess.run([options.mkdfota, "-q", f"{folder}/old",
                        f"{folder}/new", "-o", f"{folder}/package"],
                       check=True)
        with open(f"{folder}/package", "rb") as file:
            package = file.read()
    root.do("PUT", f"/firmware/{firmware['id']}/packages?from_version=1.0.0",
            package)
    return project["project_key"], package


def polls(platform, key, options, folder):
    script = f"{folder}/poll.lua"
    path = f"/api/site/firmware_upgrade?project_key={key}" \
        "&firmware_name=HUB&version=2.0.0"
    with open(script, "w", encoding="ascii") as file:
        file.write(POLL % (options.modules - 1, path))
    url = f"http://127.0.0.1:{platform.port}/"
    wrk(url, min(options.seconds, 5), script)  # enters most of the devices
    ours = wrk(url, options.seconds, script)
    os.makedirs(f"{folder}/www")
    with open(f"{folder}/www/answer.json", "w", encoding="ascii") as file:
        json.dump({"code": 27}, file)
    port = 20000 + (os.getpid() + 99) % 20000
    with open(f"{folder}/nginx.conf", "w", encoding="ascii") as file:
        file.write(CONF.format(folder, port))
    nginx = subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf", "-e",
                              f"{folder}/nginx.log"])
    time.sleep(1)
    theirs = wrk(f"http://127.0.0.1:{port}/answer.json", options.seconds)
    nginx.terminate()
    nginx.wait()
    for name, (rate, tail) in (("polls", ours), ("nginx, a file", theirs)):
        print(f"{name}: {rate:.0f} requests a second, 99 % within "
              f"{tail:.1f} ms")


async def download(platform, path, digest):
    reader, writer = await asyncio.open_connection("127.0.0.1", platform.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                 "Range: bytes=0-\r\n\r\n".encode())
    await writer.drain()
    sha = hashlib.sha256()
    head = await reader.readuntil(b"\r\n\r\n")
    while True:
        data = await reader.read(65536)
        if not data:
            break
        sha.update(data)
        await asyncio.sleep(0.05)  # a slow link: all are open at once
    writer.close()
    return head.startswith(b"HTTP/1.1 206") and sha.hexdigest() == digest


async def downloads(platform, key, package, count):
    digest = hashlib.sha256(package).hexdigest()
    begun = time.monotonic()
    results = await asyncio.gather(*(
        download(platform, device_path(key, f"8667150{number:08}", "1.0.0"),
                 digest) for number in range(count)))
    return results.count(False), time.monotonic() - begun


class Line:
    """A connection that asks again and again."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.data = b""

    def ask(self, path):
        self.data = b""
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"
                            .encode())

    def read(self):
        """Status and body, once all of them are there."""
        data = self.socket.recv(65536)
        assert data, "the platform has closed a connection"
        self.data += data
        head, end, body = self.data.partition(b"\r\n\r\n")
        size = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if not end or len(body) < int(size.group(1)):
            return None
        return int(head.split()[1]), body


class Limit:
    """Devices that ask through both instances at once."""

    def __init__(self, platforms, key, package, count):
        self.platforms, self.key, self.package = platforms, key, package
        self.devices = iter(range(count))
        self.lock = threading.Lock()
        self.times, self.passed, self.faults = [], [], []
        self.end = time.monotonic() + SECONDS_MOST

    def next_device(self):
        with self.lock:
            return next(self.devices, None) \
                if time.monotonic() < self.end and not self.faults else None

    def ask_at_once(self, lines, selector, device):
        """How many of the requests are answered with the package."""
        path = device_path(self.key, f"8667180{device:08}", "1.0.0")
        begun, passed, left = {}, 0, len(lines)
        for line in lines:
            begun[line] = time.monotonic()
            line.ask(path)
        while left > 0:
            ready = selector.select(60)
            assert ready, "no answer within 60 s"
            for key, _ in ready:
                answer = key.data.read()
                if answer is None:
                    continue
                left -= 1
                self.times.append(time.monotonic() - begun[key.data])
                passed += answer == (200, self.package)
                assert answer[0] in (200, 403), answer
        return passed

    def run(self):
        lines = [Line(self.platforms[number % 2].port)
                 for number in range(AT_ONCE)]
        try:
            with selectors.DefaultSelector() as selector:
                for line in lines:
                    selector.register(line.socket, selectors.EVENT_READ, line)
                while (device := self.next_device()) is not None:
                    self.passed.append(self.ask_at_once(lines, selector,
                                                        device))
        except (AssertionError, OSError) as fault:
            self.faults.append(str(fault))
        finally:
            for line in lines:
                line.socket.close()


def limit(options):
    """Under with_postgres.sh."""
    with tempfile.TemporaryDirectory() as folder:
        platforms = [Platform(options.platform, *NO_LIMITS, folder=folder)]
        root = first_admin(platforms[0])
        key, package = fill(root, options, SMALL_SIZE, LIMIT)
        platforms.append(Platform(options.platform, *NO_LIMITS, folder=folder))
        work = Limit(platforms, key, package, options.devices)
        begun = time.monotonic()
        threads = [threading.Thread(target=work.run) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - begun
        for platform in platforms:
            platform.stop()
    for fault in work.faults:
        print(fault, file=sys.stderr)
    if not work.passed:
        return 1
    wrong = sum(passed != LIMIT - 1 for passed in work.passed)
    tail = sorted(work.times)[len(work.times) * 99 // 100] * 1000
    print(f"two instances: {len(work.times) / seconds:.0f} requests a second, "
          f"99 % within {tail:.1f} ms")
    print(f"limit: {len(work.passed)} of {options.devices} devices asked "
          f"{AT_ONCE} times at once in {seconds:.1f} s, {wrong} of them got "
          f"other than {LIMIT - 1} downloads")
    return 1 if wrong or work.faults else 0


def with_postgres(options):
    """The same again, where there is a PostgreSQL."""
    return subprocess.run(
        [os.path.join(TESTS, "with_postgres.sh"), sys.executable,
         os.path.abspath(__file__), "--postgres", "--platform",
         os.path.abspath(options.platform), "--mkdfota",
         os.path.abspath(options.mkdfota), "--devices", str(options.devices)],
        check=False, env={**os.environ, "PLATFORM_FSYNC": "on"}).returncode


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("--platform",
        default="build/release/samples/platform/dfota-platform")
    add("--mkdfota", default="build/release/cli/mkdfota")
    add("--database", help="default: SQLite")
    add("--modules", type=int, default=20000)
    add("--downloads", type=int, default=2000)
    add("--seconds", type=int, default=10)
    add("--postgres", action="store_true",
        help="two instances on a PostgreSQL of their own")
    add("--devices", type=int, default=2000, help="with --postgres")
    options = parser.parse_args()
    if options.postgres:
        return limit(options) if "PLATFORM_PG_CTL" in os.environ \
            else with_postgres(options)
    for tool in ("wrk", "nginx"):
        if shutil.which(tool) is None:
            print(f"{tool} is missing", file=sys.stderr)
            return 2
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o755)
    os.environ["PLATFORM_DB"] = options.database or \
        f"sqlite:{folder}/platform.db"
    platform = Platform(options.platform, *NO_LIMITS, folder=folder)
    root = first_admin(platform)
    key, package = fill(root, options, PACKAGE_SIZE, 1000000)
    polls(platform, key, options, folder)
    wrong, seconds = asyncio.run(downloads(platform, key, package,
                                           options.downloads))
    memory = peak(platform.process.pid)
    platform.stop()
    shutil.rmtree(folder)
    print(f"downloads: {options.downloads} of {len(package)} bytes at once in "
          f"{seconds:.1f} s, {wrong} wrong")
    print(f"memory of the platform: {memory / (1 << 20):.0f} MiB at most")
    return 1 if wrong or memory > MEMORY_MOST else 0


if __name__ == "__main__":
    sys.exit(main())
