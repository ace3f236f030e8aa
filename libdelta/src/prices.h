// SPDX-License-Identifier: MIT
// What the parser reckons with: average costs of what can be coded.

#ifndef DELTA_PRICES_H
#define DELTA_PRICES_H

#include <stdint.h>

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

#endif
