// SPDX-License-Identifier: MIT
// Bits of a number.

#ifndef DELTA_BITS_H
#define DELTA_BITS_H

#include <stdint.h>

// How many bits it takes to write n; 0 for 0.
static inline uint32_t delta_bit_length(uint32_t n)
{
    uint32_t bits = 0;

    for (; n != 0; n >>= 1) {
        bits++;
    }
    return bits;
}

#endif
