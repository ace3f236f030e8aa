#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The running platform as operators and modules see it, on PLATFORM_DB.

Usage: test_api.py PLATFORM MKDFOTA PAIRS
"""

import concurrent.futures
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from platformtest import DESCRIPTION, PASSWORD, Person, Platform, device_path, first_admin

PROGRAM, MKDFOTA, PAIRS = sys.argv[1:4]
OLD = os.path.join(PAIRS, "movehub-7.27.0.bin")
NEW = os.path.join(PAIRS, "movehub-7.28.0.bin")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def package(*options, old=OLD):
    """A package of the pair, or from another old image."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "dfota.bin")
        subprocess.run([MKDFOTA, "-q", old, NEW, "-o", path, *options],
                       check=True)
        return read(path)


def make_key(folder):
    private, public = (os.path.join(folder, name) for name in ("k", "p"))
    subprocess.run(["openssl", "ecparam", "-genkey", "-name", "prime256v1",
                    "-noout", "-out", private], check=True)
    subprocess.run(["openssl", "ec", "-in", private, "-pubout", "-out",
                    public], check=True, stderr=subprocess.DEVNULL)
    return private, public


class Api(unittest.TestCase):
    """In the order of their names: each builds on those before."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.private, cls.public = make_key(cls.folder)
        cls.platform = Platform(PROGRAM, "--address-rate", "0",
                                "--signing-keys", cls.folder,
                                folder=cls.folder)
        cls.root = first_admin(cls.platform)

    @classmethod
    def tearDownClass(cls):
        cls.platform.stop()

    def device(self, imei, version, start=None, if_range=None, **more):
        headers = {} if start is None else {"Range": f"bytes={start}-"}
        if if_range is not None:
            headers["If-Range"] = if_range
        return self.platform.ask(
            "GET", device_path(self.key, imei, version, **more),
            headers=headers)

    def code(self, imei, version, **more):
        answer = self.device(imei, version, **more)
        return 0 if answer.status in (200, 206) else answer.json()["code"]

    def test_01_who_may(self):
        ask = self.platform.ask
        self.assertEqual(ask("GET", "/api/v1/projects").status, 401)
        again = ask("POST", "/api/v1/setup", json.dumps(
            {"secret": self.platform.setup_secret(), "name": "x",
             "password": PASSWORD}))
        self.assertEqual(again.status, 403)
        for name, password in (("root", "wrong wrong"), ("nobody", PASSWORD)):
            answer = ask("POST", "/api/v1/login", json.dumps(
                {"name": name, "password": password}))
            self.assertEqual(answer.status, 401)
        for role in ("viewer", "operator"):
            self.root.do("POST", "/users", {"name": role, "role": role,
                                            "password": PASSWORD})
        type(self).viewer = Person(self.platform, "viewer")
        type(self).operator = Person(self.platform, "operator")
        self.viewer.do("POST", "/projects", {"name": "x"}, status=403)
        self.operator.do("POST", "/projects", {"name": "x"}, status=403)
        self.operator.do("GET", "/audit", status=403)
        forged = ask("POST", "/api/v1/projects", '{"name": "x"}',
                     {"Cookie": self.root.cookie})
        self.assertEqual(forged.status, 403)
        self.root.do("POST", "/users", {"name": "weak", "role": "viewer",
                                        "password": "short"}, status=400)
        self.root.do("POST", "/users", {"name": "viewer", "role": "viewer",
                                        "password": PASSWORD}, status=409)

    def test_02_projects(self):
        project = self.root.do("POST", "/projects",
                               {"name": "hub", "product": "hub",
                                "area_size": 4000000000})
        self.assertEqual(project["area_size"], 4000000000)
        self.assertRegex(project["project_key"], "^[0-9a-f]{32}$")
        self.assertEqual(project["hour_count"], 6)
        type(self).project, type(self).key = project["id"], \
            project["project_key"]
        path = f"/projects/{project['id']}"
        for bad in ({"hour_count": 0}, {"hour_count": 1.5}, {"nothing": 1},
                    {"name": ""}, {"name": "a\nb"}, {"project_key": "x"},
                    {"product": 5}, {"public_key": "no key"}, {"name": None}):
            self.root.do("PATCH", path, bad, status=400)
        self.root.do("PATCH", path, "[]", status=400)
        self.root.do("PATCH", "/projects/99999", {"name": "y"}, status=404)
        self.root.do("POST", "/projects", {"name": "hub"}, status=409)
        changed = self.root.do("PATCH", path, {"area_size": 100000})
        self.assertEqual(changed["area_size"], 100000)
        self.assertEqual(changed["product"], "hub")
        self.assertEqual(len(self.viewer.get("/projects")["rows"]), 1)

    def firmware(self, version, **more):
        return self.operator.do(
            "POST", f"/projects/{self.project}/firmware",
            {"firmware_name": "HUB", "version": version, **more})

    def test_03_packages_are_checked(self):
        one = self.firmware("7.28.0", is_whole=True)
        self.assertEqual((one["state"], one["percent"]), ("draft", 100))
        path = f"/firmware/{one['id']}/packages"
        good = package("--product", "hub", "--from-version", "7.27.0",
                       "--to-version", "7.28.0")

        def refused(data, reason, more=""):
            answer = self.operator.ask("PUT", path + more, data)
            self.assertEqual(answer.status, 422, answer.body)
            self.assertIn(reason, answer.json()["error"])

        refused(good[:-1], "")
        refused(good[:500] + b"!" + good[501:], "")
        refused(b"not a package at all", "")
        refused(package("--product", "other"), "another product")
        refused(package("--product", "hub", "--to-version", "9.9.9"),
                "another version")
        refused(package("--product", "hub"), "from_version")
        refused(good, "made from another version", "?from_version=7.26.0")
        unnamed = package("--product", "hub")
        for version in ("7.28.0", "7.28", "8.0.0"):
            refused(unnamed, "expected an older one than 7.28.0",
                    "?from_version=" + version)
        self.root.do("PATCH", f"/projects/{self.project}", {"area_size": 1000})
        refused(good, "larger than the area")
        self.root.do("PATCH", f"/projects/{self.project}",
                     {"area_size": 100000,
                      "public_key": read(self.public).decode()})
        refused(good, "")
        signed = package("--product", "hub", "--from-version", "7.27.0",
                         "--to-version", "7.28.0", "--key", self.private)
        type(self).package = signed
        made = self.operator.do("PUT", path, signed)
        self.assertEqual(made["sha256"], hashlib.sha256(signed).hexdigest())
        self.assertEqual(self.viewer.get(path)["rows"][0]["state"], "ready")
        self.viewer.do("PUT", path, signed, status=403)
        self.operator.do("PUT", "/firmware/999/packages", signed, status=404)
        type(self).first = one["id"]

    def test_04_a_module_upgrades(self):
        self.assertEqual(self.code("866714040000001", "7.27.0"), 27)
        self.operator.do("PATCH", f"/firmware/{self.first}",
                         {"state": "running"})
        whole = self.device("866714040000001", "7.27.0")
        self.assertEqual(whole.status, 200)
        self.assertEqual(whole.body, self.package)
        self.assertEqual(whole.headers["Content-Length"],
                         str(len(self.package)))
        part = self.device("866714040000001", "7.27.0", start=1000)
        self.assertEqual(part.status, 206)
        self.assertEqual(part.body, self.package[1000:])
        self.assertEqual(
            part.headers["Content-Range"],
            f"bytes 1000-{len(self.package) - 1}/{len(self.package)}")
        beyond = self.device("866714040000001", "7.27.0", start=99999999)
        self.assertEqual((beyond.status, beyond.json()["code"]), (404, 27))
        stranger = self.device("866714040000030", "7.27.0", start=1000)
        self.assertEqual((stranger.status, stranger.json()["code"]), (404, 27))
        self.assertEqual(self.code("866714040000001", "7.28.0"), 27)
        rows = self.viewer.get(f"/projects/{self.project}/upgrades")["rows"]
        self.assertEqual([(row["state"], row["is_reported"]) for row in rows],
                         [("done", False)])
        firmware = self.viewer.get(f"/firmware/{self.first}")
        self.assertEqual((firmware["done"], firmware["failed"]), (1, 0))

    def test_05_error_bodies(self):
        answer = self.device("866714040000001", "7.28.0")
        self.assertRegex(answer.body.decode("ascii"),
                         r'^\{"code":27,"msg":"(\\u[0-9a-f]{4})+"\}$')
        self.assertLess(len(answer.body), 200)
        self.assertNotIn(answer.status, (200, 206))
        self.assertNotIn("Transfer-Encoding", answer.headers)
        self.assertEqual(self.code("12", "7.27.0"), 3)
        self.assertEqual(self.code("866714040000001", "7.27.0", name="X"), 26)
        self.assertEqual(self.code("866714040000001", "7.x"), 26)
        missing = self.platform.ask("GET", "/api/site/firmware_upgrade")
        self.assertEqual(missing.json()["code"], 25)

    def test_06_reports(self):
        imei = "866714040000002"
        self.assertEqual(self.code(imei, "7.27.0"), 0)
        report = {"project_key": self.key, "imei": imei, "version": "7.27.0",
                  "success": False, "phase": "selftest",
                  "error": "=no network <b>, \"so\""}
        post = lambda body: self.platform.ask("POST", "/api/site/upgrade_result",
                                              body)
        late = {**report, "to_version": "7.27.5"}
        self.assertEqual(post(json.dumps(late)).json(), {"code": 0})
        path = f"/projects/{self.project}/upgrades"
        self.assertEqual(self.viewer.get(path)["rows"][0]["state"], "running")
        report["to_version"] = "7.28.0"
        self.assertEqual(post(json.dumps(report)).status, 200)
        self.assertEqual(post("{").status, 400)
        for name in ("project_key", "imei", "version", "success"):
            self.assertEqual(post(json.dumps(
                {key: value for key, value in report.items() if key != name}
            )).status, 400)
        self.assertEqual(post("x" * 5000).status, 413)
        self.assertEqual(post(json.dumps({**report, "imei": "1"})).json(), {
            "code": 3, "msg": "无效的设备"})
        rows = self.viewer.get(path + "?state=failed&search=network")["rows"]
        self.assertEqual(len(rows), 1)
        self.assertEqual(rows[0]["phase"], "selftest")
        self.assertTrue(rows[0]["is_reported"])
        self.assertEqual(self.viewer.get(path + "?search=n%25k")["rows"], [])
        csv = self.viewer.ask("GET", path + "?state=failed&format=csv")
        self.assertIn('"\'=no network <b>, ""so"""',
                      csv.body.decode().splitlines()[1])
        self.assertEqual(csv.headers["Content-Type"],
                         "text/csv; charset=utf-8")

    def test_07_forbidden_and_released(self):
        imei = "866714040000003"
        codes = [self.code(imei, "7.27.0") for _ in range(7)]
        self.assertEqual(codes, [0, 0, 0, 0, 0, 40, 40])
        path = f"/projects/{self.project}/devices?forbidden=1"
        rows = self.viewer.get(path)["rows"]
        self.assertEqual([row["identity"] for row in rows], [imei])
        release = f"/devices/{rows[0]['id']}/release"
        self.viewer.do("POST", release, {}, status=403)
        self.operator.do("POST", release, {})
        self.assertEqual(self.viewer.get(path)["rows"], [])
        self.assertEqual(self.code(imei, "7.27.0"), 0)
        requests = self.viewer.get(f"/devices/{rows[0]['id']}/requests")
        self.assertEqual([row["code"] for row in requests["rows"]],
                         [0, 40, 40, 0, 0, 0, 0, 0])

    def test_08_lists(self):
        two = self.firmware("7.29.0")
        path = f"/firmware/{two['id']}/targets"
        lines = ["imei,note"] + [f"8667140500{i:05}" for i in range(100000)]
        said = self.operator.do("PUT", path, "\r\n".join(lines + lines[1:3]))
        self.assertEqual(said, {"devices": 100000, "added": 100000})
        one = self.viewer.get(f"/firmware/{two['id']}")
        self.assertEqual((one["targets"], one["targets_done"]), (100000, 0))
        lines[5], lines[70000] = "86671405", "8667 zzz"
        answer = self.operator.do("PUT", path, "\n".join(lines), status=422)
        self.assertEqual([line["line"] for line in answer["lines"]],
                         [6, 70001])
        many = self.operator.do("PUT", path, "imei\n" + "12\n" * 250,
                                status=422)
        self.assertEqual((many["faults"], len(many["lines"]),
                          many["lines"][0]["text"]), (250, 100, "12"))
        self.assertEqual(
            self.viewer.get(f"/firmware/{two['id']}")["targets"], 100000)
        for added in (1, 0):
            said = self.operator.do("PUT", path + "?append=1",
                                    "866714040000009")
            self.assertEqual(said, {"devices": 100001, "added": added})
        rows = self.viewer.get(path + "?search=40000009")["rows"]
        self.assertEqual([row["identity"] for row in rows],
                         ["866714040000009"])
        type(self).second = two["id"]

    def test_09_generated(self):
        images = f"/projects/{self.project}/images?firmware_name=HUB&version="
        self.operator.do("PUT", images + "7.27.0", read(OLD))
        self.operator.do("PUT", images + "7.27.0", read(OLD))
        noted = lambda: sum(row["action"] == "upload image" for row in
                            self.root.get("/audit?limit=1000")["rows"])
        before = noted()
        self.operator.do("PUT", images + "7.27.0", read(NEW), status=409)
        self.assertEqual(noted(), before)
        self.operator.do("PUT", images + "7.29.0", read(NEW))
        self.operator.do("PUT", images + "7.x", read(NEW), status=400)
        imei = "866714040000009"
        os.rename(self.private, f"{self.folder}/{self.project}.pem")
        self.operator.do("PATCH", f"/firmware/{self.second}",
                         {"state": "running"})
        codes, body = [], b""
        for _ in range(100):
            answer = self.device(imei, "7.27.0")
            codes.append(answer.status if answer.status == 200
                         else answer.json()["code"])
            if codes[-1] != 43:
                body = answer.body
                break
            time.sleep(0.1)
        self.assertEqual(codes[-1], 200, codes)
        rows = self.viewer.get(f"/firmware/{self.second}/packages")["rows"]
        states = {row["from_version"]: (row["state"], row["reason"])
                  for row in rows}
        if states["7.27.0"][0] == "failed":
            self.fail(states)
        with open(f"{self.folder}/made", "wb") as file:
            file.write(body)
        subprocess.run([MKDFOTA, "verify", "-q", f"{self.folder}/made",
                        "--old", OLD, "--new", NEW, "--key", self.public],
                       check=True)
        self.assertEqual(self.code("866714040000010", "7.20.0"), 44)

    def test_09b_in_place(self):
        """A base that nobody has asked from yet, for modules with one slot."""
        path = f"/projects/{self.project}"
        self.root.do("PATCH", path, {"block_size": 1}, status=400)
        self.root.do("PATCH", path, {"is_in_place": True, "product": None,
                                     "scratch_size": 65536})
        images = path + "/images?firmware_name=HUB&version="
        self.operator.do("PUT", images + "7.26.0", read(OLD) + b"12345678")
        self.root.do("PATCH", path, {"area_size": 10000000})
        imei = "866714040000009"
        for _ in range(100):
            answer = self.device(imei, "7.26.0")
            if answer.status == 200:
                break
            self.assertEqual(answer.json()["code"], 43)
            time.sleep(0.1)
        with open(f"{self.folder}/made", "wb") as file:
            file.write(answer.body)
        info = subprocess.run([MKDFOTA, "info", f"{self.folder}/made"],
                              check=True, capture_output=True,
                              text=True).stdout
        self.assertRegex(info, "in.place")
        self.root.do("PATCH", path, {"is_in_place": False})
        for one in (self.first, self.second):
            self.wait_for(one, "ready")

    def test_10_states(self):
        path = f"/firmware/{self.second}"
        self.operator.do("PATCH", path, {"state": "paused"})
        self.assertEqual(self.code("866714040000011", "7.27.0"), 0)
        self.operator.do("PATCH", path, {"state": "running"})
        self.operator.do("PATCH", path, {"state": "draft"}, status=409)
        running = self.viewer.get(path)["running"]
        self.assertGreater(running, 0)
        self.operator.do("PATCH", path, {"state": "aborted"})
        after = self.viewer.get(path)
        self.assertEqual((after["running"], after["state"]), (0, "aborted"))
        self.assertGreaterEqual(after["failed"], running)
        self.operator.do("PATCH", path, {"state": "running"}, status=409)
        self.operator.do("PATCH", path, {"state": "gone"}, status=400)
        self.operator.do("PATCH", path, {"percent": 101}, status=400)
        self.operator.do("PATCH", path, {"hourly_rate": None})

    def test_10a_paused_by_itself(self):
        """What had failed before it was resumed does not count again."""
        path = f"/firmware/{self.first}"
        self.operator.do("PATCH", path, {"fail_percent": 0, "fail_least": 1})

        def fail(imei):
            self.assertEqual(self.code(imei, "7.27.0"), 0)
            answer = self.platform.ask(
                "POST", "/api/site/upgrade_result", json.dumps(
                    {"project_key": self.key, "imei": imei, "success": False,
                     "version": "7.27.0", "phase": "boot", "error": "x"}))
            self.assertEqual(answer.status, 200)
            return self.viewer.get(path)["state"]

        self.assertEqual(fail("866714040000040"), "paused")
        time.sleep(1.1)  # times are whole seconds
        self.operator.do("PATCH", path, {"state": "running",
                                         "fail_least": 2})
        self.assertEqual(fail("866714040000041"), "running")
        self.operator.do("PATCH", path, {"state": "running"})  # no news
        self.assertEqual(fail("866714040000042"), "paused")
        self.operator.do("PATCH", path, {"state": "running",
                                         "fail_percent": None})

    def test_10a_images_of_packages(self):
        """Where images are here, a package is made of these."""
        images = f"/projects/{self.project}/images?firmware_name=BASE&version="
        one = self.operator.do(
            "POST", f"/projects/{self.project}/firmware",
            {"firmware_name": "BASE", "version": "2.0.0"})
        path = f"/firmware/{one['id']}/packages?from_version="
        made = package("--key", self.private_now())
        self.operator.do("PUT", images + "1.0.0", read(OLD))
        self.operator.do("PUT", images + "1.0.5", read(NEW))
        said = self.operator.do("PUT", path + "1.0.5", made, status=422)
        self.assertIn("made from another image than the one of 1.0.5",
                      said["error"])
        self.operator.do("PUT", path + "1.0.0", made)
        self.operator.do("PUT", path + "1.0.1", made)
        self.operator.do("PUT", images + "2.0.0", read(OLD))
        said = self.operator.do("PUT", path + "1.0.0", made, status=422)
        self.assertIn("leads to another image than the one of 2.0.0",
                      said["error"])

    def test_10a_images_are_nobodys(self):
        """Their digests are in each package; their bytes are not for all."""
        images = f"/projects/{self.project}/images?firmware_name=OPEN&version="
        self.operator.do("PUT", images + "1.0.0", read(OLD))
        made = package("--key", self.private_now())
        for path in (OLD, NEW):
            digest = hashlib.sha256(read(path))
            self.assertIn(digest.digest(), made)
            self.assertEqual(self.platform.ask(
                "GET", "/packages/" + digest.hexdigest()).status, 404)

    def wait_for(self, firmware, state):
        """All packages are so; the first of them."""
        for _ in range(100):
            rows = self.viewer.get(f"/firmware/{firmware}/packages")["rows"]
            if {row["state"] for row in rows} == {state}:
                return rows[0]
            time.sleep(0.1)
        self.fail(rows)

    def failing(self, name):
        """A project and firmware whose package did not fit, and its module."""
        project = self.root.do("POST", "/projects", {"name": name,
                                                     "area_size": 1000})
        images = f"/projects/{project['id']}/images?firmware_name=HUB&version="
        self.operator.do("PUT", images + "1.0.0", read(OLD))
        self.operator.do("PUT", images + "2.0.0", read(NEW))
        one = self.operator.do(
            "POST", f"/projects/{project['id']}/firmware",
            {"firmware_name": "HUB", "version": "2.0.0", "is_whole": True,
             "state": "running"})
        imei = f"86671404008{project['id']:04}"
        ask = lambda: self.platform.ask("GET", device_path(
            project["project_key"], imei, "1.0.0"))
        self.assertEqual(ask().json()["code"], 43)
        self.wait_for(one["id"], "failed")
        self.assertEqual(ask().json()["code"], 44)
        return project["id"], one["id"], ask

    def test_10aa_tried_again(self):
        """A package that could not be made is not lost for ever."""
        project, one, ask = self.failing("again")
        self.root.do("PATCH", f"/projects/{project}", {"area_size": 1000000})
        self.wait_for(one, "ready")
        self.assertEqual(ask().status, 200)

        project, one, ask = self.failing("again by hand")
        path = f"/firmware/{one}/packages/retry"
        self.viewer.do("POST", path, {}, status=403)
        self.operator.do("POST", "/firmware/9999/packages/retry", {},
                         status=404)
        self.assertEqual(self.operator.do("POST", path, {}), {"packages": 1})
        self.assertEqual(self.wait_for(one, "failed")["size"], None)
        for state in ("paused", "running"):
            self.operator.do("PATCH", f"/firmware/{one}", {"state": state})
        row, = self.viewer.get(f"/firmware/{one}/packages")["rows"]
        self.assertIn(row["state"], ("waiting", "building"))
        self.wait_for(one, "failed")

    def test_10ab_served_no_more(self):
        """What the project demands by now is what modules get."""
        project, one, ask = self.failing("stricter")
        path = f"/projects/{project}"
        key = read(self.public).decode()
        self.root.do("PATCH", path, {"area_size": 1000000})
        made = self.wait_for(one, "ready")
        self.root.do("PATCH", path, {"area_size": 1000001, "name": "strict"})
        self.assertEqual(self.wait_for(one, "ready"), made)
        self.root.do("PATCH", path, {"public_key": key})
        self.assertIn("not signed", self.wait_for(one, "failed")["reason"])
        self.assertEqual(ask().json()["code"], 44)
        shutil.copy(self.private_now(), f"{self.folder}/{project}.pem")
        self.operator.do("POST", f"/firmware/{one}/packages/retry", {})
        signed = self.wait_for(one, "ready")
        self.assertNotEqual(signed["sha256"], made["sha256"])
        self.root.do("PATCH", path, {"product": "hub"})
        self.assertNotEqual(self.wait_for(one, "ready")["sha256"],
                            signed["sha256"])
        self.root.do("PATCH", path, {"product": None, "public_key": None})
        self.wait_for(one, "ready")

        # Nor does it come back with a roll-out that was aborted meanwhile.
        self.operator.do("PATCH", f"/firmware/{one}", {"state": "aborted"})
        self.root.do("PATCH", path, {"product": "other"})
        for state in ("draft", "running"):
            self.operator.do("PATCH", f"/firmware/{one}", {"state": state})
        self.wait_for(one, "ready")
        with open(f"{self.folder}/made", "wb") as file:
            file.write(ask().body)
        self.assertIn("other", subprocess.run(
            [MKDFOTA, "info", f"{self.folder}/made"], check=True,
            capture_output=True, text=True).stdout)
        self.root.do("PATCH", path, {"product": None})
        self.wait_for(one, "ready")

        # One that was uploaded cannot be made anew, but may fit again.
        packages = f"/firmware/{one}/packages"
        put = self.operator.do("PUT", packages + "?from_version=1.0.0",
                               package())
        self.root.do("PATCH", path, {"public_key": key})
        self.assertIn("not signed", self.wait_for(one, "failed")["reason"])
        self.assertEqual(ask().json()["code"], 44)
        self.root.do("PATCH", path, {"public_key": None})
        self.assertEqual(self.wait_for(one, "ready")["sha256"], put["sha256"])
        self.assertEqual(ask().status, 200)

    def test_10ac_moved(self):
        """A device that asked with another project's key first."""
        project, one, ask = self.failing("squatter")
        own = f"/projects/{self.project}/devices?search="
        self.root.do("PATCH", f"/projects/{project}", {"area_size": 1000000})
        self.wait_for(one, "ready")
        self.assertEqual(ask().status, 200)
        imei = self.viewer.get(f"/projects/{project}/devices")["rows"][0]
        path = f"/devices/{imei['id']}"
        self.assertEqual(self.code(imei["identity"], "7.28.0"), 17)
        self.viewer.do("PATCH", path, {"project_id": self.project}, status=403)
        for bad, status in (({}, 400), ({"project_id": "x"}, 400),
                            ({"project_id": 99999}, 422)):
            self.operator.do("PATCH", path, bad, status=status)
        self.operator.do("PATCH", "/devices/99999",
                         {"project_id": self.project}, status=404)
        moved = self.operator.do("PATCH", path, {"project_id": self.project})
        self.assertEqual(moved["project_id"], self.project)
        self.assertEqual(self.code(imei["identity"], "7.28.0"), 27)
        self.assertEqual(ask().json()["code"], 17)
        # Its history goes with it.
        row, = self.viewer.get(path + "/upgrades")["rows"]
        self.assertEqual((row["state"], row["reason"]),
                         ("failed", "it was moved to another project"))
        self.assertEqual(self.viewer.get(f"/projects/{project}/upgrades")
                         ["rows"], [row])
        self.assertEqual(len(self.viewer.get(own + imei["identity"])["rows"]),
                         1)
        self.assertIn(("move device", imei["identity"]),
                      [(row["action"], row["object"])
                       for row in self.root.get("/audit")["rows"]])

    def test_10ad_windows(self):
        """A window of one end only was none, one that is empty was taken."""
        path = f"/firmware/{self.second}"
        before = self.viewer.get(path)
        for bad in ({"day_from": 3600}, {"day_to": 0},
                    {"day_from": 60, "day_to": 60},
                    {"starts_at": 2000, "ends_at": 2000},
                    {"starts_at": 2000, "ends_at": 1000}):
            self.operator.do("PATCH", path, {"percent": 7, **bad}, status=400)
        self.assertEqual(self.viewer.get(path), before)
        self.operator.do("PATCH", path, {"day_from": 82800, "day_to": 3600})
        self.operator.do("PATCH", path, {"day_to": None}, status=400)
        self.operator.do("PATCH", path, {"day_from": None, "day_to": None})
        new = {"firmware_name": "HUB", "version": "9.9.9", "day_from": 5}
        self.operator.do("POST", f"/projects/{self.project}/firmware", new,
                         status=400)
        self.assertNotIn("9.9.9", [row["version"] for row in self.viewer.get(
            f"/projects/{self.project}/firmware")["rows"]])

    def test_10ae_versions_again(self):
        """One version has one entry, which can be rolled out after an abort."""
        path = f"/firmware/{self.second}"
        self.assertEqual(self.viewer.get(path)["state"], "aborted")
        self.operator.do("PATCH", path, {"state": "paused"}, status=409)
        self.operator.do("PATCH", path, {"state": "draft"})
        self.operator.do("PATCH", path, {"state": "running"})
        self.operator.do("PATCH", path, {"state": "aborted"})
        self.assertEqual(self.firmware("12.0")["version"], "12.0.0")
        for version in ("12.0.0", "12", "12.00.0"):
            self.operator.do("POST", f"/projects/{self.project}/firmware",
                             {"firmware_name": "HUB", "version": version},
                             status=409)
        images = f"/projects/{self.project}/images?firmware_name=HUB&version="
        self.operator.do("PUT", images + "7.27", read(NEW), status=409)

    def test_10af_approval(self):
        """With the setting two people are needed."""
        project = self.root.do("POST", "/projects", {
            "name": "approved", "needs_approval": True})
        path = f"/projects/{project['id']}/firmware"
        new = {"firmware_name": "HUB", "version": "1.0.0"}
        said = self.operator.do("POST", path, {**new, "state": "running"},
                                status=409)
        self.assertIn("needs approval", said["error"])
        self.assertEqual(self.viewer.get(path)["rows"], [])
        one = self.operator.do("POST", path, new)
        self.assertEqual((one["created_by"], one["needs_approval"]),
                         ("operator", True))
        own = f"/firmware/{one['id']}"
        self.operator.do("PATCH", own, {"state": "running"}, status=409)
        token = self.root.do("POST", "/tokens", {"name": "robot",
                                                 "role": "operator"})["token"]
        robot = self.platform.ask(
            "PATCH", "/api/v1" + own, '{"state": "running"}',
            {"Authorization": "Bearer " + token})
        self.assertEqual(robot.status, 409)
        row, = self.root.get("/tokens")["rows"]
        self.root.do("DELETE", f"/tokens/{row['id']}")
        self.assertEqual(self.viewer.get(own)["state"], "draft")
        started = self.root.do("PATCH", own, {"state": "running"})
        self.assertEqual(started["state"], "running")
        # What was approved stays, whoever would change it.
        for who in (self.operator, self.root):
            for method, way, body in (
                    ("PATCH", own, {"percent": 5}),
                    ("PUT", own + "/targets", b"866714040000001"),
                    ("PUT", own + "/packages", package(
                        "--from-version", "0.9.0", "--to-version", "1.0.0")),
                    ("PUT", f"/projects/{project['id']}/images?"
                            "firmware_name=HUB&version=1.0.0", b"image")):
                said = who.do(method, way, body, status=409)
                self.assertIn("only a draft", said["error"])
        self.operator.do("PATCH", own, {"state": "paused"})
        self.operator.do("PATCH", own, {"state": "running"})
        self.operator.do("PATCH", own, {"state": "paused"})
        self.operator.do("PATCH", own, {"state": "draft"})
        self.root.do("PUT", own + "/packages", package(
            "--from-version", "0.9.0", "--to-version", "1.0.0"))
        # Who has changed it last is the one who may not start it.
        changed = self.root.do("PATCH", own, {"percent": 5})
        self.assertEqual((changed["created_by"], changed["changed_by"]),
                         ("operator", "root"))
        self.root.do("PATCH", own, {"state": "running"}, status=409)
        self.operator.do("PATCH", own, {"state": "paused"}, status=409)

        # Not at the same moment either.
        lines = "\n".join(f"8667140511{i:05}" for i in range(20000))
        answers = []
        busy = threading.Thread(target=lambda: answers.append(
            self.operator.ask("PUT", own + "/targets", lines).status))
        busy.start()
        time.sleep(0.15)
        while busy.is_alive():
            answers.append(self.operator.ask("PATCH", own,
                                             {"state": "running"}).status)
            if answers[-1] == 200:
                break
        busy.join()
        self.assertNotEqual(answers.count(200), 2)
        if self.viewer.get(own)["state"] == "draft":
            self.root.do("PATCH", own, {"percent": 6})
            self.operator.do("PATCH", own, {"state": "running"})

        # Nor through the image that its packages are made from.
        images = f"/projects/{project['id']}/images?firmware_name=HUB&version="
        self.operator.do("PUT", images + "0.8.0", b"a base of no package")
        self.operator.do("PUT", images + "0.9.0", b"the base", status=409)
        self.assertEqual([(row["who"], row["object"]) for row in
                          self.root.get("/audit")["rows"]
                          if row["action"] == "approve firmware"],
                         [("operator", "HUB 1.0.0"), ("root", "HUB 1.0.0")])

    def private_now(self):
        return f"{self.folder}/{self.project}.pem"

    def test_10ag_wrong_image(self):
        """One that was uploaded by mistake can be taken back."""
        project = self.root.do("POST", "/projects", {"name": "mistakes"})
        images = f"/projects/{project['id']}/images?firmware_name=HUB&version="
        firmware = self.operator.do(
            "POST", f"/projects/{project['id']}/firmware",
            {"firmware_name": "HUB", "version": "2.0.0", "is_whole": True,
             "state": "running"})
        ask = lambda: self.platform.ask("GET", device_path(
            project["project_key"], "866714040070001", "1.0.0"))
        self.operator.do("PUT", images + "1.0.0", b"a photograph" * 1000)
        self.operator.do("PUT", images + "2.0.0", read(NEW))
        self.assertEqual(ask().json()["code"], 43)
        wrong = self.wait_for(firmware["id"], "ready")
        self.operator.do("PUT", images + "1.0.0", read(OLD), status=409)
        self.viewer.do("DELETE", images + "1.0.0", status=403)
        self.operator.do("DELETE", images + "1.0.1", status=404)
        self.operator.do("DELETE", images + "1.0.0&part=1", status=404)
        self.operator.do("DELETE", images + "1.0.0")
        self.assertEqual(self.wait_for(firmware["id"], "failed")["reason"],
                         "an image was removed")
        self.assertEqual(ask().json()["code"], 44)
        self.operator.do("PUT", images + "1.0.0", read(OLD))
        right = self.wait_for(firmware["id"], "ready")
        self.assertLess(right["size"], wrong["size"])
        self.assertEqual(len(ask().body), right["size"])

        # One that was uploaded is looked at again.
        other = self.operator.do(
            "POST", f"/projects/{project['id']}/firmware",
            {"firmware_name": "HUB", "version": "3.0.0", "is_whole": True})
        path = f"/firmware/{other['id']}/packages?from_version=1.0.0"
        self.operator.do("PUT", images + "3.0.0", read(NEW))
        self.operator.do("PUT", path, package("--to-version", "3.0.0"))
        self.wait_for(other["id"], "ready")
        self.operator.do("DELETE", images + "3.0.0")
        self.wait_for(other["id"], "ready")
        self.operator.do("PUT", images + "3.0.0", read(OLD))
        self.assertIn("leads to another image than the one of 3.0.0",
                      self.wait_for(other["id"], "failed")["reason"])

        # The same image at the same time is no other one.
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for version in ("4.0.0", "5.0.0"):
                self.assertEqual({answer.status for answer in pool.map(
                    lambda _: self.operator.ask("PUT", images + version,
                                                b"content"), range(4))},
                                 {204})

        # A part that comes later is part of it.
        self.operator.do("PUT", images + "2.0.0&part=1", os.urandom(3000))
        both = self.wait_for(firmware["id"], "ready")
        self.assertGreater(both["size"], right["size"] + 3000)
        self.operator.do("PUT", images + "2.0.0", read(NEW))
        self.assertEqual(self.wait_for(firmware["id"], "ready"), both)
        # A file that is lost is made anew, or said to be lost.
        for age in ("made", "uploaded"):
            os.remove(f"{self.folder}/data/{both['sha256'][:2]}/"
                      f"{both['sha256']}")
            self.assertEqual(ask().status, 500)
            again = self.wait_for(firmware["id"],
                                  "ready" if age == "made" else "failed")
            if age == "made":
                self.assertEqual(again["sha256"], both["sha256"])
                self.operator.do("PUT", f"/firmware/{firmware['id']}/packages"
                                 "?from_version=1.0.0", ask().body)
        self.assertEqual(again["reason"], "its file is lost")
        self.operator.do("POST", f"/firmware/{firmware['id']}/packages/retry",
                         {})
        self.assertEqual(self.wait_for(firmware["id"], "failed")["reason"],
                         "its file is lost")

        self.assertLessEqual(
            {("remove image", "HUB 1.0.0", "part 0"),
             ("upload image", "HUB 2.0.0", "part 1")},
            {(row["action"], row["object"], row["detail"])
             for row in self.root.get("/audit")["rows"]})

    def test_10aj_abort_is_the_end(self):
        """Also of what begins at that moment."""
        project = self.root.do("POST", "/projects", {"name": "aborted"})
        one = self.operator.do(
            "POST", f"/projects/{project['id']}/firmware",
            {"firmware_name": "HUB", "version": "2.0.0", "is_whole": True})
        own = f"/firmware/{one['id']}"
        self.operator.do("PUT", own + "/packages?from_version=1.0.0",
                         package("--to-version", "2.0.0"))
        ask = lambda number: self.platform.ask("GET", device_path(
            project["project_key"], f"86671404009{number:04}", "1.0.0")).status
        for begin in (0, 100, 200):
            self.operator.do("PATCH", own, {"state": "running"})
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                asked = [pool.submit(ask, begin + i) for i in range(60)]
                while sum(one.done() for one in asked) < 20:
                    time.sleep(0.001)
                self.operator.do("PATCH", own, {"state": "aborted"})
            self.assertEqual({one.result() for one in asked}, {200, 404})
            self.assertEqual(self.viewer.get(own)["running"], 0)
            self.operator.do("PATCH", own, {"state": "draft"})

    def test_10ah_names(self):
        """No module can ask for a name with blanks."""
        path = f"/projects/{self.project}"
        for name in ("HUB ", " HUB", "H UB"):
            self.operator.do("POST", path + "/firmware", {
                "firmware_name": name, "version": "1.0.0"}, status=400)
            self.operator.do("PUT", path + "/images?version=1.0.0&"
                             "firmware_name=" + name.replace(" ", "%20"),
                             b"x", status=400)

    def test_10ai_what_is_not_there(self):
        for path in ("/projects/9999/devices", "/projects/9999/images",
                     "/projects/9999/firmware", "/projects/9999/upgrades",
                     "/projects/9999/statistics", "/firmware/9999/targets",
                     "/firmware/9999/packages", "/devices/9999/requests",
                     "/devices/9999/upgrades"):
            self.viewer.do("GET", path, status=404)
        self.assertEqual(self.platform.ask(
            "GET", "/api/v1/devices", headers={
                "Cookie": self.viewer.cookie}).status, 400)
        path = f"/projects/{self.project}/upgrades"
        for query in ("?state=gone", "?format=xml"):
            self.assertEqual(self.platform.ask(
                "GET", "/api/v1" + path + query, headers={
                    "Cookie": self.viewer.cookie}).status, 400)
        for path in ("/projects", "/users"):
            self.assertEqual(len(self.root.get(path + "?limit=1")["rows"]), 1)
        rows = self.viewer.get(f"/projects/{self.project}/upgrades"
                               "?phase=selftest")["rows"]
        self.assertEqual({row["phase"] for row in rows}, {"selftest"})

    def test_10b_elsewhere(self):
        path = f"/firmware/{self.first}/packages"
        url = "https://cdn.example.com/a/b.bin"
        self.operator.do("PUT", path + "?url=ftp://x", self.package,
                         status=400)
        self.operator.do("PUT", path + "?url=" + url, self.package)
        imei = "866714040000020"
        answer = self.device(imei, "7.27.0", need_oss_url=1)
        self.assertEqual((answer.status, answer.headers["Location"]),
                         (302, url))
        self.assertEqual(self.device(imei, "7.27.0").body, self.package)

    def test_10c_parts(self):
        """Who says what it has a part of gets its rest, or another whole."""
        tag = f'"{hashlib.sha256(self.package).hexdigest()}"'
        for value, status in (('"x"', 200), (tag, 206), (tag[1:-1], 200),
                              ('"' + "0" * 64 + '"', 200)):
            answer = self.device("866714040000031", "7.27.0", start=1000,
                                 if_range=value)
            self.assertEqual(answer.status, status)
            self.assertEqual(answer.body, self.package if status == 200
                             else self.package[1000:])

    def private_key(self):
        return f"{self.folder}/{self.project}.pem"

    def upgrade_of(self, imei):
        """Its newest."""
        return self.viewer.get(f"/projects/{self.project}/upgrades?search="
                               + imei)["rows"][0]

    def test_10d_sent(self):
        """Sent is what the module has, not what the socket took."""
        imei = "866714040000032"
        asked = f"GET {device_path(self.key, imei, '7.25.0')} HTTP/1.1\r\n"
        large = package("--from-version", "7.25.0", "--to-version", "7.28.0",
                        "--key", self.private_key(), old=MKDFOTA)
        self.assertGreater(len(large), 40000)
        self.operator.do("PUT", f"/firmware/{self.first}/packages", large)
        for more, size in (("Host: x", 100), ("Host: x", None),
                           ("Connection: close", None)):
            with socket.socket() as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
                one.connect(("127.0.0.1", self.platform.port))
                one.sendall(f"{asked}{more}\r\n\r\n".encode())
                body = b""
                while large not in body and len(body) < (size or 1e9):
                    piece = one.recv(1000)
                    self.assertTrue(piece, body)
                    body += piece
                time.sleep(1.5)
                self.assertEqual(self.upgrade_of(imei)["phase"],
                                 "download" if size else "sent")
        self.assertEqual(self.code(imei, "7.25.0"), 0)
        rows = self.viewer.get(f"/projects/{self.project}/upgrades?search="
                               + imei)["rows"]
        self.assertEqual([row["state"] for row in rows],
                         ["running", "failed"])
        self.assertEqual(rows[1]["phase"], "apply")

    def test_10e_head(self):
        """It begins nothing, and the package's last byte alone is no end."""
        imei = "866714040000033"
        path = device_path(self.key, imei, "7.27.0")
        self.assertEqual(self.platform.ask("HEAD", path).status, 405)
        listed = f"/projects/{self.project}/devices?search={imei}"
        self.assertEqual(self.viewer.get(listed)["rows"], [])
        for value in ("-1", "-1", "0-9"):
            answer = self.platform.ask("GET", path, headers={
                "Range": "bytes=" + value})
            self.assertEqual(answer.status, 206)
            time.sleep(1.2)
            self.assertEqual(self.upgrade_of(imei)["phase"], "download")
        self.assertEqual(self.device(imei, "7.27.0", start=10).status, 206)
        time.sleep(1.2)
        self.assertEqual(self.upgrade_of(imei)["phase"], "sent")

    def test_10f_other_words(self):
        """A version is one, and a MAC, however they are spelled."""
        self.operator.do("POST", f"/projects/{self.project}/firmware",
                         {"firmware_name": "HUB", "version": "7.28"},
                         status=409)
        one = self.firmware("07.40", is_whole=False, state="running")
        self.assertEqual(one["version"], "7.40.0")
        images = f"/projects/{self.project}/images?firmware_name=HUB&version="
        self.operator.do("PUT", images + "07.27", read(NEW), status=409)
        data = package("--from-version", "7.24", "--to-version", "7.40",
                       "--key", self.private_key())
        path = f"/firmware/{one['id']}"
        made = self.operator.do("PUT", path + "/packages", data)
        self.assertEqual(made["from_version"], "7.24.0")
        self.operator.do("PUT", path + "/targets", "AA:BB:CC:DD:EE:99")
        self.assertEqual(self.viewer.get(path + "/targets")["rows"][0]
                         ["identity"], "AABBCCDDEE99")
        for spelling in ("imei=&mac=aa-bb-cc-dd-ee-99", "mac=aabbccddee99",
                         "uid=AABBCCDDEE99"):
            answer = self.platform.ask(
                "GET", "/api/site/firmware_upgrade?firmware_name=HUB&"
                f"project_key={self.key}&version=7.24&{spelling}")
            self.assertEqual((answer.status, answer.body), (200, data))
        found = self.viewer.get("/devices?identity=aabb.ccdd.ee99")["rows"]
        self.assertEqual([(row["identity"], row["identity_kind"],
                           row["version"]) for row in found],
                         [("AABBCCDDEE99", "mac", "7.24.0")])
        report = {"project_key": self.key, "imei": "aa:bb:cc:dd:ee:99",
                  "version": "7.40", "success": True}
        self.platform.ask("POST", "/api/site/upgrade_result",
                          json.dumps(report))
        self.assertEqual(self.upgrade_of("AABBCCDDEE99")["state"], "done")
        self.operator.do("PATCH", path, {"state": "aborted"})

    def test_11_killed(self):
        """What was answered as done is there after kill -9."""
        count = len(self.viewer.get(f"/projects/{self.project}/devices")
                    ["rows"])
        self.assertEqual(self.code("866714040000012", "7.27.0"), 0)
        self.firmware("8.0.0")
        self.platform.kill()
        self.platform.start()
        rows = self.viewer.get(f"/projects/{self.project}/devices")["rows"]
        self.assertEqual(len(rows), count + 1)
        names = [row["version"] for row in self.viewer.get(
            f"/projects/{self.project}/firmware")["rows"]]
        self.assertIn("8.0.0", names)
        self.assertNotIn("#setup", "".join(self.platform.log))

    def test_11b_files(self):
        """Files that nothing refers to go after a day, no others."""
        def put(data, age):
            name = hashlib.sha256(data).hexdigest()
            path = f"{self.folder}/data/{name[:2]}/{name}"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)
            then = time.time() - age
            os.utime(path, (then, then))
            return path

        old, new = put(b"old", 100000), put(b"new", 80000)
        late = put(b"late", 100000)  # needed until an hour ago
        os.utime(late, (time.time() - 3600, time.time() - 100000))
        used = put(read(OLD), 100000)
        self.platform.kill()
        self.platform.start()
        for _ in range(100):
            if not os.path.exists(old):
                break
            time.sleep(0.1)
        self.assertEqual([os.path.exists(path)
                          for path in (old, new, late, used)],
                         [False, True, True, True])
        for _ in range(100):
            if os.stat(used).st_atime > time.time() - 1000:
                break
            time.sleep(0.1)
        else:
            self.fail("a file that is needed was not marked")

    def test_12_tokens_and_audit(self):
        token = self.root.do("POST", "/tokens", {"name": "ci",
                                                 "role": "operator"})["token"]
        ask = lambda secret: self.platform.ask(
            "GET", "/api/v1/projects", headers={"Authorization":
                                                "Bearer " + secret}).status
        self.assertEqual(ask(token), 200)
        self.assertEqual(ask(token[:-1] + "x"), 401)
        row = self.root.get("/tokens")["rows"][0]
        self.root.do("DELETE", f"/tokens/{row['id']}")
        self.assertEqual(ask(token), 401)
        audit = self.root.get("/audit?limit=1000")["rows"]
        actions = {row["action"] for row in audit}
        self.assertLessEqual({"log in", "add user", "add project",
                              "upload package", "release device",
                              "upload image", "set devices", "add token",
                              "remove token"}, actions)
        self.assertNotIn(PASSWORD, json.dumps(audit))
        found = self.root.get("/audit?search=REMOVE%20token")["rows"]
        self.assertEqual({row["action"] for row in found}, {"remove token"})
        self.assertEqual(self.root.get("/audit?search=no%25such")["rows"], [])
        self.assertEqual(found[0]["object"], "ci")
        bad = self.platform.ask("POST", "/api/v1/login", json.dumps(
            {"name": "mallory", "password": "guess"}))
        self.assertEqual(bad.status, 401)
        found, = self.root.get("/audit?search=mallory")["rows"]
        self.assertEqual(found["action"], "fail to log in")

    def test_13_statistics(self):
        one = self.viewer.get(f"/projects/{self.project}/statistics")
        self.assertGreater(one["devices"], 5)
        self.assertEqual(one["forbidden"], 0)
        self.assertIn("selftest", [row["phase"] for row in one["reasons"]])
        self.assertTrue(any(row["state"] == "done" for row in one["days"]))

    def test_14_addresses(self):
        ask = self.platform.ask
        self.assertEqual(ask("GET", "/nothing").status, 404)
        self.assertEqual(ask("DELETE", "/api/v1/projects").status, 405)
        self.assertEqual(ask("GET", "/healthz").json(), {"status": "ok"})
        self.assertEqual(self.code("866714040000001", "7.28.0"), 27)
        metrics = ask("GET", "/metrics")
        self.assertRegex(metrics.headers["Content-Type"], "version=0.0.4")
        values = dict(line.rsplit(" ", 1) for line in
                      metrics.body.decode().splitlines() if line[0] != "#")
        self.assertEqual(values["dfota_devices_forbidden"], "0")
        self.assertEqual(
            int(values["dfota_devices"]),
            sum(self.viewer.get(f"/projects/{row['id']}/statistics")["devices"]
                for row in self.viewer.get("/projects")["rows"]))
        self.assertEqual(values['dfota_device_requests_total{code="27"}'], "1")
        by_digest = "/packages/" + hashlib.sha256(self.package).hexdigest()
        self.assertEqual(ask("GET", by_digest).body, self.package)
        head = ask("HEAD", by_digest)
        self.assertEqual(head.headers["Content-Length"],
                         str(len(self.package)))
        self.assertEqual(head.body, b"")
        tag = head.headers["ETag"]
        for value, status in ((tag, 206), ('"x"', 200)):
            answer = ask("GET", by_digest, headers={"Range": "bytes=5-",
                                                    "If-Range": value})
            self.assertEqual(answer.status, status)
        self.assertEqual(ask("GET", "/packages/" + "0" * 64).status, 404)
        self.assertEqual(ask("GET", "/packages/..%2f..").status, 404)

    def test_15_accounts(self):
        users = {row["name"]: row["id"] for row in
                 self.root.get("/users")["rows"]}
        self.assertEqual(set(users), {"root", "viewer", "operator"})
        path = f"/users/{users['viewer']}"
        self.root.do("PATCH", path, {"role": "king"}, status=400)
        self.root.do("PATCH", path, {"password": "short"}, status=400)
        self.root.do("PATCH", path, {"role": "operator"})
        self.assertEqual(self.viewer.get("/me")["role"], "operator")
        self.root.do("PATCH", path, {"password": "another good one"})
        self.assertEqual(self.viewer.ask("GET", "/me").status, 401)
        again = Person(self.platform, "viewer", "another good one")
        self.root.do("PATCH", path, {"is_disabled": True})
        self.assertEqual(again.ask("GET", "/me").status, 401)
        self.root.do("PATCH", path, {"is_disabled": False})
        self.assertEqual([(row["object"], row["detail"]) for row in self.root
                          .get("/audit?search=change%20user")["rows"]][:4],
                         [("viewer", "unlocked"), ("viewer", "locked"),
                          ("viewer", "new password"),
                          ("viewer", "role operator")])
        self.assertEqual(again.ask("GET", "/me").status, 401)
        self.root.do("PATCH", "/users/9999", {"role": "viewer"}, status=404)
        self.root.do("DELETE", "/tokens/9999", status=404)
        own = self.operator
        own.do("POST", "/me/password", {"old": "wrong", "password": PASSWORD},
               status=403)
        own.do("POST", "/me/password", {"old": PASSWORD, "password": "short"},
               status=400)
        answer = own.ask("POST", "/me/password",
                         {"old": PASSWORD, "password": "a third good one"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(own.ask("GET", "/me").status, 401)
        own.cookie = answer.headers["Set-Cookie"].split(";")[0]
        own.csrf = answer.json()["csrf"]
        self.assertEqual(own.get("/me")["name"], "operator")
        self.operator.do("POST", "/logout", {})
        self.assertEqual(self.operator.ask("GET", "/me").status, 401)

    def test_15b_last_admin(self):
        """Somebody can always get in; what a locked one had is over."""
        users = {row["name"]: row["id"] for row in
                 self.root.get("/users")["rows"]}
        path = f"/users/{users['root']}"
        for change in ({"role": "viewer"}, {"is_disabled": True}):
            self.root.do("PATCH", path, change, status=409)
        self.assertEqual(self.root.get("/me")["role"], "admin")
        self.root.do("POST", "/users", {"name": "second", "role": "admin",
                                        "password": PASSWORD})
        second = Person(self.platform, "second")
        token = second.do("POST", "/tokens", {"name": "his",
                                              "role": "admin"})["token"]
        ask = lambda: self.platform.ask("GET", "/api/v1/users", headers={
            "Authorization": "Bearer " + token}).status
        self.assertEqual(ask(), 200)
        with_token = self.platform.ask(
            "POST", "/api/v1/me/password",
            json.dumps({"old": PASSWORD, "password": PASSWORD}),
            {"Authorization": "Bearer " + token})
        self.assertEqual(with_token.status, 403)
        one = {row["name"]: row["id"] for row in
               self.root.get("/users")["rows"]}["second"]
        # A token may do no more than its owner.
        self.root.do("PATCH", f"/users/{one}", {"role": "operator"})
        self.assertEqual(ask(), 403)
        self.root.do("PATCH", f"/users/{one}", {"role": "admin"})
        self.assertEqual(ask(), 200)
        self.root.do("PATCH", f"/users/{one}", {"is_disabled": True})
        self.root.do("PATCH", path, {"role": "viewer"}, status=409)
        self.root.do("PATCH", f"/users/{one}", {"is_disabled": False})
        self.assertEqual(second.ask("GET", "/me").status, 401)
        self.assertEqual(ask(), 401)

    def test_16_single(self):
        one = self.root.get(f"/projects/{self.project}")
        self.assertEqual(one["project_key"], self.key)
        images = self.root.get(f"/projects/{self.project}/images")["rows"]
        self.assertEqual({row["version"] for row in images},
                         {"7.26.0", "7.27.0", "7.29.0", "1.0.0", "1.0.5",
                          "2.0.0"})
        rows = self.root.get(f"/projects/{self.project}/devices")["rows"]
        self.assertEqual(self.root.get(f"/devices/{rows[0]['id']}"), rows[0])
        found = self.root.get(f"/devices?identity={rows[0]['identity']}")
        self.assertEqual(found["rows"], rows[:1])
        self.assertEqual(self.root.get("/devices?identity=8667")["rows"], [])
        self.assertEqual(self.root.get("/devices?identity=")["rows"], [])
        self.root.do("GET", "/devices/99999", status=404)
        self.root.do("GET", "/devices/x", status=404)


class Described(unittest.TestCase):
    """openapi.yaml has every address, and each was tried above."""

    def test_addresses(self):
        DESCRIPTION.check_addresses()
        DESCRIPTION.check_seen()


class Instances(unittest.TestCase):
    """Two instances on one database, and one that is flooded."""

    def test_two_instances(self):
        if not os.environ["PLATFORM_DB"].startswith("postgresql"):
            self.skipTest("SQLite is for one instance")
        folder = tempfile.mkdtemp()
        one = Platform(PROGRAM, "--address-rate", "0", folder=folder)
        two = Platform(PROGRAM, "--address-rate", "0", folder=folder)
        root = Person(one, "root")
        key = root.do("POST", "/projects", {"name": "two"})["project_key"]
        answers = []

        def ask(platform):
            for _ in range(10):
                answer = platform.ask("GET", device_path(
                    key, "866714049999999", "1.0.0"))
                answers.append(answer.json()["code"])

        threads = [threading.Thread(target=ask, args=(platform,))
                   for platform in (one, two) * 3]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((answers.count(26), answers.count(40)), (5, 55))
        for platform in (one, two):
            platform.stop()

    def test_passwords(self):
        """Passwords are few at a time, whatever else an address may do."""
        platform = Platform(PROGRAM, "--address-rate", "0")
        statuses = [platform.ask("POST", "/api/v1/login", json.dumps(
            {"name": "nobody", "password": PASSWORD})).status
            for _ in range(40)]
        self.assertEqual(statuses[:20], [401] * 20)
        self.assertIn(429, statuses)
        self.assertEqual(platform.ask("GET", "/healthz").status, 200)
        platform.stop()

    def test_flood(self):
        platform = Platform(PROGRAM, "--address-rate", "2")
        statuses = [platform.ask("GET", "/healthz").status
                    for _ in range(60)]
        self.assertGreaterEqual(statuses.count(200), 20)
        self.assertLess(statuses.count(200), 50)
        self.assertEqual(set(statuses), {200, 429})
        platform.stop()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], failfast=True, verbosity=1)
