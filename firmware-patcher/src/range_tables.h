// SPDX-License-Identifier: MIT
// The beginning of a stream of codec range, and what it needs of the decoder.

#ifndef DFOTA_RANGE_TABLES_H
#define DFOTA_RANGE_TABLES_H

#include "decoder.h"

// What the next step decodes: tables up to the map.
enum {
    DFP_RANGE_START,
    DFP_RANGE_REGIONS,
    DFP_RANGE_RANGES,
    DFP_RANGE_MAP,
    DFP_RANGE_LITERAL,
    DFP_RANGE_ALIGNED
};

// One step of the tables.
enum dfp_status dfp_range_tables(struct dfp *p);

// A number of one of enum dfc_number.
uint32_t dfp_range_number(struct dfp *p, uint32_t kind);

// A signed number, FORMAT.md section 9.3.
static inline uint32_t dfp_range_unfold(uint32_t n)
{
    return n >> 1 ^ (0u - (n & 1u));
}

static inline enum dfp_status dfp_range_bad(struct dfp *p, const char *field)
{
    return dfp_fail(p, DFP_ERR_DATA, field, 0, p->s.new_at);
}

#endif
