// SPDX-License-Identifier: MIT
// Match candidates from hashes of a few bytes: a tenth of the time of a suffix
// array, and enough where images are much alike.

#ifndef DELTA_ANCHORS_H
#define DELTA_ANCHORS_H

#include <stdbool.h>
#include <stdint.h>

#include "parse.h"

struct delta_anchors;

// text is old image ++ new image, in a form in which what has moved is equal;
// it must live as long as the anchors. NULL: out of memory.
struct delta_anchors *delta_anchors_make(const uint8_t *text, uint32_t old_size,
                                         uint32_t new_size);
void delta_anchors_free(struct delta_anchors *anchors);

// Where the string at position `at` of the new image may come from, as the
// candidates of a suffix array; not verified. It is remembered for what comes
// later: ask for ascending positions.
void delta_anchors_find(struct delta_anchors *anchors, uint32_t at,
                        uint32_t found[DELTA_CANDIDATES]);

// An alignment without prices, for what references say about where things
// went: go on from the same source until a longer match begins elsewhere.
// false: out of memory. The caller frees segments->list.
bool delta_anchors_align(struct delta_segments *segments,
                         const struct delta_anchors *anchors);

#endif
