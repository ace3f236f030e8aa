#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is asked in odd ways, and by too many.

Usage: test_http.py PLATFORM [TEST...], on PLATFORM_DB
"""

import json
import re
import socket
import sys
import time
import unittest

from platformtest import Platform, device_path, first_admin

PROGRAM = sys.argv[1]
SITE = "/api/site/firmware_upgrade"


def talk(port, data, wait=5):
    """What comes back until the platform closes or is silent."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as one:
        one.sendall(data)
        try:
            while piece := one.recv(65536):
                answer += piece
        except (TimeoutError, ConnectionResetError):
            pass
    return answer


class Http(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = Platform(PROGRAM, "--behind-proxy", "--address-rate",
                                "5")
        cls.root = first_admin(cls.platform)
        one = cls.root.do("POST", "/projects", {"name": "one"})
        cls.key, cls.path = one["project_key"], f"/projects/{one['id']}"

    @classmethod
    def tearDownClass(cls):
        cls.platform.stop()

    def setUp(self):
        """Each test is another sender."""
        self.sender = f"10.0.0.{1 + sum(self.id().encode()) % 200}"

    def ask(self, path, *forwarded):
        lines = "".join(f"X-Forwarded-For: {one}\r\n"
                        for one in forwarded or [self.sender])
        answer = talk(self.platform.port,
                      (f"GET {path} HTTP/1.1\r\nHost: x\r\n{lines}"
                       "Connection: close\r\n\r\n").encode("latin-1"))
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), head.decode(), body

    # --- What modules read -------------------------------------------------

    def test_errors_of_the_site(self):
        """Code first, no blank, ASCII, short: whatever is wrong."""
        good = re.compile(rb'\{"code":(\d+),"msg":"[!-~]+"\}')
        seen = set()
        for method, path, body in (
                ("DELETE", SITE, ""), ("GET", SITE + "?imei=%ff", ""),
                ("GET", "/api/site/nothing", ""),
                ("POST", "/api/site/upgrade_result", "no JSON"),
                ("POST", "/api/site/upgrade_result", "{" * 5000),
                *[("GET", SITE, "")] * 60):
            answer = talk(self.platform.port, (
                f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                f"X-Forwarded-For: {self.sender}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
            head, _, body = answer.partition(b"\r\n\r\n")
            status = int(head.split()[1])
            match = good.fullmatch(body)
            self.assertTrue(match and len(body) <= 200, answer)
            self.assertIn(f"Content-Length: {len(body)}".encode(), head)
            seen.add((status, int(match[1])))
        self.assertEqual(seen, {(405, 405), (400, 400), (404, 404), (413, 413),
                                (404, 25), (429, 43)})

    # --- Who it is ---------------------------------------------------------

    def is_limited(self, senders):
        statuses = [self.ask("/healthz", *senders(i))[0] for i in range(60)]
        return 429 in statuses

    def test_forwarded(self):
        """The last address is our proxy's word, however it was added."""
        self.assertTrue(self.is_limited(
            lambda i: [f"9.9.9.{i}, {self.sender}"]))
        self.assertTrue(self.is_limited(
            lambda i: [f"9.9.9.{i}", "10.1.0.1"]))
        self.assertFalse(self.is_limited(lambda i: [f"10.2.0.{i}"]))

    def test_prefixes(self):
        self.assertTrue(self.is_limited(lambda i: [f"2001:db8:0:1::{i:x}"]))
        self.assertFalse(self.is_limited(lambda i: [f"2001:db8:1:{i:x}::1"]))
        self.assertFalse(self.is_limited(lambda i: [f"::ffff:10.3.0.{i}"]))

    def test_connections(self):
        platform = Platform(PROGRAM, "--address-connections", "5")
        self.addCleanup(platform.stop)
        first = [socket.create_connection(("127.0.0.1", platform.port))
                 for _ in range(5)]
        self.assertEqual(talk(platform.port, b"GET /healthz HTTP/1.1\r\n"
                              b"Host: x\r\nConnection: close\r\n\r\n"), b"")
        for one in first:
            one.close()
        for _ in range(50):
            answer = talk(platform.port, b"GET /healthz HTTP/1.1\r\nHost: x"
                          b"\r\nConnection: close\r\n\r\n")
            if answer:
                break
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)

    # --- What it may mean ---------------------------------------------------

    def test_slow_requests(self):
        """A byte now and then keeps no connection; uploads may be slow."""
        platform = Platform(PROGRAM, "--idle", "2")
        self.addCleanup(platform.stop)
        path = f"/api/v1{self.path}/images?firmware_name=a&version=1.0.0&part=0"
        session = (f"Cookie: {self.root.cookie}\r\n"
                   f"X-CSRF-Token: {self.root.csrf}\r\n")
        slow = {
            "headers": b"GET /healthz HTTP/1.1\r\n",
            "body": b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\n"
                    b"Content-Length: 999\r\n\r\n",
            "stranger": f"PUT {path} HTTP/1.1\r\nHost: x\r\n"
                        "Content-Length: 15\r\n\r\n".encode(),
            "upload": f"PUT {path} HTTP/1.1\r\nHost: x\r\n{session}"
                      "Content-Length: 15\r\nConnection: close\r\n\r\n".encode(),
        }
        open_, ended = {}, {}
        for name, begin in slow.items():
            open_[name] = socket.create_connection(("127.0.0.1",
                                                    platform.port), timeout=5)
            open_[name].sendall(begin)
        begun = time.monotonic()
        for _ in range(15):
            for name, one in list(open_.items()):
                try:
                    one.sendall(b"x")
                except OSError:
                    ended[name] = time.monotonic() - begun
                    open_.pop(name).close()
            time.sleep(0.6)
        self.assertEqual(set(ended), {"headers", "body", "stranger"})
        for name, seconds in ended.items():
            self.assertTrue(3.5 < seconds < 9, (name, seconds))
        with open_["upload"] as one:
            answer = one.recv(65536)
        self.assertTrue(answer.startswith(b"HTTP/1.1 204 "), answer)

    def test_two_lengths(self):
        """A proxy and we must not find different ends of a request."""
        for lines in (b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
                      b"Content-Length: 0\r\nContent-Length: 5\r\n",
                      b"Content-Length : 0\r\n"):
            answer = talk(self.platform.port,
                          b"POST /api/site/upgrade_result HTTP/1.1\r\n"
                          b"Host: x\r\n" + lines +
                          b"\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n"
                          b"Connection: close\r\n\r\n")
            self.assertEqual(answer.count(b"HTTP/1.1 2"), 0, (lines, answer))

    def test_numbers(self):
        for query in ("limit=", "limit=x", "limit=-1", "limit=1e3", "after=1x",
                      "forbidden=yes", "limit=" + "9" * 30):
            self.root.do("GET", f"{self.path}/devices?{query}", status=400)
        one = self.root.do("POST", self.path + "/firmware",
                           {"firmware_name": "HUB", "version": "1.0.0"})["id"]
        self.root.do("PUT", f"/firmware/{one}/targets?append=true",
                     "866714040000001", status=400)
        self.root.do("PUT", f"{self.path}/images?firmware_name=HUB&"
                     "version=1.0.0&part=-1", b"x", status=400)

    def test_objects(self):
        for body in ('{"name":"x\\u0000y"}', '{"name":"a","name":"b"}',
                     '{"name":"a","name":7}', '["name"]', '{"name":"a"} {}'):
            self.root.do("POST", "/projects", body.encode(), status=400)

    # --- Answers -----------------------------------------------------------

    def test_headers(self):
        for path in ("/healthz", "/", "/api/v1/projects", SITE, "/nothing"):
            self.assertIn("X-Content-Type-Options: nosniff",
                          self.ask(path)[1])
        answer = self.root.ask("GET", self.path + "/devices?format=csv")
        self.assertEqual(answer.headers["Content-Disposition"],
                         'attachment; filename="devices.csv"')

    def test_search(self):
        """Of any length and case, the same on both databases."""
        path = device_path(self.key, "AA-bb", "1.0.0").replace("imei", "uid")
        self.ask(path)
        path = device_path(self.key, "0a:1b:2c:3d:4e:5f", "1.0.0")
        self.ask(path.replace("imei", "mac"))
        for text, count in (("aa-B", 1), ("Aa-bB", 1), ("aa_b", 0), ("%", 0),
                            ("\u56fa" * 100, 0), ("0A:1b:2C:3d:4E:5f", 1),
                            ("1b-2c-3", 1), ("1b2c", 1), ("1b:3c", 0)):
            rows = self.root.get(f"{self.path}/devices?search=" + "".join(
                f"%{byte:02x}" for byte in text.encode()))["rows"]
            self.assertEqual(len(rows), count, text)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
