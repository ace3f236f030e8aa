#!/bin/sh
# SPDX-License-Identifier: MIT
# Power cuts on a large scale: every operation, twice on small pairs; random
# schedules of up to 20 cuts on the real pair, with two slots and in place; decay
# of the flash; and patchers that are broken on purpose, each of which must be
# noticed.
# Usage: powercut_campaign.sh [SCHEDULES [SEED]]; default 100000 and 0.
set -eu
cd "$(dirname "$0")/.."

schedules=${1:-100000}
DFOTA_CUT_SEED=${2:-0}
export DFOTA_CUT_SEED
share=$(((schedules + 3) / 4))
rows='deflate-real range-real range-real-saved place-real'
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

xargs tests/install.sh <tests/packages.txt
cmake --preset release >/dev/null
cmake --build --preset release -j "$(nproc)" -- --quiet
tests=build/release/tests

# check NAME COMMAND...: its output to NAME.txt, shown when it fails
check() {
    name=$1
    shift
    "$@" >"$out/$name.txt" 2>&1 || {
        cat "$out/$name.txt"
        echo "FAILED: $name"
        return 1
    }
}

for row in $rows; do
    DFOTA_CUT_SAMPLES=$share check "$row" "$tests/test_powercut" "$row" &
    pids="${pids:-} $!"
done
for pid in $pids; do
    wait "$pid"
done
check every "$tests/test_powercut"
DFOTA_ROT=8 check decay "$tests/test_recovery"
check mutants ctest --preset release -R system.mutants -V

wanted=$(sed -n 's/^| \([RU][0-9]*\) | .*/\1/p' docs/CHECKPOINT.md | tr '\n' ' ')
mutants=$(find tests/mutants -name '*.sed' | wc -l)
cd "$out"
echo "schedules of up to 20 cuts: $((share * 4)) ($rows, seed $DFOTA_CUT_SEED)"
cat ./*.txt | awk -v wanted="$wanted" '
    / cut points, / { for (i = 2; i < NF; i++) if ($(i + 1) == "cut" &&
        $(i + 2) == "points,") cuts += $i }
    /^bit rot: / { bits = $3 }
    /^defects: / { defects = $2 }
    /^recovery rows: / { for (i = 3; i < NF; i += 2) seen[$i] += $(i + 1) }
    END {
        printf "cut points reached: %d\n", cuts
        printf "bits of the journal flipped: %d\n", bits
        printf "stuck blocks and failing reads: %d\n", defects
        n = split(wanted, names, " ")
        for (i = 1; i <= n; i++) met += seen[names[i]] > 0
        printf "recovery rows exercised: %d of %d:", met, n
        for (i = 1; i <= n; i++) printf " %s %d", names[i], seen[names[i]]
        printf "\n"
        exit n == 0 || met < n
    }'
caught=$(sed -n 's/^.*: \([0-9]*\) mutants caught$/\1/p' mutants.txt)
echo "mutants caught: $caught of $mutants"
[ "$caught" -eq "$mutants" ]
