# SPDX-License-Identifier: MIT
# Packages that are too large fail the build, after all else is made, with
# their causes; so do those that have grown.
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/matrix.sh"
releases 3

run 0 matrix list.json -qo packages --max-size 100%
is packages/index.json '[p["too_large"] for p in j["pairs"]]' '[False, False, False]'
size=$(wc -c <packages/1.0_to_2.0.dfota)
run 0 matrix list.json -qo packages --max-size 1M
run 1 matrix list.json -qo packages --max-size "$size"
has err "^mkdfota: 1\\.0_to_3\\.0: too large \\(found [0-9,]+ bytes, expected at most $size\\)$"
has err '^by cause:$'
has err '^ +[0-9,]+ bytes  literals$'
has err '^by place:$'
! grep -q 1.0_to_2.0 err || fail "as large as it may be is too large"
is packages/index.json '[p["max_size"] for p in j["pairs"]]' "[$size, $size, $size]"
is packages/index.json 'j["pairs"][1]["too_large"], j["pairs"][1]["why"]["causes"]["literals"] > 0, len(j["pairs"][1]["why"]["advice"]) > 0' \
    '(True, True, True)'

validate index packages/index.json

# Shards say the same.
for shard in 1 2; do
    "$MKDFOTA" matrix list.json -qo s$shard --shard $shard/2 --max-size "$size" \
        2>err || has err ': too large '
done
run 1 matrix --merge s1 s2 -qo merged
has err '^too large: .* bytes, limit [0-9]+$'
same packages/index.json merged/index.json

list rule.json '"pairs": [{"from": "1.0", "to": "2.0", "max_size": 100}, {"to": "all"}]'
run 1 matrix rule.json -qo rules
has err '^mkdfota: 1\.0_to_2\.0: too large .*, expected at most 100\)$'
! grep -q 1.0_to_3.0 err || fail "a limit of another rule"
is rules/index.json '[p["max_size"] for p in j["pairs"]]' '[100, None, None]'
run 1 matrix rule.json -qo rules --max-size 50
has err 'expected at most 50\)$'

# Growth: against the index of another build.
cp -r packages before
seq 90000 90500 >>v3.bin
run 0 matrix list.json -qo packages
run 1 matrix list.json -qo packages --fail-over 10% --baseline before/index.json
has err '^mkdfota: 1\.0_to_3\.0: too large \(found .*, expected at most .*; it had .*\)$'
! grep -q 1.0_to_2.0 err || fail "it has not grown"
run 0 matrix list.json -qo packages --fail-over 1000 --baseline before/index.json
run 0 matrix list.json -qo packages --fail-over 0 --baseline packages/index.json

run 2 matrix list.json -qo packages --fail-over 10%
message '--fail-over: only with --baseline'
run 2 matrix list.json -qo packages --baseline before/index.json
message '--baseline: only with --fail-over'
run 2 matrix list.json -qo packages --fail-over x --baseline before/index.json
message '--fail-over: not a percentage .*'
run 2 matrix list.json -qo packages --max-size 0
message '--max-size: not a size .*'
echo '{}' >empty.json
run 1 matrix list.json -qo packages --fail-over 1 --baseline empty.json
message 'empty\.json: not an index .*'
clean
