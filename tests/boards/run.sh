#!/bin/sh
# SPDX-License-Identifier: MIT
# The update on an emulated board: installs what is missing, builds, and runs
# board_test.py. Usage: run.sh BOARD [--kills N] [--count]
# BOARD is cortex-m3, cortex-m4, cortex-a or riscv.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..

board=$1
shift
case $board in
cortex-m3) sample=cortex-m core=m3 ;;
cortex-m4) sample=cortex-m core=m4 ;;
cortex-a | riscv) sample=$board core='' ;;
*)
    echo "run.sh: no board $board" >&2
    exit 2
    ;;
esac
"$root/tests/install.sh" make
board() {
    make -s -j "$(nproc)" -C "$root/samples/$sample" ${core:+CORE=$core} "$@"
}
board tools
(cd "$root" && cmake --preset release >/dev/null &&
    cmake --build --preset release --target mkdfota -- --quiet)
board all
exec python3 "$here/board_test.py" "$root/samples/$sample/layout.json" \
    "$root/build/boards/$board" "$root/build/release/cli/mkdfota" "$@"
