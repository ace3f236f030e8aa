# SPDX-License-Identifier: MIT
# Outputs appear whole or not at all, and nothing is overwritten unasked.
. "$CLI_TESTS/lib.sh"

run 0 old.bin new.bin -qo dfota.bin
cp dfota.bin kept.bin
run 3 new.bin old.bin -o dfota.bin
message 'dfota\.bin: exists already; -f overwrites it'
same dfota.bin kept.bin
run 0 new.bin old.bin -qo dfota.bin -f
if cmp -s dfota.bin kept.bin; then
    fail "-f did not overwrite"
fi

for target in old.bin ./new.bin; do
    run 2 old.bin new.bin -o $target -f
    has err "is an input"
done
run 2 apply new.bin dfota.bin -fo dfota.bin
same old.bin "$SOURCE/samples/pairs/movehub/movehub-7.27.0.bin"

mkdir folder
run 3 old.bin new.bin -o folder
message 'folder: cannot write: is a directory'
run 3 old.bin new.bin -o missing/dfota.bin
message 'missing/dfota\.bin: cannot write: No such file or directory'
run 3 old.bin new.bin -o /dev/full
message '/dev/full: cannot write: No space left on device'
run 0 old.bin new.bin -qo folder/dfota.bin
same folder/dfota.bin kept.bin
[ "$(find folder | wc -l)" = 2 ] || fail "more than the package"

# A failure after the output was begun.
: >empty.bin
run 1 old.bin empty.bin -o none.bin
run 1 apply new.bin kept.bin -o none.bin
absent none.bin

# No more than 512 bytes of any file may be written.
(
    ulimit -f 1
    run 3 apply old.bin kept.bin -o none.bin
)
has err 'none\.bin: cannot write: File too large'
absent none.bin

chmod 555 folder
run_as_nobody 3 old.bin new.bin -o folder/none.bin
chmod 755 folder
clean
