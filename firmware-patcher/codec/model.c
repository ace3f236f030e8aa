// SPDX-License-Identifier: MIT
// The adaptive model of codec range, FORMAT.md section 9.

#include "model.h"

#include <string.h>

#define ONE 16384         // weight 1.0
#define STRETCH_MAX 2815u // 11.0: probabilities stay above 2^-16

// Learning rates, as powers of two: tuned on real pairs.
#define FLAG_RATE 4
#define HIT_RATE 4
#define UNIT_RATE 5
#define HIT_WEIGHT_RATE (1 << 16)
#define BYTE_WEIGHT_RATE (1 << 17)

// A slot of the byte table: probability, count, check.
#define COUNT_MAX 7u // observations after which a counter's rate stays
#define COUNT_OLD 2u // a slot with more gives way to another context later
#define CHECK 31u
#define COUNT_SHIFT 5
#define P_SHIFT 8

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
    uint32_t i = q < 512u ? (q < 64u ? q : 56u + (q >> 3))
                          : (q < 4096u ? 112u + (q >> 6) : 168u + (q >> 9));
    int32_t s = stretch_table[i];

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

static void fill_weights(int16_t *w, uint32_t sets, uint32_t inputs)
{
    uint32_t i;

    for (i = 0; i < sets * inputs; i++) {
        w[i] = (int16_t)(2 * ONE / (int32_t)inputs);
    }
}

void dfc_model_begin(struct dfc_model *m, const struct dfc_shape *shape)
{
    fill_weights(m->hit_weight[0], DFC_HIT_SETS, DFC_HIT_INPUTS);
    fill_weights(m->unit_weight[0], DFC_HIT_SETS, DFC_UNIT_INPUTS);
    fill_weights(m->byte_weight[0], DFC_BYTE_SETS, DFC_BYTE_INPUTS);
    fill16(m->flag, DFC_FLAGS, 32768u);
    fill16(hit_slots(m), DFC_HIT_INPUTS << shape->hit_bits, 2048u);
    fill16(unit_slots(m, shape), DFC_UNIT_INPUTS << shape->hit_bits, 8192u);
    fill16(byte_slots(m, shape), shape->bytes, 0x8000u);
}

void dfc_history_begin(struct dfc_history *h)
{
    memset(h, 0, sizeof(*h));
}

void dfc_flag_learn(uint16_t *flag, uint32_t bit)
{
    uint32_t p = *flag;

    *flag = (uint16_t)(bit ? p + ((65536u - p) >> FLAG_RATE)
                           : p - (p >> FLAG_RATE));
}

static void combine(struct dfc_mix *mix, uint32_t inputs)
{
    int32_t sum = 0;
    uint32_t i;

    for (i = 0; i < inputs; i++) {
        sum += mix->input[i] * mix->weight[i];
    }
    mix->p = squash(sum / ONE);
}

static void learn_weights(struct dfc_mix *mix, uint32_t inputs, uint32_t bit,
                          int32_t rate)
{
    int32_t error = (int32_t)(bit << 16) - (int32_t)mix->p;
    uint32_t i;

    for (i = 0; i < inputs; i++) {
        int32_t w = mix->weight[i] + (mix->input[i] * error + rate / 2) / rate;

        mix->weight[i] =
            (int16_t)(w > 32767 ? 32767 : (w < -32768 ? -32768 : w));
    }
}

// 0, 1, 2, 3, 4-5, 6-7, 8-11, 12-15, 16-23 ...: two steps per power of two.
static uint32_t bucket(uint32_t n, uint32_t most)
{
    uint32_t b = 0;

    if (n < 4) {
        return n;
    }
    while (n >= 4) {
        n >>= 1;
        b += 2;
    }
    b += n;
    return b < most ? b : most;
}

static uint32_t bits_set(uint32_t n)
{
    uint32_t count = 0;

    for (; n != 0; n &= n - 1) {
        count++;
    }
    return count;
}

// Where in an instruction or pointer the byte stands, 0..7.
static uint32_t place_of(const struct dfc_cursor *c, uint32_t at)
{
    switch (c->kind) {
    case DFC_PLAIN: return at & 1u;
    case DFC_POINTER: return 1u + c->field_left;
    case DFC_HALF: return 6;
    default: return 7;
    }
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
    uint32_t missed = bits_set(h->misses & 0xFFFFu) / 2u;
    uint32_t moved = c->mapped != c->plain;

    context[0] = bucket(h->run, 15) << 3 | place_of(c, at);
    context[1] = h->misses & 127u;
    context[2] = operation(c, word, at) >> 2 | (at & 1u) << 6;
    context[3] = (c->kind * 4u + c->field_left - 1u) << 2 | moved << 1 |
                 (h->misses & 1u);
    context[4] = bucket(h->age, 15) << 3 | (missed < 7 ? missed : 7);
    context[5] = (word >> 3 & 31u) | (h->recent >> 1 & 0x60u);
}

static void mix_slots(struct dfc_mix *mix, uint16_t *slots, uint32_t inputs,
                      uint32_t bits, const uint32_t *context)
{
    uint32_t i;

    for (i = 0; i < inputs; i++) {
        mix->slot[i] = slots + (i << bits) + (context[i] & ((1u << bits) - 1u));
        mix->input[i] = stretch(*mix->slot[i]);
    }
    combine(mix, inputs);
}

static void learn_slots(struct dfc_mix *mix, uint32_t inputs, uint32_t miss,
                        uint32_t rate)
{
    uint32_t i;

    learn_weights(mix, inputs, miss, HIT_WEIGHT_RATE);
    for (i = 0; i < inputs; i++) {
        uint32_t p = *mix->slot[i];

        *mix->slot[i] =
            (uint16_t)(miss ? p + ((65536u - p) >> rate) : p - (p >> rate));
    }
}

