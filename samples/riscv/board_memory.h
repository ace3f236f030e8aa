// SPDX-License-Identifier: MIT
// Addresses of QEMU's virt machine; firmware.ld says the same.

#ifndef BOARD_MEMORY_H
#define BOARD_MEMORY_H

#define NOR_BASE 0x20000000u   // the first bank, where it starts
#define IMAGE_BASE 0x80100000u // where an image runs

#endif
