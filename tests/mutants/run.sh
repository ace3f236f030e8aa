#!/bin/sh
# SPDX-License-Identifier: MIT
# Breaks the patcher on purpose, one *.sed at a time, and expects the power-cut
# runner to notice. The first line of a mutant names the file that it changes.
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

# run NAME OBJECT...: link and run a part of the power-cut test.
# shellcheck disable=SC2086
run() {
  name=$1
  shift
  "$cc" $flags "$@" -lcmocka -lbearssl -lz -ldivsufsort -lelf -lcjson \
    -o "$dir/$name" &&
    "$dir/$name" stored-small stored-saved stored-pairs range-saved
}

compile -std=c11 -D_POSIX_C_SOURCE=200809L -DTEST_SOURCE_DIR="\"$root\"" \
  -c "$root/tests/system/test_powercut.c" -o "$dir/test.o"
run sane "$dir/test.o" "$@" >"$dir/sane.txt" 2>&1 || {
  cat "$dir/sane.txt"
  echo "FAILED: the patcher is not sound before it is broken"
  exit 1
}

caught=0
for mutant in "$here"/*.sed; do
  name=$(basename "$mutant" .sed)
  file=$(sed -n '1s/^# \([a-z_]*\.c\): .*/\1/p' "$mutant")
  sed -f "$mutant" "$device/src/$file" >"$dir/$file"
  if cmp -s "$device/src/$file" "$dir/$file"; then
    echo "FAILED: $name changes nothing in $file"
    exit 1
  fi
  compile -std=c99 -c "$dir/$file" -o "$dir/$name.o"
  # Its symbols are there before the library is searched for them.
  if run "$name" "$dir/test.o" "$dir/$name.o" "$@" >"$dir/$name.txt" 2>&1; then
    echo "FAILED: $name was not noticed"
    exit 1
  fi
  grep -h 'in run "' "$dir/$name.txt" | sed "s/^/$name: /" || {
    cat "$dir/$name.txt"
    echo "FAILED: $name was stopped by something else than the runner"
    exit 1
  }
  caught=$((caught + 1))
done
echo "$caught mutants caught"
[ $caught -ge 10 ]
