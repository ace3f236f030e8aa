# SPDX-License-Identifier: MIT
# Equal files make a small valid package and a warning.
. "$CLI_TESTS/lib.sh"

cp old.bin other.bin
run 0 old.bin other.bin -o dfota.bin
has err '^mkdfota: other\.bin: warning: equal to the old image'
[ "$(wc -c <dfota.bin)" -lt 256 ] || fail "large: $(wc -c <dfota.bin)"
run 0 verify dfota.bin --old old.bin --new old.bin

run 0 old.bin other.bin -o quiet.bin -q
empty err

# One byte is an image too.
printf a >a.bin
printf b >b.bin
run 0 a.bin b.bin -o tiny.bin
run 0 apply a.bin tiny.bin -o made.bin
same made.bin b.bin
run 0 new.bin b.bin -o shrink.bin
run 0 apply new.bin shrink.bin -o made.bin -f
same made.bin b.bin
