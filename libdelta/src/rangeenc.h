// SPDX-License-Identifier: MIT
// Binary range encoder: the mirror of the patcher's decoder. A carry-
// propagating coder as in LZMA (I. Pavlov; G. N. N. Martin, "Range encoding",
// 1979), with 16-bit probabilities; FORMAT.md section 9.2.

#ifndef DELTA_RANGEENC_H
#define DELTA_RANGEENC_H

#include <stdint.h>

#include "buffer.h"

struct delta_rangeenc {
    struct delta_buffer *out;
    size_t begin; // of the stream in out
    uint64_t low;
    uint32_t range;
    uint32_t held;   // bytes not yet written: one and then 0xFF ones
    uint8_t first;   // the first held byte
    uint8_t started; // a byte has been held
};

void delta_rangeenc_begin(struct delta_rangeenc *e, struct delta_buffer *out);

// Encode a bit whose probability to be 1 is p / 65536, p in 1..65535.
void delta_rangeenc_bit(struct delta_rangeenc *e, uint32_t p, uint32_t bit);

// Write what is needed to decode all bits so far, and no more.
void delta_rangeenc_end(struct delta_rangeenc *e);

#endif
