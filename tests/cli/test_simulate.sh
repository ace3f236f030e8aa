# SPDX-License-Identifier: MIT
# simulate: the verdict, both reports for programs, and what is refused.
. "$CLI_TESTS/lib.sh"

layouts=$SOURCE/samples/layouts
cp "$layouts/two-slot.json" flash.json
cp "$layouts/stm32l4.json" fine.json
run 0 -q old.bin new.bin -o dfota.bin

simulate() {
    status=$1
    shift
    run "$status" simulate dfota.bin --old old.bin --layout "$@"
}

# Every cut: as many are told as there are operations.
simulate 0 flash.json
empty err
has out '^PASSED: Power was cut at each of 466 erases and programs;'
has out "^package +dfota.bin, 1,[0-9]+ bytes, SHA-256 $(sha256sum dfota.bin | cut -c1-64)\$"
has out '^ +codec range, not signed$'
has out '^  journal +65,536 bytes, blocks of 4096, written in units of 16$'
has out '^bricks +none$'
has out '^new_slot +256 +4096 +26 +27 +1 +2 '
has out '^journal +16 +4096 +2 '
cp out first
simulate 0 flash.json --threads 1
same out first
simulate 0 fine.json
has out '^PASSED: Power was cut at each of 12,9[0-9][0-9] erases'
cuts=$(sed -n 's/^cuts *//p' out | tr -d ,)
[ "$cuts" -gt 70000 ] || fail "$cuts cuts"

# Schedules: their number is what is asked for, the seed decides.
simulate 0 flash.json --cuts 20 --seed 3
has out '^PASSED: Power was cut up to 20 times in each of 20 updates;'
has out '^resumed +20 updates'
cp out third
simulate 0 flash.json --cuts 20 --seed 3 -j 2
same out third
simulate 0 flash.json --cuts 20
! cmp -s out third || fail 'the seed changes nothing'

# For programs.
simulate 0 flash.json --json --cuts all
python3 - <<'END'
import json

s = json.load(open("out"))
assert s["passed"] and s["bricks"] == 0 and s["failure"] is None, s
assert s["exhaustive"] and s["mode"] == "two-slot" and not s["signed"]
assert s["operations"] == 466 and s["cuts"] > 2000 and s["resumed"] > 100
slot, journal = s["wear"]
assert slot["area"] == "new_slot" and journal["area"] == "journal"
assert sum(slot["erases_by_block"]) == slot["erased"] == 26
assert max(slot["erases_by_block_worst"]) == slot["block_erases_worst"] == 2
assert len(slot["erases_by_block"]) == slot["blocks"] == 256
assert 102432 <= slot["programmed"] < slot["programmed_worst"]
END

# Time, where the layout names the module's speeds.
sed -e '/"profile"/d' -e 's/^{/{"profile": "air724",/' flash.json >timed.json
sed 's/"profile": "air724"/"profile": "nobody"/' timed.json >untimed.json
simulate 0 timed.json --cuts 1
has out '^time +[0-9]+\.[0-9] s on air724, an estimate; with a cut [0-9]+\.[0-9] s'
simulate 0 timed.json --cuts 1 --json
has out '"profile":"air724","time_ms":[0-9]+,"time_worst_ms":[0-9]+'
simulate 0 untimed.json --cuts 1
! grep -q '^time ' out || fail 'a time by nobody'

# A page that names what it is about, whatever that is called.
cp flash.json '<b>&.json'
cp dfota.bin '"<i>.bin'
run 0 simulate '"<i>.bin' --old old.bin --layout '<b>&.json' --html page.html
has err '^page.html: [0-9]+ bytes$'
empty out
has page.html 'PASSED'
has page.html '&lt;b&gt;&amp;\.json'
has page.html '&quot;&lt;i&gt;\.bin'
! grep -q '<i>\.bin' page.html || fail 'not escaped'
! grep -qE 'src=|href=|<script' page.html || fail 'needs another file'
[ "$(grep -c '<rect' page.html)" = 272 ] || fail 'not every block is there'
run 3 simulate dfota.bin --old old.bin --layout flash.json --html page.html
message 'page.html: exists already; .*'
run 0 simulate dfota.bin --old old.bin --layout flash.json --html - -q
has out '</html>'

# Without a journal a cut starts over: still the new image.
grep -v journal flash.json | sed 's/"new_slot": \(.*\),$/"new_slot": \1/' >none.json
simulate 0 none.json
has out '^PASSED'

# One slot: as the layout says, with what the package asks for.
run 0 -q old.bin new.bin -o place.dfota --in-place --scratch 32K
place() {
    status=$1
    shift
    run "$status" simulate place.dfota --old old.bin --layout "$@"
}
sed -e '/new_slot/d' -e 's/"journal"/"scratch": {"size": "32K"}, &/' \
    flash.json >one.json
place 0 one.json
has out '^PASSED: Power was cut at each of'
has out '^flash +one.json, one slot$'
has out '^slot +256 +4096 +2[0-9] +2[0-9] +1 +2 '
has out '^scratch +8 +4096 '
! grep -q 'old image is never touched' out || fail 'it is, in place'
place 1 flash.json
message 'flash.json: new_slot: found a second slot, expected nothing: .*'
sed 's/32K/16K/' one.json >less.json
place 1 less.json
message 'less.json: scratch.size: found 16384, expected at least 32768 for .*'
sed 's/"erase": "4K"/"erase": "8K"/' one.json >coarse.json
place 1 coarse.json
message 'coarse.json: slot.erase: found 8192, expected at most the package.*'
grep -v journal one.json | sed 's/"slot": \(.*\),$/"slot": \1,/' |
    sed 's/^}$/"scratch": {"size": "32K"}}/' >none.json
