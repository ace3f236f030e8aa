# SPDX-License-Identifier: MIT
# Out of memory, wherever it happens: status 3, one line, nothing left.
. "$CLI_TESTS/lib.sh"

run 0 old.bin new.bin -qo dfota.bin
(
    ulimit -v 100000
    "$MKDFOTA" --version >out 2>&1
) || skip "a program with limited memory cannot be started here"
truncate -s 60000000 large.bin
refused=0
for limit in 60000 100000 150000 250000 500000; do
    status=0
    (
        ulimit -v $limit
        exec "$MKDFOTA" large.bin old.bin -o none.bin
    ) >out 2>err || status=$?
    case $status in
    0) rm none.bin ;;
    3)
        refused=$((refused + 1))
        message '[a-z.]+: .*out of memory'
        ;;
    *) fail "limit $limit: status $status: $(cat err)" ;;
    esac
    absent none.bin
    clean
done
[ $refused -gt 0 ] || fail "no limit was too low"
