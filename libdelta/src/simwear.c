// SPDX-License-Identifier: MIT
// What the flash of a simulated module goes through, the worst of many runs.

#include "simwear.h"

#include <stdlib.h>
#include <string.h>

#include "simparts.h"

static uint32_t block_size(const struct simflash *flash, int place)
{
    return sim_find_part(flash, (enum dfp_area)place).erase;
}

// Journal and scratch area belong to the first image.
static bool is_written(int place)
{
    int area = place % SIM_AREAS;

    return area == DFP_NEW || (place < SIM_AREAS && area != DFP_OLD);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

bool sim_wear_open(struct sim_wear *wear, const struct simflash *flash)
{
    bool good = true;

    memset(wear, 0, sizeof(*wear));
    uint32_t images = 1 + simflash_geometry(flash)->more_count;

    for (int area = 0; area < (int)(SIM_AREAS * images); area++) {
        uint32_t size = simflash_area_size(flash, (enum dfp_area)area);

        if (size != 0 && is_written(area)) {
            wear->block_count[area] = size / block_size(flash, area);
            wear->blocks[area] = calloc(wear->block_count[area], 1);
            good = good && wear->blocks[area] != NULL;
        }
    }
    if (!good) {
        sim_wear_close(wear);
    }
    return good;
}

void sim_wear_close(struct sim_wear *wear)
{
    for (int area = 0; area < (int)SIM_PLACES; area++) {
        free(wear->blocks[area]);
    }
    memset(wear, 0, sizeof(*wear));
}

static void add_block(struct sim_wear *wear, int area, uint32_t block,
                      uint32_t erases)
{
    wear->most[area] = larger(wear->most[area], erases);
    erases = erases < UINT8_MAX ? erases : UINT8_MAX;
    wear->blocks[area][block] =
        (uint8_t)larger(wear->blocks[area][block], erases);
}

void sim_wear_add(struct sim_wear *wear, const struct simflash *flash,
                  const struct simflash *start)
{
    struct sim_totals before;
    struct sim_totals after;

    simflash_totals(start, &before);
    simflash_totals(flash, &after);
    for (int area = 0; area < (int)SIM_PLACES; area++) {
        enum dfp_area id = (enum dfp_area)area;

        if (wear->blocks[area] == NULL) {
            continue;
        }
        wear->erased[area] =
            larger(wear->erased[area],
                   (uint32_t)(after.erased[area] - before.erased[area]));
        wear->programmed[area] =
            larger(wear->programmed[area], (uint32_t)(after.programmed[area] -
                                                      before.programmed[area]));
        for (uint32_t i = 0; i < wear->block_count[area]; i++) {
            add_block(wear, area, i,
                      simflash_block_erases(flash, id, i) -
                          simflash_block_erases(start, id, i));
        }
    }
}

void sim_wear_merge(struct sim_wear *wear, const struct sim_wear *other)
{
    for (int area = 0; area < (int)SIM_PLACES; area++) {
        wear->erased[area] = larger(wear->erased[area], other->erased[area]);
        wear->programmed[area] =
            larger(wear->programmed[area], other->programmed[area]);
        wear->most[area] = larger(wear->most[area], other->most[area]);
        for (uint32_t i = 0; i < wear->block_count[area]; i++) {
            add_block(wear, area, i, other->blocks[area][i]);
        }
    }
}

static bool copy_blocks(uint8_t **to, const uint8_t *from, uint32_t count)
{
    *to = malloc(count);
    if (*to != NULL) {
        memcpy(*to, from, count);
    }
    return *to != NULL;
}

bool sim_wear_report(struct delta_simulation *simulation,
                     const struct sim_wear *uncut, const struct sim_wear *worst,
                     const struct simflash *flash,
                     void (*name)(void *context, struct delta_wear *wear,
                                  uint32_t image, enum dfp_area area),
                     void *context)
{
    for (int area = 0; area < (int)SIM_PLACES; area++) {
        struct delta_wear *w = simulation->wear + simulation->wear_count;

        if (uncut->block_count[area] == 0) {
            continue;
        }
        simulation->wear_count++;
        name(context, w, (uint32_t)area / SIM_AREAS,
             (enum dfp_area)(area % SIM_AREAS));
        w->block_size = block_size(flash, area);
        w->block_count = uncut->block_count[area];
        w->erased = uncut->erased[area];
        w->erased_worst = worst->erased[area];
        w->programmed = uncut->programmed[area];
        w->programmed_worst = worst->programmed[area];
        w->most = uncut->most[area];
        w->most_worst = worst->most[area];
        if (!copy_blocks(&w->blocks, uncut->blocks[area], w->block_count) ||
            !copy_blocks(&w->blocks_worst, worst->blocks[area],
                         w->block_count)) {
            return false;
        }
    }
    return true;
}
