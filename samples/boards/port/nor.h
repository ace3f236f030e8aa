// SPDX-License-Identifier: MIT
// A NOR flash. Addresses count from its start; 0 is success.

#ifndef BOARDS_NOR_H
#define BOARDS_NOR_H

#include <stdint.h>

// Negative results, which the patcher hands on in dfp_fault.flash.
enum {
    NOR_ERR_DEVICE = -1,  // not there, or of another geometry
    NOR_ERR_PROGRAM = -2, // the device reports a failed program
    NOR_ERR_ERASE = -3,   // the device reports a failed erase
    NOR_ERR_RANGE = -4,   // beyond the area
    NOR_ERR_WRITTEN = -5, // bytes to program are not erased
};

// Find the device and check that its blocks have FLASH_BLOCK bytes.
int nor_open(void);

int nor_read(uint32_t at, void *data, uint32_t size);

// Returns when the bytes are in the cells; at and size are multiples of 4.
int nor_program(uint32_t at, const void *data, uint32_t size);

// Erase the block that begins at `at`; returns when it is done.
int nor_erase(uint32_t at);

#endif
