# SPDX-License-Identifier: MIT
"""What the tests of the running platform share: starting it, asking it."""

import http.client
import json
import os
import re
import subprocess
import tempfile
import threading
import time

from description import Description

DESCRIPTION = Description()
PASSWORD = "correct horse battery"


class Answer:
    """Status, headers and body of an answer."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name: value for name, value in response.getheaders()}
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class Platform:
    """A running dfota-platform."""

    def __init__(self, program, *options, folder=None):
        self.program, self.options = program, options
        self.folder = folder or tempfile.mkdtemp()
        self.log, self.process, self.port = [], None, 0
        self.start()

    def start(self):
        self.log.clear()
        self.process = subprocess.Popen(
            [self.program, "--data", os.path.join(self.folder, "data"),
             "--database", os.environ["PLATFORM_DB"], "--port", "0",
             *self.options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self.take_log, args=(self.process,),
                         daemon=True).start()
        line = self.process.stdout.readline()
        assert line, "the platform does not start: " + "".join(self.log)
        self.port = int(line)

    def take_log(self, process):
        with process.stderr as errors:
            for line in errors:
                self.log.append(line)

    def setup_secret(self):
        for _ in range(100):  # the log comes by a thread of its own
            found = re.search(r"#setup=(\w+)", "".join(self.log))
            if found:
                return found.group(1)
            time.sleep(0.05)
        raise AssertionError("no link to set up: " + "".join(self.log))

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        self.process.terminate()
        status = self.process.wait(30)
        assert status == 0, f"status {status}: " + "".join(self.log)
        self.process.stdout.close()

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        DESCRIPTION.check(method, path, body, answer)
        return answer


class Person:
    """Somebody who is logged in."""

    def __init__(self, platform, name, password=PASSWORD):
        self.platform = platform
        answer = platform.ask("POST", "/api/v1/login", json.dumps(
            {"name": name, "password": password}))
        assert answer.status == 200, answer.body
        self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        self.csrf = answer.json()["csrf"]

    def ask(self, method, path, body=None):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        return self.platform.ask(method, "/api/v1" + path, body,
                                 {"Cookie": self.cookie,
                                  "X-CSRF-Token": self.csrf})

    def get(self, path):
        answer = self.ask("GET", path)
        assert answer.status == 200, (path, answer.status, answer.body)
        return answer.json()

    def do(self, method, path, body=None, status=None):
        """A change that works, or that gives STATUS; the JSON of the answer."""
        answer = self.ask(method, path, body)
        good = answer.status == status if status else answer.status < 300
        assert good, (method, path, answer.status, answer.body)
        return answer.json() if answer.body else None


def first_admin(platform):
    answer = platform.ask("POST", "/api/v1/setup", json.dumps(
        {"secret": platform.setup_secret(), "name": "root",
         "password": PASSWORD}))
    assert answer.status == 204, answer.body
    return Person(platform, "root")


def device_path(key, imei, version, name="HUB", **more):
    query = {"project_key": key, "imei": imei, "firmware_name": name,
             "version": version, **more}
    return "/api/site/firmware_upgrade?" + "&".join(
        f"{one}={value}" for one, value in query.items())
