#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Behind a real nginx, which sends the packages (X-Accel-Redirect), and with
TLS of its own. On PLATFORM_DB.

Usage: test_proxy.py PLATFORM MKDFOTA PAIRS
"""

import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

from platformtest import Platform, device_path, first_admin

PROGRAM, MKDFOTA, PAIRS = sys.argv[1:4]
NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")

CONF = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
user root;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/t; proxy_temp_path {folder}/p;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
    scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{backend};
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
        location /stored/ {{ internal; alias {folder}/data/; }}
    }}
}}
"""


class Proxy(unittest.TestCase):
    """nginx before it."""

    def setUp(self):
        if NGINX is None:
            self.skipTest("nginx is missing")
        self.folder = tempfile.mkdtemp()
        os.chmod(self.folder, 0o755)
        self.platform = Platform(PROGRAM, "--accel", "/stored",
                                 "--behind-proxy", "--address-rate", "3",
                                 folder=self.folder)
        for attempt in range(3):  # another port if one is taken
            if self.start_nginx(20000 + (os.getpid() + 777 * attempt) % 12000):
                return
        with open(f"{self.folder}/nginx.log", encoding="utf-8") as file:
            self.fail("nginx does not start: " + file.read())

    def start_nginx(self, port):
        self.port = port
        with open(f"{self.folder}/nginx.conf", "w", encoding="ascii") as file:
            file.write(CONF.format(folder=self.folder, port=port,
                                   backend=self.platform.port))
        self.nginx = subprocess.Popen(
            [NGINX, "-c", f"{self.folder}/nginx.conf", "-e",
             f"{self.folder}/nginx.log"])
        for _ in range(200):
            if self.nginx.poll() is not None:
                return False
            if os.path.exists(f"{self.folder}/nginx.pid"):
                return True
            time.sleep(0.05)
        return False

    def tearDown(self):
        self.nginx.terminate()
        self.nginx.wait()
        self.platform.stop()

    def ask(self, path, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response, body

    def test_accel(self):
        root = first_admin(self.platform)
        project = root.do("POST", "/projects", {"name": "p"})
        firmware = root.do("POST", f"/projects/{project['id']}/firmware", {
            "firmware_name": "HUB", "version": "7.28.0", "is_whole": True,
            "state": "running"})
        path = f"{self.folder}/dfota.bin"
        subprocess.run([MKDFOTA, "-q", f"{PAIRS}/movehub-7.27.0.bin",
                        f"{PAIRS}/movehub-7.28.0.bin", "-o", path], check=True)
        with open(path, "rb") as file:
            package = file.read()
        root.do("PUT", f"/firmware/{firmware['id']}/packages?"
                "from_version=7.27.0", package)
        asked = device_path(project["project_key"], "866714040000001",
                            "7.27.0")
        whole, body = self.ask(asked, {})
        self.assertEqual((whole.status, body), (200, package))
        self.assertEqual(whole.headers["Content-Length"], str(len(package)))
        self.assertNotIn("X-Accel-Redirect", whole.headers)
        part, body = self.ask(asked, {"Range": "bytes=100-"})
        self.assertEqual((part.status, body), (206, package[100:]))
        self.assertEqual(part.headers["Content-Range"],
                         f"bytes 100-{len(package) - 1}/{len(package)}")
        tag = {"Range": "bytes=100-", "If-Range": part.headers["ETag"]}
        part, body = self.ask(asked, tag)
        self.assertEqual((part.status, body), (206, package[100:]))
        digest, _ = self.ask("/stored/" + "0" * 64, {})
        self.assertEqual(digest.status, 404)
        rows = root.get(f"/projects/{project['id']}/devices")["rows"]
        requests = root.get(f"/devices/{rows[0]['id']}/requests")["rows"]
        self.assertEqual({row["address"] for row in requests}, {"127.0.0.1"})
        self.assertEqual([row["is_counted"] for row in requests],
                         [False, False, True])
        # Addresses are told apart behind the proxy, and not made up.
        made_up = {"X-Forwarded-For": "192.0.2.7"}
        statuses = [self.ask("/healthz", made_up)[0].status
                    for _ in range(45)]
        self.assertIn(429, statuses)


class Tls(unittest.TestCase):
    """TLS by the platform itself."""

    def test_tls(self):
        folder = tempfile.mkdtemp()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-keyout",
                        f"{folder}/key.pem", "-out", f"{folder}/cert.pem"],
                       check=True, stderr=subprocess.DEVNULL)
        platform = Platform(PROGRAM, "--certificate", f"{folder}/cert.pem",
                            "--key", f"{folder}/key.pem", folder=folder)
        context = ssl.create_default_context(cafile=f"{folder}/cert.pem")
        connection = http.client.HTTPSConnection(
            "127.0.0.1", platform.port, context=context)
        connection.request("GET", "/healthz")
        self.assertEqual(json.loads(connection.getresponse().read()),
                         {"status": "ok"})
        connection.request("POST", "/api/v1/login", json.dumps(
            {"name": "root", "password": "correct horse battery"}))
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200:  # there is one on this database
            self.assertIn("; Secure", answer.headers["Set-Cookie"])
        connection.close()
        platform.stop()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], failfast=True, verbosity=1)
