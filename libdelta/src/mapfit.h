// SPDX-License-Identifier: MIT
// The address map, fitted to votes: pairs of an old target and the new target
// of the same reference.

#ifndef DELTA_MAPFIT_H
#define DELTA_MAPFIT_H

#include <stdbool.h>
#include <stdint.h>

#include "addrmap.h"
#include "sort.h"

struct delta_votes {
    struct delta_vote *list;
    uint32_t count;
    uint32_t room;
};

// false: out of memory.
bool delta_vote_add(struct delta_votes *votes, uint32_t target, uint32_t shift);

// A piecewise constant shift that costs least: entry_price for every entry,
// miss_price for every vote that it does not meet; by dynamic programming over
// the votes in the order of their targets (which are sorted here). At most
// *count entries are written, *count tells how many. false: out of memory.
bool delta_map_fit(struct dfc_map_entry *map, uint32_t *count,
                   struct delta_votes *votes, uint32_t entry_price,
                   uint32_t miss_price);

#endif
