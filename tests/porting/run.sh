#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds an integration of samples/ with stubs in place of its platform, as the
# sample's own CMakeLists.txt says, and runs updates on a module around it.
# Usage: run.sh zephyr|esp_idf|esp_idf_one_file|mcuboot CC MKDFOTA CFLAGS
set -eu

platform=${1%_one_file} cc=$2 mkdfota=$3 flags=$4
one_file=OFF
[ "$platform" = "$1" ] || one_file=ON
here=$(cd "$(dirname "$0")" && pwd)
pair=$here/../../samples/pairs/movehub
old=$pair/movehub-7.27.0.bin new=$pair/movehub-7.28.0.bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cmake -G Ninja -S "$here/$platform" -B out -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS="$flags" \
    -DONE_FILE=$one_file --no-warn-unused-cli >cmake.txt || {
    cat cmake.txt
    exit 1
}
cmake --build out -- --quiet

arch=thumb
[ "$platform" != esp_idf ] || arch=riscv
"$mkdfota" -q "$old" "$new" -o first.dfota --arch $arch
"$mkdfota" -q "$old" "$new" -o other.dfota --arch $arch --to-version other
out/scenario "$old" "$new" first.dfota other.dfota
