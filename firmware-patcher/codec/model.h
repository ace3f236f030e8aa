// SPDX-License-Identifier: MIT
// The adaptive model of codec range, FORMAT.md section 9: what decoder and
// encoder must agree on. It turns the history of the stream into the
// probability that the next binary decision is 1, and learns the decision.
//
// Two kinds of decisions: single counters (flags, parts of a source), and
// mixed ones (units, hit flags, bytes), where several contexts are asked and
// their answers combined (mixer.h).

#ifndef DFOTA_MODEL_H
#define DFOTA_MODEL_H

#include <stdint.h>

#include "cursor.h"
#include "mixer.h"

// Counters mixed for one decision.
#define DFC_HIT_INPUTS 5u
#define DFC_UNIT_INPUTS 4u

// Weight sets: of hit flags by run, place and kind; of units by kind; of literals
// by place and bit position; of corrections by bit position.
#define DFC_HIT_SETS 28u
#define DFC_UNIT_SETS DFC_KINDS
#define DFC_LITERAL_SETS 16u
#define DFC_CORRECTION_SETS 8u

// From so many hits on they are coded by the unit: up to so many plain bytes,
// or one reference.
#define DFC_UNIT_RUN 32u
#define DFC_UNIT_SIZE 24u

// A miss that is less probable, in 1/65536, and does not come teaches nothing.
#define DFC_UNIT_SURE 256u

// An alignment with the old image that lasts so long is what later ones are
// near to.
#define DFC_ANCHOR_AGE 16u

// Single counters.
enum dfc_flag {
    DFC_FLAG_COPY = 0,                     // 8: by literals since a copy
    DFC_FLAG_STAY = DFC_FLAG_COPY + 8,     // 8: by age and recent misses
    DFC_FLAG_CHOICE = DFC_FLAG_STAY + 8,   // 4 per kind but the plain one
    DFC_FLAG_CLASS = DFC_FLAG_CHOICE + 20, // 4: class of a source
    DFC_FLAG_RECENT = DFC_FLAG_CLASS + 4,  // 4: which of the recent ones
    DFC_FLAG_TOP = DFC_FLAG_RECENT + 4,    // 8: highest bits of a source
    DFC_FLAG_LOW = DFC_FLAG_TOP + 8,       // 4: lowest bits of its alignment
    DFC_FLAG_SIZE = DFC_FLAG_LOW + 4,      // 64 x 4 kinds: length of a number
    DFC_FLAG_TAIL = DFC_FLAG_SIZE + 256,   // 4 x 4: their low bits
    DFC_FLAGS = DFC_FLAG_TAIL + 16
};

// How a source is written.
enum dfc_source {
    DFC_SOURCE_RECENT = 0, // one of the last alignments, or what the map says
    DFC_SOURCE_NEAR = 1,   // a small step from the anchor
    DFC_SOURCE_OLD = 2,    // a position in the old image
    DFC_SOURCE_NEW = 3,    // a distance back in the new image
};

// Numbers of different nature have counters of their own.
enum dfc_number {
    DFC_NUMBER_NEAR = 0,
    DFC_NUMBER_DISTANCE = 1,
    DFC_NUMBER_ADDRESS = 2,
    DFC_NUMBER_SHIFT = 3,
};

struct dfc_model {
    int16_t hit_weight[DFC_HIT_SETS][DFC_HIT_INPUTS]; // 1.0 = 16384
    int16_t unit_weight[DFC_UNIT_SETS][DFC_UNIT_INPUTS];
    int16_t literal_weight[DFC_LITERAL_SETS][DFC_LITERAL_INPUTS];
    int16_t correction_weight[DFC_CORRECTION_SETS][DFC_BYTE_INPUTS];
    uint16_t flag[DFC_FLAGS]; // counters
    // uint16_t hit[DFC_HIT_INPUTS][slots]: counters, 1: a miss
    // uint16_t unit[DFC_UNIT_INPUTS][slots]: likewise
    // uint16_t bytes[]: slots, for all contexts of bytes
};

