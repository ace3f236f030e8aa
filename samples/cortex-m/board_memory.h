// SPDX-License-Identifier: MIT
// Addresses of the MPS2 boards; firmware.ld says the same.

#ifndef BOARD_MEMORY_H
#define BOARD_MEMORY_H

#define IMAGE_BASE 0x00100000u // where an image runs

#endif
