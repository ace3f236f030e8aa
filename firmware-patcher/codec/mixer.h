// SPDX-License-Identifier: MIT
// Mixing: from what several contexts have seen to one probability, and what
// they learn from the bit that came, FORMAT.md section 9.1.
//
// Predictions are combined in the logistic domain, with weights that learn, as
// in the PAQ family (M. Mahoney, "Adaptive weighing of context models", 2005).
//
// All of this is inline: it is where the time goes, and on either side each
// function has one or two callers.

#ifndef DFOTA_MIXER_H
#define DFOTA_MIXER_H

#include <stdint.h>

#define DFC_BYTE_INPUTS 5u    // of corrections
#define DFC_LITERAL_INPUTS 3u // of literals
#define DFC_INPUTS_MAX 5u

// How fast weights learn, as powers of two: tuned on real pairs.
#define DFC_HIT_WEIGHT_RATE 16u
#define DFC_BYTE_WEIGHT_RATE 17u
#define DFC_WEIGHT_SHIFT 14 // weight 1.0 is 16384

// A slot of the byte table: probability in the upper 8 bits, then 3 bits of
// count and 5 that tell contexts apart.
#define DFC_SLOT_P_SHIFT 8
#define DFC_SLOT_CHECK 0x1Fu
#define DFC_SLOT_COUNT 0xE0u // observations; from 7 on the rate stays
#define DFC_SLOT_SEEN 0x20u  // one of them
#define DFC_SLOT_OLD 0x40u   // one with more gives way to another context later

#define DFC_STRETCH_MAX 2815u // 11.0: probabilities stay above 2^-16

extern const int16_t dfc_stretch_table[232];
extern const uint16_t dfc_squash_table[89];

// One mixed decision.
struct dfc_mix {
    uint16_t *counter[DFC_INPUTS_MAX]; // of hits and units
    int32_t input[DFC_INPUTS_MAX];
    int16_t *weight;
    uint32_t p; // probability of 1 in 1/65536, 1..65,535
};

// A byte that is coded bit by bit, in two halves.
struct dfc_byte {
    uint32_t hash[DFC_BYTE_INPUTS];   // of each context
    uint16_t *slots[DFC_BYTE_INPUTS]; // of the half, by node
    uint32_t check[DFC_BYTE_INPUTS];  // what these slots must say
    int16_t *weight;                  // of the next bit
    uint32_t inputs;                  // contexts
    uint32_t node;                    // 1, then the bits known of the half
    uint32_t partial;                 // 1, then the bits known of the byte
};

// ln(p / (1 - p)) in 1/256, p in 1/65536.
static inline int32_t dfc_stretch(uint32_t p)
{
    uint32_t q = p < 32768u ? p : p ^ 65535u;
    uint32_t i;

    if (q < 512u) { // most are
        i = q < 64u ? q : 56u + (q >> 3);
    } else {
        i = q < 4096u ? 112u + (q >> 6) : 168u + (q >> 9);
    }
    return q == p ? dfc_stretch_table[i] : -dfc_stretch_table[i];
}

static inline uint32_t dfc_squash(int32_t s)
{
    uint32_t x = (uint32_t)(s < 0 ? -s : s);
    const uint16_t *t = dfc_squash_table;
    uint32_t p;

    if (x > DFC_STRETCH_MAX) {
        x = DFC_STRETCH_MAX;
    }
    t += x >> 5;
    p = t[0] - ((uint32_t)(t[0] - t[1]) * (x & 31u) >> 5);
    return s < 0 ? p : 65536u - p;
}

// x / 2^bits, rounded down: one instruction. (What >> does with negative
// numbers is left to the compiler.)
static inline int32_t dfc_shift_down(int32_t x, uint32_t bits)
{
    return x < 0 ? ~(~x >> bits) : x >> bits;
}

// A step beyond the weight's range is not made.
static inline void dfc_weight_learn(int16_t *weight, int32_t step,
                                    uint32_t rate)
{
    int32_t w = *weight + dfc_shift_down(step + (1 << (rate - 1u)), rate);

    if ((uint32_t)w + 32768u <= 65535u) {
        *weight = (int16_t)w;
    }
}

static inline int32_t dfc_mix_error(const struct dfc_mix *mix, uint32_t bit)
{
    return (int32_t)(bit << 16) - (int32_t)mix->p;
}

// A counter: P(1) in 1/8192 in the upper 13 bits, then how often it has
// learnt, at most 7. Its probability in 1/65536, 4..65,532:
static inline uint32_t dfc_counter_p(uint32_t counter)
{
    return (counter & 0xFFF8u) | 4u;
}

