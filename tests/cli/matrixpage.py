#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Check that a folder's index.html is whole, and says what index.json does.

Usage: matrixpage.py FOLDER; prints the text of the page, a line for each piece.
"""

import html.parser
import json
import os
import re
import sys
import urllib.parse

EMPTY = {"meta", "circle", "path"}
# Any other is text from outside that was not taken as text, or needs a file.
TAGS = EMPTY | set("""html head style title body main h1 h2 p div span b i small
    a table thead tbody tr th td ol ul li details summary svg g text footer
    """.split())


class Page(html.parser.HTMLParser):
    """Tags that close, ids that are there once, links that lead somewhere."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.pieces = [], set(), [], []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        expect(len(names) == len(set(names)), f"<{tag}>: an attribute twice")
        expect(tag in TAGS, f"<{tag}>")
        for name, value in attrs:
            expect(not name.startswith("on") and name != "src", f"{name}=")
            if name == "id":
                expect(value not in self.ids, f"id {value} twice")
                self.ids.add(value)
            elif name == "href":
                self.links.append(value)
            elif name == "title":
                self.pieces.append(value)
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY:
            self.open.pop()

    def handle_endtag(self, tag):
        expect(self.open and self.open[-1] == tag,
               f"</{tag}> closes {self.open[-1:]}")
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            expect(not re.search(r"url\(|@import", data), "a style's file")
        elif data.strip():
            self.pieces.append(data.strip())


def expect(condition, message):
    if not condition:
        sys.exit(f"index.html: {message}")


def main(folder):
    with open(os.path.join(folder, "index.html"), encoding="utf-8",
              newline="") as file:
        text = file.read()
    with open(os.path.join(folder, "index.json"), encoding="utf-8") as file:
        index = json.load(file)
    expect(text.startswith("<!DOCTYPE html>\n"), "no <!DOCTYPE html>")
    expect(text.endswith("</html>\n"), "cut off")
    expect("://" not in text, "an address of elsewhere")
    page = Page()
    page.feed(text)
    page.close()
    expect(not page.open, f"open at the end: {page.open}")
    files = {urllib.parse.unquote(link) for link in page.links
             if link[0] != "#"}
    for link in page.links:
        expect(link[0] == "#" or re.fullmatch(r"[\w.~%-]+", link, re.ASCII),
               f"link {link}")
        expect(link[0] != "#" or link[1:] in page.ids, f"{link} leads nowhere")
    for name in files:
        expect(os.path.exists(os.path.join(folder, name)), f"no file {name}")
    for number, pair in enumerate(index["pairs"]):
        name = f"{pair['from']} to {pair['to']}"
        if "file" in pair:
            expect(pair["file"] in files, f"no link to {pair['file']}")
            expect(f"{pair['size']:,}" in page.pieces, f"no size of {name}")
            good = not pair["too_large"]
        else:
            expect(pair["reason"].replace("\n", "?") in page.pieces,
                   f"no reason of {name}")
            good = False
        expect(good == (f"pair{number}" not in page.ids),
               f"{name} is {'' if good else 'not '}told of")
        expect(good == (f"#pair{number}" not in page.links),
               f"{name} has {'a' if good else 'no'} link to what is wrong")
    print("\n".join(page.pieces))


if __name__ == "__main__":
    main(sys.argv[1])
