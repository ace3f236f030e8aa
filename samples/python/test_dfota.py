#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the package dfota.

Usage: DFOTA_LIBRARY=.../libdelta.so MKDFOTA=.../mkdfota CC=cc test_dfota.py
"""
import ctypes
import os
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../../tests/abi")]

import dfota  # noqa: E402
import headers  # noqa: E402
from dfota import _library  # noqa: E402

PAIR = os.path.join(HERE, "../pairs/movehub/movehub-")


def read(path):
    with open(path, "rb") as file:
        return file.read()


OLD, NEW = read(PAIR + "7.27.0.bin"), read(PAIR + "7.28.0.bin")
MKDFOTA = os.environ["MKDFOTA"]


def key_pair():
    """A private and a public key, as openssl makes them."""
    private = subprocess.run(
        ["openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout"],
        check=True, capture_output=True).stdout
    public = subprocess.run(["openssl", "ec", "-pubout"], input=private,
                            check=True, capture_output=True).stdout
    return private, public


class Layout(unittest.TestCase):
    """The structs of _library are those of the C compiler."""

    def test_structs(self):
        c = headers.measure(os.environ.get("CC", "cc"))
        for name, struct in _library.STRUCTS.items():
            with self.subTest(name):
                self.assertEqual(str(ctypes.sizeof(struct)), c["struct " + name])
                fields = {f"{name}.{field[0]}": "{0.offset} {0.size}".format(
                    getattr(struct, field[0])) for field in struct._fields_}
                self.assertEqual(fields, {key: value for key, value in c.items()
                                          if key.startswith(name + ".")})

    def test_enums(self):
        c = headers.measure(os.environ.get("CC", "cc"))
        for prefix, names in (("", dfota._CODECS),
                              ("MINIMIZE_", dfota._MINIMIZE)):
            for number, name in enumerate(names):
                constant = "DELTA_" + prefix + name.upper()
                self.assertEqual(c[constant], str(number), constant)
        self.assertEqual(c["DELTA_IN_PLACE"], "1")
        self.assertEqual(c["DELTA_SPENT_COUNT"], str(_library.SPENT_COUNT))


class Packages(unittest.TestCase):
    def test_there_and_back(self):
        made = dfota.make(OLD, NEW, product="hub", from_version="7.27.0",
                          to_version="7.28.0", counter=4, ram=16384)
        self.assertEqual(dfota.apply(OLD, made.package), NEW)
        found = dfota.info(made.package)
        self.assertEqual(found, made.report["info"])
        self.assertEqual(found["package_size"], len(made.package))
        self.assertEqual((found["product"], found["counter"]), ("hub", 4))
        self.assertEqual(found["arch_name"], "thumb")
        self.assertEqual(dfota.verify(made.package, old=OLD, new=NEW), found)

    def test_same_as_mkdfota(self):
        for options, words in (
                ({}, []),
                ({"codec": "deflate", "level": 9, "base": 0x08005000,
                  "arch": "thumb"},
                 ["--codec", "deflate", "-9", "--base", "0x08005000", "--arch",
                  "thumb"]),
                ({"in_place": True, "scratch_size": 32768, "minimize": "wear"},
                 ["--in-place", "--scratch", "32K", "--minimize", "wear"])):
            with self.subTest(words), tempfile.TemporaryDirectory() as work:
                path = os.path.join(work, "package")
                subprocess.run([MKDFOTA, "-q", *words, PAIR + "7.27.0.bin",
                                PAIR + "7.28.0.bin", "-o", path], check=True)
                self.assertEqual(dfota.make(OLD, NEW, **options).package,
                                 read(path))

    def test_keys(self):
        private, public = key_pair()
        package = dfota.make(OLD, NEW, key=private).package
        _, other = key_pair()
        self.assertEqual(dfota.apply(OLD, package, keys=[other, public]), NEW)
        with self.assertRaises(dfota.DfotaError) as caught:
            dfota.apply(OLD, package, keys=[other])
        self.assertEqual(caught.exception.status, -105)
        with self.assertRaises(TypeError):
            dfota.verify(package, keys=public)

    def test_explain(self):
        found = dfota.explain(OLD, NEW)
        size = found.report["info"]["package_size"]
        self.assertEqual(sum(found.spent.values()), size)
        self.assertEqual(sum(part.size for part in found.parts), len(NEW))
        self.assertTrue(found.moves)
        self.assertTrue(all(one.text and one.kind for one in found.advice))
        self.assertTrue(found.advice)

    def test_threads_and_progress(self):
        seen, packages = [], []

        def run():
            packages.append(dfota.make(OLD, NEW, threads=1,
                                       progress=seen.append).package)
        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(packages), 3)
        self.assertEqual(len(set(packages)), 1)
        self.assertEqual(max(seen), 1000)


class Errors(unittest.TestCase):
    def fails(self, status, subject, function, *arguments, **options):
        with self.assertRaises(dfota.DfotaError) as caught:
            function(*arguments, **options)
        error = caught.exception
        self.assertEqual((error.status, error.subject), (status, subject))
        self.assertEqual(str(error), f"{subject}: {error.text}")
        self.assertTrue(error.text)

    def test_refused(self):
        package = dfota.make(OLD, NEW).package
        self.fails(-106, "old", dfota.apply, NEW, package)
        self.fails(-102, "package", dfota.info, b"no package" * 9)
        self.fails(-104, "package", dfota.info, package[:-1])
        self.fails(-107, "new", dfota.verify, package, old=OLD, new=OLD)
        self.fails(-108, "key", dfota.apply, OLD, package, keys=[b"no key"])
        self.fails(-201, "level", dfota.make, OLD, NEW, level=10)

    def test_usage(self):
        with self.assertRaisesRegex(TypeError, "no such option: colour"):
            dfota.make(OLD, NEW, colour=1)
        with self.assertRaisesRegex(ValueError, "codec: found 'zip'"):
            dfota.make(OLD, NEW, codec="zip")
        with self.assertRaisesRegex(ValueError, "format: found 'odd'"):
            dfota.make(OLD, NEW, format="odd")


if __name__ == "__main__":
    unittest.main()
