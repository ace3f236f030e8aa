#!/bin/sh
# SPDX-License-Identifier: MIT
# The simulated module as a whole: cuts, pipes, broken downloads, SIGKILL.
# Usage: test_module.sh DFOTA-MODULE MKDFOTA PAIR-FOLDER
set -eu

module=$1
mkdfota=$2
old=$3/movehub-7.27.0.bin
new=$3/movehub-7.28.0.bin
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# expect STATUS COMMAND...
expect() {
  wanted=$1
  shift
  status=0
  "$@" >out.txt 2>err.txt || status=$?
  [ "$status" -eq "$wanted" ] ||
    fail "$* ended with $status, not $wanted: $(cat out.txt err.txt)"
}

fresh() {
  rm -f flash.bin
  expect 0 "$module" format flash.bin "$old"
}

"$mkdfota" -q "$old" "$new" -o dfota.bin
"$mkdfota" -q "$new" "$old" -o back.bin

echo "an update, its result, and the way back"
fresh
expect 0 "$module" check flash.bin "$old"
expect 1 "$module" check flash.bin "$new"
expect 0 "$module" update flash.bin dfota.bin
grep -q "26 blocks erased" out.txt || fail "wear: $(cat out.txt)"
expect 0 "$module" check flash.bin "$new"
expect 1 "$module" update flash.bin dfota.bin
grep -q "old image" err.txt || fail "reason: $(cat err.txt)"
expect 0 "$module" update flash.bin back.bin
expect 0 "$module" check flash.bin "$old"

echo "a cut every 100 operations, of every kind"
fresh
for tear in before blank mix noise front back mix mix mix mix; do
  "$module" update flash.bin dfota.bin --cut-after 100 --tear $tear \
    >out.txt 2>err.txt && break
  [ $? -eq 4 ] || fail "a cut: $(cat out.txt err.txt)"
done
grep -q "^done" out.txt || fail "no end: $(cat out.txt)"
grep -q "^resumed at package byte" out.txt || fail "did not resume"
expect 0 "$module" check flash.bin "$new"

echo "a pipe that breaks, then the rest from where the module says"
fresh
head -c 900 dfota.bin | expect 5 "$module" update flash.bin - --random 1
at=$(sed -n 's/^package ended early: go on from byte //p' out.txt)
[ "$at" -eq 900 ] || fail "goes on from $at"
expect 0 "$module" status flash.bin
at=$(sed -n 's/^package: in progress, byte \([0-9]*\) of.*/\1/p' out.txt)
tail -c +$((at + 1)) dfota.bin |
  expect 0 "$module" update flash.bin - --offset "$at" --piece 7
expect 0 "$module" check flash.bin "$new"

echo "killed in the middle, again and again"
fresh
kills=0
while :; do
  "$module" update flash.bin dfota.bin --op-delay 1000 >out.txt 2>err.txt &
  pid=$!
  sleep "0.1$((kills % 10))"
  kill -9 $pid 2>/dev/null || :
  status=0
  wait $pid || status=$?
  [ $status -ne 0 ] || break
  if [ $status -ne 137 ]; then
    # The last kill may have hit after the switch: then it is the new firmware
    # that refuses the package.
    "$module" check flash.bin "$new" >/dev/null && break
    fail "after kill: $(cat out.txt err.txt)"
  fi
  kills=$((kills + 1))
  [ $kills -lt 100 ] || fail "does not come to an end"
done
[ $kills -ge 2 ] || fail "only $kills kills hit"
expect 0 "$module" check flash.bin "$new"

echo "refused: too little memory, another product, unsigned with a key"
fresh
expect 1 "$module" update flash.bin dfota.bin --ram 2K
expect 1 "$module" update flash.bin dfota.bin --product other
openssl ecparam -genkey -name prime256v1 -out key.pem 2>/dev/null
openssl ec -in key.pem -pubout -out pub.pem 2>/dev/null
expect 1 "$module" update flash.bin dfota.bin --key pub.pem
"$mkdfota" -q "$old" "$new" -o signed.bin --key key.pem
expect 0 "$module" update flash.bin signed.bin --key pub.pem
expect 0 "$module" check flash.bin "$new"

echo "an update that is given up"
fresh
head -c 900 dfota.bin | expect 5 "$module" update flash.bin -
expect 0 "$module" discard flash.bin
expect 0 "$module" status flash.bin
grep -q "^package: none" out.txt || fail "not forgotten: $(cat out.txt)"
expect 0 "$module" update flash.bin dfota.bin

echo "one slot, in place, with cuts"
rm -f flash.bin
expect 0 "$module" format flash.bin "$old" --scratch 16K
"$mkdfota" -q "$old" "$new" -o inplace.bin --in-place --scratch 16K
expect 1 "$module" update flash.bin dfota.bin
grep -q "mode" err.txt || fail "reason: $(cat err.txt)"
expect 0 "$module" check flash.bin "$old"
for tear in before blank mix noise front back; do
  expect 4 "$module" update flash.bin inplace.bin --cut-after 30 --tear $tear
done
expect 0 "$module" update flash.bin inplace.bin
expect 0 "$module" check flash.bin "$new"

echo "usage"
expect 0 "$module" --help
expect 2 "$module"
expect 2 "$module" boot flash.bin
expect 2 "$module" update flash.bin
expect 2 "$module" update flash.bin dfota.bin --piece x
expect 3 "$module" update none.bin dfota.bin
expect 3 "$module" update dfota.bin dfota.bin
expect 3 "$module" update flash.bin none.bin
expect 3 "$module" format flash.bin "$old"

echo "passed ($kills kills)"