// What contexts are made of. Plain data: part of a checkpoint.
struct dfc_history {
    uint32_t recent;      // last four bytes of the new image, newest lowest
    uint32_t differences; // last four corrections, newest lowest
    uint32_t misses;      // last 32 hit flags, newest lowest, 1: a miss
    uint32_t run;         // hits since the last miss, at most 65,535
    uint32_t age;         // bytes since the source was set, at most 65,535
    uint32_t literals;    // literals since the last source, at most 65,535
    uint32_t choices[DFC_KINDS]; // last choices per kind, 1: plain
    uint32_t rep[3]; // recent alignments, source - position, newest first
    uint32_t anchor; // the last long one with the old image
    uint32_t in_old; // 1: the newest one is with the old image
};

// Sizes of the tables in model memory.
struct dfc_shape {
    uint32_t hit_bits; // 2^hit_bits slots for each context of hits and units
    uint32_t bytes;    // slots for all contexts of bytes together
};

#define DFC_MODEL_MIN 2048u          // bytes: leaves 156 slots for bytes
#define DFC_MODEL_LARGE 6144u        // from here on hits have larger tables
#define DFC_MODEL_MAX (65535u * 64u) // the manifest's field is a u16

struct dfc_shape dfc_model_shape(uint32_t size);
void dfc_model_begin(struct dfc_model *m, const struct dfc_shape *shape);
void dfc_history_begin(struct dfc_history *h);

// Hit flags and units are inline as in mixer.h: either side has one caller.

// 0, 1, 2, 3, 4-5, 6-7, 8-11, 12-15, 16-23 ...: two steps per power of two;
// 15 from 192 on.
static inline uint32_t dfc_bucket(uint32_t n)
{
    uint32_t b = 0;

    if (n >= 192u) {
        return 15;
    }
    while (n >= 4) {
        n >>= 1;
        b += 2;
    }
    return b + n;
}

// Of the last 16 hit flags.
static inline uint32_t dfc_recent_misses(const struct dfc_history *h)
{
    uint32_t n = h->misses & 0xFFFFu;
    uint32_t count = 0;

    for (; n != 0; n &= n - 1) {
        count++;
    }
    return count;
}

static inline uint16_t *dfc_hit_slots(struct dfc_model *m)
{
    return (uint16_t *)(m + 1);
}

static inline uint16_t *dfc_unit_slots(struct dfc_model *m,
                                       const struct dfc_shape *shape)
{
    return dfc_hit_slots(m) + (DFC_HIT_INPUTS << shape->hit_bits);
}

// The byte that tells the operation of a 16-bit instruction: the second one.
static inline uint32_t dfc_operation(const struct dfc_cursor *c, uint32_t word,
                                     uint32_t at)
{
    return (at & 1u) != 0 ? word & 0xFFu
                          : (c->field_left > 1 ? word >> 8 & 0xFFu : 0);
}

// 7 bits each; a unit has the first four.
static inline void dfc_hit_contexts(uint32_t *context,
                                    const struct dfc_history *h,
                                    const struct dfc_cursor *c, uint32_t word,
                                    uint32_t at)
{
    uint32_t missed = dfc_recent_misses(h) / 4u;
    uint32_t moved = c->mapped != c->plain;
    uint32_t fresh = h->run == h->age; // no miss since the source was set

    context[0] = dfc_operation(c, word, at) >> 2 | (at & 1u) << 6;
    context[1] = (c->kind * 4u + c->field_left - 1u) << 2 | moved << 1 |
                 (h->misses & 1u);
    context[2] =
        dfc_bucket(h->age) << 3 | fresh << 2 | (missed < 3 ? missed : 3);
    context[3] = (word >> 3 & 31u) | (h->recent >> 1 & 0x60u);
    context[4] = h->recent >> 1 & 127u;
}

static inline uint32_t dfc_hit_set(const struct dfc_history *h,
                                   const struct dfc_cursor *c, uint32_t at)
{
    uint32_t run = h->run;
    uint32_t stage = run >= 3;

    stage += run >= 8;
    if (run != h->age) {
        stage += 3u + (run >= DFC_UNIT_RUN);
    }
    return stage * 4u + (c->kind != DFC_PLAIN) * 2u + (at & 1u);
}

// Prepare the flag of a unit that begins where the cursor stands (1: it has a
// miss), or of the byte there (1: it is one). word is what the cursor reads,
// predicted byte lowest.
static inline void dfc_mix_miss(struct dfc_mix *mix, struct dfc_model *m,
                                const struct dfc_shape *shape,
                                const struct dfc_history *h,
                                const struct dfc_cursor *c, uint32_t word,
                                uint32_t at, uint32_t unit)
{
    uint32_t context[DFC_HIT_INPUTS];

    dfc_hit_contexts(context, h, c, word, at);
    mix->weight =
        unit ? m->unit_weight[c->kind] : m->hit_weight[dfc_hit_set(h, c, at)];
    dfc_mix_counters(mix, unit ? dfc_unit_slots(m, shape) : dfc_hit_slots(m),
                     shape->hit_bits, context,
                     unit ? DFC_UNIT_INPUTS : DFC_HIT_INPUTS);
}

