#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds everything that is packed twice, in two folders of different names and
# at different times, and compares: archive, Debian packages, and what is in
# them.
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1000000000}
export SOURCE_DATE_EPOCH
for folder in first a-second-one/below; do
    mkdir -p "$work/$folder"
    tar -cf - --exclude=./build --exclude=./.deps --exclude=./.git . |
        tar -xmf - -C "$work/$folder"
    "$work/$folder/packaging/build.sh" "$work/$folder/out" >/dev/null
    sleep 2 # of what times are counted in
done
cd "$work"
built='cli/mkdfota libdelta/libdelta.so libdelta/libdelta.a
firmware-patcher/libdfota_patcher.a'
for name in $built; do
    cmp "first/build/package/$name" "a-second-one/below/build/package/$name"
    echo "the same: $name"
done
for file in first/out/*.deb first/out/*.tar.gz; do
    cmp "$file" "a-second-one/below/out/$(basename "$file")"
    echo "the same: $(basename "$file")"
done
