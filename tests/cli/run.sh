#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the tests of the command line, each in an empty folder of its own.
# Usage: tests/cli/run.sh MKDFOTA [TEST...]; a test is the name of a test_*.sh
set -u

MKDFOTA=$(realpath "$1") || exit 2
shift
CLI_TESTS=$(cd "$(dirname "$0")" && pwd)
SOURCE=$(cd "$CLI_TESTS/../.." && pwd)
export MKDFOTA CLI_TESTS SOURCE
if [ $# -eq 0 ]; then
    for file in "$CLI_TESTS"/test_*.sh; do
        set -- "$@" "$(basename "$file" .sh)"
    done
fi

passed=0 failed=0 skipped=0
for name in "$@"; do
    folder=$(mktemp -d)
    (cd "$folder" && exec sh "$CLI_TESTS/$name.sh") >"$folder.log" 2>&1 </dev/null
    status=$?
    case $status in
    0) passed=$((passed + 1)) word=ok ;;
    77) skipped=$((skipped + 1)) word=skipped ;;
    *) failed=$((failed + 1)) word=FAILED ;;
    esac
    echo "$word $name"
    grep '^skipped: ' "$folder.log" || :
    [ "$word" != FAILED ] || sed 's/^/    /' "$folder.log"
    rm -rf "$folder" "$folder.log"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