void dfc_mix_hit(struct dfc_mix *mix, struct dfc_model *m,
                 const struct dfc_shape *shape, const struct dfc_history *h,
                 const struct dfc_cursor *c, uint32_t word, uint32_t at)
{
    uint32_t context[DFC_HIT_INPUTS];

    hit_contexts(context, h, c, word, at);
    mix->weight = m->hit_weight[bucket(h->run, 15)];
    mix_slots(mix, hit_slots(m), DFC_HIT_INPUTS, shape->hit_bits, context);
}

void dfc_mix_hit_learn(struct dfc_mix *mix, uint32_t miss)
{
    learn_slots(mix, DFC_HIT_INPUTS, miss, HIT_RATE);
}

void dfc_mix_unit(struct dfc_mix *mix, struct dfc_model *m,
                  const struct dfc_shape *shape, const struct dfc_history *h,
                  const struct dfc_cursor *c, uint32_t word, uint32_t at)
{
    uint32_t context[DFC_HIT_INPUTS];

    hit_contexts(context, h, c, word, at);
    mix->weight = m->unit_weight[bucket(h->run >> 2, 15)];
    mix_slots(mix, unit_slots(m, shape), DFC_UNIT_INPUTS, shape->hit_bits,
              context);
}

void dfc_mix_unit_learn(struct dfc_mix *mix, uint32_t miss)
{
    learn_slots(mix, DFC_UNIT_INPUTS, miss, UNIT_RATE);
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

    b->set = 0;
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

    b->set = 8;
    b->hash[0] = hash(next | lane << 9, 6);
    b->hash[1] = hash(c->plain ^ c->mapped, 7);
    b->hash[2] =
        hash(lane ? predicted >> 2 | (h->recent & 0xC0u) << 2 | 1u << 20
                  : predicted >> 6 | next << 8,
             8);
    b->hash[3] = hash(c->kind | c->field_left << 4 | (h->misses & 2u) << 8, 9);
    b->hash[4] = hash((h->differences & 0xFFu) | (h->misses & 6u) << 8, 10);
}

void dfc_byte_begin(struct dfc_byte *b, const struct dfc_history *h,
                    const struct dfc_cursor *c, uint32_t word, uint32_t at)
{
    if (c != 0) {
        correction_contexts(b, h, c, word, at);
    } else {
        literal_contexts(b, h->recent, at);
    }
}

void dfc_mix_bit(struct dfc_mix *mix, struct dfc_model *m,
                 const struct dfc_shape *shape, const struct dfc_byte *b,
                 uint32_t partial)
{
    uint16_t *slots = byte_slots(m, shape);
    uint32_t depth = 0;
    uint32_t i;

    for (i = partial; i > 1; i >>= 1) {
        depth++;
    }
    for (i = 0; i < DFC_BYTE_INPUTS; i++) {
        uint32_t x = (b->hash[i] + partial * 0x9E3779B1u) * 0x85EBCA6Bu;
        uint16_t *slot = slots + ((x >> 16) * shape->bytes >> 16);

        mix->slot[i] = slot;
        mix->check[i] = x >> 5 & CHECK;
        mix->input[i] = (*slot & CHECK) == mix->check[i]
                            ? stretch((*slot & 0xFF00u) | 0x80u)
                            : 0;
    }
    mix->weight = m->byte_weight[b->set + depth];
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

void dfc_mix_bit_learn(struct dfc_mix *mix, uint32_t bit)
{
    uint32_t i;

    learn_weights(mix, DFC_BYTE_INPUTS, bit, BYTE_WEIGHT_RATE);
    for (i = 0; i < DFC_BYTE_INPUTS; i++) {
        *mix->slot[i] = (uint16_t)next_slot(*mix->slot[i], mix->check[i], bit);
    }
}

void dfc_history_difference(struct dfc_history *h, uint32_t difference)
{
    h->differences = h->differences << 8 | difference;
}

void dfc_history_literal(struct dfc_history *h)
{
    h->literals = h->literals < 65535u ? h->literals + 1 : h->literals;
}

void dfc_history_choice(struct dfc_history *h, uint32_t kind, uint32_t plain)
{
    h->choices[kind] = h->choices[kind] << 1 | plain;
}

void dfc_history_source(struct dfc_history *h, uint32_t alignment)
{
    uint32_t i = 0;

    while (i < 3 && h->rep[i] != alignment) {
        i++;
    }
    for (; i > 0; i--) {
        h->rep[i] = h->rep[i - 1];
    }
    h->rep[0] = alignment;
    h->run = 0;
    h->age = 0;
    h->literals = 0;
}

uint32_t dfc_source_width(uint32_t old_size)
{
    uint32_t width = 6;

    while (width < 32 && (old_size - 1u) >> width != 0) {
        width++;
    }
    return width;
}

uint32_t dfc_copy_context(const struct dfc_history *h)
{
    uint32_t b = bucket(h->literals, 7);

    return DFC_FLAG_COPY + b;
}

uint32_t dfc_stay_context(const struct dfc_history *h)
{
    uint32_t missed = bits_set(h->misses & 0xFFFFu);

    return DFC_FLAG_STAY + (missed < 7 ? missed : 7);
}

uint32_t dfc_choice_context(const struct dfc_history *h, uint32_t kind)
{
    return DFC_FLAG_CHOICE + (kind - 1u) * 16u + (h->choices[kind] & 15u);
}
