# SPDX-License-Identifier: MIT
# stdin and stdout: "-" once for an input, and for the output.
. "$CLI_TESTS/lib.sh"

run 0 old.bin new.bin -qo dfota.bin
"$MKDFOTA" - new.bin -o - <old.bin >piped.bin 2>err || fail "$(cat err)"
same piped.bin dfota.bin
has err '^\(stdout\): '
cat new.bin | "$MKDFOTA" old.bin - -qo - | cat >piped.bin
same piped.bin dfota.bin
cat dfota.bin | "$MKDFOTA" apply old.bin - -qo - >made.bin
same made.bin new.bin
cat dfota.bin | "$MKDFOTA" info - >out
has out '^package +\(stdin\), '
cat dfota.bin | "$MKDFOTA" verify - --old old.bin -q
cat old.bin | "$MKDFOTA" verify dfota.bin --old - -q
: | "$MKDFOTA" - new.bin -o none.bin 2>err && fail "empty input taken"
message '\(stdin\): image is empty .*'

run 2 - - -o none.bin
message '-: stdin can be one input only \(found 2\)'
run 2 verify - --key -
absent none.bin

# Results that cannot be written are a failure.
"$MKDFOTA" info dfota.bin >/dev/full 2>err && fail "full stdout not noticed"
message '\(stdout\): cannot write: No space left on device'
"$MKDFOTA" old.bin new.bin -o - >/dev/full 2>err &&
    fail "full stdout not noticed"
message '\(stdout\): cannot write: No space left on device'

# ./- is a file.
cp old.bin ./-
run 0 ./- new.bin -qfo dfota.bin
