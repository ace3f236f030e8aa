// SPDX-License-Identifier: MIT
// What the flash of a simulated module goes through, the worst of many runs.

#ifndef DELTA_SIMWEAR_H
#define DELTA_SIMWEAR_H

#include "delta_simulate.h"
#include "simflash.h"

// Of each area and of each of its blocks the highest figures so far.
struct sim_wear {
    uint32_t erased[SIM_PLACES];
    uint32_t programmed[SIM_PLACES];
    uint32_t most[SIM_PLACES];
    uint8_t *blocks[SIM_PLACES]; // erases; NULL: area is not written, or absent
    uint32_t block_count[SIM_PLACES];
};

// False when memory runs out. sim_wear_close() accepts a zeroed struct.
bool sim_wear_open(struct sim_wear *wear, const struct simflash *flash);
void sim_wear_close(struct sim_wear *wear);

// Take in what a run did to the module that was `start`.
void sim_wear_add(struct sim_wear *wear, const struct simflash *flash,
                  const struct simflash *start);
void sim_wear_merge(struct sim_wear *wear, const struct sim_wear *other);

// Hand over to the result; the caller names the areas. False when memory runs
// out.
bool sim_wear_report(struct delta_simulation *simulation,
                     const struct sim_wear *uncut, const struct sim_wear *worst,
                     const struct simflash *flash,
                     void (*name)(void *context, struct delta_wear *wear,
                                  uint32_t image, enum dfp_area area),
                     void *context);

#endif
