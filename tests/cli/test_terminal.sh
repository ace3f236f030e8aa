# SPDX-License-Identifier: MIT
# A terminal gets a progress bar, but no binary data unless forced.
. "$CLI_TESTS/lib.sh"

command -v script >/dev/null || skip "the program script is missing"
script -qec true /dev/null >/dev/null 2>&1 </dev/null ||
    skip "no pseudo-terminal can be had here"

# on_terminal COMMAND: what is shown goes to ./out
on_terminal() {
    script -qec "$1" /dev/null >out </dev/null
}
on_terminal "'$MKDFOTA' old.bin new.bin -o dfota.bin" || fail "$(cat out)"
has out '\[#+ *\] +[0-9]+ %'
has out 'dfota\.bin: [0-9,]+ bytes'
on_terminal "'$MKDFOTA' old.bin new.bin -qfo dfota.bin" || fail "$(cat out)"
empty out
on_terminal "'$MKDFOTA' old.bin new.bin -fo dfota.bin 2>err" || fail "$(cat out)"
[ "$(wc -l <err)" = 1 ] || fail "progress in a file: $(cat err)"

status=0
on_terminal "'$MKDFOTA' old.bin new.bin -o -" || status=$?
[ $status = 2 ] || fail "status $status, expected 2"
has out '^mkdfota: \(stdout\): is a terminal; binary data goes there only with -f'
on_terminal "'$MKDFOTA' old.bin new.bin -qfo -" || fail "$(cat out)"
has out '^DFOT'
