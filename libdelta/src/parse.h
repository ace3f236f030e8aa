// SPDX-License-Identifier: MIT
// Parsing by price: which source each byte of the new image continues from.

#ifndef DELTA_PARSE_H
#define DELTA_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "prices.h"
#include "match.h"

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

// false: out of memory. The caller frees segments->list.
bool delta_parse(struct delta_segments *segments,
                 const struct delta_scene *scene,
                 const struct delta_prices *prices, uint32_t beam);

// Positions [at, end) of the new image, as if nothing came before.
bool delta_parse_part(struct delta_segments *segments,
                      const struct delta_scene *scene,
                      const struct delta_prices *prices, uint32_t beam,
                      uint32_t at, uint32_t end);

// Append a segment to a list that has *room. false: out of memory.
bool delta_segments_add(struct delta_segments *segments, uint32_t *room,
                        struct delta_segment segment);

// The same, large images in parts side by side: one knows nothing of what was
// chosen in those before it.
bool delta_parse_parts(struct delta_segments *segments,
                       const struct delta_scene *scene,
                       const struct delta_prices *prices, uint32_t beam,
                       uint32_t threads);

#endif
