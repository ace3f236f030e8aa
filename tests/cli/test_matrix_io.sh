# SPDX-License-Identifier: MIT
# Folders that cannot be written, a full disk, inputs that are no images, little
# memory: said by pair, and the rest is made.
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/matrix.sh"
releases 3

mkdir locked
chmod 555 locked
chmod 644 ./*.bin list.json
run_as_nobody 3 matrix list.json -o locked
[ ! -s err ] || message 'locked/\.matrix/: cannot write: Permission denied'
run_as_nobody 3 matrix list.json -o locked/more
[ ! -s err ] || message 'locked/more: cannot write: Permission denied'
run 3 matrix list.json -o v1.bin
message 'v1\.bin: cannot write: File exists'
run 3 matrix list.json -o none/more
message 'none/more: cannot write: No such file or directory'

cp v2.bin kept.bin
printf '\177ELF and nothing else' >v2.bin
run 1 matrix list.json -qo packages
has err '^mkdfota: 1\.0_to_2\.0: v2\.bin: ELF: .*'
is packages/index.json '[p["state"] for p in j["pairs"]]' "['failed', 'built', 'failed']"
is packages/index.json 'j["pairs"][0]["status"], j["complete"]' '(1, False)'
: >v2.bin
run 1 matrix list.json -qo packages
rm v2.bin
run 3 matrix list.json -o packages
has err ' 1 kept, 2 failed'
mkdir v2.bin
run 3 matrix list.json -qo packages
has err ': v2\.bin: cannot read: is a directory$'
rmdir v2.bin
truncate -s 4G v2.bin
run 1 matrix list.json -qo packages
has err ': v2\.bin: too large \(found 4294967296 bytes, expected at most 536870912\)$'
cp kept.bin v2.bin
run 0 matrix list.json -o packages
has err ' 2 packages built, 0 cached, 1 kept'

# Images that change while they are read: a pipe has other bytes every time.
rm v3.bin
ln -s /proc/sys/kernel/random/uuid v3.bin
if [ -r v3.bin ]; then
    run 1 matrix list.json -qo changing
    has err '^mkdfota: 2\.0_to_3\.0: v3\.bin: changed while the packages were made$'
fi
rm v3.bin
cp kept.bin v3.bin

if "$MKDFOTA" --version >/dev/null && (ulimit -v 60000 && "$MKDFOTA" --version >/dev/null 2>&1); then
    seq 1000000 1400000 >v3.bin
    status=0
    (ulimit -v 60000 && exec "$MKDFOTA" matrix list.json -qj 1 -o little 2>err) || status=$?
    [ $status = 3 ] || fail "little memory: status $status: $(cat err)"
    has err '^mkdfota: 2\.0_to_3\.0: .*: .*memory'
    is little/index.json '[p["state"] for p in j["pairs"]]' "['built', 'failed', 'failed']"
    cp kept.bin v3.bin
else
    echo "skipped: memory cannot be limited here"
fi

mkdir disk
mount -t tmpfs -o size=40k tmpfs disk 2>/dev/null ||
    skip "a small file system cannot be mounted here"
trap 'umount disk' EXIT
head -c 100000 /dev/urandom >v2.bin
run 3 matrix list.json -qo disk
has err 'cannot write: No space left on device'
left=$(find disk -name '.mkdfota-*' -o -path '*/.matrix/*.dfota')
[ -z "$left" ] || fail "left behind: $left"
