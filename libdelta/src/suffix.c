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

// A linked list of the sorted suffixes. The links of a position of the new
// image are the places that its candidates will be in.
struct links {
    uint32_t (*old)[2]; // before, after
    uint32_t (*new)[DELTA_CANDIDATES];
    uint32_t old_size;
};

static uint32_t *links_of(const struct links *l, uint32_t s)
{
    return s < l->old_size ? l->old[s] : l->new[s - l->old_size] + 2;
}

static void make_links(const struct links *l, const int32_t *sorted,
                       uint32_t size)
{
    uint32_t last = DELTA_NO_SOURCE;
    uint32_t i;

    for (i = 0; i < size; i++) {
        uint32_t s = (uint32_t)sorted[i];

        links_of(l, s)[0] = last;
        if (last != DELTA_NO_SOURCE) {
            links_of(l, last)[1] = s;
        }
        last = s;
    }
    links_of(l, last)[1] = DELTA_NO_SOURCE;
}

// Positions of the new image are taken out from the last to the first: the
// neighbours of the one being taken out are then exactly those of smaller
// position; or the other way round.
static void sweep_new(const struct links *l, uint32_t size, bool backwards)
{
    uint32_t i;

    for (i = size; i-- > l->old_size;) {
        const uint32_t *own =
            links_of(l, backwards ? l->old_size + (size - 1 - i) : i);

        if (own[0] != DELTA_NO_SOURCE) {
            links_of(l, own[0])[1] = own[1];
        }
        if (own[1] != DELTA_NO_SOURCE) {
            links_of(l, own[1])[0] = own[0];
        }
    }
}

bool delta_candidates_find(struct delta_candidates *candidates,
                           const uint8_t *text, uint32_t old_size,
                           uint32_t new_size, bool backwards)
{
    uint32_t size = old_size + new_size;
    int32_t *sorted = malloc((size_t)size * sizeof(*sorted));
    struct links links = {.old_size = old_size};
    bool ok = false;

    candidates->at = NULL;
    if (sorted != NULL && divsufsort(text, sorted, (saidx_t)size) == 0) {
        candidates->at = calloc(new_size, sizeof(*candidates->at));
        links.old = calloc((size_t)old_size + 1, sizeof(*links.old));
        links.new = candidates->at;
        ok = links.old != NULL && links.new != NULL;
    }
    if (ok) {
        sweep_old(candidates, sorted, old_size, size);
        make_links(&links, sorted, size);
    }
    free(sorted);
    if (ok) {
        sweep_new(&links, size, backwards);
    } else {
        delta_candidates_free(candidates);
    }
    free(links.old);
    return ok;
}

void delta_candidates_free(struct delta_candidates *candidates)
{
    free(candidates->at);
    candidates->at = NULL;
}
