# SPDX-License-Identifier: MIT
# Outputs that cannot be written: every command says so, with status 3, and
# leaves nothing behind. (Matrix builds: test_matrix_io.)
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/robust.sh"

mkdir locked
chmod 644 ./*.bin key.*
# shellcheck disable=SC2154 # robust.sh sets it
for command in $writers; do
    chmod 555 locked
    writer "$command" locked/none run_as_nobody 3
    [ ! -s err ] || message 'locked/none: cannot write: Permission denied'
    chmod 755 locked
    absent locked/none
    writer "$command" missing/none run 3
    message 'missing/none: cannot write: No such file or directory'
    writer "$command" locked run 3
    message 'locked: cannot write: is a directory'
    writer "$command" /dev/full run 3
    message '/dev/full: cannot write: No space left on device'
done
# shellcheck disable=SC2154
for command in $readers; do
    [ "$command" != verify ] || continue # prints no result
    status=0
    reader "$command" "$MKDFOTA" >/dev/full 2>err || status=$?
    [ $status = 3 ] || fail "$command > /dev/full: status $status"
    message '\(stdout\): cannot write: No space left on device'
done
clean

mkdir disk
mount -t tmpfs -o size=16k tmpfs disk 2>/dev/null ||
    skip "a small file system cannot be mounted here"
trap 'umount disk' EXIT
head -c 16384 /dev/zero >disk/filler 2>/dev/null || :
# shellcheck disable=SC2154 # robust.sh sets it
for command in $writers; do
    writer "$command" disk/none run 3
    message 'disk/none: cannot write: No space left on device'
    [ "$(ls -A disk)" = filler ] || fail "$command left: $(ls -A disk)"
done
