// SPDX-License-Identifier: MIT
// The adaptive model of codec range, FORMAT.md section 9.

#include "model.h"

#include <string.h>

#define WEIGHT_SHIFT 14   // weight 1.0 is 16384
#define STRETCH_MAX 2815u // 11.0: probabilities stay above 2^-16

// How fast weights learn, as powers of two: tuned on real pairs.
#define HIT_WEIGHT_RATE 16
#define BYTE_WEIGHT_RATE 17

// Counters before they have learnt.
#define FLAG_START 32768u // even
#define HIT_START 4096u   // a miss in 16
#define UNIT_START 8192u  // a miss in 8

// A slot of the byte table: probability, count, check.
#define COUNT_MAX 7u // observations after which a counter's rate stays
#define COUNT_OLD 2u // a slot with more gives way to another context later
#define CHECK 31u
#define COUNT_SHIFT 5
#define P_SHIFT 8

// Weights before they have learnt: about what they become on real pairs.
static const int16_t hit_weights[] = {5600, 5700, -900, 3100, 3500};
static const int16_t unit_weights[] = {5000, 5900, 2900, 4700};
static const int16_t literal_weights[] = {5800, 4400, 4300, 5200, 4600};
static const int16_t correction_weights[] = {5300, 5200, 6000, 5200, 5600};
#define LITERAL_SETS 16u // the first ones of DFC_BYTE_SETS

// ln(p / (1 - p)) in 1/256, for p in 1/65536 below one half: steps of 1 up to
// 64, of 8 up to 512, of 64 up to 4,096, then of 512; middle of each step.
static const int16_t stretch_table[232] = {
    -3017, -2735, -2605, -2518, -2454, -2403, -2360, -2323, -2291, -2263, -2237,
    -2214, -2192, -2173, -2154, -2137, -2121, -2106, -2092, -2079, -2066, -2054,
    -2042, -2031, -2020, -2010, -2000, -1991, -1981, -1973, -1964, -1956, -1948,
    -1940, -1933, -1925, -1918, -1911, -1904, -1898, -1891, -1885, -1879, -1873,
    -1867, -1862, -1856, -1851, -1845, -1840, -1835, -1830, -1825, -1820, -1815,
    -1811, -1806, -1802, -1797, -1793, -1789, -1784, -1780, -1776, -1759, -1730,
    -1705, -1681, -1660, -1640, -1622, -1605, -1589, -1574, -1559, -1546, -1533,
    -1521, -1509, -1498, -1487, -1477, -1467, -1458, -1448, -1439, -1431, -1423,
    -1415, -1407, -1399, -1392, -1385, -1378, -1371, -1364, -1358, -1352, -1346,
    -1340, -1334, -1328, -1322, -1317, -1312, -1306, -1301, -1296, -1291, -1286,
    -1282, -1277, -1272, -1268, -1263, -1259, -1255, -1250, -1246, -1242, -1224,
    -1196, -1170, -1146, -1125, -1105, -1086, -1069, -1053, -1037, -1023, -1009,
    -996,  -984,  -972,  -960,  -949,  -939,  -929,  -919,  -910,  -901,  -892,
    -883,  -875,  -867,  -859,  -852,  -844,  -837,  -830,  -823,  -817,  -810,
    -804,  -798,  -791,  -785,  -780,  -774,  -768,  -763,  -757,  -752,  -747,
    -742,  -737,  -732,  -727,  -722,  -718,  -713,  -709,  -704,  -700,  -695,
    -677,  -646,  -618,  -593,  -569,  -547,  -527,  -507,  -489,  -472,  -455,
    -439,  -424,  -410,  -396,  -382,  -369,  -356,  -344,  -332,  -320,  -309,
    -298,  -287,  -276,  -265,  -255,  -245,  -235,  -226,  -216,  -207,  -197,
    -188,  -179,  -170,  -161,  -152,  -144,  -135,  -127,  -118,  -110,  -101,
    -93,   -85,   -77,   -68,   -60,   -52,   -44,   -36,   -28,   -20,   -12,
    -4};

