// SPDX-License-Identifier: MIT
// Random numbers and bytes for property tests, the same on every machine.

#ifndef TESTS_CHANCE_H
#define TESTS_CHANCE_H

#include <stdint.h>

#include "simflash.h"

// A number below `bound`, which is not 0.
static inline uint32_t chance_pick(uint64_t *random, uint32_t bound)
{
    return (uint32_t)(sim_random(random) >> 32) % bound;
}

static inline uint32_t chance_word(uint64_t *random)
{
    return (uint32_t)(sim_random(random) >> 32);
}

static inline void chance_bytes(uint64_t *random, uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(sim_random(random) >> 32);
    }
}

// Bytes that look like Thumb-2 code to the predictor: every other instruction
// is a branch, half of a MOVW/MOVT pair, or begins like one.
static inline void chance_code(uint64_t *random, uint8_t *bytes, uint32_t size)
{
    static const uint32_t forms[] = {
        0xF800F000, 0xE800F000, 0xB800F7FF, 0x8800F000,
        0x0000F240, 0x0000F2C0, 0xF800E92D,
    };
    uint32_t i = 0;

    chance_bytes(random, bytes, size);
    while (i + 4 <= size) {
        if (chance_pick(random, 2) == 0) {
            uint32_t word = forms[chance_pick(random, 7)];

            // Other displacements or immediates; two registers.
            word ^= chance_word(random) & 0x01FF0407u;
            bytes[i] = (uint8_t)word;
            bytes[i + 1] = (uint8_t)(word >> 8);
            bytes[i + 2] = (uint8_t)(word >> 16);
            bytes[i + 3] = (uint8_t)(word >> 24);
            i += 2 * chance_pick(random, 2);
        }
        i += 2;
    }
}

#endif
