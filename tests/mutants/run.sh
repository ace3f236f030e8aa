#!/bin/sh
# SPDX-License-Identifier: MIT
# Breaks the patcher on purpose, one *.sed at a time, and expects the power-cut
# runner to notice, or the test of the recovery table or that of several parts.
# The first line of a mutant names the file that it changes, and the test if it
# is another one: "# file.c by recovery: what is broken".
# Usage: run.sh CC CFLAGS INCLUDE-DIR LIBRARY...
# CFLAGS is one word; the libraries are the support library, libdelta and the
# patcher, of a build with the same flags.
set -eu

cc=$1
flags=$2
include=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
device=$root/firmware-patcher
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Flags are several words.
# shellcheck disable=SC2086
compile() {
  "$cc" $flags -g -I"$device/include" -I"$device/codec" -I"$device/src" \
    -I"$include" -I"$root/libdelta/include" \
    -I"$root/libdelta/src" -I"$root/tests/support" "$@"
}

# run NAME TEST OBJECT...: link and run a test, of the power cuts a part.
# shellcheck disable=SC2086
run() {
  name=$1
  test=$2
  shift 2
  cases=
  [ "$test" != powercut ] ||
    cases='stored-small stored-saved stored-pairs range-saved place-every'
  "$cc" $flags "$dir/$test.o" "$@" -lcmocka -lbearssl -lz -ldivsufsort \
    -lelf -lcjson -pthread -o "$dir/$name-$test" &&
    "$dir/$name-$test" $cases
}

for test in powercut recovery parts; do
  compile -std=c11 -D_POSIX_C_SOURCE=200809L -DTEST_SOURCE_DIR="\"$root\"" \
    -c "$root/tests/system/test_$test.c" -o "$dir/$test.o"
done
for test in powercut recovery parts; do
  run sane "$test" "$@" >"$dir/sane.txt" 2>&1 || {
    cat "$dir/sane.txt"
    echo "FAILED: the patcher is not sound before it is broken"
    exit 1
  }
done

caught=0
for mutant in "$here"/*.sed; do
  name=$(basename "$mutant" .sed)
  file=$(sed -n '1s/^# \([a-z_]*\.c\)[ :].*/\1/p' "$mutant")
  by=$(sed -n '1s/^# [a-z_]*\.c by \([a-z]*\): .*/\1/p' "$mutant")
  sed -f "$mutant" "$device/src/$file" >"$dir/$file"
  if cmp -s "$device/src/$file" "$dir/$file"; then
    echo "FAILED: $name changes nothing in $file"
    exit 1
  fi
  compile -std=c99 -c "$dir/$file" -o "$dir/$name.o"
  # Its symbols are there before the library is searched for them.
  if run "$name" "${by:-powercut}" "$dir/$name.o" "$@" >"$dir/$name.txt" 2>&1; then
    echo "FAILED: $name was not noticed"
    exit 1
  fi
  # A run, or a test that is named by a sentence.
  grep -h -m 1 -e 'in run "' -e 'FAILED.*[a-z]_[a-z]*_[a-z]' "$dir/$name.txt" |
    sed "s/^/$name: /" >"$dir/told"
  [ -s "$dir/told" ] || {
    cat "$dir/$name.txt"
    echo "FAILED: $name was stopped by something else than a test"
    exit 1
  }
  cat "$dir/told"
  caught=$((caught + 1))
done
echo "$caught mutants caught"
[ $caught -ge 16 ]

# mkdfota itself with such a patcher: the verdict is the other one. Without what
# needs more libraries.
sources=$(find "$root/cli" -name '*.c' ! -name '*_windows.c' \
  ! -name cmd_nomatrix.c ! -name archive.c ! -name cmd_extract.c \
  ! -name curlapi.c ! -name 'member*.c' ! -name storehttp.c)
# shellcheck disable=SC2086 # several words
compile -std=c11 -D_POSIX_C_SOURCE=200809L -I"$root/cli" \
  -I"$root/cli/matrix" $sources \
  "$dir/mark-unchecked.o" "$@" -lcjson -lbearssl -lz -ldivsufsort -lelf -lbz2 \
  -pthread -o "$dir/mkdfota"
pair=$root/samples/pairs/movehub
"$dir/mkdfota" -q "$pair/movehub-7.27.0.bin" "$pair/movehub-7.28.0.bin" \
  -o "$dir/dfota.bin"
for report in --json '--html -' ''; do
  status=0
  # shellcheck disable=SC2086 # two words
  "$dir/mkdfota" simulate "$dir/dfota.bin" --old "$pair/movehub-7.27.0.bin" \
    --layout "$root/samples/layouts/two-slot.json" -q $report \
    >"$dir/report" 2>"$dir/errors" || status=$?
  [ $status = 1 ] && grep -q 'in run ' "$dir/errors" &&
    grep -qE '^FAILED:|"passed":false|class="verdict bad"' "$dir/report" || {
    cat "$dir/report" "$dir/errors"
    echo "FAILED: simulate $report says $status of a patcher that is broken"
    exit 1
  }
done
head -n 3 "$dir/report"
