// SPDX-License-Identifier: MIT
// Parsing by price: which source each byte of the new image continues from.

#ifndef DELTA_PARSE_H
#define DELTA_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "expected.h"
#include "fields.h"
#include "nearby.h"
#include "suffix.h"

// From new_at on, length bytes continue from source (a position in the space
// old image ++ new image). What lies between segments is literal.
struct delta_segment {
    uint32_t new_at;
    uint32_t source;
    uint32_t length;
};

struct delta_segments {
    struct delta_segment *list; // ascending by new_at, not overlapping
    uint32_t count;
    uint64_t cost; // of the path, in 1/64 bit
};

// Prices in 1/64 bit.
struct delta_prices {
    uint32_t hit[4];     // by hits before it: 0-3, 4-15, 16-31, more
    uint32_t miss[4];    // likewise
    uint32_t stay;       // after a miss: the alignment is kept
    uint32_t leave;      // after a miss: it is left
    uint32_t correction; // the byte that was missed
    uint32_t repeat;     // ... when the last one added the same
    uint32_t choice;     // a reference is taken as it stands in the source
    uint32_t literal;
    uint32_t go_on;     // one more literal
    uint32_t copy;      // a source follows
    uint32_t recent;    // source: one of the last alignments
    uint32_t near;      // source: near the anchor, plus 1 per bit
    uint32_t far_old;   // source: absolute in the old image
    uint32_t far_new;   // source: distance in the new image, plus 1 per bit
    uint32_t least_new; // of both, when the source is in the new image
};

// Averages of real packages of each codec; delta_prices_learn makes them what
// coding an earlier alignment of the same pair has cost.
void delta_prices_range(struct delta_prices *prices, uint32_t old_size);
void delta_prices_deflate(struct delta_prices *prices);
struct delta_tally;
void delta_prices_learn(struct delta_prices *prices,
                        const struct delta_tally *tally);

// What the parser looks at. Fields and candidates cover old ++ new where they
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
};

// How the byte at new position `at` is predicted from a source: as mapped,
// only as it stands there, or not at all.
enum delta_match { DELTA_MISS = 0, DELTA_HIT = 1, DELTA_HIT_PLAIN = 2 };
enum delta_match delta_match_at(const struct delta_scene *scene, uint32_t at,
                                uint32_t source);

// What is to be added to the byte that is predicted there, as mapped.
uint32_t delta_difference_at(const struct delta_scene *scene, uint32_t at,
                             uint32_t source);

// false: out of memory. The caller frees segments->list.
bool delta_parse(struct delta_segments *segments,
                 const struct delta_scene *scene,
                 const struct delta_prices *prices, uint32_t beam);

#endif
