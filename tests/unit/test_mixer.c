// SPDX-License-Identifier: MIT
// Mixing, counters and slots, against FORMAT.md section 9.1 written out.

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chance.h"
#include "mixer.h"

// --- As FORMAT.md has it ---------------------------------------------------

static int64_t floor_shift(int64_t x, unsigned bits)
{
    int64_t d = (int64_t)1 << bits;

    return x / d - (x % d < 0);
}

static int32_t format_stretch(uint32_t p)
{
    uint32_t q = p < 32768 ? p : 65535 - p;
    uint32_t step = q < 64 ? 1 : q < 512 ? 8 : q < 4096 ? 64 : 512;
    double m = q / step * step + step / 2.0;
    int32_t t = (int32_t)lround(256 * log(m / (65536 - m)));

    return p < 32768 ? t : -t;
}

static uint32_t format_squash(int64_t s)
{
    int64_t a = s < 0 ? -s : s;
    int64_t t[2], p;

    a = a < 2815 ? a : 2815;
    for (int64_t i = 0; i < 2; i++) {
        t[i] = lround(65536 / (1 + exp((double)((a >> 5) + i) / 8)));
    }
    p = t[0] - (((t[0] - t[1]) * (a & 31)) >> 5);
    return (uint32_t)(s < 0 ? p : 65536 - p);
}

static const uint32_t counter_rates[8] = {32768, 21845, 16384, 13107,
                                          9362,  7282,  5461,  3641};
static const uint32_t slot_rates[8] = {43690, 26214, 18724, 14563,
                                       11915, 10082, 8738,  7710};

static uint32_t format_counter(uint32_t counter, uint32_t bit)
{
    int64_t p = counter >> 3, c = counter & 7;

    p = floor_shift(
        65536 * p + (8192 * (int64_t)bit - p) * counter_rates[c] + 32768, 16);
    return (uint32_t)(p << 3 | (c < 7 ? c + 1 : c));
}

// belongs: the slot had the check of the context when it was mixed.
static uint32_t format_slot(uint32_t slot, uint32_t check, int belongs,
                            uint32_t bit)
{
    int64_t q = slot >> 8, c = slot >> 5 & 7;

    if (belongs) {
        q = floor_shift(
            65536 * q + (255 * (int64_t)bit - q) * slot_rates[c] + 32768, 16);
        c = c < 7 ? c + 1 : c;
        check = slot & 31;
    } else if (c > 2) {
        c--;
        check = slot & 31;
    } else {
        q = bit ? 213 : 43;
        c = 1;
    }
    return (uint32_t)(q << 8 | c << 5 | check);
}

static int16_t format_weight(int16_t w, int64_t x, int64_t e, unsigned r)
{
    int64_t moved = w + floor_shift(x * e + ((int64_t)1 << (r - 1)), r);

    return moved < -32768 || moved > 32767 ? w : (int16_t)moved;
}

// --- Tables ----------------------------------------------------------------

static void stretch_is_the_logit_in_1_256(void **state)
{
    int32_t before = -4000;

    (void)state;
    for (uint32_t p = 0; p < 65536; p++) {
        int32_t x = dfc_stretch(p);

        assert_int_equal(x, format_stretch(p));
        assert_int_equal(x, -dfc_stretch(65535 - p));
        assert_true(x >= before);
        before = x;
    }
}

static void squash_is_the_logistic_function(void **state)
{
    uint32_t before = 0;
    double worst = 0;

    (void)state;
    for (int32_t s = -8000; s <= 8000; s++) {
        uint32_t p = dfc_squash(s);
        int32_t kept = s < -2815 ? -2815 : s > 2815 ? 2815 : s;

        assert_int_equal(p, format_squash(s));
        assert_true(p >= 1 && p <= 65535);
        assert_true(p >= before);
        worst = fmax(worst, fabs(p - 65536 / (1 + exp(-kept / 256.0))));
        before = p;
    }
    assert_int_equal(dfc_squash(INT32_MAX), 65535);
    assert_int_equal(dfc_squash(-INT32_MAX), 1);
    assert_true(worst < 33); // linear between points that are 1/8 apart
}

static void squash_undoes_stretch(void **state)
{
    (void)state;
    for (uint32_t p = 0; p < 65536; p++) {
        double back = dfc_squash(dfc_stretch(p));
        double odds = (back / (65536 - back)) / ((p + 0.5) / (65535.5 - p));

        // In the middle the steps are 512 wide, at the ends 1.
        if (p >= 64 && p < 65536 - 64) {
            assert_true(odds > 0.88 && odds < 1.14);
        }
        assert_true(fabs(back - p) <= 300);
    }
}

