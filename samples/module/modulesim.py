# SPDX-License-Identifier: MIT
"""What the tests of the module share: running one, typing AT commands."""

import os
import select
import signal
import subprocess
import termios
import time
import tty

TIMEOUT = 40


class Port:
    """A serial port that AT commands are typed at."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.fd, termios.TCSANOW)  # keeps what was said already
        self.text = ""

    def close(self):
        os.close(self.fd)

    def take(self, seconds):
        """What comes within that time at most."""
        if select.select([self.fd], [], [], seconds)[0]:
            self.text += os.read(self.fd, 4096).decode("ascii", "replace")

    def lines(self):
        return [line for line in self.text.replace("\r", "\n").split("\n")
                if line]

    def expect(self, wanted, timeout=TIMEOUT):
        """Wait for a line WANTED; the lines up to it, which are used up."""
        end = time.monotonic() + timeout
        while True:
            lines = self.lines()
            if wanted in lines:
                at = self.text.index(wanted) + len(wanted)
                before = lines[:lines.index(wanted) + 1]
                self.text = self.text[at:]
                return before
            if time.monotonic() > end:
                raise AssertionError(f"no {wanted!r} in {lines}")
            self.take(0.1)

    def send(self, command):
        os.write(self.fd, command.encode() + b"\r")

    def ask(self, command, end="OK"):
        """The lines of the answer, the last one included."""
        self.take(0)
        self.text = ""
        self.send(command)
        return self.expect(end)


class Module:
    """A running dfota-module."""

    def __init__(self, program, flash, *options):
        self.program, self.flash, self.options = program, flash, options
        self.process = None

    def start(self, *more):
        self.process = subprocess.Popen(
            [self.program, "run", self.flash, *self.options, *more],
            stdout=subprocess.PIPE, text=True)
        paths = dict(self.process.stdout.readline().split() for _ in range(2))
        self.uart, self.usb = Port(paths["UART1:"]), Port(paths["USB:"])

    def wait(self):
        status = self.process.wait(TIMEOUT)
        self.process.stdout.close()
        self.uart.close()
        self.usb.close()
        return status

    def kill(self):
        self.process.kill()
        self.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.wait() == 0
