# SPDX-License-Identifier: MIT
# An interrupted run leaves nothing behind.
. "$CLI_TESTS/lib.sh"

# Something that takes a few seconds: no two lines are alike.
seq 1000000 1400000 >slow-old.bin
seq 1000000 3 2200000 >slow-new.bin
for signal in INT TERM HUP; do
    # A background job of a shell ignores SIGINT; env takes that back.
    env --default-signal=INT \
        "$MKDFOTA" slow-old.bin slow-new.bin -9 -o none.bin 2>err &
    pid=$!
    tries=0
    while [ -z "$(find . -name '.mkdfota-*')" ]; do
        tries=$((tries + 1))
        [ $tries -lt 1000 ] || fail "no output was begun"
        kill -0 $pid 2>/dev/null || fail "ended early: $(cat err)"
        sleep 0.01
    done
    kill -$signal $pid
    status=0
    wait $pid || status=$?
    [ $status -gt 128 ] || fail "status $status, expected death by $signal"
    absent none.bin
    clean
done
