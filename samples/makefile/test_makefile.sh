#!/bin/sh
# SPDX-License-Identifier: MIT
# The Makefile: on the host the real update is applied; what changes is made
# anew and nothing else; a cross compiler makes a library that needs mem* only.
# Usage: test_makefile.sh host CC MKDFOTA PAIR-FOLDER, or
#        test_makefile.sh TARGET; exit status 77 (or DFOTA_MISSING) without a
#        cross compiler.
set -eu

target=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make() {
    env MAKEFLAGS= make -s -j2 -C "$here" TARGET="$target" O="$work/$target" \
        CFLAGS="-Os -Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror" "$@"
}

case $target in
host)
    cc=$2 mkdfota=$3 old=$4/movehub-7.27.0.bin new=$4/movehub-7.28.0.bin
    "$mkdfota" -q "$old" "$new" -o "$work/dfota.bin"
    for switches in "" "SIGNATURE=1 DEFLATE=1 ARCHS=127u" "IN_PLACE=1 PARTS=1"; do
        # shellcheck disable=SC2086 # a list of words
        make CC="$cc" $switches
        rm -f "$work/made.bin"
        "$work/host/apply_package" "$old" "$work/dfota.bin" "$work/made.bin"
        cmp "$work/made.bin" "$new"
    done

    # The same again makes nothing; a header is a reason for its users alone.
    cp -r "$here/../../firmware-patcher" "$work/patcher"
    make CC="$cc" PATCHER="$work/patcher"
    touch "$work/before"
    sleep 0.01
    make CC="$cc" PATCHER="$work/patcher"
    [ -z "$(find "$work/host" -newer "$work/before")" ]
    touch "$work/patcher/codec/mixer.h"
    make CC="$cc" PATCHER="$work/patcher"
    [ "$work/host/mixer.o" -nt "$work/before" ]
    [ "$work/host/libdfota_patcher.a" -nt "$work/before" ]
    [ ! "$work/host/thumb.o" -nt "$work/before" ]
    if make TARGET=nothing 2>"$work/errors"; then
        exit 1
    fi
    grep -q 'TARGET: nothing is neither' "$work/errors"
    ;;
*)
    cross=arm-none-eabi-
    command -v ${cross}gcc >/dev/null || exit "${DFOTA_MISSING:-77}"
    make
    strangers=$(${cross}nm -u --format=just-symbols \
        "$work/$target/libdfota_patcher.a" | sort -u |
        grep -Ev '^$|:$|^(dfp|dfc)_|^mem(cpy|set|move|cmp)$|^__' || :)
    if [ -n "$strangers" ]; then
        echo "needs $strangers"
        exit 1
    fi
    ${cross}size -t "$work/$target/libdfota_patcher.a" | tail -n 1
    ;;
esac
echo "makefile: $target"
