# SPDX-License-Identifier: MIT
# samples/ci: packages of the last releases, the comment on their sizes, limits.
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/matrix.sh"
releases 4

# ci STATUS [NAME=VALUE...] ARGUMENT...
ci() {
    ci_expected=$1 ci_settings=
    shift
    while expr "$1" : '[A-Z_]*=' >/dev/null; do
        ci_settings="$ci_settings $1"
        shift
    done
    ci_found=0
    # shellcheck disable=SC2086 # a list of words
    env $ci_settings "$SOURCE/samples/ci/build-packages.sh" "$@" >out 2>err || ci_found=$?
    [ "$ci_found" = "$ci_expected" ] ||
        fail "$*: status $ci_found, expected $ci_expected: $(cat out err)"
}
unset SLURM_ARRAY_TASK_ID AWS_BATCH_JOB_ARRAY_INDEX JOB_COMPLETION_INDEX
unset PREVIOUS FAIL_OVER MAX_SIZE SHARD CACHE THREADS CI_MERGE_REQUEST_IID GITHUB_REF

# The first: nothing to compare with.
export LAST=2 PREVIOUS="$PWD/before/index.json"
ci 0 build list.json first
has err 'the first build'
has err ': 2 packages built'
has first/comment.md '^### Update packages of test$'
has first/comment.md '^\| 2\.0 \| 4\.0 \| +\| [0-9,]+ \| new \|$'
[ "$(ls first/public)" = "2.0_to_4.0.dfota
3.0_to_4.0.dfota
index.html
index.json" ] || fail "published: $(ls first/public)"
absent list-last-2.json
is first/public/index.json 'j["complete"]' True
same first/packages/index.html first/public/index.html

# The second: one image more different.
cp -r first/public before
cp v3.bin kept.bin
cp v4.bin kept4.bin
seq 90000 90300 >>v4.bin
ci 0 build list.json first
has first/comment.md '^[0-9,]+ bytes where it was [0-9,]+: \+[0-9,]+ \(\+[0-9.]+ %\)\.$'
has first/comment.md '^\| 3\.0 \| 4\.0 \| [0-9,]+ \| [0-9,]+ \| \+[0-9,]+ \(\+[0-9.]+ %\) \|$'

# Too much of it: nothing is published, and it is said.
export FAIL_OVER=10%
ci 1 build list.json first
has first/comment.md '\*\*too large\*\*, limit [0-9,]+ \|$'
absent first/public
cp kept4.bin v4.bin
ci 0 build list.json first
has first/comment.md '^No package has changed its size\.$'
has first/comment.md '^\| 3\.0 \| 4\.0 \| ([0-9,]+) \| \1 \| = \|$'
same first/public/3.0_to_4.0.dfota before/3.0_to_4.0.dfota
cp -r first/public second
ci 1 MAX_SIZE=100 build list.json first

# In shards it is the same; a failure is told when they are joined.
ci 0 SHARD=1/2 build list.json s1
ci 0 SHARD=auto CI_NODE_INDEX=2 CI_NODE_TOTAL=2 build list.json s2
ci 0 merge merged s1 s2
same merged/public/index.json second/index.json
same merged/public/index.html second/index.html
same merged/public/2.0_to_4.0.dfota second/2.0_to_4.0.dfota
ci 1 merge merged s1
has merged/comment.md '\*\*missing\*\*'
absent merged/public
ci 0 MAX_SIZE=100 SHARD=1/2 build list.json s1
ci 1 merge merged s1 s2
has merged/comment.md 'too large'

# The index of before from a server, which may have none yet, or be wrong.
export no_proxy='*'
python3 -u -m http.server --bind 127.0.0.1 --directory before 0 >port 2>/dev/null &
server=$!
trap 'kill $server' EXIT
for _ in $(seq 100); do
    ! grep -q port port || break
    sleep 0.1
done
port=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' port)
ci 0 PREVIOUS="http://127.0.0.1:$port/index.json" build list.json first
has first/comment.md '^No package has changed its size\.$'
ci 0 PREVIOUS="http://127.0.0.1:$port/none.json" build list.json first
has first/comment.md '\| new \|$'
ci 1 PREVIOUS="http://127.0.0.1:$port/2.0_to_4.0.dfota" FAIL_OVER= build list.json bad
has err ': not a JSON file '
absent bad/public
kill $server
wait $server || :
trap - EXIT
ci 3 PREVIOUS="http://127.0.0.1:$port/index.json" build list.json bad
ci 0 post bad
has out 'no comment'

# A list that is none fails in a shard as well, and so does wrong usage.
echo '{}' >bad.json
ci 1 LAST= SHARD=1/2 build bad.json s1
ci 2 LAST=x build list.json s1
has err '^LAST: not a number \(found x\)$'
ci 2 build list.json
ci 2 other list.json first
unset LAST FAIL_OVER

# An image that is missing is in the comment, with all its signs shown.
# shellcheck disable=SC2034 # list takes it
versions='{"version": "a|<b>", "image": "none.bin"}, {"version": "2", "image": "v2.bin"}'
list odd.json '"options": {}'
found=0
"$SOURCE/samples/ci/build-packages.sh" build odd.json odd >out 2>err || found=$?
[ "$found" != 0 ] || fail 'an image that is missing'
has odd/comment.md '^\| a&#124;&#60;b&#62; \| 2 \| +\| \| \*\*failed\*\*: '

# Comments to merge requests, on a server of ours.
ci 0 post first
has out 'no merge request'
python3 "$CLI_TESTS/comments.py" "$SOURCE/samples/ci/build-packages.sh" first ||
    fail 'comments'

# Templates: right YAML, and they only call the script.
python3 "$CLI_TESTS/pipelines.py" "$SOURCE/samples/ci" || fail 'templates'
clean
