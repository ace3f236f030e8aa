// SPDX-License-Identifier: MIT
// Order and reach of an update in place.

#include "epochs.h"

#include <stdlib.h>
#include <string.h>

#define UNREADABLE 0xFF

uint32_t delta_inplace_blocks(const struct delta_inplace *g, uint32_t size)
{
    return size == 0 ? 0 : ((size - 1) >> g->block_bits) + 1;
}

uint32_t delta_epoch_count(const struct delta_inplace *g)
{
    uint32_t blocks = delta_inplace_blocks(g, g->new_size);

    return (blocks + g->epoch - 1) / g->epoch;
}

// Only the last epoch may be short, which in direction 1 writes the first
// blocks.
static struct delta_epoch epoch_of(const struct delta_inplace *g,
                                   uint32_t index)
{
    uint32_t blocks = delta_inplace_blocks(g, g->new_size);
    uint32_t done = index * g->epoch;
    uint32_t count = blocks - done < g->epoch ? blocks - done : g->epoch;
    uint32_t low = g->backwards ? blocks - done - count : done;
    uint32_t high = low + count;

    return (struct delta_epoch){index, low << g->block_bits,
                                high == blocks ? g->new_size
                                               : high << g->block_bits};
}

struct delta_epoch delta_epoch_first(const struct delta_inplace *g,
                                     uint32_t new_size)
{
    return g == NULL ? (struct delta_epoch){0, 0, new_size} : epoch_of(g, 0);
}

struct delta_epoch delta_epoch_next(const struct delta_inplace *g,
                                    const struct delta_epoch *epoch)
{
    return epoch_of(g, epoch->index + 1);
}

struct delta_epoch delta_epoch_at(const struct delta_inplace *g,
                                  uint32_t new_size, uint32_t at)
{
    uint32_t block;

    if (g == NULL) {
        return delta_epoch_first(g, new_size);
    }
    block = at >> g->block_bits;
    if (g->backwards) {
        block = delta_inplace_blocks(g, g->new_size) - 1 - block;
    }
    return epoch_of(g, block / g->epoch);
}

// Blocks [*first, *end) of the old image cannot be read, unless they are kept.
static void find_lost(const struct delta_inplace *g,
                      const struct delta_epoch *epoch, uint32_t *first,
                      uint32_t *end)
{
    uint32_t high = delta_inplace_blocks(g, epoch->end);

    if (g->backwards) {
        *first = (epoch->begin >> g->block_bits) + g->scratch;
        *end = delta_inplace_blocks(g, g->new_size);
        *first = *first < *end ? *first : *end;
    } else {
        *first = 0;
        *end = high > g->scratch ? high - g->scratch : 0;
    }
}

static bool is_kept(const struct delta_inplace *g, uint32_t block)
{
    return g->kept != NULL && g->kept[block];
}

bool delta_inplace_has_old(const struct delta_inplace *g,
                           const struct delta_epoch *epoch, uint32_t s)
{
    uint32_t block, first, end;

    if (g == NULL) {
        return true;
    }
    block = s >> g->block_bits;
    find_lost(g, epoch, &first, &end);
    return block < first || block >= end || is_kept(g, block);
}

bool delta_inplace_has_new(const struct delta_inplace *g,
                           const struct delta_epoch *epoch, uint32_t at,
                           uint32_t q)
{
    if (g == NULL || !g->backwards) {
        return q < at;
    }
    return q < at ? q >= epoch->begin : q >= epoch->end && q < g->new_size;
}

// What is lost once is never found again.
static void lose_old(struct delta_sight *sight, uint32_t first, uint32_t end)
{
    const struct delta_inplace *g = sight->g;
    uint32_t blocks = delta_inplace_blocks(g, g->old_size);
    uint32_t block;

    for (block = first; block < end && block < blocks; block++) {
        uint32_t at = block << g->block_bits;
        uint32_t left = g->old_size - at;
        uint32_t size = 1u << g->block_bits;

        if (!is_kept(g, block)) {
            memset(sight->copies + at, UNREADABLE, left < size ? left : size);
        }
    }
}

static uint8_t *near_copy(const struct delta_sight *sight)
{
    return sight->copies + sight->old_size;
}

static uint8_t *far_copy(const struct delta_sight *sight)
{
    return near_copy(sight) + sight->new_size;
}

static void find_new(struct delta_sight *sight, uint8_t *copy,
                     const struct delta_epoch *epoch)
{
    memcpy(copy + epoch->begin, sight->new_data + epoch->begin,
           epoch->end - epoch->begin);
}

static void enter_first(struct delta_sight *sight)
{
    uint32_t first, end;

    find_lost(sight->g, &sight->epoch, &first, &end);
    lose_old(sight, first, end);
    if (sight->g->backwards) {
        find_new(sight, near_copy(sight), &sight->epoch);
    }
}

static void enter_next(struct delta_sight *sight)
{
    const struct delta_inplace *g = sight->g;
    struct delta_epoch before = sight->epoch;
    uint32_t lost_first, lost_end, first, end;

    find_lost(g, &before, &lost_first, &lost_end);
    sight->epoch = delta_epoch_next(g, &before);
    find_lost(g, &sight->epoch, &first, &end);
    if (g->backwards) {
        lose_old(sight, first, lost_first);
        find_new(sight, far_copy(sight), &before);
        find_new(sight, near_copy(sight), &sight->epoch);
    } else {
        lose_old(sight, lost_end, end);
    }
}

bool delta_sight_make(struct delta_sight *sight, const struct delta_inplace *g,
                      const uint8_t *old_data, uint32_t old_size,
                      const uint8_t *new_data, uint32_t new_size)
{
    size_t copies = (size_t)old_size + 2 * (size_t)new_size;

    *sight = (struct delta_sight){
        .g = g,
        .old_size = old_size,
        .new_size = new_size,
        .old_bytes = old_data,
        .near_bytes = new_data,
        .far_bytes = new_data,
        .new_data = new_data,
        .epoch = delta_epoch_first(g, new_size),
    };
    if (g == NULL) {
        return true;
    }
    sight->copies = malloc(copies);
    if (sight->copies == NULL) {
        return false;
    }
    memset(sight->copies, UNREADABLE, copies);
    memcpy(sight->copies, old_data, old_size);
    sight->old_bytes = sight->copies;
    if (g->backwards) {
        sight->near_bytes = near_copy(sight);
        sight->far_bytes = far_copy(sight);
    }
    enter_first(sight);
    return true;
}

void delta_sight_free(struct delta_sight *sight)
{
    free(sight->copies);
    sight->copies = NULL;
}

void delta_sight_reach(struct delta_sight *sight, uint32_t at)
{
    while (at < sight->epoch.begin || at >= sight->epoch.end) {
        enter_next(sight);
    }
}

struct dfc_view delta_sight_view(const struct delta_sight *sight,
                                 uint32_t source, uint32_t at)
{
    if (source < sight->old_size) {
        return (struct dfc_view){sight->old_bytes, 0, sight->old_size,
                                 sight->old_size, 0};
    }
    if (source - sight->old_size < at) {
        return (struct dfc_view){sight->near_bytes, 0, at, at, 0};
    }
    return (struct dfc_view){sight->far_bytes, 0, sight->new_size,
                             sight->new_size, 0};
}
