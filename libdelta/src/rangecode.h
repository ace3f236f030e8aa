// SPDX-License-Identifier: MIT
// Writes the stream of codec range, FORMAT.md section 9.

#ifndef DELTA_RANGECODE_H
#define DELTA_RANGECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "encode.h"
#include "parse.h"

// Bits spent, in 1/4096.
struct delta_tally {
    uint64_t map;
    uint64_t hit_flags, choice_bits;
    uint64_t stay_flags, correction_bits;
    uint64_t copy_flags, source_bits;
    uint64_t literal_bits;
};

// Append the stream to out. model_size is the patcher's model memory, a
// multiple of 64. tally is added to. false: out of memory.
bool delta_range_encode(struct delta_buffer *out, const struct delta_pair *pair,
                        const struct dfc_space *space,
                        const struct delta_segments *segments,
                        uint32_t model_size, struct delta_tally *tally);

#endif
