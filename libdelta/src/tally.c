// SPDX-License-Identifier: MIT
// What the bits of a stream were spent on, in few words.

#include "tally.h"

// Spent on a run of causes.
static uint32_t bytes_of(const struct delta_tally *tally, uint32_t first,
                         uint32_t last)
{
    uint64_t spent = 16384;

    for (; first <= last; first++) {
        spent += tally->bits[first];
    }
    return (uint32_t)(spent / 32768);
}

void delta_tally_report(const struct delta_tally *tally,
                        struct delta_stream *out)
{
    out->tally = *tally;
    out->bytes_map = bytes_of(tally, DELTA_CAUSE_TABLES, DELTA_CAUSE_TABLES);
    out->bytes_hits = bytes_of(tally, DELTA_CAUSE_HIT, DELTA_CAUSE_MISS + 3) +
                      bytes_of(tally, DELTA_CAUSE_MAPPED, DELTA_CAUSE_PLAIN);
    out->bytes_corrections =
        bytes_of(tally, DELTA_CAUSE_STAY, DELTA_CAUSE_MAPPED - 1);
    out->bytes_sources = bytes_of(tally, DELTA_CAUSE_GO_ON, DELTA_CAUSE_NEW);
    out->bytes_literals =
        bytes_of(tally, DELTA_CAUSE_LITERAL, DELTA_CAUSE_LITERAL);
}
