# SPDX-License-Identifier: MIT
# Out of memory in every command: status 3, one line, nothing left. (Matrix
# builds: test_matrix_io; large images: test_memory.)
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/robust.sh"

limited() {
    (
        ulimit -v "$limit"
        exec "$MKDFOTA" "$@"
    ) >out 2>err || status=$?
}
limit=100000
status=0
limited --version
[ $status = 0 ] || skip "a program with limited memory cannot be started here"

# least: the first limit, nearly, under which a program starts
least=0
for step in 2000 200 20; do
    status=3
    while [ $status != 0 ]; do
        least=$((least + step))
        limit=$least status=0
        limited --version
    done
    least=$((least - step))
done

# try NAME KIND: with ever more memory until it is enough
try() {
    refused=0
    for step in $(seq 40 40 1000) $(seq 1200 200 3000) 4000 6000 10000 20000 \
        40000 80000 160000 320000; do
        limit=$((least + step))
        status=0
        if [ "$2" = writer ]; then
            writer "$1" none limited
        else
            reader "$1" limited
        fi
        case $status in
        0) break ;;
        3)
            refused=$((refused + 1))
            message '[a-z.()-]+: .*(memory|thread).*'
            empty out
            absent none
            ;;
        *) fail "$1 with $limit KiB: status $status: $(cat err)" ;;
        esac
        clean
    done
    [ "$status" = 0 ] || fail "$1: no limit was enough"
    echo "$1: $refused limits too low"
    rm -f none
}
all=0
# shellcheck disable=SC2154
for command in $writers; do
    try "$command" writer
    all=$((all + refused))
done
# shellcheck disable=SC2154
for command in $readers; do
    try "$command" reader
    all=$((all + refused))
done
[ $all -gt 10 ] || fail "hardly a limit was too low"
