// SPDX-License-Identifier: MIT
// One alignment after the other: what a parse looks at, made from what is
// known so far.

#ifndef DELTA_ALIGN_H
#define DELTA_ALIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "parse.h"

struct delta_pair;

// Indexes of short strings: of 3 and of 8 bytes.
#define DELTA_NEARBYS 2u

struct delta_aligner {
    struct delta_scene scene; // its space is the caller's
    uint32_t threads;
    struct delta_field *fields; // old ++ new
    uint8_t *text;              // old ++ new, neutral
    uint32_t *mapped;           // of the old image
    struct delta_candidates candidates;
    struct delta_nearby nearby[DELTA_NEARBYS];
    uint32_t nearby_count;          // of them are made; set it before
    bool expects;                   // sources where the map has them; likewise
    struct delta_segments segments; // found last
};

// false: out of memory, here and below. The space may change later.
bool delta_aligner_make(struct delta_aligner *a, const struct delta_pair *pair,
                        const struct dfc_space *space, uint32_t threads);
void delta_aligner_free(struct delta_aligner *a);

// Find the references of both images; `again`: when only pointer ranges have
// changed since.
void delta_aligner_find_fields(struct delta_aligner *a, bool again);

// Look for candidates, then choose among them. blank: calls are all alike, for
// when no map is known yet. The segments are not touched before the choice.
bool delta_aligner_prepare(struct delta_aligner *a, bool blank);
bool delta_aligner_parse(struct delta_aligner *a,
                         const struct delta_prices *prices, uint32_t beam);

// In place of both, with hashes: only to show where things went, or by price.
bool delta_aligner_survey(struct delta_aligner *a, bool blank);
bool delta_aligner_parse_quickly(struct delta_aligner *a,
                                 const struct delta_prices *prices,
                                 uint32_t beam);

#endif