place 1 none.json
message 'none.json: journal: found nothing, expected an area: .*'

# Keys: not needed, but then it is said.
make_key a
make_key b
run 0 -q old.bin new.bin -o dfota.bin --key a.pem -f
simulate 0 flash.json --cuts 3
has out 'signed, but authenticity was not checked: no --key was given$'
simulate 0 flash.json --cuts 3 --key a.pub
has out 'signature verified$'
simulate 1 flash.json --key b.pub
message 'dfota.bin: .*'
run 0 -q old.bin new.bin -o dfota.bin -f

# What does not go together is refused before anything is tried.
refused() {
    echo "$2" >bad.json
    simulate 1 bad.json
    empty out
    message "bad.json: $1"
}
slot='"slot": {"size": "1M"}'
head='{"erase": "4K", "program": 256,'
refused 'line 1: found no JSON, expected one object' 'slot'
refused 'erase2: found this key, expected about, .*' "$head\"erase2\": 1}"
refused 'new_slot: found nothing, expected a second slot: .*' "$head$slot}"
refused 'slot.size: found 4096, expected at least 102232 for the old image' \
    "$head"'"slot": {"size": "4K"}, "new_slot": {"size": "1M"}}'
refused 'new_slot.size: found 4096, expected at least 102432 for the new .*' \
    "$head$slot"', "new_slot": {"size": "4K"}}'
refused 'journal.size: found 512, expected at least 1536 for this package' \
    "$head$slot"', "new_slot": {"size": "1M"},
    "journal": {"size": 512, "erase": 256, "program": 16}}'
refused 'staging.size: found 512, expected at least 1017 for the package' \
    "$head$slot"', "new_slot": {"size": "1M"},
    "staging": {"size": 512, "erase": 512}}'

# Several parts: each in slots of its own, in both modes; one may be full.
head -c 20000 old.bin >app1.bin
head -c 21000 new.bin | tail -c 20000 >app2.bin
cat >parts.json <<'END'
{"erase": "4K", "program": 256, "journal": {"size": "32K", "program": 16},
 "parts": [{"name": "core", "slot": {"size": "128K"}, "new_slot": {"size": "128K"}},
           {"id": 3, "slot": {"size": "64K", "erase": "2K"},
            "new_slot": {"size": "64K", "erase": "2K"}}]}
END
sed 's/, *"new_slot": {[^}]*}//; s/^ *"new_slot": {[^}]*}/"name": "app"/; s/"journal"/"scratch": {"size": "32K"}, "journal"/' \
    parts.json >one.json
for layout in parts one; do
    run 0 old.bin new.bin app1.bin app2.bin -qfo both.bin --part-ids 0,3 \
        --layout $layout.json
    run 0 simulate both.bin --old old.bin --old app1.bin --cuts 40 \
        --layout $layout.json
    has out '^PASSED: Power was cut up to 20 times in each of 40 updates;'
    has out '^new core +102,432 bytes'
    has out '^parts\[1\]\.(new_)?slot +32 +2048 +10 '
    run 0 old.bin new.bin /dev/null app2.bin -qfo both.bin --part-ids 0,3 \
        --layout $layout.json --unmanaged 3:4096-8192
    run 0 simulate both.bin --old old.bin --old /dev/null --cuts 20 --json \
        --layout $layout.json
    has out '^{"passed":true,.*"parts":\[{"id":0,.*{"id":3,"old_size":0,'
    run 0 simulate both.bin --old old.bin --old /dev/null --cuts 2 \
        --layout $layout.json --html page.html -qf
    grep -qE 'Erases of each block: parts\[1\]\.(new_)?slot' page.html ||
        fail "no map of the second part"
done
run 2 simulate both.bin --old old.bin --layout one.json
message 'both.bin: needs an old image for each of its parts \(found 1, expected 2\)'
run 1 simulate both.bin --old old.bin --old app1.bin \
    --layout "$layouts/air724.json"
message '.*air724.json: parts: found none with id 3, expected one: .*'
run 1 old.bin new.bin app1.bin app2.bin -o no --layout parts.json
message 'parts.json: parts: found none with id 1, expected one for app2.bin'
sed 's/64K/16K/g' parts.json >small.json
run 1 old.bin new.bin app1.bin app2.bin -o no --part-ids 0,3 --layout small.json
message 'small.json: parts\[1\]\.slot\.size: too small for the old image .*'

run 1 simulate dfota.bin --old new.bin --layout flash.json
message 'new.bin: .*old image.*'
flip dfota.bin 900
simulate 1 flash.json
message 'dfota.bin: .*'
run 3 simulate dfota.bin --old old.bin --layout missing.json
message 'missing.json: .*'
run 2 simulate dfota.bin --old old.bin
message '--layout: is missing; see mkdfota simulate --help'
run 2 simulate dfota.bin --layout flash.json
message '--old: is missing; see .*'
simulate 2 flash.json --cuts 0
message '--cuts: not a number of schedules \(found "0", expected all, or 1 .*'
simulate 2 flash.json --seed x
message '--seed: not a seed .*'
simulate 2 flash.json --json --html -
message '--html: is stdout, and so is --json'
