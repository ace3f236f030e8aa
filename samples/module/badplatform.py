# SPDX-License-Identifier: MIT
"""A platform that answers as the test wants, also badly."""

import http.server
import json
import threading


class BadPlatform:
    """Answers one request after another by ANSWERS, the last one for good.

    Each is a function of the handler. Keeps what was asked and reported.
    """

    def __init__(self, *answers):
        self.answers = list(answers)
        self.ranges, self.reports = [], []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.ranges.append((self.headers.get("Range"),
                                     self.headers.get("If-Range")))
                answer = outer.answers[0]
                if len(outer.answers) > 1:
                    outer.answers.pop(0)
                answer(self)

            def do_POST(self):
                size = int(self.headers["Content-Length"])
                outer.reports.append(json.loads(self.rfile.read(size)))
                send(self, 200, b"{}")

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def send(handler, status, body, **headers):
    """An answer with Content-Length; headers' names with _ for -."""
    handler.send_response(status)
    headers.setdefault("Content_Length", len(body))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), str(value))
    handler.end_headers()
    handler.wfile.write(body)


def whole(body, **headers):
    """A 200 with all of it, whatever Range says."""
    return lambda handler: send(handler, 200, body, **headers)


def broken(body, size, **headers):
    """A 200 that breaks off after SIZE bytes."""
    def answer(handler):
        send(handler, 200, body[:size], Content_Length=len(body), **headers)
        handler.close_connection = True
    return answer


def rest(body, **headers):
    """A 206 as it should be."""
    def answer(handler):
        begin = int(handler.headers["Range"][len("bytes="):-1])
        send(handler, 206, body[begin:], **{
            "Content_Range": f"bytes {begin}-{len(body) - 1}/{len(body)}",
            **headers})
    return answer


def moved(location):
    return lambda handler: send(handler, 302, b"", Location=location)


def refused(status, body=b"", **headers):
    return lambda handler: send(handler, status, body, **headers)
