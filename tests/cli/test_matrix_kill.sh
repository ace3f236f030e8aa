# SPDX-License-Identifier: MIT
# A run that is killed at any moment is continued by the next, and one that is
# interrupted leaves nothing behind.
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/matrix.sh"
releases 5
run 0 matrix list.json -qj 2 -o whole

# SIGKILL, at moments that go through the whole run.
kills=0
for hundredths in 01 06 15 20 30 45; do
    "$MKDFOTA" matrix list.json -qj 2 -o killed 2>err &
    pid=$!
    sleep "0.$hundredths"
    ! kill -9 $pid 2>/dev/null || kills=$((kills + 1))
    wait $pid 2>/dev/null || :
    # Whatever is there under its name is whole.
    for file in killed/*.dfota; do
        [ ! -e "$file" ] || same "whole/${file#killed/}" "$file"
    done
    [ "$hundredths" != 20 ] || rm -f killed/*.dfota # to have work left
done
[ $kills -gt 0 ] || fail "every run was over before it was killed"
run 0 matrix list.json -qj 2 -o killed
same_packages whole killed
[ -z "$(find killed -name '.mkdfota-*')" ] || fail "leftovers of killed runs"

# A worker that dies is its pair's failure.
seq 1000000 1400000 >v4.bin
seq 1000000 3 2200000 >v5.bin
list slow.json '"options": {"level": 9}, "pairs": [{"from": "4.0", "to": "5.0"}, {"to": "2.0"}]'
"$MKDFOTA" matrix slow.json -qj 2 -o worker 2>err &
pid=$!
sleep 0.7
worker=$(cat /proc/$pid/task/$pid/children 2>/dev/null) || worker=
if [ -n "$worker" ]; then
    # shellcheck disable=SC2086
    kill -9 $worker
    status=0
    wait $pid || status=$?
    [ $status = 3 ] || fail "status $status after a worker was killed: $(cat err)"
    has err '^mkdfota: 4\.0_to_5\.0: worker: ended by signal 9 \(out of memory\?\)$'
    is worker/index.json '[p["state"] for p in j["pairs"]]' "['built', 'failed']"
else
    kill -9 $pid
    wait $pid || :
    echo "skipped: no way to find the workers here"
fi

for signal in INT TERM HUP; do
    rm -rf stopped
    env --default-signal=INT "$MKDFOTA" matrix slow.json -qj 2 -o stopped 2>err &
    pid=$!
    sleep 0.5
    kill -$signal $pid
    status=0
    wait $pid || status=$?
    [ $status -gt 128 ] || fail "status $status, expected death by $signal"
    absent stopped/4.0_to_5.0.dfota
    absent stopped/index.json
    clean
done

# One run at a time.
seq 1000000 1030000 >v4.bin
seq 1000000 3 1090000 >v5.bin
"$MKDFOTA" matrix slow.json -qj 2 -o twice 2>first &
pid=$!
sleep 0.3
status=0
"$MKDFOTA" matrix slow.json -qj 2 -o twice 2>err || status=$?
wait $pid || fail "the first run: $(cat first)"
case $status in
0) ;;
3) message 'twice: another run is writing to it' ;;
*) fail "a second run: status $status: $(cat err)" ;;
esac
is twice/index.json 'j["complete"]' True
