# SPDX-License-Identifier: MIT
# A full disk: status 3, and nothing half-written.
. "$CLI_TESTS/lib.sh"

mkdir disk
mount -t tmpfs -o size=16k tmpfs disk 2>/dev/null ||
    skip "a small file system cannot be mounted here"
trap 'umount disk' EXIT
run 0 old.bin new.bin -qo dfota.bin
run 3 apply old.bin dfota.bin -o disk/made.bin
message 'disk/made\.bin: cannot write: No space left on device'
[ -z "$(ls -A disk)" ] || fail "left behind: $(ls -A disk)"
