# SPDX-License-Identifier: MIT
"""A platform that answers as the test wants, also badly."""

import http.server
import json
import sys
import threading


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """A module that has enough hangs up: that is no error."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(*_)


class BadPlatform:
    """Answers one request after another by ANSWERS, the last one for good.

    Each is a function of the handler. Keeps what was asked and reported.
    Reports are answered by REPORT_ANSWERS in the same way.
    """

    def __init__(self, *answers):
        self.answers = list(answers)
        self.report_answers = [refused(200, b"{}")]
        self.ranges, self.reports = [], []
        outer = self

        def take(answers):
            return answers.pop(0) if len(answers) > 1 else answers[0]

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.ranges.append((self.headers.get("Range"),
                                     self.headers.get("If-Range")))
                take(outer.answers)(self)

            def do_POST(self):
                size = int(self.headers["Content-Length"])
                outer.reports.append(json.loads(self.rfile.read(size)))
                take(outer.report_answers)(self)

        self.server = Server(("127.0.0.1", 0), Handler)
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


def stalled(body, size, **headers):
    """A 200 that stops after SIZE bytes, and leaves the line open."""
    def answer(handler):
        send(handler, 200, body[:size], Content_Length=len(body), **headers)
        handler.rfile.read(1)
    return answer


def raw(data):
    """These bytes, and the end."""
    def answer(handler):
        handler.wfile.write(data)
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


def moved(location, status=302):
    return lambda handler: send(handler, status, b"", Location=location)


def refused(status, body=b"", **headers):
    return lambda handler: send(handler, status, body, **headers)
