// SPDX-License-Identifier: MIT
// State of codec range between two calls.

#ifndef DFOTA_RANGE_CODEC_H
#define DFOTA_RANGE_CODEC_H

#include <stdint.h>

#include "model.h"

// Plain words, part of a checkpoint; the model itself is in p->model.
struct dfp_range_state {
    uint32_t seq;   // what the next step decodes
    uint32_t index; // of the pointer range or map entry being decoded
    uint32_t range; // of the coder, at least 2^24 between two decisions
    uint32_t code;
    uint32_t overrun; // zero bytes taken beyond the stream's end
    uint32_t plain;   // the current field is predicted as the source has it
    uint32_t unit;    // bytes left of the current unit
    uint32_t missing; // one of them at least is a miss
    struct dfc_history history;
    struct dfc_cursor cursor;
};

#endif
