# SPDX-License-Identifier: MIT
# samples/ci/kubernetes: manifests of the right shape, whose commands work when
# run as the pods would run them, one after the other.
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/matrix.sh"
releases 4
run 0 matrix list.json -qo plain

# commands FILE PROGRAM: what the container runs, for a shell
cat >commands.py <<'END_PY'
import json, shlex, sys
import jsonschema, yaml
schema, path = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    job = yaml.safe_load(file)
jsonschema.Draft202012Validator(json.load(open(schema))).validate(job)
pod = job["spec"]["template"]["spec"]
container, = pod["containers"]
assert {m["name"] for m in container["volumeMounts"]} == \
    {v["name"] for v in pod["volumes"]}
if job["spec"].get("completionMode") == "Indexed":
    count = job["spec"]["completions"]
    assert job["spec"]["parallelism"] <= count
    assert f"--shard auto/{count} " in container["args"][0]
    print(count, file=sys.stderr)
print(shlex.join(container["command"] + container["args"]))
END_PY
commands() {
    python3 commands.py "$CLI_TESTS/kubernetes.schema.json" \
        "$SOURCE/samples/ci/kubernetes/$1" 2>count | sed "s#/work/#$PWD/work/#g"
}
mkdir work bin
cp list.json work/releases.json
cp v?.bin work
ln -s "$MKDFOTA" bin/mkdfota
PATH=$PWD/bin:$PATH
commands packages.yaml | sed "s#http://dfota-cache/#$PWD/cache#" >pod.sh
[ "$(cat count)" = 4 ] || fail "not four shards: $(cat count)"
for index in 0 1 2 3; do
    JOB_COMPLETION_INDEX=$index sh pod.sh 2>err || fail "pod $index: $(cat err)"
done
commands merge.yaml >merge.sh
sh merge.sh 2>err || fail "merge: $(cat err)"
same_packages plain work/packages

# The schema refuses what the API does not know.
for wrong in 's/completionMode/completionsMode/' 's/Indexed/indexed/' \
    's/memory: 1Gi/memory: lots/' 's/completions: 4/completions: "4"/' \
    '/image:/d'; do
    mkdir -p samples/ci/kubernetes
    sed "$wrong" "$SOURCE/samples/ci/kubernetes/packages.yaml" \
        >samples/ci/kubernetes/packages.yaml
    ! python3 commands.py "$CLI_TESTS/kubernetes.schema.json" \
        samples/ci/kubernetes/packages.yaml >out 2>&1 ||
        fail "taken after $wrong"
done
