// SPDX-License-Identifier: MIT
// Addresses of the Versatile Express; firmware.ld says the same.

#ifndef BOARD_MEMORY_H
#define BOARD_MEMORY_H

#define NOR_BASE 0x40000000u   // the first bank; at reset it is at 0 as well
#define IMAGE_BASE 0x60100000u // where an image runs

#endif
