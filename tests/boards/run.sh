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
cortex-m3) sample=cortex-m core=m3 emulator=qemu-system-arm ;;
cortex-m4) sample=cortex-m core=m4 emulator=qemu-system-arm ;;
cortex-a) sample=cortex-a core='' emulator=qemu-system-arm ;;
riscv) sample=riscv core='' emulator=qemu-system-misc ;;
*)
    echo "run.sh: no board $board" >&2
    exit 2
    ;;
esac
xargs "$root/tests/install.sh" <"$root/tests/packages.txt"
"$root/tests/install.sh" make bzip2 xz-utils $emulator
if [ $sample = riscv ]; then
    "$root/tests/install.sh" gcc-riscv64-unknown-elf \
        picolibc-riscv64-unknown-elf
else
    "$root/tests/install.sh" gcc-arm-none-eabi libnewlib-arm-none-eabi
fi
make -s -j "$(nproc)" -C "$root/samples/$sample" ${core:+CORE=$core}
exec python3 "$here/board_test.py" "$root/samples/$sample/flash.json" \
    "$root/build/boards/$board" "$root/build/release/cli/mkdfota" "$@"
