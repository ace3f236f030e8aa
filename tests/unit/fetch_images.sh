#!/bin/sh
# SPDX-License-Identifier: MIT
# Real images of each architecture for the comparison with objdump, out of
# Debian packages, which are unpacked and not installed.
# Usage: fetch_images.sh FOLDER
# Leaves ARCH.bin there; does nothing when it has them.
set -eu

out=$1
if [ -e "$out/complete" ]; then
    exit 0
fi
rm -rf "$out"
mkdir -p "$out/apt/lists/partial" "$out/apt/cache/archives/partial"
out=$(cd "$out" && pwd)
cd "$out"

apt() { # with lists of our own: needs no root
    apt-get -qq -o Dir::State::Lists="$out/apt/lists" \
        -o Dir::Cache="$out/apt/cache" -o APT::Sandbox::User= "$@" </dev/null
}
apt update
apt download u-boot-qemu opensbi arduino-core-avr picolibc-xtensa-lx106-elf
for package in *.deb; do
    dpkg-deb -x "$package" files
done

# u-boot is linked for address 0 here, OpenSBI for 0x80000000.
cp files/usr/lib/u-boot/qemu_arm/u-boot.bin a32.bin
cp files/usr/lib/u-boot/qemu_arm64/u-boot.bin a64.bin
cp files/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.bin riscv.bin

# The largest boot loader, at 0x3E000.
avr-objcopy -I ihex -O binary \
    files/usr/share/arduino/hardware/arduino/avr/bootloaders/stk500v2/stk500boot_v2_mega2560.hex \
    avr.bin

# No package has firmware for Xtensa LX106, but one has its C library: all of
# it, linked to 0x40200000. It calls functions of libgcc, which are not there.
xtensa-lx106-elf-ld -Ttext=0x40200000 --unresolved-symbols=ignore-all \
    --allow-multiple-definition --noinhibit-exec --whole-archive \
    files/usr/lib/xtensa-lx106-elf/lib/release/libc.a -o xtensa.elf 2>/dev/null
xtensa-lx106-elf-objcopy -O binary -j .text xtensa.elf xtensa.bin

rm -rf apt files ./*.deb
touch complete
