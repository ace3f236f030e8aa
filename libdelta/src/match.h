// SPDX-License-Identifier: MIT
// What the parser looks at, and what a source predicts there.

#ifndef DELTA_MATCH_H
#define DELTA_MATCH_H

#include <stdint.h>

#include "expected.h"
#include "fields.h"
#include "nearby.h"
#include "suffix.h"

// Fields and candidates cover old ++ new where they
// say so.
struct delta_scene {
    const struct dfc_space *space;
    struct dfc_view old_view, new_view; // whole images
    const struct delta_field *fields;   // old ++ new
    const uint32_t *mapped;             // old: targets of references, moved
    const struct delta_candidates *candidates;
    const struct delta_nearby *nearby;     // of old ++ new, neutral
    uint32_t nearby_count;                 // indexes, by length of the strings
    const struct delta_expected *expected; // of this map; or NULL
    struct delta_anchors *anchors;         // instead of candidates; or NULL
    const struct delta_inplace *inplace;   // NULL: two slots
};

// How the byte at new position `at` is predicted from a source: as mapped,
// only as it stands there, or not at all.
enum delta_match { DELTA_MISS = 0, DELTA_HIT = 1, DELTA_HIT_PLAIN = 2 };
enum delta_match delta_match_at(const struct delta_scene *scene, uint32_t at,
                                uint32_t source);

// What is to be added to the byte that is predicted there, as mapped.
uint32_t delta_difference_at(const struct delta_scene *scene, uint32_t at,
                             uint32_t source);

// How many bytes from here on are hits as mapped, at most `most`? The source
// does not cross the end of an image meanwhile.
uint32_t delta_count_hits(const struct delta_scene *scene, uint32_t at,
                          uint32_t source, uint32_t most);

#endif
