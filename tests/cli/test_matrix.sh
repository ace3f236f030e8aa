# SPDX-License-Identifier: MIT
# A release list becomes packages and an index; nothing is made twice.
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/matrix.sh"
releases 4

run 0 matrix list.json -o built
has err '^1/6 .*: built, [0-9,]+ bytes'
has err '^built: 6 packages built, 0 cached, 0 kept, 0 failed, 0 too large$'
is built/index.json 'len(j["pairs"]), j["complete"], j["shard"]' '(6, True, None)'
is built/index.json '[p["from"] for p in j["pairs"] if p["to"] == "4.0"]' \
    "['1.0', '2.0', '3.0']"
is built/index.json '{p["state"] for p in j["pairs"]}' "{'built'}"

validate index built/index.json
value built/index.json 'json.dumps(dict(j, more=1))' >bad.json
! validate index bad.json || fail "the schema of the index takes anything"

# Each is what make would have made.
run 0 v2.bin v4.bin -qo made.dfota --product test --from-version 2.0 \
    --to-version 4.0 --counter 4
same made.dfota built/2.0_to_4.0.dfota
sum=$(sha256sum <made.dfota)
is built/index.json '[p["sha256"] for p in j["pairs"] if p["file"] == "2.0_to_4.0.dfota"][0]' \
    "${sum%% *}"
run 0 verify built/2.0_to_4.0.dfota --old v2.bin --new v4.bin -q

# kept NUMBER: so many are kept now, the others made, and the index is right.
kept() {
    run 0 matrix list.json -o built
    has err "^built: $((6 - $1)) packages built, 0 cached, $1 kept, 0 failed"
    is built/index.json '{p["state"] for p in j["pairs"]}' "{'built'}"
}
cp built/index.json index.json
kept 6
same index.json built/index.json
rm built/1.0_to_2.0.dfota
kept 5
flip built/1.0_to_3.0.dfota 100
kept 5
same index.json built/index.json
: >built/.matrix/1.0_to_4.0.json
kept 5
touch v1.bin # the same bytes
kept 6
printf x >>v4.bin
kept 3
sed 's/"counter": 2/"counter": 7/' list.json >other.json
mv other.json list.json
kept 5
list list.json '"options": {"ram": "12K"}, "pairs": [{"to": "all"}]'
kept 0
is built/index.json 'max(p["ram"] for p in j["pairs"]) <= 12288' True
make_key key
list list.json '"key": "key.pem", "options": {"ram": "12K"}, "pairs": [{"to": "all"}]'
kept 0
run 0 verify built/1.0_to_2.0.dfota --key key.pub -q
list list.json '"key": {"env": "MATRIX_KEY"}, "options": {"ram": "12K"}, "pairs": [{"to": "all"}]'
MATRIX_KEY=$(cat key.pem)
export MATRIX_KEY
kept 6
MATRIX_KEY=key.pem
kept 6

# plan RULES PAIR...: these packages, in this order
plan() {
    list list.json "\"pairs\": [$1]"
    shift
    run 0 matrix list.json -o none --dry-run
    printf 'build\t%s\n' "$@" >expected
    same expected out
    absent none
}
rm -rf built
list list.json '"options": {}'
run 0 matrix list.json -o none --dry-run
printf 'build\t%s\n' 1.0_to_4.0 2.0_to_4.0 3.0_to_4.0 >expected
same expected out
plan '{"from": "last 2"}' 2.0_to_4.0 3.0_to_4.0
plan '{"from": "last 1", "to": "last 2"}' 2.0_to_3.0 3.0_to_4.0
plan '{"from": "none", "to": ["2.0", "1.0"]}' full_to_1.0 full_to_2.0
plan '{"from": "4.0", "to": "1.0"}' 4.0_to_1.0
plan '{"from": ["2.0", "1.0"], "to": "4.0"}, {"from": "last 9"}' \
    1.0_to_4.0 2.0_to_4.0 3.0_to_4.0

# The first rule that names a pair counts.
list list.json '"pairs": [{"from": "1.0", "to": "2.0", "options": {"codec": "deflate"}},
    {"from": "last 1", "to": "all"}]'
run 0 matrix list.json -qo rules
is rules/index.json '[p["codec"] for p in j["pairs"]]' "['deflate', 'range', 'range']"

# Parts, layouts and addresses; paths are those from the list's folder.
mkdir 'a list'
cp v1.bin v2.bin v3.bin 'a list'
cp "$SOURCE/samples/layouts/two-slot.json" 'a list'
cat >'a list/list.json' <<'END'
{"releases": [
  {"version": "a", "parts": [{"id": 0, "image": "v1.bin"}, {"id": 3, "image": "v2.bin"}]},
  {"version": "b", "parts": [{"id": 0, "image": "v2.bin"}, {"id": 3, "image": "v3.bin"},
                             {"id": 9, "image": "v1.bin"}]}]}
END
run 0 matrix 'a list/list.json' -qo parts
is parts/index.json '[(p["kind"], p["parts"]) for p in j["pairs"]]' "[('mixed', 3)]"
run 0 verify parts/a_to_b.dfota -q
cat >'a list/list.json' <<'END'
{"options": {"layout": "two-slot.json"}, "releases": [
  {"version": "a", "image": "v1.bin", "base": "0x8000"},
  {"version": "b", "image": "v2.bin", "base": "0x8000"}]}
END
run 0 matrix 'a list/list.json' -qo layout
run 0 info layout/a_to_b.dfota
has out '^base +0x00008000$'

# A full image where no delta is smaller.
head -c 20000 /dev/urandom >v2.bin
list list.json '"pairs": [{"from": "1.0", "to": "2.0"}]'
run 0 matrix list.json -qo whole
is whole/index.json '[p["kind"] for p in j["pairs"]]' "['full']"
clean
