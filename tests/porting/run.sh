#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds an integration of samples/ with stubs in place of its platform, as the
# sample's own CMakeLists.txt says, and runs updates on a module around it.
# Usage: run.sh PLATFORM CC MKDFOTA CFLAGS; PLATFORM is one of
#   zephyr esp_idf mcuboot
#   esp_idf_one_file  the component as it is published
#   mcuboot_in_place  with one slot
set -eu

cc=$2 mkdfota=$3 flags=$4
arch=thumb variant='' in_place=''
case $1 in
*_one_file) platform=${1%_one_file} variant=-DONE_FILE=ON ;;
*_in_place)
    platform=${1%_in_place} variant=-DDFOTA_IN_PLACE=ON
    in_place='--in-place --scratch 16K --erase-block 4K'
    ;;
*) platform=$1 ;;
esac
[ "$platform" != esp_idf ] || arch=riscv
here=$(cd "$(dirname "$0")" && pwd)
pair=$here/../../samples/pairs/movehub
old=$pair/movehub-7.27.0.bin new=$pair/movehub-7.28.0.bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# shellcheck disable=SC2086 # lists of words
cmake -G Ninja -S "$here/$platform" -B out -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS="$flags" \
    $variant >cmake.txt || {
    cat cmake.txt
    exit 1
}
cmake --build out -- --quiet

# The command line of in-place updates is younger than this test.
[ -z "$in_place" ] || "$mkdfota" make --help | grep -q -e --in-place || exit 77
make_package() { # NAME OPTION...
    name=$1
    shift
    # shellcheck disable=SC2086 # a list of words
    "$mkdfota" -q "$old" "$new" -o "$name" --arch $arch $in_place "$@"
}
make_package first.dfota
make_package other.dfota --to-version other
out/scenario "$old" "$new" first.dfota other.dfota
