// SPDX-License-Identifier: MIT
// One slot: options, limits and records.

#include "oneslot.h"

#include <string.h>

#include "bytes.h"
#include "errors.h"

#define JOURNAL_PAGE_DEFAULT 16u
#define JOURNAL_PAGE_MAX 4096u
#define BLOCKS_MAX 65535u // of the scratch area

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
    return value != 0 ? value : otherwise;
}

static bool is_power(uint32_t value)
{
    return (value & (value - 1)) == 0;
}

enum delta_status delta_oneslot_check(const struct delta_options *options,
                                      struct delta_error *error)
{
    const struct delta_in_place *o = &options->in_place;
    uint32_t block = or_default(o->block_size, DELTA_BLOCK_DEFAULT);
    uint32_t scratch = or_default(o->scratch_size, DELTA_SCRATCH_DEFAULT);

    if (options->mode != DELTA_TWO_SLOT && options->mode != DELTA_IN_PLACE) {
        return delta_fail(error, DELTA_ERR_OPTION, "mode",
                          "unknown mode (found %d, expected 0 or 1)",
                          (int)options->mode);
    }
    if (options->mode == DELTA_TWO_SLOT) {
        return DELTA_OK;
    }
    if (!is_power(block) || block < 1u << DFOTA_BLOCK_BITS_MIN ||
        block > 1u << DFOTA_BLOCK_BITS_MAX) {
        return delta_fail(error, DELTA_ERR_OPTION, "erase-block",
                          "not the size of an erase block (found %lu, expected "
                          "a power of two from %lu to %lu)",
                          (unsigned long)block, 1ul << DFOTA_BLOCK_BITS_MIN,
                          1ul << DFOTA_BLOCK_BITS_MAX);
    }
    if (scratch < block) {
        return delta_fail(error, DELTA_ERR_OPTION, "scratch",
                          "smaller than an erase block (found %lu, expected at "
                          "least %lu)",
                          (unsigned long)scratch, (unsigned long)block);
    }
    if (!is_power(o->journal_page) || o->journal_page > JOURNAL_PAGE_MAX) {
        return delta_fail(error, DELTA_ERR_OPTION, "journal page",
                          "out of range (found %lu, expected a power of two up "
                          "to %lu)",
                          (unsigned long)o->journal_page,
                          (unsigned long)JOURNAL_PAGE_MAX);
    }
    if (!is_power(o->journal_block)) {
        return delta_fail(error, DELTA_ERR_OPTION, "journal block",
                          "not the size of an erase block (found %lu, expected "
                          "a power of two)",
                          (unsigned long)o->journal_block);
    }
    if (o->minimize != DELTA_MINIMIZE_SIZE &&
        o->minimize != DELTA_MINIMIZE_WEAR) {
        return delta_fail(error, DELTA_ERR_OPTION, "minimize",
                          "unknown aim (found %d, expected 0 or 1)",
                          (int)o->minimize);
    }
    return DELTA_OK;
}

static uint32_t bits_of(uint32_t block)
{
    uint32_t bits = 0;

    while (1u << bits < block) {
        bits++;
    }
    return bits;
}

enum delta_status delta_oneslot_open(struct delta_oneslot *slot,
                                     const struct delta_options *options,
                                     const struct delta_pair *pair,
                                     uint32_t most, struct delta_error *error)
{
    const struct delta_in_place *o = &options->in_place;
    struct delta_place_limits *limits = &slot->limits;
    uint32_t scratch = or_default(o->scratch_size, DELTA_SCRATCH_DEFAULT);

    memset(slot, 0, sizeof(*slot));
    limits->block_bits =
        bits_of(or_default(o->block_size, DELTA_BLOCK_DEFAULT));
    scratch >>= limits->block_bits;
    limits->scratch = scratch < BLOCKS_MAX ? scratch : BLOCKS_MAX;
    limits->journal_page = or_default(o->journal_page, JOURNAL_PAGE_DEFAULT);
    limits->journal_half =
        o->journal_size / 2 &
        ~(or_default(o->journal_block, DELTA_BLOCK_DEFAULT) - 1);
    limits->least_wear = o->minimize == DELTA_MINIMIZE_WEAR;
    if (!delta_kept_find(&slot->kept, pair->old_data, pair->old_size,
                         pair->new_data, pair->new_size, limits->block_bits,
                         most, limits->least_wear)) {
        return delta_fail_memory(error, "new");
    }
    limits->kept = slot->kept.blocks;
    return DELTA_OK;
}

void delta_oneslot_close(struct delta_oneslot *slot)
{
    delta_kept_free(&slot->kept);
}

void delta_oneslot_geometry(uint8_t geometry[DFOTA_GEO_SIZE],
                            const struct delta_inplace *g,
                            const struct delta_place_limits *limits)
{
    bool is_full = g->epoch == 0;

    geometry[DFOTA_GEO_ORDER] =
        (uint8_t)((g->backwards ? DFOTA_ORDER_BACKWARD : 0) |
                  (g->fresh ? DFOTA_ORDER_FRESH : 0));
    geometry[DFOTA_GEO_BLOCK_BITS] =
        (uint8_t)(is_full ? limits->block_bits : g->block_bits);
    dfc_put16(geometry + DFOTA_GEO_SCRATCH, is_full ? 1 : g->scratch);
    dfc_put16(geometry + DFOTA_GEO_EPOCH, is_full ? 1 : g->epoch);
}

uint32_t delta_oneslot_kept(uint8_t *runs, uint32_t part,
                            const struct delta_kept *kept)
{
    uint32_t i;

    for (i = 0; i < kept->count; i++, runs += DFOTA_KEPT_SIZE) {
        runs[0] = (uint8_t)part;
        dfc_put16(runs + 1, kept->runs[i].first);
        dfc_put16(runs + 3, kept->runs[i].count);
    }
    return kept->count;
}
