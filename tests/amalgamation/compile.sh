#!/bin/sh
# SPDX-License-Identifier: MIT
# The patcher in one file compiles without a warning in every configuration, and
# gives the linker the public functions and nothing else.
# Usage: compile.sh COMPILER; exit status 77 (or DFOTA_MISSING) when there is no
# such compiler.
set -eu

compiler=$1
here=$(cd "$(dirname "$0")" && pwd)
device=$here/../../firmware-patcher
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

command -v "$compiler" >/dev/null || exit "${DFOTA_MISSING:-77}"
case $compiler in
arm-none-eabi-gcc)
    nm=arm-none-eabi-nm
    targets='-mcpu=cortex-m0plus -mcpu=cortex-m3 -mcpu=cortex-m4'
    common='-mthumb -ffreestanding'
    ;;
*)
    nm=nm targets='-O2 -Os' common=''
    ;;
esac

# The libraries' headers alone, without the rest of the host's.
mkdir "$work/include"
for header in xxhash.h zlib.h zconf.h 'bearssl*.h'; do
    find /usr/include /usr/local/include -name "$header" \
        -exec cp {} "$work/include" \;
done

mkdir "$work/first" "$work/second"
"$device/amalgamate.py" "$work/first"
"$device/amalgamate.py" "$work/second"
diff -r "$work/first" "$work/second"

# compile SIGNATURE DEFLATE RANGE ARCHS FLAG...
compile() {
    switches="-DDFP_WITH_SIGNATURE=$1 -DDFP_WITH_DEFLATE=$2"
    switches="$switches -DDFP_WITH_RANGE=$3 -DDFP_ARCHS=$4u"
    shift 4
    # shellcheck disable=SC2086 # lists of words
    "$compiler" -std=c99 -Os -Wall -Wextra -Wconversion -Wshadow -Wpedantic \
        -Werror $common $switches "$@" -isystem "$work/include" \
        -c "$work/first/dfota_patcher.c" -o "$work/patcher.o"
    $nm -g --defined-only --format=just-symbols "$work/patcher.o" |
        sort >"$work/symbols"
}

# The functions that a header declares, where types stand at the line's start.
sed -n 's/^[a-z].*[ *]\(dfp_[a-z_0-9]*\)(.*/\1/p' \
    "$device/include/dfota/patcher.h" | sort >"$work/public"
[ "$(wc -l <"$work/public")" -ge 11 ]
grep -v dfp_strerror "$work/public" >"$work/without_texts"

for target in $targets; do
    compile 1 1 1 127 "$target"
    diff "$work/public" "$work/symbols"
    compile 0 0 1 1 "$target" -DDFP_NO_STRERROR -DDFP_WITH_IN_PLACE=0 \
        -DDFP_WITH_PARTS=0
    diff "$work/without_texts" "$work/symbols"
    compile 0 1 0 127 "$target" -DDFP_WITH_PARTS=0
    compile 1 0 1 1 "$target" -DDFP_WITH_IN_PLACE=0
    compile 0 1 1 8 "$target" -DDFP_NO_STRERROR
    compile 1 1 0 127 "$target"
    compile 0 0 0 0 "$target" -DDFP_WITH_JOURNAL=0
done
echo "one file: compiled by $compiler for:$(printf ' %s' $targets)"
