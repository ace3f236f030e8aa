# SPDX-License-Identifier: MIT
# Signals at moments that go through the whole run of every command: the output
# is there whole or not at all, and after SIGKILL the next run works. (Matrix
# builds: test_matrix_kill.)
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/robust.sh"

begin() {
    env --default-signal=INT "$MKDFOTA" "$@" 2>err &
    pid=$!
}
# shellcheck disable=SC2154 # robust.sh sets it
for command in $writers; do
    writer "$command" whole run 0
    ended=0
    for signal in INT TERM KILL; do
        for delay in 0 0.003 0.006 0.01 0.015 0.02 0.03 0.05 0.1; do
            writer "$command" made begin
            sleep $delay
            kill -$signal $pid 2>/dev/null || :
            status=0
            wait $pid || status=$?
            if [ $status = 0 ]; then
                same whole made
            elif [ $status -le 128 ]; then
                fail "$command, $signal: status $status: $(cat err)"
            else
                ended=$((ended + 1))
                [ ! -e made ] || same whole made
            fi
            # What cannot be caught may leave a file that no one reads.
            [ $signal = KILL ] || clean
            rm -rf made .mkdfota-*
        done
    done
    [ $ended -gt 0 ] || fail "$command: every run was over before its signal"
    writer "$command" made run 0
    same whole made
    rm whole made
done