static void shifts_round_down(void **state)
{
    static const int32_t edges[] = {0, 1, -1, INT32_MAX, INT32_MIN};
    uint64_t random = 1;

    (void)state;
    for (uint32_t bits = 1; bits < 32; bits++) {
        for (uint32_t i = 0; i < 5000; i++) {
            int32_t x = i < 5 ? edges[i] : (int32_t)chance_word(&random);

            assert_int_equal(dfc_shift_down(x, bits), floor_shift(x, bits));
            x /= 1 << chance_pick(&random, 31); // near 0
            assert_int_equal(dfc_shift_down(x, bits), floor_shift(x, bits));
        }
    }
}

// --- Counters and slots ----------------------------------------------------

// Everything that learning leads to from these values.
static void reach(uint8_t *reached, uint32_t from,
                  uint32_t (*learn)(uint32_t value, uint32_t bit))
{
    uint16_t *open = malloc(65536 * sizeof(*open));
    uint32_t count = 0;

    assert_non_null(open);
    reached[from] = 1;
    open[count++] = (uint16_t)from;
    while (count > 0) {
        uint32_t value = open[--count];

        for (uint32_t bit = 0; bit < 2; bit++) {
            uint32_t next = learn(value, bit);

            assert_true(next < 65536);
            if (!reached[next]) {
                reached[next] = 1;
                open[count++] = (uint16_t)next;
            }
        }
    }
    free(open);
}

// A slot after 1,000 times the same, or a counter.
static uint32_t settle(uint32_t value, uint32_t bit,
                       uint32_t (*learn)(uint32_t value, uint32_t bit))
{
    for (uint32_t i = 0; i < 1000; i++) {
        value = learn(value, bit);
    }
    return value;
}

static uint32_t counter_learnt(uint32_t value, uint32_t bit)
{
    uint16_t counter = (uint16_t)value;

    dfc_counter_learn(&counter, bit);
    return counter;
}

static void counters_learn_and_stay_inside(void **state)
{
    static const uint32_t starts[] = {4096 << 3, 512 << 3, 1024 << 3};
    uint8_t *reached = calloc(65536, 1);
    uint32_t all = 0;

    (void)state;
    assert_non_null(reached);
    for (uint32_t i = 0; i < 3; i++) {
        reach(reached, starts[i], counter_learnt);
    }
    for (uint32_t value = 0; value < 65536; value++) {
        if (reached[value]) {
            assert_true(value >> 3 >= 1 && value >> 3 <= 8191);
            for (uint32_t bit = 0; bit < 2; bit++) {
                assert_int_equal(counter_learnt(value, bit),
                                 format_counter(value, bit));
            }
            assert_int_equal(dfc_counter_p(value), 8 * (value >> 3) + 4);
            all++;
        }
    }
    assert_true(all > 8000);
    // Half the way, then a third of it, at last an 18th, until it is too small.
    assert_int_equal(counter_learnt(4096 << 3, 1), 6144 << 3 | 1);
    assert_int_equal(counter_learnt(6144 << 3 | 1, 0), 4096 << 3 | 2);
    assert_int_equal(settle(4096 << 3, 1, counter_learnt), 8184 << 3 | 7);
    assert_int_equal(settle(4096 << 3, 0, counter_learnt), 8 << 3 | 7);
    free(reached);
}

static uint32_t slot_learnt(uint32_t value, uint32_t bit)
{
    return dfc_slot_seen(value, bit);
}

static void slots_learn_and_stay_inside(void **state)
{
    static const uint32_t first[] = {213, 230, 237}; // 2/3, 2/5, 2/7 to 255
    uint8_t *reached = calloc(65536, 1);
    uint32_t slot = 0x8000;

    (void)state;
    assert_non_null(reached);
    reach(reached, 0x8000, slot_learnt);
    reach(reached, 213 << 8 | 1 << 5 | 9, slot_learnt); // taken over
    reach(reached, 43 << 8 | 1 << 5 | 31, slot_learnt);
    for (uint32_t value = 0; value < 65536; value++) {
        if (reached[value]) {
            assert_true(value >> 8 >= 1 && value >> 8 <= 254);
            for (uint32_t bit = 0; bit < 2; bit++) {
                assert_int_equal(dfc_slot_seen(value, bit),
                                 format_slot(value, 0, 1, bit));
            }
        }
    }
    for (uint32_t i = 0; i < 3; i++) {
        slot = dfc_slot_seen(slot, 1);
        assert_int_equal(slot, first[i] << 8 | (i + 1) << 5);
    }
    assert_int_equal(settle(slot, 1, slot_learnt), 251 << 8 | 7 << 5);
    assert_int_equal(settle(slot, 0, slot_learnt), 4 << 8 | 7 << 5);
    free(reached);
}