// 65536 / (1 + e^(i / 8)), rounded.
static const uint16_t squash_table[89] = {
    32768, 30723, 28693, 26695, 24743, 22849, 21025, 19282, 17625, 16062,
    14595, 13226, 11955, 10782, 9702,  8714,  7812,  6992,  6249,  5577,
    4971,  4427,  3938,  3500,  3108,  2758,  2446,  2168,  1921,  1701,
    1506,  1333,  1179,  1042,  922,   815,   720,   636,   562,   497,
    439,   387,   342,   302,   267,   236,   208,   184,   162,   143,
    126,   111,   98,    87,    77,    68,    60,    53,    47,    41,
    36,    32,    28,    25,    22,    19,    17,    15,    13,    12,
    10,    9,     8,     7,     6,     6,     5,     4,     4,     3,
    3,     3,     2,     2,     2,     2,     1,     1,     1};

static int32_t stretch(uint32_t p)
{
    uint32_t q = p < 32768u ? p : 65535u - p;
    uint32_t i;
    int32_t s;

    if (q >= 4096u) {
        i = 168u + (q >> 9);
    } else if (q >= 512u) {
        i = 112u + (q >> 6);
    } else {
        i = q < 64u ? q : 56u + (q >> 3);
    }
    s = stretch_table[i];
    return p < 32768u ? s : -s;
}

static uint32_t squash(int32_t s)
{
    uint32_t x = (uint32_t)(s < 0 ? -s : s);
    uint32_t i, p;

    if (x > STRETCH_MAX) {
        x = STRETCH_MAX;
    }
    i = x >> 5;
    p = squash_table[i] -
        ((uint32_t)(squash_table[i] - squash_table[i + 1]) * (x & 31u) >> 5);
    return s < 0 ? p : 65536u - p;
}

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

static uint16_t *hit_slots(struct dfc_model *m)
{
    return (uint16_t *)(m + 1);
}

static uint16_t *unit_slots(struct dfc_model *m, const struct dfc_shape *shape)
{
    return hit_slots(m) + (DFC_HIT_INPUTS << shape->hit_bits);
}

static uint16_t *byte_slots(struct dfc_model *m, const struct dfc_shape *shape)
{
    return unit_slots(m, shape) + (DFC_UNIT_INPUTS << shape->hit_bits);
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
    fill_weights(m->byte_weight[0], LITERAL_SETS, literal_weights,
                 DFC_BYTE_INPUTS);
    fill_weights(m->byte_weight[LITERAL_SETS], DFC_BYTE_SETS - LITERAL_SETS,
                 correction_weights, DFC_BYTE_INPUTS);
    fill16(m->flag, DFC_FLAGS, FLAG_START);
    fill16(hit_slots(m), DFC_HIT_INPUTS << shape->hit_bits, HIT_START);
    fill16(unit_slots(m, shape), DFC_UNIT_INPUTS << shape->hit_bits,
           UNIT_START);
    fill16(byte_slots(m, shape), shape->bytes, 0x8000u);
}

void dfc_history_begin(struct dfc_history *h)
{
    memset(h, 0, sizeof(*h));
}

void dfc_counter_learn(uint16_t *counter, uint32_t bit)
{
    // 65536 / (2, 3, 4, 5, 7, 9, 12, 18)
    static const uint16_t rate[8] = {32768, 21845, 16384, 13107,
                                     9362,  7282,  5461,  3641};
    uint32_t n = *counter & 7u;
    uint32_t p = *counter >> 3;

    if (bit) {
        p += ((8192u - p) * rate[n] + 32768u) >> 16;
    } else {
        p -= (p * rate[n] + 32768u) >> 16;
    }
    *counter = (uint16_t)(p << 3 | (n < 7u ? n + 1u : n));
}

// x / 2^bits, rounded down. (What >> does with negative numbers is left to
// the compiler.)
static int32_t shift_down(int32_t x, uint32_t bits)
{
    return (int32_t)(((uint32_t)x + 0x80000000u) >> bits) -
           (int32_t)(0x80000000u >> bits);
}

