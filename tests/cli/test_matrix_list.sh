# SPDX-License-Identifier: MIT
# What is wrong with a release list is said with the place in it. Whatever its
# schema refuses is refused here, and the examples pass both.
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/matrix.sh"
releases 2
make_key key

validate releases list.json

# check STATUS: what the schema says of bad.json
check() {
    status=0
    validate releases bad.json || status=$?
    [ "$status" = "$1" ] ||
        fail "the schema says $status, expected $1: $(cat bad.json)"
}

# bad MESSAGE LIST: neither the schema nor the tool takes it
bad() {
    printf '%s' "$2" >bad.json
    check 1
    run 1 matrix bad.json -o none
    message "bad\\.json: $1"
    absent none
}

# odd MESSAGE LIST: what no schema can say
odd() {
    printf '%s' "$2" >bad.json
    check 0
    run 1 matrix bad.json -o none
    message "bad\\.json: $1"
    absent none
}

# good LIST
good() {
    printf '%s' "$1" >bad.json
    check 0
    run 0 matrix bad.json -o none --dry-run
}

one='{"version": "1", "image": "v1.bin"}'
two='{"version": "2", "image": "v2.bin"}'
good "{\"releases\": [$one, $two]}"
good "{\"\$schema\": \"x\", \"product\": \"p\", \"key\": \"key.pem\", \"releases\": [$one, $two],
    \"options\": {\"codec\": \"range\", \"level\": 6, \"ram\": \"16K\", \"base\": \"0x8000\",
    \"arch\": \"thumb\", \"format\": \"raw\", \"mode\": \"in-place\", \"scratch\": 65536,
    \"erase_block\": \"4K\", \"minimize\": \"wear\",
    \"unmanaged\": [{\"part\": 0, \"start\": 0, \"end\": \"0x1000\"}]},
    \"pairs\": [{\"from\": \"none\", \"max_size\": \"90%\"}, {\"from\": [\"1\"], \"to\": \"2\",
    \"max_size\": 1000, \"options\": {\"level\": \"9\"}}]}"

printf '{"releases": [' >bad.json
run 1 matrix bad.json -o none
message 'bad\.json: not JSON \(at line 1\)'
: >bad.json
run 1 matrix bad.json -o none
message 'bad\.json: not JSON .*'
printf '{"releases": [%s, %s]}\n{}' "$one" "$two" >bad.json
run 1 matrix bad.json -o none
message 'bad\.json: more behind the end of the JSON \(at line 2\)'
printf '{"releases": [%s, %s], "product": "a", "product": "b"}' "$one" "$two" >bad.json
run 1 matrix bad.json -o none
message 'bad\.json: product: given twice'

bad 'not an object \(found a list, .*' '[]'
bad 'releases: not a list \(found nothing, .*' '{}'
bad 'releases: empty or too long \(found 0, .*' '{"releases": []}'
bad 'release: no such field' "{\"release\": [$one, $two]}"
bad 'releases\[1\]\.images: no such field' \
    "{\"releases\": [$one, {\"version\": \"2\", \"images\": \"v2.bin\"}]}"
bad 'releases\[0\]\.version: not a text \(found a number, .*' \
    '{"releases": [{"version": 1, "image": "v1.bin"}]}'
bad 'releases\[0\]\.version: empty or too long .*' \
    '{"releases": [{"version": "", "image": "v1.bin"}]}'
bad 'releases\[0\]\.version: control character \(found 0x0a, .*' \
    '{"releases": [{"version": "a\nb", "image": "v1.bin"}]}'
bad 'releases\[0\]\.image: not a text \(found nothing, .*' '{"releases": [{"version": "1"}]}'
bad 'releases\[0\]\.counter: not a whole number .*' \
    '{"releases": [{"version": "1", "image": "v1.bin", "counter": -1}]}'
bad 'releases\[0\]\.counter: not a counter .*' \
    '{"releases": [{"version": "1", "image": "v1.bin", "counter": "x"}]}'
bad 'releases\[0\]\.parts: beside image or base, .*' \
    '{"releases": [{"version": "1", "image": "v1.bin", "parts": [{"image": "v1.bin"}]}]}'
bad 'releases\[0\]\.parts\[0\]\.id: too large .*' \
    '{"releases": [{"version": "1", "parts": [{"id": 256, "image": "v1.bin"}]}]}'
bad 'options\.ram: not a size .*' "{\"releases\": [$one, $two], \"options\": {\"ram\": \"lots\"}}"
bad 'options\.level: not a level .*' "{\"releases\": [$one, $two], \"options\": {\"level\": 10}}"
bad 'options\.codec: not a codec .*' "{\"releases\": [$one, $two], \"options\": {\"codec\": \"zip\"}}"
bad 'options\.mode: not a mode .*' "{\"releases\": [$one, $two], \"options\": {\"mode\": \"one\"}}"
bad 'options\.unmanaged\[0\]\.end: not a value .*' \
    "{\"releases\": [$one, $two], \"options\": {\"unmanaged\": [{\"start\": 1}]}}"
bad 'key\.env: not a text .*' "{\"releases\": [$one, $two], \"key\": {}}"
bad 'pairs: empty or too long .*' "{\"releases\": [$one, $two], \"pairs\": []}"
bad 'pairs\[0\]\.form: no such field' "{\"releases\": [$one, $two], \"pairs\": [{\"form\": \"all\"}]}"
bad 'pairs\[0\]\.from: not a choice of releases \(found a number, .*' \
    "{\"releases\": [$one, $two], \"pairs\": [{\"from\": 1}]}"
bad 'pairs\[0\]\.max_size: not a limit .*' \
    "{\"releases\": [$one, $two], \"pairs\": [{\"max_size\": \"1.5%\"}]}"

odd 'releases\[1\]\.version: the same as that of releases\[0\]' "{\"releases\": [$one, $one]}"
odd 'releases\[0\]\.parts\[1\]: ids are not ascending .*' \
    '{"releases": [{"version": "1", "parts": [{"id": 2, "image": "a"}, {"id": 1, "image": "b"}]}]}'
odd 'pairs\[0\]\.from: no such release \(found "9"\)' \
    "{\"releases\": [$one, $two], \"pairs\": [{\"from\": \"9\"}]}"
odd 'pairs\[0\]\.to\[1\]: no such release \(found "newest"\)' \
    "{\"releases\": [$one, $two], \"pairs\": [{\"to\": [\"1\", \"newest\"]}]}"
odd 'pairs: no rule names a pair .*' "{\"releases\": [$one]}"
odd 'options: scratch, erase_block or minimize without .*' \
    "{\"releases\": [$one, $two], \"options\": {\"scratch\": 4096}}"

printf '{"releases": [%s, %s], "options": {"layout": "none.json"}}' "$one" "$two" >bad.json
run 3 matrix bad.json -o none
message 'none\.json: cannot read: No such file or directory'
printf '{"releases": [%s, %s], "key": {"env": "NO_SUCH_KEY"}}' "$one" "$two" >bad.json
run 1 matrix bad.json -o none
message 'NO_SUCH_KEY: environment variable is not set .*'
run 3 matrix none.json -o none
message 'none\.json: cannot read: No such file or directory'
run 2 matrix list.json
message '--output: is missing; see mkdfota matrix --help'
run 2 matrix list.json list.json -o none
message 'matrix: wrong number of files .*'
