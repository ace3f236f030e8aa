// SPDX-License-Identifier: MIT
// Blocks that an update in place need not write.

#include "kept.h"

#include <stdlib.h>
#include <string.h>

// Worth their place in the smallest package, which may have 200 bytes: each run
// takes 5.
#define RUNS_WORTH 1u
#define RUN_LEAST 4u // blocks

static bool is_same(const uint8_t *old_data, uint32_t old_size,
                    const uint8_t *new_data, uint32_t new_size, uint32_t at,
                    uint32_t block)
{
    uint32_t size = new_size - at < block ? new_size - at : block;

    return at < old_size && size <= old_size - at &&
           memcmp(old_data + at, new_data + at, size) == 0;
}

// Put a run in its place, by length; the shortest one falls out.
static void insert(struct delta_kept *kept, uint32_t most,
                   struct delta_kept_run run)
{
    uint32_t i;

    if (kept->count == most && run.count <= kept->runs[most - 1].count) {
        return;
    }
    kept->count += kept->count < most;
    for (i = kept->count - 1; i > 0 && kept->runs[i - 1].count < run.count;
         i--) {
        kept->runs[i] = kept->runs[i - 1];
    }
    kept->runs[i] = run;
}

static int by_first(const void *a, const void *b)
{
    const struct delta_kept_run *x = a;
    const struct delta_kept_run *y = b;

    return x->first < y->first ? -1 : x->first > y->first;
}

bool delta_kept_find(struct delta_kept *kept, const uint8_t *old_data,
                     uint32_t old_size, const uint8_t *new_data,
                     uint32_t new_size, uint32_t block_bits, uint32_t room,
                     bool least_wear)
{
    uint32_t blocks = ((new_size - 1) >> block_bits) + 1;
    uint32_t wanted = least_wear ? DELTA_KEPT_MAX : RUNS_WORTH;
    uint32_t most = room < wanted ? room : wanted;
    uint32_t least = least_wear ? 1 : RUN_LEAST;
    struct delta_kept_run run = {0, 0};
    uint32_t i;

    memset(kept, 0, sizeof(*kept));
    kept->blocks = calloc(blocks, 1);
    if (kept->blocks == NULL) {
        return false;
    }
    for (i = 0; i <= blocks; i++) {
        if (i < blocks && i <= UINT16_MAX &&
            is_same(old_data, old_size, new_data, new_size, i << block_bits,
                    1u << block_bits)) {
            run.count++;
            continue;
        }
        if (run.count >= least && most > 0) {
            insert(kept, most, run);
        }
        run = (struct delta_kept_run){i + 1, 0};
    }
    if (kept->count > 0) {
        qsort(kept->runs, kept->count, sizeof(*kept->runs), by_first);
    }
    for (i = 0; i < kept->count; i++) {
        memset(kept->blocks + kept->runs[i].first, 1, kept->runs[i].count);
    }
    return true;
}

void delta_kept_free(struct delta_kept *kept)
{
    free(kept->blocks);
    kept->blocks = NULL;
}
