# SPDX-License-Identifier: MIT
# explain: where the bytes go, as text, JSON and a page, and what to do.
. "$CLI_TESTS/lib.sh"

command -v python3 >/dev/null || skip "no python3"

run 0 old.bin new.bin -qo dfota.bin
size=$(wc -c <dfota.bin)

run 0 explain old.bin new.bin
empty err
has out "^package +$(echo "$size" | sed 's/\(.*\)\(...\)$/\1,\2/') bytes, "
has out '^Bytes by cause$'
has out '^Regions by cost \(1 of 1\)$'
has out '^Blocks by cost \(20 of [0-9]+\)$'
has out '^What is kept, by how far it has moved$'
sed -n '/^Advice$/,$p' out >advice
has advice '^  1\. '
has advice '"2026-01-30"'

run 0 explain old.bin new.bin --top 3
has out '^Blocks by cost \(3 of '

# The causes sum up to the package, the parts to what is in no table.
run 0 explain old.bin new.bin --json
empty err
python3 - "$size" <<'END2' || fail "JSON: $(head -c 2000 out)"
import json
import os
import sys

e = json.load(open("out"))
new_size = os.path.getsize("new.bin")
assert e["package_size"] == int(sys.argv[1]), e["package_size"]
assert e["old_size"] == os.path.getsize("old.bin")
assert e["new_size"] == new_size
assert e["arch"] == "thumb" and e["base"] == 0x08005000
causes = e["causes"]
assert list(causes) == ["header", "digests", "tables", "hits", "branches",
                        "pointers", "other", "sources", "literals", "rest"]
assert sum(causes.values()) == e["package_size"], causes
assert causes["rest"] < 16, causes
coded = e["package_size"] - sum(
    causes[name] for name in ("header", "digests", "tables", "rest"))
for name in "sections", "parts":
    parts = e[name]
    assert abs(sum(part["bytes"] for part in parts) - coded) < 10, name
    costs = [part["bytes"] for part in parts]
    assert costs == sorted(costs, reverse=True)
    at = 0
    for part in sorted(parts, key=lambda part: part["start"]):
        assert part["start"] == at and part["address"] == 0x08005000 + at
        assert part["size"] == part["literals"] + part["corrections"] + \
            part["hits"]
        assert 0 <= part["moved_size"] <= part["size"]
        assert part["moved"] is not None or part["moved_size"] == 0
        at += part["size"]
    assert at == new_size
old, new = open("old.bin", "rb").read(), open("new.bin", "rb").read()
for move in e["moves"]:
    assert move["new_start"] - move["old_start"] == move["moved"]
    a = old[move["old_start"]:move["old_start"] + move["size"]]
    b = new[move["new_start"]:move["new_start"] + move["size"]]
    assert sum(x == y for x, y in zip(a, b)) >= move["size"] // 3, move
assert sum(move["matched"] for move in e["moves"]) > new_size * 0.95
stakes = [advice["bytes"] for advice in e["advice"]]
assert stakes == sorted(stakes, reverse=True) and stakes
assert "time" in [advice["kind"] for advice in e["advice"]]
END2

# A page without anything from elsewhere.
run 0 explain old.bin new.bin --html page.html
empty out
has err '^page\.html: [0-9]+ bytes$'
python3 - <<'END2' || fail "page.html"
import html.parser


class Page(html.parser.HTMLParser):
    """Every tag is closed, and none fetches anything."""
    open_tags, seen = [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in ("meta",):
            self.open_tags.append(tag)
        for name, value in attrs:
            assert name not in ("src", "href"), (tag, name, value)

    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open_tags.pop() == tag, tag


page = Page()
text = open("page.html", encoding="utf-8").read()
page.feed(text)
assert not page.open_tags, page.open_tags
assert {"svg", "path", "rect", "table"} <= page.seen and \
    not {"script", "link", "img", "iframe"} & page.seen
assert "<title>old.bin → new.bin - mkdfota explain</title>" in text
assert "url(" not in text and "@import" not in text
END2
run 3 explain old.bin new.bin --html page.html
message 'page\.html: exists already; -f overwrites it'
run 0 explain old.bin new.bin --html page.html -fq --json
empty err
has out '"package_size"'
run 0 explain old.bin new.bin --html - -q
has out '^<!DOCTYPE html>$'
run 2 explain old.bin new.bin --html - --json

# Names are shown as they are, and cannot become part of the page.
cp old.bin '<b>&.bin'
run 0 explain '<b>&.bin' new.bin --html - -q
has out '<h1>&lt;b&gt;&amp;\.bin '

# Noise: both explain and make say why the package is large.
python3 - <<'END2'
import random

random.seed(7)
data = open("new.bin", "rb").read()
noise = bytes(random.randrange(256) for _ in range(20000))
open("noise.bin", "wb").write(data[:50000] + noise + data[50000:])
END2
run 0 explain old.bin noise.bin --json
python3 - <<'END2' || fail "noise: $(grep -A6 kind out)"
import json

e = json.load(open("out"))
first = e["advice"][0]
assert first["kind"] == "incompressible", first
assert abs(first["start"] - 50000) < 600 and abs(first["size"] - 20000) < 900
assert 19000 < first["bytes"] < 21000
assert "0x08011" in first["text"], first
END2
run 0 old.bin noise.bin -o noise.dfota
has err '^[0-9,]+ bytes of the new image are in no old content and do not compress'
run 0 old.bin new.bin -o plain.dfota
! grep -q 'do not compress' err || fail "$(cat err)"

# Equal images, other sizes of memory, and what is refused.
run 0 explain old.bin old.bin
has out 'Both images are equal'
run 0 explain old.bin new.bin --ram 4K --try-ram 32K --json
python3 -c '
import json
assert "ram" in [a["kind"] for a in json.load(open("out"))["advice"]]
' || fail "no advice on RAM"
run 2 explain old.bin new.bin --ram 1K
run 1 explain old.bin new.bin --format elf
message 'old\.bin: ELF: .*'
run 2 explain old.bin new.bin --format zip
message '--format: not a file format \(found "zip", expected .*'
run 2 explain old.bin
run 3 explain missing.bin new.bin
clean