static void a_young_slot_gives_way_an_old_one_ages(void **state)
{
    uint32_t slot = 200 << 8 | 4 << 5 | 3; // of context 3

    (void)state;
    slot = dfc_slot_taken(slot, 5, 0);
    assert_int_equal(slot, 200 << 8 | 3 << 5 | 3);
    slot = dfc_slot_taken(slot, 5, 1);
    assert_int_equal(slot, 200 << 8 | 2 << 5 | 3);
    assert_int_equal(dfc_slot_taken(slot, 5, 0), 43 << 8 | 1 << 5 | 5);
    assert_int_equal(dfc_slot_taken(slot, 5, 1), 213 << 8 | 1 << 5 | 5);
    for (slot = 0; slot < 65536; slot++) {
        for (uint32_t bit = 0; bit < 2; bit++) {
            assert_int_equal(dfc_slot_taken(slot, ~slot & 31, bit),
                             format_slot(slot, ~slot & 31, 0, bit));
        }
    }
}

// --- Weights ---------------------------------------------------------------

static void weights_learn_and_stay_inside(void **state)
{
    uint64_t random = 2;
    uint32_t kept = 0;

    (void)state;
    for (uint32_t i = 0; i < 500000; i++) {
        uint32_t rate = 16 + (i & 1);
        int32_t x = dfc_stretch(chance_word(&random) & 0xFFFF);
        int32_t e = (int32_t)chance_pick(&random, 131071) - 65535;
        int16_t before = (int16_t)chance_word(&random);
        int16_t w, expected;

        if (i % 4 == 0) { // where the range ends
            before = (int16_t)(i & 4 ? 32767 - chance_pick(&random, 3000)
                                     : chance_pick(&random, 3000) - 32768);
        }
        w = before;
        expected = format_weight(before, x, e, rate);
        dfc_weight_learn(&w, x * e, rate);
        assert_int_equal(w, expected);
        kept += w == before && abs(x * e) > 1 << rate;
    }
    assert_true(kept > 1000);
}

static void a_step_out_of_range_is_not_made(void **state)
{
    int16_t w = 32767;

    (void)state;
    dfc_weight_learn(&w, 1 << 16, 16);
    assert_int_equal(w, 32767);
    dfc_weight_learn(&w, -(1 << 16), 16);
    assert_int_equal(w, 32766);
    dfc_weight_learn(&w, 2 << 16, 16);
    assert_int_equal(w, 32766); // not 32767 either
    w = -32768;
    dfc_weight_learn(&w, -(1 << 16), 16);
    assert_int_equal(w, -32768);
    dfc_weight_learn(&w, 1 << 16, 16);
    assert_int_equal(w, -32767);
}

// --- Mixing ----------------------------------------------------------------

// Decisions in long stretches of one value, and noise.
static uint32_t some_bit(uint64_t *random, uint32_t i)
{
    return i >> 9 & 1 ? i >> 10 & 1 : chance_pick(random, 2);
}

static void any_weights(uint64_t *random, int16_t *weight, uint32_t count)
{
    static const int16_t kinds[] = {0, 32767, -32768, 5000};
    uint32_t kind = chance_pick(random, 4);

    while (count-- > 0) {
        weight[count] = kind == 0 ? (int16_t)chance_word(random) : kinds[kind];
    }
}

// One decision of counters, twice: by the mixer and as FORMAT.md says.
static void check_counters(uint16_t *tables, uint32_t bits, int16_t *weight,
                           uint32_t inputs, uint64_t *random, uint32_t bit)
{
    uint32_t context[DFC_INPUTS_MAX];
    int32_t x[DFC_INPUTS_MAX];
    uint16_t *counters[DFC_INPUTS_MAX];
    uint16_t learnt[DFC_INPUTS_MAX];
    int16_t moved[DFC_INPUTS_MAX];
    struct dfc_mix mix = {.weight = weight};
    int64_t sum = 0, p;

    for (uint32_t i = 0; i < inputs; i++) {
        context[i] = chance_pick(random, 128);
        counters[i] = tables + (i << bits) + context[i] % (1u << bits);
        x[i] = format_stretch(8u * (*counters[i] >> 3) + 4u);
        sum += (int64_t)x[i] * weight[i];
    }
    p = format_squash(floor_shift(sum, 14));
    for (uint32_t i = 0; i < inputs; i++) {
        moved[i] = format_weight(weight[i], x[i], 65536 * (int64_t)bit - p, 16);
        learnt[i] = (uint16_t)format_counter(*counters[i], bit);
    }
    dfc_mix_counters(&mix, tables, bits, context, inputs);
    assert_int_equal(mix.p, p);
    dfc_mix_counters_learn(&mix, inputs, bit);
    for (uint32_t i = 0; i < inputs; i++) {
        assert_int_equal(weight[i], moved[i]);
        assert_int_equal(*counters[i], learnt[i]);
    }
}

