#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what is missing, builds everything and runs every test.
# Usage: tests/run.sh [PRESET [CTEST-OPTION...]]; PRESET is dev by default.
set -eu
cd "$(dirname "$0")/.."

xargs tests/install.sh <tests/packages.txt
tests/unit/fetch_images.sh .deps/images

preset=${1:-dev}
[ $# -eq 0 ] || shift
jobs=$(nproc)
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset" -j "$jobs" -- --quiet
ctest --preset "$preset" -j "$((jobs + 1))" "$@" # some of them wait
