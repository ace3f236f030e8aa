// SPDX-License-Identifier: MIT
// Binary range encoder, FORMAT.md section 9.2.

#include "rangeenc.h"

void delta_rangeenc_begin(struct delta_rangeenc *e, struct delta_buffer *out)
{
    e->out = out;
    e->begin = out->size;
    e->low = 0;
    e->range = 0xFFFFFFFFu;
    e->held = 0;
    e->first = 0;
    e->started = 0;
}

// Move the top byte of low out. A byte is held back until it is known
// whether a carry reaches it; 0xFF bytes behind it may carry on.
static void shift_low(struct delta_rangeenc *e)
{
    uint32_t carry = (uint32_t)(e->low >> 32);

    if ((e->low & 0xFF000000u) != 0xFF000000u || carry != 0) {
        if (e->started) {
            delta_buffer_put(e->out, (uint8_t)(e->first + carry));
        }
        for (; e->held > 0; e->held--) {
            delta_buffer_put(e->out, (uint8_t)(0xFFu + carry));
        }
        e->first = (uint8_t)(e->low >> 24);
        e->started = 1;
    } else {
        e->held++;
    }
    e->low = (e->low & 0x00FFFFFFu) << 8;
}

void delta_rangeenc_bit(struct delta_rangeenc *e, uint32_t p, uint32_t bit)
{
    uint32_t share = (e->range >> 16) * p;

    if (bit) {
        e->range = share;
    } else {
        e->low += share;
        e->range -= share;
    }
    while (e->range < 1u << 24) {
        e->range <<= 8;
        shift_low(e);
    }
}

void delta_rangeenc_end(struct delta_rangeenc *e)
{
    // Any value in [low, low + range) will do; the decoder reads zeros past
    // the end, so take the one with the most trailing zeros.
    uint64_t high = e->low + e->range - 1;
    int bits;

    for (bits = 32; bits > 0; bits--) {
        uint64_t mask = ((uint64_t)1 << bits) - 1;
        uint64_t value = (e->low + mask) & ~mask;

        if (value <= high) {
            e->low = value;
            break;
        }
    }
    for (bits = 0; bits < 5; bits++) {
        shift_low(e);
    }
    for (bits = 0; bits < 4 && e->out->size > e->begin + 1 &&
                   e->out->data[e->out->size - 1] == 0;
         bits++) {
        e->out->size--;
    }
}
