// SPDX-License-Identifier: MIT
// Match candidates from a suffix array of the old and the new image.

#ifndef DELTA_SUFFIX_H
#define DELTA_SUFFIX_H

#include <stdbool.h>
#include <stdint.h>

#define DELTA_NO_SOURCE 0xFFFFFFFFu
#define DELTA_CANDIDATES 4u

// For every position of the new image: where in the space old image ++ new
// image its longest matches begin. [0], [1]: in the old image, below and above
// in suffix order; [2], [3]: anywhere before the position, or, where the new
// image is made from back to front, in the old image or behind the position.
struct delta_candidates {
    uint32_t (*at)[DELTA_CANDIDATES];
};

// text is old image ++ new image, in a form in which what has moved is equal.
// false: out of memory. Memory: 4 bytes per byte of text, 8 per byte of the old
// and 16 per byte of the new image while it runs, the latter afterwards.
bool delta_candidates_find(struct delta_candidates *candidates,
                           const uint8_t *text, uint32_t old_size,
                           uint32_t new_size, bool backwards);
void delta_candidates_free(struct delta_candidates *candidates);

#endif