static void combine(struct dfc_mix *mix, uint32_t inputs)
{
    int32_t sum = 0;
    uint32_t i;

    for (i = 0; i < inputs; i++) {
        sum += mix->input[i] * mix->weight[i];
    }
    mix->p = squash(shift_down(sum, WEIGHT_SHIFT));
}

static void learn_weights(struct dfc_mix *mix, uint32_t inputs, uint32_t bit,
                          uint32_t rate)
{
    int32_t error = (int32_t)(bit << 16) - (int32_t)mix->p;
    uint32_t i;

    for (i = 0; i < inputs; i++) {
        int32_t w =
            mix->weight[i] +
            shift_down(mix->input[i] * error + (1 << (rate - 1)), rate);

        mix->weight[i] =
            (int16_t)(w > 32767 ? 32767 : (w < -32768 ? -32768 : w));
    }
}

// 0, 1, 2, 3, 4-5, 6-7, 8-11, 12-15, 16-23 ...: two steps per power of two;
// 15 from 192 on.
static uint32_t bucket(uint32_t n)
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
static uint32_t recent_misses(const struct dfc_history *h)
{
    uint32_t n = h->misses & 0xFFFFu;
    uint32_t count = 0;

    for (; n != 0; n &= n - 1) {
        count++;
    }
    return count;
}

// The byte that tells the operation of a 16-bit instruction: the second one.
static uint32_t operation(const struct dfc_cursor *c, uint32_t word,
                          uint32_t at)
{
    return (at & 1u) != 0 ? word & 0xFFu
                          : (c->field_left > 1 ? word >> 8 & 0xFFu : 0);
}

// 7 bits each; a unit has the first four.
static void hit_contexts(uint32_t *context, const struct dfc_history *h,
                         const struct dfc_cursor *c, uint32_t word, uint32_t at)
{
    uint32_t missed = recent_misses(h) / 4u;
    uint32_t moved = c->mapped != c->plain;
    uint32_t fresh = h->run == h->age; // no miss since the source was set

    context[0] = operation(c, word, at) >> 2 | (at & 1u) << 6;
    context[1] = (c->kind * 4u + c->field_left - 1u) << 2 | moved << 1 |
                 (h->misses & 1u);
    context[2] = bucket(h->age) << 3 | fresh << 2 | (missed < 3 ? missed : 3);
    context[3] = (word >> 3 & 31u) | (h->recent >> 1 & 0x60u);
    context[4] = h->recent >> 1 & 127u;
}

static uint32_t hit_set(const struct dfc_history *h, const struct dfc_cursor *c,
                        uint32_t at)
{
    uint32_t run = h->run;
    uint32_t stage = run < 3 ? 0 : (run < 8 ? 1 : 2);

    if (run != h->age) {
        stage += run < DFC_UNIT_RUN ? 3 : 4;
    }
    return stage * 4u + (c->kind != DFC_PLAIN) * 2u + (at & 1u);
}

static void mix_slots(struct dfc_mix *mix, uint16_t *slots, uint32_t inputs,
                      uint32_t bits, const uint32_t *context)
{
    uint32_t mask = (1u << bits) - 1u;
    uint32_t i;

    for (i = 0; i < inputs; i++) {
        mix->slot[i] = slots + (i << bits) + (context[i] & mask);
        mix->input[i] = stretch(dfc_counter_p(*mix->slot[i]));
    }
    combine(mix, inputs);
}

static void learn_slots(struct dfc_mix *mix, uint32_t inputs, uint32_t miss)
{
    uint32_t i;

    learn_weights(mix, inputs, miss, HIT_WEIGHT_RATE);
    for (i = 0; i < inputs; i++) {
        dfc_counter_learn(mix->slot[i], miss);
    }
}

