#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds mkdfota.exe, build/windows/cli/mkdfota.exe, and tries it under Wine;
# where there is none (WINE=no) it is built only.
set -eu
cd "$(dirname "$0")/.."

wine=${WINE:-/usr/lib/wine/wine64}
xargs tests/install.sh <tests/packages.txt
tests/install.sh dpkg-dev patch xz-utils gcc-mingw-w64-x86-64-posix \
    libz-mingw-w64-dev
[ "$wine" = no ] || tests/install.sh wine64
packaging/libraries.sh .deps/windows packaging/windows.cmake
cmake --preset windows >/dev/null
cmake --build --preset windows -j "$(nproc)" --target mkdfota -- --quiet
mkdfota=$PWD/build/windows/cli/mkdfota.exe
pair=$PWD/samples/pairs/movehub
ls -l "$mkdfota"
if [ "$wine" = no ]; then
    echo "built only: no Wine"
    exit
fi

work=$(mktemp -d)
export WINEPREFIX="$work/wine" WINEDEBUG=-all
trap '"${wine%64}server64" -k 2>/dev/null || :; rm -rf "$work"' EXIT
cd "$work"
cp "$pair/movehub-7.27.0.bin" old
cp "$pair/movehub-7.28.0.bin" new
# run STATUS ARGUMENT...
run() {
    expected=$1 found=0
    shift
    "$wine" "$mkdfota" "$@" >out 2>err || found=$?
    [ "$found" = "$expected" ] || {
        echo "mkdfota.exe $*: status $found, expected $expected"
        cat out err
        exit 1
    }
}
run 0 --version
cat out
run 0 -q old new -o package
run 0 apply -q old package -o made
cmp new made
# What a pipe carries is not changed on its way.
"$wine" "$mkdfota" -q old - -o - <new >piped 2>err
cmp package piped
run 3 apply -q old package -o made
grep -q 'exists already' err
run 0 apply -qf old package -o made
run 2 apply -qf old package -o old
grep -q 'is an input' err
run 3 -q old missing -o another
run 1 apply -q new package -o another
[ ! -e another ]
! ls -- *.mkdfota-* 2>/dev/null
run 0 explain -q old new --html page.html
grep -q '</html>' page.html
printf '\177ELF\001\001\001' >elf
run 1 -q elf new -o another
grep -q 'ELF' err
if [ -x "$OLDPWD/build/release/cli/mkdfota" ]; then
    "$OLDPWD/build/release/cli/mkdfota" -q old new -o here
    cmp package here
fi
echo "under Wine: package of $(stat -c %s package) bytes applied"
