# SPDX-License-Identifier: MIT
# The RAM field keeps to the budget, and the least budget that is named works.
. "$CLI_TESTS/lib.sh"

ram_of() {
    "$MKDFOTA" info "$1" --json | sed -n 's/.*"ram":[^0-9]*\([0-9]*\).*/\1/p'
}

for codec in range deflate; do
    run 2 old.bin new.bin -o none.bin --codec $codec --ram 1
    least=$(sed -n 's/.*at least \([0-9]*\)).*/\1/p' err)
    run 0 old.bin new.bin -qo least.bin -f --codec $codec --ram "$least"
    run 2 old.bin new.bin -o none.bin --codec $codec --ram $((least - 1))
    for ram in "$least" 12001 16383 16K 20K 32767 32K 64K 1M; do
        run 0 old.bin new.bin -qfo dfota.bin --codec $codec --ram "$ram"
        used=$(ram_of dfota.bin)
        case $ram in
        *K) ram=$((${ram%K} * 1024)) ;;
        1M) ram=1048576 ;;
        esac
        [ "$used" -le "$ram" ] || fail "$codec: uses $used of $ram"
        run 0 verify dfota.bin --old old.bin --new new.bin
    done
done