void dfc_mix_hit(struct dfc_mix *mix, struct dfc_model *m,
                 const struct dfc_shape *shape, const struct dfc_history *h,
                 const struct dfc_cursor *c, uint32_t word, uint32_t at)
{
    uint32_t context[DFC_HIT_INPUTS];

    hit_contexts(context, h, c, word, at);
    mix->weight = m->hit_weight[hit_set(h, c, at)];
    mix_slots(mix, hit_slots(m), DFC_HIT_INPUTS, shape->hit_bits, context);
}

void dfc_mix_hit_learn(struct dfc_mix *mix, uint32_t miss)
{
    learn_slots(mix, DFC_HIT_INPUTS, miss);
}

void dfc_mix_unit(struct dfc_mix *mix, struct dfc_model *m,
                  const struct dfc_shape *shape, const struct dfc_history *h,
                  const struct dfc_cursor *c, uint32_t word, uint32_t at)
{
    uint32_t context[DFC_HIT_INPUTS];

    hit_contexts(context, h, c, word, at);
    mix->weight = m->unit_weight[c->kind];
    mix_slots(mix, unit_slots(m, shape), DFC_UNIT_INPUTS, shape->hit_bits,
              context);
}

void dfc_mix_unit_learn(struct dfc_mix *mix, uint32_t miss)
{
    learn_slots(mix, DFC_UNIT_INPUTS, miss);
}

static uint32_t hash(uint32_t context, uint32_t salt)
{
    uint32_t x = (context + salt * 0x9E3779B1u) * 0x85EBCA6Bu;

    return (x ^ x >> 15) * 0xC2B2AE35u;
}

static void literal_contexts(struct dfc_byte *b, uint32_t recent, uint32_t at)
{
    uint32_t lane = at & 1u;
    uint32_t before = (lane ? recent >> 8 : recent) & 0xFFu; // an operation

    b->set = lane * 8u;
    b->hash[0] = hash(lane, 1);
    b->hash[1] = hash((recent & 0xE0u) | (at & 3u) << 8, 2);
    b->hash[2] = hash(before >> 3 | lane << 5, 3);
    b->hash[3] = hash((recent & 0xFFu) | lane << 8, 4);
    b->hash[4] = hash((recent & 0xFF00u) | lane, 5);
}

static void correction_contexts(struct dfc_byte *b, const struct dfc_history *h,
                                const struct dfc_cursor *c, uint32_t word,
                                uint32_t at)
{
    uint32_t lane = at & 1u;
    uint32_t next = c->field_left > 1 ? word >> 8 & 0xFFu : 256u;
    uint32_t predicted = word & 0xFFu;

    b->set = LITERAL_SETS;
    b->hash[0] = hash(next | lane << 9, 6);
    b->hash[1] = hash(c->plain ^ c->mapped, 7);
    b->hash[2] =
        hash(lane ? predicted >> 2 | (h->recent & 0xC0u) << 2 | 1u << 20
                  : predicted >> 6 | next << 8,
             8);
    b->hash[3] = hash(c->kind | c->field_left << 4 | (h->misses & 2u) << 8, 9);
    b->hash[4] = hash((h->differences & 0xFFu) | (h->misses & 6u) << 8, 10);
}

#define PARTIAL_FACTOR 0x9E3779B1u
#define SLOT_FACTOR 0x85EBCA6Bu

// y = (hash + partial x PARTIAL_FACTOR) x SLOT_FACTOR chooses the slot of a bit:
// the part that stays the same is made once for the byte.
void dfc_byte_begin(struct dfc_byte *b, const struct dfc_history *h,
                    const struct dfc_cursor *c, uint32_t word, uint32_t at)
{
    uint32_t i;

    if (c != 0) {
        correction_contexts(b, h, c, word, at);
    } else {
        literal_contexts(b, h->recent, at);
    }
    for (i = 0; i < DFC_BYTE_INPUTS; i++) {
        b->hash[i] *= SLOT_FACTOR;
    }
    b->partial = 1;
}

