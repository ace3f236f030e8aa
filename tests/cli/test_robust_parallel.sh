# SPDX-License-Identifier: MIT
# Several runs into the same output: it is one of theirs, whole; without -f the
# first one gets the name and the others say so. (Matrix builds:
# test_matrix_kill.)
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/robust.sh"

begin() {
    "$MKDFOTA" "$@" $force 2>"err-$number" &
    pids="$pids $!"
}
# shellcheck disable=SC2154 # robust.sh sets it
for command in $writers; do
    writer "$command" whole run 0
    for force in '' -f; do
        pids=''
        for number in 1 2 3 4; do
            writer "$command" made begin
        done
        number=0 won=0
        for pid in $pids; do
            number=$((number + 1)) status=0
            wait "$pid" || status=$?
            case $status in
            0) won=$((won + 1)) ;;
            3) mv "err-$number" err
                message 'made: (exists already; -f overwrites it|cannot write: File exists)' ;;
            *) fail "$command: status $status: $(cat "err-$number")" ;;
            esac
        done
        [ $won = "$([ -z "$force" ] && echo 1 || echo 4)" ] ||
            fail "$command $force: $won of 4 wrote it"
        same whole made
        clean
        rm made
    done
    rm whole
done
