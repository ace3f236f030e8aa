// SPDX-License-Identifier: MIT
// Writes the stream of codec range, FORMAT.md section 9.

#ifndef DELTA_RANGECODE_H
#define DELTA_RANGECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "cursor.h"
#include "parse.h"

struct delta_inplace;
struct delta_pair;

// What bits are spent on.
enum delta_cause {
    DELTA_CAUSE_TABLES,                     // regions, pointer ranges, map
    DELTA_CAUSE_HIT,                        // 4, by hits before it
    DELTA_CAUSE_MISS = DELTA_CAUSE_HIT + 4, // likewise
    DELTA_CAUSE_STAY = DELTA_CAUSE_MISS + 4,
    DELTA_CAUSE_LEAVE,
    DELTA_CAUSE_CORRECTION, // by kind of field
    DELTA_CAUSE_MAPPED = DELTA_CAUSE_CORRECTION +
                         DFC_KINDS, // a reference is predicted as the map says
    DELTA_CAUSE_PLAIN,              // ... as it stands in the source
    DELTA_CAUSE_LITERAL,
    DELTA_CAUSE_GO_ON, // no copy yet
    DELTA_CAUSE_COPY,
    DELTA_CAUSE_RECENT, // sources
    DELTA_CAUSE_NEAR,
    DELTA_CAUSE_OLD,
    DELTA_CAUSE_NEW,
    DELTA_CAUSES
};

struct delta_tally {
    uint64_t bits[DELTA_CAUSES]; // spent, in 1/4096
    uint32_t count[DELTA_CAUSES];
    uint64_t near_bits, new_bits; // of the numbers in sources, whole bits
    uint64_t repeat_bits; // of corrections, when they add the same as the last
    uint32_t repeat_count;
};

// By how much hits before it a hit flag is told apart.
static inline uint32_t delta_run_class(uint32_t run)
{
    return run < 4 ? 0 : run < 16 ? 1 : run < 32 ? 2 : 3;
}

// How a byte of the new image came about.
enum delta_origin {
    DELTA_ORIGIN_LITERAL = 0,
    DELTA_ORIGIN_HIT = 1,        // as predicted
    DELTA_ORIGIN_CORRECTION = 2, // aligned, but another value
};

// What was coded for each byte of the new image.
struct delta_trace {
    struct delta_place {
        uint32_t bits;   // spent on it, in 1/4096; what a source costs is
                         // spent on the first byte that comes from it
        uint32_t source; // in old ++ new; DELTA_NO_SOURCE for literals
        uint8_t origin;  // enum delta_origin
        uint8_t kind;    // enum dfc_kind of the field that it comes from
        uint8_t moved;   // the address map has changed the field
    } * places;          // malloc'ed
};

// Append the stream to out. inplace is NULL for an update of two slots.
// model_size is the patcher's model memory, a
// multiple of 64. tally is added to; trace may be NULL, its places are the
// caller's, zeroed. false: out of memory.
bool delta_range_encode(struct delta_buffer *out, const struct delta_pair *pair,
                        const struct dfc_space *space,
                        const struct delta_inplace *inplace,
                        const struct delta_segments *segments,
                        uint32_t model_size, struct delta_tally *tally,
                        struct delta_trace *trace);

#endif
