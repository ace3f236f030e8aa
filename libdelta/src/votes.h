// SPDX-License-Identifier: MIT
// What aligned references of both images say about where things went.

#ifndef DELTA_VOTES_H
#define DELTA_VOTES_H

#include <stdbool.h>
#include <stdint.h>

#include "mapfit.h"
#include "parse.h"

// One vote for every reference in the old image that a segment aligns with a
// reference of the same kind in the new one. false: out of memory.
bool delta_votes_collect(struct delta_votes *votes,
                         const struct delta_scene *scene,
                         const struct delta_segments *segments);

// Find regions of addresses outside the old image that words in it point to:
// words that differ a little between the images, and neighbours among which
// differ by the same amount. The ranges are appended to *count ones, at most
// DFOTA_RANGES_MAX in all. false: out of memory.
bool delta_votes_regions(struct dfc_range *ranges, uint32_t *count,
                         const struct delta_scene *scene,
                         const struct delta_segments *segments);

#endif