static void counters_are_mixed_as_format_md_says(void **state)
{
    uint16_t tables[5 << 7];
    int16_t weight[DFC_INPUTS_MAX];
    uint64_t random = 3;

    (void)state;
    for (uint32_t i = 0; i < 5 << 7; i++) {
        tables[i] = 512 << 3;
    }
    for (uint32_t i = 0; i < 200000; i++) {
        if (i % 2000 == 0) {
            any_weights(&random, weight, DFC_INPUTS_MAX);
        }
        check_counters(tables, i & 1024 ? 7 : 5, weight, 4 + (i >> 8 & 1),
                       &random, some_bit(&random, i));
    }
}

#define PLACES 45u // slots: contexts overlap

static void begin_half(struct dfc_byte *b, uint16_t *slots, uint64_t *random)
{
    for (uint32_t i = 0; i < b->inputs; i++) {
        b->slots[i] = slots + chance_pick(random, PLACES - 15);
        b->check[i] = chance_pick(random, 3);
    }
}

// The next bit of a byte: what FORMAT.md makes of weights and slots.
static uint32_t format_bit(const struct dfc_byte *b, const uint16_t *slots,
                           uint32_t bit, int16_t *moved, uint16_t *learnt)
{
    uint32_t belongs[DFC_BYTE_INPUTS];
    int32_t x[DFC_BYTE_INPUTS];
    int64_t sum = 0, p;

    for (uint32_t i = 0; i < b->inputs; i++) {
        uint32_t slot = b->slots[i][b->node];

        belongs[i] = (slot & 31) == b->check[i];
        x[i] = belongs[i] ? format_stretch(256 * (slot >> 8) + 128) : 0;
        sum += (int64_t)x[i] * b->weight[i];
    }
    p = format_squash(floor_shift(sum, 14));
    memcpy(learnt, slots, PLACES * sizeof(*slots));
    for (uint32_t i = 0; i < b->inputs; i++) {
        uint16_t *slot = &learnt[(size_t)(b->slots[i] - slots) + b->node];

        moved[i] =
            format_weight(b->weight[i], x[i], 65536 * (int64_t)bit - p, 17);
        *slot = (uint16_t)format_slot(*slot, b->check[i], (int)belongs[i], bit);
    }
    return (uint32_t)p;
}

static void check_bit(struct dfc_byte *b, const uint16_t *slots, uint32_t bit)
{
    int16_t *weight = b->weight;
    uint32_t node = b->node, partial = b->partial;
    int16_t moved[DFC_BYTE_INPUTS];
    uint16_t learnt[PLACES];
    struct dfc_mix mix;
    uint32_t p = format_bit(b, slots, bit, moved, learnt);

    dfc_mix_slots(&mix, b);
    assert_int_equal(mix.p, p);
    dfc_mix_slots_learn(&mix, b, bit);
    assert_memory_equal(slots, learnt, sizeof(learnt));
    assert_memory_equal(weight, moved, b->inputs * sizeof(*moved));
    assert_ptr_equal(b->weight, weight + b->inputs);
    assert_int_equal(b->partial, partial << 1 | bit);
    assert_int_equal(b->node, node < 8 ? node << 1 | bit : 1);
}

static void slots_are_mixed_as_format_md_says(void **state)
{
    int16_t weight[8 * DFC_BYTE_INPUTS];
    uint16_t slots[PLACES];
    uint64_t random = 4;

    (void)state;
    for (uint32_t i = 0; i < PLACES; i++) {
        slots[i] = 0x8000;
    }
    for (uint32_t i = 0; i < 40000; i++) {
        struct dfc_byte b = {.weight = weight, .node = 1, .partial = 1};

        if (i % 500 == 0) {
            any_weights(&random, weight, 8 * DFC_BYTE_INPUTS);
        }
        b.inputs = i & 1 ? DFC_BYTE_INPUTS : DFC_LITERAL_INPUTS;
        for (uint32_t bits = 0; bits < 8; bits++) {
            if (bits % 4 == 0) {
                begin_half(&b, slots, &random);
            }
            check_bit(&b, slots, some_bit(&random, i));
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(stretch_is_the_logit_in_1_256),
        cmocka_unit_test(squash_is_the_logistic_function),
        cmocka_unit_test(squash_undoes_stretch),
        cmocka_unit_test(shifts_round_down),
        cmocka_unit_test(counters_learn_and_stay_inside),
        cmocka_unit_test(slots_learn_and_stay_inside),
        cmocka_unit_test(a_young_slot_gives_way_an_old_one_ages),
        cmocka_unit_test(weights_learn_and_stay_inside),
        cmocka_unit_test(a_step_out_of_range_is_not_made),
        cmocka_unit_test(counters_are_mixed_as_format_md_says),
        cmocka_unit_test(slots_are_mixed_as_format_md_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
