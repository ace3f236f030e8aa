// SPDX-License-Identifier: MIT
// Prices of the parser, and what they learn from coding.

#include "prices.h"

#include <string.h>

#include "bits.h"
#include "rangecode.h"

void delta_prices_range(struct delta_prices *prices, uint32_t old_size)
{
    static const struct delta_prices average = {
        .hit = {26, 10, 4, 1},
        .miss = {120, 200, 300, 430},
        .stay = 40,
        .leave = 80,
        .correction = 390,
        .repeat = 200,
        .choice = 100,
        .literal = 400,
        .go_on = 16,
        .copy = 110,
        .recent = 180,
        .near = 230,
        .far_new = 280,
    };

    *prices = average;
    prices->far_old = 64 * delta_bit_length(old_size) + 24;
}

// Averages flatter: what was chosen was cheap where it was chosen. So the
// price moves only a part of the way.
static void learn(uint32_t *price, uint64_t spent, uint32_t count)
{
    uint64_t measured = (spent + (uint64_t)*price * 32u) / (count + 32u);

    *price = (uint32_t)((*price * 2u + measured) / 3u);
}

static void learn_cause(uint32_t *price, const struct delta_tally *tally,
                        uint32_t cause)
{
    learn(price, tally->bits[cause] / 64u, tally->count[cause]);
}

// What a number in a source costs besides one bit for each of its own.
static void learn_number(uint32_t *price, const struct delta_tally *tally,
                         uint32_t cause, uint64_t own_bits)
{
    uint64_t spent = tally->bits[cause] / 64u;
    uint64_t own = own_bits * 64u;

    learn(price, spent > own ? spent - own : 0, tally->count[cause]);
}

void delta_prices_learn(struct delta_prices *prices,
                        const struct delta_tally *tally)
{
    struct delta_tally corrections;
    uint32_t i;

    memset(&corrections, 0, sizeof(corrections));
    for (i = 0; i < 4; i++) {
        learn_cause(&prices->hit[i], tally, DELTA_CAUSE_HIT + i);
        learn_cause(&prices->miss[i], tally, DELTA_CAUSE_MISS + i);
    }
    learn_cause(&prices->stay, tally, DELTA_CAUSE_STAY);
    learn_cause(&prices->leave, tally, DELTA_CAUSE_LEAVE);
    for (i = 0; i < DFC_KINDS; i++) {
        corrections.bits[0] += tally->bits[DELTA_CAUSE_CORRECTION + i];
        corrections.count[0] += tally->count[DELTA_CAUSE_CORRECTION + i];
    }
    learn(&prices->repeat, tally->repeat_bits / 64u, tally->repeat_count);
    learn(&prices->correction, (corrections.bits[0] - tally->repeat_bits) / 64u,
          corrections.count[0] - tally->repeat_count);
    learn_cause(&prices->choice, tally, DELTA_CAUSE_PLAIN);
    learn_cause(&prices->literal, tally, DELTA_CAUSE_LITERAL);
    learn_cause(&prices->go_on, tally, DELTA_CAUSE_GO_ON);
    learn_cause(&prices->copy, tally, DELTA_CAUSE_COPY);
    learn_cause(&prices->recent, tally, DELTA_CAUSE_RECENT);
    learn_cause(&prices->far_old, tally, DELTA_CAUSE_OLD);
    learn_number(&prices->near, tally, DELTA_CAUSE_NEAR, tally->near_bits);
    learn_number(&prices->far_new, tally, DELTA_CAUSE_NEW, tally->new_bits);
}

void delta_prices_deflate(struct delta_prices *prices)
{
    // A miss ends a run of zeros; a copy is a record of several bytes.
    static const struct delta_prices average = {
        .hit = {4, 4, 4, 4},
        .miss = {600, 900, 900, 900},
        .correction = 256,
        .repeat = 256,
        .choice = 1152,
        .literal = 448,
        .copy = 1792,
        .recent = 512,
        .near = 576,
        .far_old = 1152,
        .far_new = 256,
    };

    *prices = average;
}
