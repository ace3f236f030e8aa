#!/bin/sh
# SPDX-License-Identifier: MIT
# The whole loop on this machine: a platform, and modules that are upgraded over
# it, on command and by themselves, through power cuts, failures and a slow
# link. Installs what is missing (Debian 12), builds, and tells as it goes; the
# last line is a summary.
set -eu
cd "$(dirname "$0")/.."
xargs tests/install.sh <tests/packages.txt
cmake --preset release >/dev/null
cmake --build --preset release -j "$(nproc)" --target dfota-platform \
    dfota-module mkdfota -- --quiet
build=build/release
exec samples/platform/tests/with_sqlite.sh python3 "$PWD/samples/fleet.py" \
    "$PWD/$build/samples/module/dfota-module" \
    "$PWD/$build/samples/platform/dfota-platform" \
    "$PWD/$build/cli/mkdfota" "$PWD/samples/pairs/movehub"
