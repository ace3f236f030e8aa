// SPDX-License-Identifier: MIT
// What lies in a simulated flash, for the files that make it up.

#ifndef DELTA_SIMPARTS_H
#define DELTA_SIMPARTS_H

#include "simflash.h"

// 0 <= unstable_at <= unstable_end <= erase size.
struct sim_block {
    uint32_t erases;
    uint32_t next; // lowest offset in the block that may be programmed; what
                   // lies at or above it reads 0xFF
    uint32_t unstable_at; // cells whose zeros may read as ones
    uint32_t unstable_end;
};

struct sim_store {
    uint32_t magic;
    uint32_t version;
    struct sim_geometry geometry;
    uint32_t boot; // tag << 1 | slot that is DFP_OLD
    struct sim_totals totals;
};

// One area as the patcher sees it.
struct sim_part {
    uint8_t *data;
    struct sim_block *blocks;
    uint32_t size, erase, program;
};

struct sim_slots sim_slots_of(const struct sim_geometry *g, uint32_t image);

struct sim_part sim_find_part(const struct simflash *f, enum dfp_area id);

void sim_noise(uint64_t *random, uint8_t *data, uint32_t size);

#endif
