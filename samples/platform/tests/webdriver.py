# SPDX-License-Identifier: MIT
"""A browser that is driven as a person would, by WebDriver (W3C) over HTTP:
chromedriver of Debian's chromium-driver."""

import base64
import http.client
import json
import os
import subprocess
import time

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
WAIT_SECONDS = 15


class Browser:
    """One window."""

    def __init__(self, width=1280, height=900, zone="UTC"):
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "TZ": zone})
        self.port = 0
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                self.port = int(line.split()[-1].rstrip("."))
                break
        assert self.port, "chromedriver does not start"
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu",
                            "--disable-dev-shm-usage", "--lang=en",
                            f"--window-size={width},{height}"]}
        answer = self.call("POST", "/session", {"capabilities": {
            "alwaysMatch": {"browserName": "chrome",
                            "goog:chromeOptions": options}}})
        self.session = "/session/" + answer["sessionId"]

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=60)
        connection.request(method, path, json.dumps(body or {})
                           if method == "POST" else None)
        answer = json.loads(connection.getresponse().read())["value"]
        connection.close()
        if isinstance(answer, dict) and "error" in answer:
            raise LookupError(answer["error"] + ": " + answer["message"])
        return answer

    def do(self, method, path, body=None):
        return self.call(method, self.session + path, body)

    def open(self, url):
        self.do("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self.do("POST", "/execute/sync",
                       {"script": script, "args": list(arguments)})

    def find(self, xpath):
        """An element; waits for it."""
        end = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                found = self.do("POST", "/element",
                                {"using": "xpath", "value": xpath})
                return found[ELEMENT]
            except LookupError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def click(self, xpath):
        self.act(lambda: self.do("POST", f"/element/{self.find(xpath)}/click"))

    def fill(self, xpath, text):
        def work():
            element = self.find(xpath)
            self.do("POST", f"/element/{element}/clear")
            self.do("POST", f"/element/{element}/value", {"text": text})
        self.act(work)

    def put(self, xpath, value):
        """For inputs whose keys depend on the language: dates and times."""
        self.act(lambda: self.run(
            "arguments[0].value = arguments[1]",
            {ELEMENT: self.find(xpath)}, value))

    def choose_file(self, xpath, path):
        self.act(lambda: self.do("POST", f"/element/{self.find(xpath)}/value",
                                 {"text": path}))

    def act(self, work):
        """The page renews itself: once more when an element has gone."""
        for _ in range(20):
            try:
                return work()
            except LookupError as error:
                if "stale" not in str(error) and "intercept" not in str(error):
                    raise
                time.sleep(0.2)
        return work()

    def choose(self, xpath, title):
        self.click(f"{xpath}/option[normalize-space()='{title}']")

    def all(self, xpath):
        """Those that are there now."""
        return self.do("POST", "/elements", {"using": "xpath", "value": xpath})

    def see(self, text):
        """Wait until the page shows a text."""
        end = time.monotonic() + WAIT_SECONDS
        while text not in self.text():
            if time.monotonic() > end:
                raise AssertionError(f"no \"{text}\" in: {self.text()}")
            time.sleep(0.1)

    def text(self):
        return self.run("return document.body.innerText")

    def chrome(self, command, **parameters):
        self.do("POST", "/goog/cdp/execute",
                {"cmd": command, "params": parameters})

    def phone(self):
        """A window is never as narrow as that."""
        self.chrome("Emulation.setDeviceMetricsOverride", width=390,
                    height=844, deviceScaleFactor=1, mobile=True)

    def desktop(self):
        self.chrome("Emulation.clearDeviceMetricsOverride")

    def offline(self, is_offline):
        self.chrome("Network.enable")
        self.chrome("Network.emulateNetworkConditions", offline=is_offline,
                    latency=0, downloadThroughput=-1, uploadThroughput=-1)

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.do("GET", "/screenshot")))

    def accept(self):
        """Say yes to a question; its text."""
        return self.answer("accept")

    def dismiss(self):
        return self.answer("dismiss")

    def answer(self, how):
        end = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                text = self.do("GET", "/alert/text")
                self.do("POST", "/alert/" + how)
                return text
            except LookupError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def close(self):
        try:
            self.call("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()
