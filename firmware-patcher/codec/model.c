// SPDX-License-Identifier: MIT
// The adaptive model of codec range, FORMAT.md section 9.

#include "model.h"

#include <string.h>

// Counters before they have learnt.
#define FLAG_START 32768u // even
#define HIT_START 4096u   // a miss in 16
#define UNIT_START 8192u  // a miss in 8

#define HALF_SLOTS 15u // nodes of half a byte

// Weights before they have learnt: about what they become on real pairs.
static const int16_t hit_weights[] = {5600, 5700, -900, 3100, 3500};
static const int16_t unit_weights[] = {5000, 5900, 2900, 4700};
static const int16_t literal_weights[] = {7600, 7000, 7600};
static const int16_t correction_weights[] = {5300, 5200, 6000, 5200, 5600};

static void fill16(uint16_t *a, uint32_t count, uint16_t value)
{
    while (count-- > 0) {
        *a++ = value;
    }
}

struct dfc_shape dfc_model_shape(uint32_t size)
{
    struct dfc_shape shape;

    shape.hit_bits = size >= DFC_MODEL_LARGE ? 7 : 5;
    shape.bytes = (size - (uint32_t)sizeof(struct dfc_model)) / 2u -
                  ((DFC_HIT_INPUTS + DFC_UNIT_INPUTS) << shape.hit_bits);
    if (shape.bytes > 65536u) {
        shape.bytes = 65536u;
    }
    return shape;
}

static uint16_t *byte_slots(struct dfc_model *m, const struct dfc_shape *shape)
{
    return dfc_unit_slots(m, shape) + (DFC_UNIT_INPUTS << shape->hit_bits);
}

static void fill_weights(int16_t *w, uint32_t sets, const int16_t *from,
                         uint32_t inputs)
{
    uint32_t i;

    for (i = 0; i < sets * inputs; i++) {
        w[i] = from[i % inputs];
    }
}

void dfc_model_begin(struct dfc_model *m, const struct dfc_shape *shape)
{
    fill_weights(m->hit_weight[0], DFC_HIT_SETS, hit_weights, DFC_HIT_INPUTS);
    fill_weights(m->unit_weight[0], DFC_UNIT_SETS, unit_weights,
                 DFC_UNIT_INPUTS);
    fill_weights(m->literal_weight[0], DFC_LITERAL_SETS, literal_weights,
                 DFC_LITERAL_INPUTS);
    fill_weights(m->correction_weight[0], DFC_CORRECTION_SETS,
                 correction_weights, DFC_BYTE_INPUTS);
    fill16(m->flag, DFC_FLAGS, FLAG_START);
    fill16(dfc_hit_slots(m), DFC_HIT_INPUTS << shape->hit_bits, HIT_START);
    fill16(dfc_unit_slots(m, shape), DFC_UNIT_INPUTS << shape->hit_bits,
           UNIT_START);
    fill16(byte_slots(m, shape), shape->bytes, 0x8000u);
}

void dfc_history_begin(struct dfc_history *h)
{
    memset(h, 0, sizeof(*h));
}

#define SALT_STEP 0x9E3779B1u

// Contexts become hashes: salts tell those of one number apart.
static void hash_all(uint32_t *context, uint32_t count, uint32_t salt)
{
    uint32_t i;

    salt *= SALT_STEP;
    for (i = 0; i < count; i++, salt += SALT_STEP) {
        uint32_t x = (context[i] + salt) * 0x85EBCA6Bu;

        context[i] = (x ^ x >> 15) * 0xC2B2AE35u;
    }
}

static void literal_contexts(uint32_t *context, uint32_t recent, uint32_t at)
{
    uint32_t lane = at & 1u;
    uint32_t before = (lane ? recent >> 8 : recent) & 0xFFu; // an operation

    context[0] = lane;
    context[1] = before >> 3 | lane << 5;
    context[2] = (recent & 0xFFu) | lane << 8;
    hash_all(context, DFC_LITERAL_INPUTS, 1);
}

static void correction_contexts(uint32_t *context, const struct dfc_history *h,
                                const struct dfc_cursor *c, uint32_t word,
                                uint32_t at)
{
    uint32_t lane = at & 1u;
    uint32_t next = c->field_left > 1 ? word >> 8 & 0xFFu : 256u;
    uint32_t predicted = word & 0xFFu;

    context[0] = next | lane << 9;
    context[1] = c->plain ^ c->mapped;
    context[2] = lane ? predicted >> 2 | (h->recent & 0xC0u) << 2 | 1u << 20
                      : predicted >> 6 | next << 8;
    context[3] = c->kind | c->field_left << 4 | (h->misses & 2u) << 8;
    context[4] = (h->differences & 0xFFu) | (h->misses & 6u) << 8;
    hash_all(context, DFC_BYTE_INPUTS, 4);
}

#define PARTIAL_FACTOR 0x9E3779B1u
#define SLOT_FACTOR 0x85EBCA6Bu

void dfc_byte_begin(struct dfc_byte *b, struct dfc_model *m,
                    const struct dfc_history *h, const struct dfc_cursor *c,
                    uint32_t word, uint32_t at)
{
    if (c != 0) {
        b->weight = m->correction_weight[0];
        b->inputs = DFC_BYTE_INPUTS;
        correction_contexts(b->hash, h, c, word, at);
    } else {
        b->weight = m->literal_weight[(at & 1u) * 8u];
        b->inputs = DFC_LITERAL_INPUTS;
        literal_contexts(b->hash, h->recent, at);
    }
    b->node = 1;
    b->partial = 1;
}

// Half a byte has its slots side by side, 15 for each context. Contexts may
// overlap anywhere: the check tells whose a slot is.
void dfc_byte_half(struct dfc_byte *b, struct dfc_model *m,
                   const struct dfc_shape *shape)
{
    uint16_t *slots = byte_slots(m, shape);
    uint32_t places = shape->bytes - HALF_SLOTS;
    uint32_t i;

    for (i = 0; i < b->inputs; i++) {
        uint32_t y = (b->hash[i] + b->partial * PARTIAL_FACTOR) * SLOT_FACTOR;

        b->slots[i] = slots + ((y >> 16) * places >> 16);
        b->check[i] = y >> 5 & DFC_SLOT_CHECK;
    }
}

uint32_t dfc_anchor(const struct dfc_history *h)
{
    return h->in_old && h->age >= DFC_ANCHOR_AGE ? h->rep[0] : h->anchor;
}

void dfc_history_source(struct dfc_history *h, uint32_t alignment,
                        uint32_t in_old)
{
    h->anchor = dfc_anchor(h);
    h->in_old = in_old;
    if (h->rep[0] != alignment) {
        if (h->rep[1] != alignment) {
            h->rep[2] = h->rep[1];
        }
        h->rep[1] = h->rep[0];
        h->rep[0] = alignment;
    }
    h->run = 0;
    h->age = 0;
    h->literals = 0;
}
