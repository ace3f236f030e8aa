#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the archive and the Debian packages: the same bytes from the same
# sources, in whatever folder.
# Usage: build.sh [OUT]; OUT is build/package/out by default.
set -eu
out=$(realpath -m "${1:-$(dirname "$0")/../build/package/out}")
cd "$(dirname "$0")/.."

xargs tests/install.sh <tests/packages.txt
tests/install.sh dpkg-dev file
# The time of the last change, for whatever wants one.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null ||
    stat -c %Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH
umask 022
cmake --preset package >/dev/null
cmake --build --preset package -j "$(nproc)" -- --quiet
cpack --preset package -B "$out" >build/package/cpack.log 2>&1 || {
    cat build/package/cpack.log
    exit 1
}
rm -rf "$out/_CPack_Packages"
ls -l "$out"/*.deb "$out"/*.tar.gz
