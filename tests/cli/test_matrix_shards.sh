# SPDX-License-Identifier: MIT
# The same bytes whatever the number of processes and of shards; what is missing
# after a merge is named.
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/matrix.sh"
releases 5

run 0 matrix list.json -j 1 -qo one
run 0 matrix list.json -j 4 -qo four
same_packages one four
for shard in 1 2 3; do
    run 0 matrix list.json --shard $shard/3 -qo s$shard
    is s$shard/index.json 'j["shard"], j["complete"]' "('$shard/3', False)"
    is s$shard/index.json 'len([p for p in j["pairs"] if p["state"] == "built"]) in (3, 4)' True
done
run 0 matrix --merge s1 s2 s3 -o merged
has err '^merged: 3 outputs merged, 0 packages missing, 0 too large$'
same_packages one merged

# A second merge over the first, in another order.
run 0 matrix --merge s3 s1 s2 -qo merged
is merged/index.json 'j["complete"], j["shard"]' '(True, None)'

run 1 matrix --merge s1 s3 -o less
has err '^less: 2 outputs merged, [34] packages missing, 0 too large$'
is less/index.json 'j["complete"]' False
value less/index.json "'\\n'.join('missing: %(from)s to %(to)s: %(reason)s' % p
    for p in j['pairs'] if p['state'] == 'missing')" >names
grep '^missing: ' err >said
same names said

# A shard that has left no index, a package that is not the one meant, one that
# is of another list, a name that leads elsewhere.
mkdir nothing
run 1 matrix --merge s1 nothing s2 s3 -o most
has err '^mkdfota: nothing/index\.json: cannot read: .*'
same_packages one most
cp -r s1 damaged
for file in damaged/*.dfota; do
    flip "$file" 90
done
run 1 matrix --merge damaged s2 s3 -o most
has err '^mkdfota: damaged/.*: not the package that the index means .*'
has err '^missing: .*: in no output$'
list other.json '"pairs": [{"from": "last 2", "to": "all"}]'
run 0 matrix other.json -qo other
run 1 matrix --merge s1 other -o mixed
message 'other: index\.json: not of the same build as s1 .*'
cp -r s1 hostile
sed 's,\("file":[^"]*"\)[^"]*",\1../s1/x.dfota",' s1/index.json >hostile/index.json
run 1 matrix --merge hostile s2 s3 -o led
has err '^mkdfota: hostile: index\.json: not the name of a package .*'
run 2 matrix --merge -o none
message '--merge: no folders to merge .*'

# Failures stay failures.
mv v3.bin gone.bin
run 3 matrix list.json --shard 1/2 -qo f1
run 3 matrix list.json --shard 2/2 -qo f2
has err '^mkdfota: .*3\.0.*: v3\.bin: cannot read: No such file or directory$'
run 1 matrix --merge f1 f2 -qo failed
is failed/index.json '{p["reason"] for p in j["pairs"] if p["state"] == "failed"}' \
    "{'v3.bin: cannot read: No such file or directory'}"
is failed/index.json 'len([p for p in j["pairs"] if p["state"] == "built"])' 6
mv gone.bin v3.bin

# engine SHARD VARIABLE=VALUE...: this shard is found in this environment
engine() {
    expected=$1
    shift
    run 0 matrix list.json --shard "$expected" -o none --dry-run
    mv out expected
    env "$@" "$MKDFOTA" matrix list.json --shard "$auto" -o none --dry-run >out
    same expected out
}
auto=auto
engine 2/3 CI_NODE_INDEX=2 CI_NODE_TOTAL=3
engine 3/3 AWS_BATCH_JOB_ARRAY_INDEX=2 AWS_BATCH_JOB_ARRAY_SIZE=3
engine 1/3 SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_COUNT=3
engine 3/3 SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_STEP=2 \
    SLURM_ARRAY_TASK_COUNT=3
auto=auto/3
engine 2/3 JOB_COMPLETION_INDEX=1
engine 1/3 CI_NODE_INDEX=1
run 0 matrix list.json --shard 1/1 -o none --dry-run
mv out expected
CI_NODE_INDEX=2 CI_NODE_TOTAL=3 "$MKDFOTA" matrix list.json -o none --dry-run >out
same expected out

# wrong SHARD MESSAGE VARIABLE=VALUE...
wrong() {
    shard=$1 text=$2
    shift 2
    status=0
    env "$@" "$MKDFOTA" matrix list.json --shard "$shard" -o none 2>err || status=$?
    [ $status = 2 ] || fail "--shard $shard: status $status, expected 2"
    message "$text"
    absent none
}
wrong 0/2 '--shard: no such shard \(found 0 of 2, .*' A=
wrong 3/2 '--shard: no such shard \(found 3 of 2, .*' A=
wrong 1 '--shard: not a shard .*' A=
wrong auto '--shard: no engine that says which .*' A=
wrong auto/0 '--shard: no such shard .*' A=
wrong auto '--shard: JOB_COMPLETION_INDEX is set, but not of how many .*' JOB_COMPLETION_INDEX=0
wrong auto/2 '--shard: no such shard \(found 3 of 2, .*' JOB_COMPLETION_INDEX=2
wrong auto 'CI_NODE_INDEX: not a number .*' CI_NODE_INDEX=x CI_NODE_TOTAL=3
wrong auto '--shard: two engines .*' CI_NODE_INDEX=1 CI_NODE_TOTAL=3 SLURM_ARRAY_TASK_ID=0
clean