static inline void dfc_mix_miss_learn(struct dfc_mix *mix, uint32_t miss,
                                      uint32_t unit)
{
    // Of a unit that was sure to be hit there is little to learn.
    if (!unit || miss || mix->p >= DFC_UNIT_SURE) {
        dfc_mix_counters_learn(mix, unit ? DFC_UNIT_INPUTS : DFC_HIT_INPUTS,
                               miss);
    }
}

// Begin a literal (c NULL), or the correction of a missed byte: what is to
// be added to the predicted one, modulo 256. After eight bits it is
// b->partial - 256.
void dfc_byte_begin(struct dfc_byte *b, struct dfc_model *m,
                    const struct dfc_history *h, const struct dfc_cursor *c,
                    uint32_t word, uint32_t at);
// Find the slots of its next half.
void dfc_byte_half(struct dfc_byte *b, struct dfc_model *m,
                   const struct dfc_shape *shape);
// Prepare its next bit; learn it.
static inline void dfc_mix_bit(struct dfc_mix *mix, struct dfc_model *m,
                               const struct dfc_shape *shape,
                               struct dfc_byte *b)
{
    if (b->node == 1) {
        dfc_byte_half(b, m, shape);
    }
    dfc_mix_slots(mix, b);
}
static inline void dfc_mix_bit_learn(struct dfc_mix *mix, struct dfc_byte *b,
                                     uint32_t bit)
{
    dfc_mix_slots_learn(mix, b, bit);
}

// Note what was coded.
static inline void dfc_history_byte(struct dfc_history *h, uint32_t byte)
{
    h->recent = h->recent << 8 | byte;
}
static inline void dfc_history_difference(struct dfc_history *h,
                                          uint32_t difference)
{
    h->differences = h->differences << 8 | difference;
}
static inline uint32_t dfc_add_up(uint32_t n, uint32_t count)
{
    return n + count < 65535u ? n + count : 65535u;
}
static inline void dfc_history_literal(struct dfc_history *h)
{
    h->literals = dfc_add_up(h->literals, 1);
}
static inline void dfc_history_hits(struct dfc_history *h, uint32_t count)
{
    h->misses <<= count; // at most 31
    h->run = dfc_add_up(h->run, count);
    h->age = dfc_add_up(h->age, count);
}
static inline void dfc_history_miss(struct dfc_history *h)
{
    h->misses = h->misses << 1 | 1u;
    h->run = 0;
    h->age = dfc_add_up(h->age, 1);
}
static inline void dfc_history_choice(struct dfc_history *h, uint32_t kind,
                                      uint32_t plain)
{
    h->choices[kind] = h->choices[kind] << 1 | plain;
}
void dfc_history_source(struct dfc_history *h, uint32_t alignment,
                        uint32_t in_old);

// What alignments are near to when the next source is set.
uint32_t dfc_anchor(const struct dfc_history *h);

// Bits of an absolute position in an old image of this size, at least 5.
static inline uint32_t dfc_source_width(uint32_t old_size)
{
    uint32_t width = 5;

    while (width < 32 && (old_size - 1u) >> width != 0) {
        width++;
    }
    return width;
}

// Contexts of single counters.
static inline uint32_t dfc_copy_context(const struct dfc_history *h,
                                        uint32_t at)
{
    return DFC_FLAG_COPY + (h->literals < 3 ? h->literals : 3) * 2u + (at & 1u);
}
static inline uint32_t dfc_stay_context(const struct dfc_history *h)
{
    uint32_t stage = h->age < 8 ? (h->age < 4 ? 0 : 1) : (h->age < 32 ? 2 : 3);

    return DFC_FLAG_STAY + (dfc_recent_misses(h) > 3) * 4u + stage;
}
static inline uint32_t dfc_choice_context(const struct dfc_history *h,
                                          uint32_t kind)
{
    return DFC_FLAG_CHOICE + (kind - 1u) * 4u + (h->choices[kind] & 3u);
}

#endif
