#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A cache behind HTTP that does wrong: hostile_cache.py MODE FOLDER LOG

Prints its port. Serves FOLDER/ENTRY in the way of MODE, writes method and
authorization of the requests into LOG, one a line.
"""

import http.server
import os
import socket
import sys
import time

MODE, FOLDER, LOG = sys.argv[1:]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def note(self):
        with open(LOG, "a", encoding="ascii") as log:
            log.write(f"{self.command} "
                      f"{self.headers.get('Authorization', '-')}\n")

    def entry(self):
        names = sorted(os.listdir(FOLDER))
        name = self.path.rsplit("/", 1)[1]
        if MODE == "swapped":  # each has the next one's content
            name = names[(names.index(name) + 1) % len(names)]
        with open(os.path.join(FOLDER, name), "rb") as file:
            return file.read()

    def reply(self, status, data=b"", size=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(data) if size is None
                                               else size))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def do_GET(self):
        self.note()
        getattr(self, MODE)()

    def do_HEAD(self):
        if MODE == "readonly":
            self.note()
            self.reply(404)
        else:
            self.do_GET()

    def do_PUT(self):
        self.note()
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if MODE == "moved":
            self.moved(data)
        else:
            self.reply(405 if MODE == "readonly" else 500)

    # What a GET gets.

    def good(self):
        self.reply(200, self.entry())

    def swapped(self):
        self.reply(200, self.entry())

    def damaged(self):
        data = bytearray(self.entry())
        data[-1] ^= 1
        self.reply(200, bytes(data))

    def truncated(self):
        data = self.entry()
        self.reply(200, data[:len(data) // 2], len(data))
        self.close_connection = True

    def shorter(self):  # and says so
        self.reply(200, self.entry()[:-1])

    def large(self):
        self.reply(200, b"", 1 << 40)
        self.close_connection = True

    def endless(self):
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        block = bytes(1 << 20)
        try:
            while True:
                self.wfile.write(block)
        except OSError:
            pass

    def slow(self):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.close_connection = True
        try:
            while True:
                self.wfile.write(b"x")
                time.sleep(1)
        except OSError:
            pass

    def fault(self):
        self.reply(500, b"no")

    def readonly(self):
        self.reply(404)

    def loop(self):
        self.reply(302, b"", None, Location=self.path)

    def elsewhere(self):
        self.reply(302, b"", None, Location="file:///etc/passwd")

    def moved(self, data=None):  # to another host, which takes and gives
        if self.path.count("/") == 1:
            port = self.server.server_address[1]
            self.reply(307, b"", None,
                       Location=f"http://localhost:{port}/new{self.path}")
            return
        path = os.path.join(FOLDER, self.path.rsplit("/", 1)[1])
        if data is not None:
            with open(path, "wb") as file:
                file.write(data)
            self.reply(201)
        elif os.path.exists(path):
            self.reply(200, self.entry())
        else:
            self.reply(404)

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   b"\1\0\0\0\0\0\0\0")
        self.close_connection = True
        self.connection.close()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