void dfc_mix_bit(struct dfc_mix *mix, struct dfc_model *m,
                 const struct dfc_shape *shape, struct dfc_byte *b)
{
    uint16_t *slots = byte_slots(m, shape);
    uint32_t salt = b->partial * (PARTIAL_FACTOR * SLOT_FACTOR);
    uint32_t i;

    for (i = 0; i < DFC_BYTE_INPUTS; i++) {
        uint32_t y = b->hash[i] + salt;
        uint16_t *slot = slots + ((y >> 16) * shape->bytes >> 16);

        mix->slot[i] = slot;
        b->check[i] = y >> 5 & CHECK;
        mix->input[i] = (*slot & CHECK) == b->check[i]
                            ? stretch((*slot & 0xFF00u) | 0x80u)
                            : 0;
    }
    mix->weight = m->byte_weight[b->set];
    combine(mix, DFC_BYTE_INPUTS);
}

// The slot after a bit was seen in a context. One of another context gives way
// when it is young, else it ages.
static uint32_t next_slot(uint32_t slot, uint32_t check, uint32_t bit)
{
    // 65536 / (n + 1.5)
    static const uint16_t rate[8] = {43690, 26214, 18724, 14563,
                                     11915, 10082, 8738,  7710};
    uint32_t n = slot >> COUNT_SHIFT & COUNT_MAX;
    uint32_t p = slot >> P_SHIFT;

    if ((slot & CHECK) != check) {
        if (n > COUNT_OLD) {
            return slot - (1u << COUNT_SHIFT);
        }
        p = 128;
        n = 0;
    }
    if (bit) {
        p += ((255u - p) * rate[n] + 32768u) >> 16;
    } else {
        p -= (p * rate[n] + 32768u) >> 16;
    }
    return p << P_SHIFT | (n < COUNT_MAX ? n + 1 : n) << COUNT_SHIFT | check;
}

void dfc_mix_bit_learn(struct dfc_mix *mix, struct dfc_byte *b, uint32_t bit)
{
    uint32_t i;

    learn_weights(mix, DFC_BYTE_INPUTS, bit, BYTE_WEIGHT_RATE);
    for (i = 0; i < DFC_BYTE_INPUTS; i++) {
        *mix->slot[i] = (uint16_t)next_slot(*mix->slot[i], b->check[i], bit);
    }
    b->partial = b->partial << 1 | bit;
    b->set++;
}

static uint32_t add_up(uint32_t n, uint32_t count)
{
    return n + count < 65535u ? n + count : 65535u;
}

void dfc_history_literal(struct dfc_history *h)
{
    h->literals = add_up(h->literals, 1);
}

void dfc_history_miss(struct dfc_history *h)
{
    h->misses = h->misses << 1 | 1u;
    h->run = 0;
    h->age = add_up(h->age, 1);
}

void dfc_history_hits(struct dfc_history *h, uint32_t count)
{
    h->misses <<= count;
    h->run = add_up(h->run, count);
    h->age = add_up(h->age, count);
}

void dfc_history_choice(struct dfc_history *h, uint32_t kind, uint32_t plain)
{
    h->choices[kind] = h->choices[kind] << 1 | plain;
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

uint32_t dfc_source_width(uint32_t old_size)
{
    uint32_t width = 5;

    while (width < 32 && (old_size - 1u) >> width != 0) {
        width++;
    }
    return width;
}

uint32_t dfc_copy_context(const struct dfc_history *h, uint32_t at)
{
    return DFC_FLAG_COPY + (h->literals < 3 ? h->literals : 3) * 2u + (at & 1u);
}

uint32_t dfc_stay_context(const struct dfc_history *h)
{
    uint32_t stage = h->age < 8 ? (h->age < 4 ? 0 : 1) : (h->age < 32 ? 2 : 3);

    return DFC_FLAG_STAY + (recent_misses(h) > 3) * 4u + stage;
}

uint32_t dfc_choice_context(const struct dfc_history *h, uint32_t kind)
{
    return DFC_FLAG_CHOICE + (kind - 1u) * 4u + (h->choices[kind] & 3u);
}
