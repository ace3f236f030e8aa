// SPDX-License-Identifier: MIT
// Match candidates from a suffix array: the neighbours of a suffix in sorted
// order are its longest matches. Old positions come from two sweeps; earlier
// positions from the previous and next smaller value, as in the computation of
// LZ77 factors (Crochemore and Ilie, 2008).

#include "suffix.h"

#include <divsufsort.h>
#include <stdlib.h>

static void sweep_old(struct delta_candidates *c, const int32_t *sorted,
                      uint32_t old_size, uint32_t size)
{
    uint32_t last = DELTA_NO_SOURCE;
    uint32_t i;

    for (i = 0; i < size; i++) {
        uint32_t s = (uint32_t)sorted[i];

        if (s < old_size) {
            last = s;
        } else {
            c->at[s - old_size][0] = last;
        }
    }
    last = DELTA_NO_SOURCE;
    for (i = size; i-- > 0;) {
        uint32_t s = (uint32_t)sorted[i];

        if (s < old_size) {
            last = s;
        } else {
            c->at[s - old_size][1] = last;
        }
    }
}

// A linked list of the sorted suffixes, from which positions are taken out
// from the last to the first: the neighbours of the one being taken out are
// then exactly those of smaller position.
static void sweep_earlier(struct delta_candidates *c, const int32_t *sorted,
                          uint32_t *before, uint32_t *after, uint32_t old_size,
                          uint32_t size)
{
    uint32_t last = DELTA_NO_SOURCE;
    uint32_t i;

    for (i = 0; i < size; i++) {
        uint32_t s = (uint32_t)sorted[i];

        before[s] = last;
        if (last != DELTA_NO_SOURCE) {
            after[last] = s;
        }
        last = s;
    }
    after[last] = DELTA_NO_SOURCE;
    for (i = size; i-- > old_size;) {
        c->at[i - old_size][2] = before[i];
        c->at[i - old_size][3] = after[i];
        if (before[i] != DELTA_NO_SOURCE) {
            after[before[i]] = after[i];
        }
        if (after[i] != DELTA_NO_SOURCE) {
            before[after[i]] = before[i];
        }
    }
}

bool delta_candidates_find(struct delta_candidates *candidates,
                           const uint8_t *text, uint32_t old_size,
                           uint32_t new_size)
{
    uint32_t size = old_size + new_size;
    int32_t *sorted = malloc((size_t)size * sizeof(*sorted));
    uint32_t *links = malloc((size_t)size * 2 * sizeof(*links));
    bool ok = false;

    candidates->at = malloc((size_t)new_size * sizeof(*candidates->at));
    if (sorted != NULL && links != NULL && candidates->at != NULL &&
        divsufsort(text, sorted, (saidx_t)size) == 0) {
        sweep_old(candidates, sorted, old_size, size);
        sweep_earlier(candidates, sorted, links, links + size, old_size, size);
        ok = true;
    } else {
        delta_candidates_free(candidates);
    }
    free(links);
    free(sorted);
    return ok;
}

void delta_candidates_free(struct delta_candidates *candidates)
{
    free(candidates->at);
    candidates->at = NULL;
}
