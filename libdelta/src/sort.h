// SPDX-License-Identifier: MIT
// Sorting of many words, digit by digit: several times faster than by
// comparing them.

#ifndef DELTA_SORT_H
#define DELTA_SORT_H

#include <stdbool.h>
#include <stdint.h>

struct delta_vote {
    uint32_t target; // old address
    uint32_t shift;  // new address - old address
};

// Ascending; votes by target, then shift. false: out of memory, and nothing
// has changed.
bool delta_sort_words(uint32_t *list, uint32_t count);
bool delta_sort_votes(struct delta_vote *list, uint32_t count);

#endif
