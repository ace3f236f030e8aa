// SPDX-License-Identifier: MIT
// Where the address map expects the source of each position of the new image
// (dfc_expected_source), as stretches of one alignment.

#ifndef DELTA_EXPECTED_H
#define DELTA_EXPECTED_H

#include <stdbool.h>
#include <stdint.h>

#include "cursor.h"

struct delta_stretch {
    uint32_t at;        // from this position of the new image on
    uint32_t alignment; // expected source - position
};

struct delta_expected {
    struct delta_stretch *list; // ascending from 0; at least one
    uint32_t count;
};

// false: out of memory.
bool delta_expected_make(struct delta_expected *expected,
                         const struct dfc_space *space, uint32_t new_size);
void delta_expected_free(struct delta_expected *expected);

#endif