static inline void dfc_counter_learn(uint16_t *counter, uint32_t bit)
{
    // 65536 / (2, 3, 4, 5, 7, 9, 12, 18)
    static const uint16_t rate[8] = {32768, 21845, 16384, 13107,
                                     9362,  7282,  5461,  3641};
    uint32_t n = *counter & 7u;
    uint32_t p = *counter >> 3;
    uint32_t target = bit ? 8192u : 0;

    p = ((p << 16) + (target - p) * rate[n] + 32768u) >> 16;
    *counter = (uint16_t)(p << 3 | (n < 7u ? n + 1u : n));
}

// Mix counters, one of each table of 2^bits of them.
static inline void dfc_mix_counters(struct dfc_mix *mix, uint16_t *tables,
                                    uint32_t bits, const uint32_t *context,
                                    uint32_t inputs)
{
    uint32_t size = 1u << bits;
    const int16_t *weight = mix->weight;
    int32_t sum = 0;
    uint32_t i;

    for (i = 0; i < inputs; i++, tables += size) {
        uint16_t *counter = tables + (context[i] & (size - 1u));
        int32_t input = dfc_stretch(dfc_counter_p(*counter));

        mix->counter[i] = counter;
        mix->input[i] = input;
        sum += input * weight[i];
    }
    mix->p = dfc_squash(dfc_shift_down(sum, DFC_WEIGHT_SHIFT));
}

static inline void dfc_mix_counters_learn(struct dfc_mix *mix, uint32_t inputs,
                                          uint32_t bit)
{
    int32_t error = dfc_mix_error(mix, bit);
    uint32_t i;

    for (i = 0; i < inputs; i++) {
        dfc_weight_learn(&mix->weight[i], mix->input[i] * error,
                         DFC_HIT_WEIGHT_RATE);
        dfc_counter_learn(mix->counter[i], bit);
    }
}

// Mix the slots of the next bit of a byte. Those of other contexts say nothing.
static inline void dfc_mix_slots(struct dfc_mix *mix, const struct dfc_byte *b)
{
    const int16_t *weight = b->weight;
    uint32_t node = b->node;
    int32_t sum = 0;
    uint32_t i;

    for (i = 0; i < b->inputs; i++) {
        uint32_t slot = b->slots[i][node];
        int32_t input = 0;

        if (((slot ^ b->check[i]) & DFC_SLOT_CHECK) == 0) {
            input = dfc_stretch((slot & 0xFF00u) | 0x80u); // never 0
            sum += input * weight[i];
        }
        mix->input[i] = input;
    }
    mix->p = dfc_squash(dfc_shift_down(sum, DFC_WEIGHT_SHIFT));
}

// A slot after another bit was seen in its context.
static inline uint32_t dfc_slot_seen(uint32_t slot, uint32_t bit)
{
    // 65536 / (n + 1.5)
    static const uint16_t rate[8] = {43690, 26214, 18724, 14563,
                                     11915, 10082, 8738,  7710};
    uint32_t p = slot >> DFC_SLOT_P_SHIFT;
    uint32_t target = bit ? 255u : 0;

    p = (p << 16) + (target - p) * rate[slot >> 5 & 7u] + 32768u;
    slot &= DFC_SLOT_COUNT | DFC_SLOT_CHECK;
    return (p >> 16) << DFC_SLOT_P_SHIFT |
           (slot < DFC_SLOT_COUNT ? slot + DFC_SLOT_SEEN : slot);
}

// A slot of another context gives way when it is young, else it ages.
static inline uint32_t dfc_slot_taken(uint32_t slot, uint32_t check,
                                      uint32_t bit)
{
    if ((slot & DFC_SLOT_COUNT) > DFC_SLOT_OLD) {
        return slot - DFC_SLOT_SEEN;
    }
    return (bit ? 213u : 43u) << DFC_SLOT_P_SHIFT | DFC_SLOT_SEEN | check;
}

static inline void dfc_mix_slots_learn(struct dfc_mix *mix, struct dfc_byte *b,
                                       uint32_t bit)
{
    int32_t error = dfc_mix_error(mix, bit);
    int16_t *weight = b->weight;
    uint32_t node = b->node;
    uint32_t i;

    for (i = 0; i < b->inputs; i++) {
        uint16_t *slot = &b->slots[i][node];
        int32_t input = mix->input[i];

        if (input != 0) {
            dfc_weight_learn(&weight[i], input * error, DFC_BYTE_WEIGHT_RATE);
            *slot = (uint16_t)dfc_slot_seen(*slot, bit);
        } else {
            *slot = (uint16_t)dfc_slot_taken(*slot, b->check[i], bit);
        }
    }
    b->weight = weight + b->inputs;
    b->partial = b->partial << 1 | bit;
    b->node = node < 8u ? node << 1 | bit : 1u;
}

#endif
