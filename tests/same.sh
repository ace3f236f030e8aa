#!/bin/sh
# SPDX-License-Identifier: MIT
# The same package from every build of mkdfota, from every folder, every time.
# Usage: same.sh MKDFOTA...
set -eu

here=$(cd "$(dirname "$0")" && pwd)
pair=$here/../samples/pairs/movehub
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for codec in range deflate; do
    count=0
    for tool in "$@" "$1"; do
        tool=$(cd "$(dirname "$tool")" && pwd)/$(basename "$tool")
        mkdir -p "$work/$codec/$count"
        (cd "$work/$codec/$count" && "$tool" -q --codec $codec \
            "$pair/movehub-7.27.0.bin" "$pair/movehub-7.28.0.bin" -o package)
        cmp "$work/$codec/0/package" "$work/$codec/$count/package"
        count=$((count + 1))
    done
    echo "codec $codec: $count packages, all the same"
done
