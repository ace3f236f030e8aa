// SPDX-License-Identifier: MIT
// State of codec deflate between two calls: the reader of the op stream.

#ifndef DFOTA_DEFLATE_CODEC_H
#define DFOTA_DEFLATE_CODEC_H

#include <stdbool.h>
#include <stdint.h>

#include "cursor.h"

struct dfp;

// Plain data, part of a checkpoint, which is only taken between segments.
struct dfp_deflate_state {
    uint32_t fresh;  // 1: the next input byte begins a segment
    uint32_t out_at; // inflated bytes not yet read: [out_at, out_end)
    uint32_t out_end;
    uint32_t op;       // what the next byte of the op stream belongs to
    uint32_t value;    // of the varint being read, as far as it is known
    uint32_t shift;    // bits of it that are known
    uint32_t index;    // of the range or map entry being read
    uint32_t last;     // previous range end or map start
    uint32_t moved;    // previous map shift
    uint32_t copy;     // bytes left to copy in this record
    uint32_t literal;  // and literal bytes after them
    uint32_t expected; // source of the next record if nothing moves
    struct dfc_cursor cursor;
};

// Whether a checkpoint can be taken where the stream is now.
bool dfp_deflate_between(const struct dfp *p);

#endif
