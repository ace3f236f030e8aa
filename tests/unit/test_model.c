// SPDX-License-Identifier: MIT
// The adaptive model of codec range, FORMAT.md section 9.

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chance.h"
#include "model.h"

// Model memory of exactly that many bytes.
static struct dfc_model *new_model(uint32_t size)
{
    struct dfc_shape shape = dfc_model_shape(size);
    struct dfc_model *m = malloc(size);

    assert_non_null(m);
    memset(m, 0xA5, size);
    dfc_model_begin(m, &shape);
    return m;
}

// The tables behind the struct, as FORMAT.md 9.1 has them.
static uint16_t *hit_slots(struct dfc_model *m)
{
    return (uint16_t *)(void *)(m + 1);
}

static uint16_t *unit_slots(struct dfc_model *m, const struct dfc_shape *shape)
{
    return hit_slots(m) + (6u << shape->hit_bits);
}

static uint16_t *byte_slots(struct dfc_model *m, const struct dfc_shape *shape)
{
    return unit_slots(m, shape) + (4u << shape->hit_bits);
}

// --- stretch and squash ----------------------------------------------------
// Seen through a hit flag whose first input alone has weight.

struct lens {
    struct dfc_model *model;
    struct dfc_shape shape;
    struct dfc_history history;
    struct dfc_cursor cursor;
};

static void begin_lens(struct lens *l)
{
    memset(l, 0, sizeof(*l));
    l->model = new_model(DFC_MODEL_MIN);
    l->shape = dfc_model_shape(DFC_MODEL_MIN);
    dfc_history_begin(&l->history);
    l->cursor.field_left = 1;
    memset(l->model->hit_weight, 0, sizeof(l->model->hit_weight));
}

static struct dfc_mix look(struct lens *l, uint32_t p, int32_t weight)
{
    struct dfc_mix mix;

    l->model->hit_weight[0][0] = (int16_t)weight;
    hit_slots(l->model)[0] = (uint16_t)p;
    dfc_mix_hit(&mix, l->model, &l->shape, &l->history, &l->cursor, 0, 0);
    assert_ptr_equal(mix.slot[0], hit_slots(l->model));
    return mix;
}

// Middle of the table's step that p lies in, FORMAT.md 9.1.
static double step_middle(uint32_t p)
{
    uint32_t step = p < 64 ? 1 : p < 512 ? 8 : p < 4096 ? 64 : 512;

    return p / step * step + step / 2.0;
}

static void stretch_is_the_logit_in_1_256(void **state)
{
    struct lens l;
    int32_t before = -4000;

    (void)state;
    begin_lens(&l);
    for (uint32_t p = 0; p < 65536; p++) {
        int32_t x = look(&l, p, 0).input[0];
        double m = step_middle(p < 32768 ? p : 65535 - p);
        double exact = 256 * log(m / (65536 - m));

        assert_true(x >= before);
        assert_int_equal(x, lround(p < 32768 ? exact : -exact));
        before = x;
    }
    free(l.model);
}

static void squash_is_the_logistic_function(void **state)
{
    struct lens l;
    uint32_t before = 0;
    double worst = 0;

    (void)state;
    begin_lens(&l);
    // Sums from -6034 on, in steps of 0.18: input -3017 with any weight.
    for (int32_t weight = 32767; weight >= -32768; weight--) {
        struct dfc_mix mix = look(&l, 0, weight);
        int32_t sum = -3017 * weight / 16384;
        int32_t kept = sum < -2815 ? -2815 : sum > 2815 ? 2815 : sum;
        double exact = 65536 / (1 + exp(-kept / 256.0));

        assert_true(mix.p >= 1 && mix.p <= 65535);
        assert_true(mix.p >= before);
        worst = fmax(worst, fabs(mix.p - exact));
        before = mix.p;
    }
    assert_int_equal(before, 65535);
    assert_true(worst < 33); // linear between points that are 1/8 apart
    free(l.model);
}

static void squash_undoes_stretch(void **state)
{
    struct lens l;

    (void)state;
    begin_lens(&l);
    for (uint32_t p = 0; p < 65536; p++) {
        double back = look(&l, p, 16384).p;
        double odds = (back / (65536 - back)) / ((p + 0.5) / (65535.5 - p));

        // In the middle the steps are 512 wide, at the ends 1.
        if (p >= 64 && p < 65536 - 64) {
            assert_true(odds > 0.88 && odds < 1.14);
        }
        assert_true(fabs(back - p) <= 300);
    }
    free(l.model);
}

// --- Learning --------------------------------------------------------------

static void flags_and_hit_counters_stay_inside(void **state)
{
    uint64_t random = 1;
    struct lens l;
    uint16_t flag = 32768;

    (void)state;
    begin_lens(&l);
    for (uint32_t i = 0; i < 3000000; i++) {
        // Long stretches of one value, and noise.
        uint32_t bit = i >> 10 & 2 ? i >> 12 & 1 : chance_pick(&random, 2);
        struct dfc_mix mix;

        dfc_flag_learn(&flag, bit);
        assert_true(flag >= 15 && flag <= 65521);
        dfc_mix_hit(&mix, l.model, &l.shape, &l.history, &l.cursor, i & 255, i);
        assert_true(mix.p >= 1 && mix.p <= 65535);
        dfc_mix_hit_learn(&mix, bit);
        dfc_history_hit(&l.history, bit);
        for (uint32_t k = 0; k < DFC_HIT_INPUTS; k++) {
            assert_true(*mix.slot[k] >= 15 && *mix.slot[k] <= 65521);
        }
    }
    free(l.model);
}

static void a_flag_learns_a_sixteenth(void **state)
{
    uint16_t flag = 32768;

    (void)state;
    dfc_flag_learn(&flag, 1);
    assert_int_equal(flag, 32768 + 2048);
    dfc_flag_learn(&flag, 0);
    assert_int_equal(flag, 34816 - 2176);
}

static void units_learn_slower_than_hits(void **state)
{
    struct dfc_mix mix;
    struct lens l;

    (void)state;
    begin_lens(&l);
    dfc_mix_hit(&mix, l.model, &l.shape, &l.history, &l.cursor, 0, 0);
    assert_int_equal(*mix.slot[0], 2048);
    dfc_mix_hit_learn(&mix, 1);
    assert_int_equal(*mix.slot[0], 2048 + (65536 - 2048) / 16);
    dfc_mix_unit(&mix, l.model, &l.shape, &l.history, &l.cursor, 0, 0);
    assert_ptr_equal(mix.slot[0], unit_slots(l.model, &l.shape));
    assert_int_equal(*mix.slot[0], 8192);
    dfc_mix_unit_learn(&mix, 1);
    assert_int_equal(*mix.slot[0], 8192 + (65536 - 8192) / 32);
    free(l.model);
}

// Contexts that meet neither in slots nor in checks.
static struct dfc_byte some_byte(void)
{
    return (struct dfc_byte){{1000, 2001, 3003, 4007, 5011}, 0};
}

static void slots_learn_fast_then_slowly(void **state)
{
    // The first rates of FORMAT.md: 2/3, 2/5, 2/7 of the way to 255.
    static const uint32_t expected[] = {213, 230, 237};
    struct dfc_shape shape = dfc_model_shape(16384);
    struct dfc_model *m = new_model(16384);
    struct dfc_byte byte = some_byte();
    struct dfc_mix mix;

    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        dfc_mix_bit(&mix, m, &shape, &byte, 1);
        dfc_mix_bit_learn(&mix, 1);
        if (i < 3) {
            assert_int_equal(*mix.slot[0] >> 8, expected[i]);
        }
        assert_int_equal(*mix.slot[0] >> 5 & 7, i + 1 < 7 ? i + 1 : 7);
        assert_int_equal(*mix.slot[0] & 31, mix.check[0]);
    }
    // From here on by 7710 / 65536: 251 is where it stays.
    for (uint32_t i = 0; i < 200; i++) {
        dfc_mix_bit(&mix, m, &shape, &byte, 1);
        dfc_mix_bit_learn(&mix, 1);
    }
    assert_int_equal(*mix.slot[0] >> 5, 251 << 3 | 7);
    free(m);
}

static void a_young_slot_gives_way_an_old_one_ages(void **state)
{
    struct dfc_shape shape = dfc_model_shape(16384);
    struct dfc_model *m = new_model(16384);
    struct dfc_byte byte = some_byte();
    struct dfc_mix mix;
    uint32_t other;

    (void)state;
    dfc_mix_bit(&mix, m, &shape, &byte, 1);
    other = mix.check[0] ^ 1u; // of another context
    *mix.slot[0] = (uint16_t)(200 << 8 | 4 << 5 | other);
    dfc_mix_bit(&mix, m, &shape, &byte, 1);
    assert_int_equal(mix.input[0], 0); // says nothing
    dfc_mix_bit_learn(&mix, 0);
    assert_int_equal(*mix.slot[0], 200 << 8 | 3 << 5 | other);
    dfc_mix_bit_learn(&mix, 0);
    assert_int_equal(*mix.slot[0], 200 << 8 | 2 << 5 | other);
    dfc_mix_bit_learn(&mix, 0);
    // 128 - 2/3 of it, seen once.
    assert_int_equal(*mix.slot[0], 43 << 8 | 1 << 5 | mix.check[0]);
    free(m);
}

static void byte_slots_stay_inside(void **state)
{
    uint32_t size = DFC_MODEL_MIN;
    struct dfc_model *m = new_model(size);
    struct dfc_shape shape = dfc_model_shape(size);
    uint64_t random = 2;

    (void)state;
    for (uint32_t i = 0; i < 1000000; i++) {
        struct dfc_byte byte;
        struct dfc_mix mix;
        uint32_t bit = i >> 14 & 2 ? i >> 16 & 1 : chance_pick(&random, 2);

        for (uint32_t k = 0; k < DFC_BYTE_INPUTS; k++) {
            byte.hash[k] = chance_pick(&random, 8);
        }
        byte.set = i & 8;
        dfc_mix_bit(&mix, m, &shape, &byte, 1u << (i & 7));
        assert_true(mix.p >= 1 && mix.p <= 65535);
        dfc_mix_bit_learn(&mix, bit);
        for (uint32_t k = 0; k < DFC_BYTE_INPUTS; k++) {
            uint32_t p = *mix.slot[k] >> 8;

            assert_true(p >= 1 && p <= 254);
        }
    }
    free(m);
}

// Set an input and the weights of the others, so that a weight has to learn.
static struct dfc_mix set_inputs(struct lens *l, uint32_t other,
                                 int32_t other_weight)
{
    struct dfc_mix mix;

    dfc_mix_hit(&mix, l->model, &l->shape, &l->history, &l->cursor, 0, 0);
    for (uint32_t k = 0; k < DFC_HIT_INPUTS; k++) {
        *mix.slot[k] = (uint16_t)(k == 0 ? 0 : other);
        mix.weight[k] = (int16_t)(k == 0 ? mix.weight[0] : other_weight);
    }
    dfc_mix_hit(&mix, l->model, &l->shape, &l->history, &l->cursor, 0, 0);
    return mix;
}

// The first input says 0 and is right (or wrong) every time; the other five
// say the opposite and outweigh it.
static void check_saturation(uint32_t bit, int32_t limit)
{
    int32_t other_weight = bit == 0 ? 32767 : -32768;
    struct lens l;
    int32_t before = 0;

    begin_lens(&l);
    for (uint32_t i = 0; i < 200; i++) {
        struct dfc_mix mix = set_inputs(&l, 65535, other_weight);

        dfc_mix_hit_learn(&mix, bit);
        assert_true(abs(mix.weight[0]) >= abs(before));
        before = mix.weight[0];
    }
    assert_int_equal(before, limit);
    free(l.model);
}

static void weights_saturate(void **state)
{
    (void)state;
    check_saturation(0, 32767);
    check_saturation(1, -32768);
}

static void the_extremes_do_not_overflow(void **state)
{
    static const int32_t weights[] = {-32768, 32767};
    struct lens l;

    (void)state;
    begin_lens(&l);
    for (uint32_t i = 0; i < 1u << 7; i++) {
        struct dfc_mix mix;

        dfc_mix_hit(&mix, l.model, &l.shape, &l.history, &l.cursor, 0, 0);
        for (uint32_t k = 0; k < DFC_HIT_INPUTS; k++) {
            *mix.slot[k] = i >> k & 1 ? 65535 : 0;
            mix.weight[k] = (int16_t)weights[i >> 6];
        }
        dfc_mix_hit(&mix, l.model, &l.shape, &l.history, &l.cursor, 0, 0);
        assert_true(mix.p >= 1 && mix.p <= 65535);
        dfc_mix_hit_learn(&mix, i & 1);
    }
    free(l.model);
}

// --- Contexts --------------------------------------------------------------

static uint32_t any_count(uint64_t *random)
{
    uint32_t n = chance_word(random) & 0xFFFF;

    return n >> chance_pick(random, 17);
}

static void make_history(struct dfc_history *h, struct dfc_cursor *c,
                         uint64_t *random)
{
    h->recent = chance_word(random);
    h->differences = chance_word(random);
    h->misses = chance_pick(random, 4) == 0 ? 0xFFFFFFFFu : chance_word(random);
    h->run = any_count(random);
    h->age = any_count(random);
    h->literals = any_count(random);
    for (uint32_t i = 0; i < DFC_KINDS; i++) {
        h->choices[i] = chance_word(random);
    }
    memset(c, 0, sizeof(*c));
    c->kind = chance_pick(random, DFC_KINDS);
    c->field_size = 1 + chance_pick(random, 4);
    c->field_left = 1 + chance_pick(random, c->field_size);
    c->mapped = chance_word(random);
    c->plain = chance_pick(random, 2) ? c->mapped : chance_word(random);
}

static void check_slots(const struct dfc_mix *mix, uint32_t inputs,
                        const uint16_t *first, uint32_t each)
{
    for (uint32_t i = 0; i < inputs; i++) {
        assert_true(mix->slot[i] >= first + i * each);
        assert_true(mix->slot[i] < first + (i + 1) * each);
    }
}

static void check_byte_slots(struct dfc_model *m, const struct dfc_shape *shape,
                             const struct dfc_mix *mix)
{
    for (uint32_t i = 0; i < DFC_BYTE_INPUTS; i++) {
        assert_true(mix->slot[i] >= byte_slots(m, shape));
        assert_true(mix->slot[i] < byte_slots(m, shape) + shape->bytes);
    }
    assert_true(mix->weight >= m->byte_weight[0]);
    assert_true(mix->weight <= m->byte_weight[DFC_BYTE_SETS - 1]);
}

static void check_contexts(struct dfc_model *m, const struct dfc_shape *shape,
                           const struct dfc_history *h,
                           const struct dfc_cursor *c, uint64_t *random)
{
    uint32_t at = chance_word(random);
    uint32_t word = chance_word(random);
    struct dfc_mix mix;

    dfc_mix_hit(&mix, m, shape, h, c, word, at);
    check_slots(&mix, DFC_HIT_INPUTS, hit_slots(m), 1u << shape->hit_bits);
    assert_true(mix.weight >= m->hit_weight[0]);
    assert_true(mix.weight <= m->hit_weight[DFC_HIT_SETS - 1]);
    dfc_mix_hit_learn(&mix, at >> 9 & 1);
    dfc_mix_unit(&mix, m, shape, h, c, word, at);
    check_slots(&mix, DFC_UNIT_INPUTS, unit_slots(m, shape),
                1u << shape->hit_bits);
    assert_true(mix.weight >= m->unit_weight[0]);
    assert_true(mix.weight <= m->unit_weight[DFC_HIT_SETS - 1]);
    dfc_mix_unit_learn(&mix, at >> 9 & 1);
    for (uint32_t correction = 0; correction < 2; correction++) {
        struct dfc_byte byte;

        dfc_byte_begin(&byte, h, correction ? c : NULL, word, at);
        for (uint32_t partial = 1; partial < 256;
             partial = partial << 1 | (at >> 5 & 1)) {
            dfc_mix_bit(&mix, m, shape, &byte, partial);
            check_byte_slots(m, shape, &mix);
            dfc_mix_bit_learn(&mix, at >> 9 & 1);
        }
    }
    assert_true(dfc_copy_context(h) < DFC_FLAG_STAY);
    assert_true(dfc_stay_context(h) >= DFC_FLAG_STAY);
    assert_true(dfc_stay_context(h) < DFC_FLAG_CHOICE);
    for (uint32_t kind = DFC_CALL; kind <= DFC_LOAD; kind++) {
        uint32_t first = DFC_FLAG_CHOICE + 16 * (kind - 1);

        assert_true(dfc_choice_context(h, kind) >= first);
        assert_true(dfc_choice_context(h, kind) < first + 16);
    }
}

static void contexts_stay_in_the_model(void **state)
{
    static const uint32_t sizes[] = {DFC_MODEL_MIN, 4096, DFC_MODEL_LARGE,
                                     16384 + 64, DFC_MODEL_MAX};
    uint64_t random = 3;

    (void)state;
    for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct dfc_shape shape = dfc_model_shape(sizes[i]);
        struct dfc_model *m = new_model(sizes[i]);

        for (uint32_t round = 0; round < 50000; round++) {
            struct dfc_history h = {0};
            struct dfc_cursor c;

            make_history(&h, &c, &random);
            check_contexts(m, &shape, &h, &c, &random);
        }
        free(m);
    }
}

static void byte_contexts_use_all_slots(void **state)
{
    uint32_t size = 8192;
    struct dfc_model *m = new_model(size);
    struct dfc_shape shape = dfc_model_shape(size);
    uint64_t random = 4;
    uint32_t untouched = 0;

    (void)state;
    for (uint32_t round = 0; round < 20000; round++) {
        struct dfc_history h = {0};
        struct dfc_cursor c;

        make_history(&h, &c, &random);
        check_contexts(m, &shape, &h, &c, &random);
    }
    for (uint32_t i = 0; i < shape.bytes; i++) {
        untouched += byte_slots(m, &shape)[i] == 0x8000;
    }
    assert_true(untouched < shape.bytes / 20);
    free(m);
}

static void check_begin(uint32_t size)
{
    struct dfc_shape shape = dfc_model_shape(size);
    struct dfc_model *m = new_model(size);
    uint32_t hits = 6u << shape.hit_bits, units = 4u << shape.hit_bits;

    assert_true(1368 + 2 * (hits + units + shape.bytes) <= size);
    assert_true(1368 + 2 * (hits + units + shape.bytes) + 2 > size);
    for (uint32_t i = 0; i < shape.bytes; i++) {
        assert_int_equal(byte_slots(m, &shape)[i], 0x8000);
    }
    for (uint32_t i = 0; i < DFC_FLAGS; i++) {
        assert_int_equal(m->flag[i], 32768);
    }
    assert_int_equal(hit_slots(m)[0], 2048);
    assert_int_equal(hit_slots(m)[hits - 1], 2048);
    assert_int_equal(unit_slots(m, &shape)[0], 8192);
    assert_int_equal(unit_slots(m, &shape)[units - 1], 8192);
    assert_int_equal(m->hit_weight[15][5], 5461);
    assert_int_equal(m->unit_weight[15][3], 8192);
    assert_int_equal(m->byte_weight[15][4], 6553);
    free(m);
}

static void the_model_fills_its_memory(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct dfc_model), 1368); // FORMAT.md 9.1
    assert_int_equal(DFC_FLAGS, 444);
    assert_int_equal(dfc_model_shape(DFC_MODEL_MIN).bytes, 84);
    assert_int_equal(dfc_model_shape(DFC_MODEL_MIN).hit_bits, 5);
    assert_int_equal(dfc_model_shape(6143).hit_bits, 5);
    assert_int_equal(dfc_model_shape(6144).hit_bits, 7);
    assert_int_equal(dfc_model_shape(6144).bytes, 1108);
    assert_int_equal(dfc_model_shape(DFC_MODEL_MAX).bytes, 65536);
    for (uint32_t size = DFC_MODEL_MIN; size < 9000; size += 7) {
        check_begin(size);
    }
}

// --- History ---------------------------------------------------------------

static void counts_stop_at_65535(void **state)
{
    struct dfc_history h;

    (void)state;
    dfc_history_begin(&h);
    for (uint32_t i = 0; i < 70000; i++) {
        dfc_history_hit(&h, 0);
        dfc_history_literal(&h);
    }
    assert_int_equal(h.run, 65535);
    assert_int_equal(h.age, 65535);
    assert_int_equal(h.literals, 65535);
    dfc_history_hit(&h, 1);
    assert_int_equal(h.run, 0);
    assert_int_equal(h.age, 65535);
    assert_int_equal(h.misses, 1);
    dfc_history_source(&h, 5);
    assert_int_equal(h.run | h.age | h.literals, 0);
}

static void what_was_last_stands_lowest(void **state)
{
    struct dfc_history h;

    (void)state;
    dfc_history_begin(&h);
    for (uint32_t i = 1; i <= 5; i++) {
        dfc_history_byte(&h, 0x10 + i);
        dfc_history_difference(&h, 0x20 + i);
        dfc_history_hit(&h, i & 1);
        dfc_history_choice(&h, DFC_HALF, i == 2);
    }
    assert_int_equal(h.recent, 0x12131415);
    assert_int_equal(h.differences, 0x22232425);
    assert_int_equal(h.misses, 0x15);
    assert_int_equal(h.choices[DFC_HALF], 8);
    assert_int_equal(h.choices[DFC_CALL], 0);
}

static void a_used_alignment_moves_to_the_front(void **state)
{
    static const uint32_t steps[][5] = {
        // alignment, then rep[0..3] after it
        {10, 10, 0, 0, 0},    {20, 20, 10, 0, 0},   {30, 30, 20, 10, 0},
        {40, 40, 30, 20, 10}, {20, 20, 40, 30, 10}, {20, 20, 40, 30, 10},
        {10, 10, 20, 40, 30}, {50, 50, 10, 20, 40}, {30, 30, 50, 10, 20},
    };
    struct dfc_history h;

    (void)state;
    dfc_history_begin(&h);
    for (uint32_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        dfc_history_source(&h, steps[i][0]);
        assert_memory_equal(h.rep, steps[i] + 1, sizeof(h.rep));
    }
}

static void contexts_are_those_of_format_md(void **state)
{
    // Literals (or hits, bytes) and their bucket.
    static const uint32_t buckets[][2] = {{0, 0},  {3, 3},  {4, 4},  {5, 4},
                                          {6, 5},  {7, 5},  {8, 6},  {11, 6},
                                          {12, 7}, {15, 7}, {16, 7}, {999, 7}};
    struct dfc_history h;

    (void)state;
    dfc_history_begin(&h);
    for (uint32_t i = 0; i < sizeof(buckets) / sizeof(buckets[0]); i++) {
        h.literals = buckets[i][0];
        assert_int_equal(dfc_copy_context(&h), buckets[i][1]);
    }
    h.misses = 0xFFFF0015; // 3 in the lower half
    assert_int_equal(dfc_stay_context(&h), 8 + 3);
    h.misses = 0xFFFF;
    assert_int_equal(dfc_stay_context(&h), 8 + 7);
    h.choices[DFC_POINTER] = 0xF5;
    assert_int_equal(dfc_choice_context(&h, DFC_POINTER), 16 + 48 + 5);
}

static void sources_are_as_wide_as_the_old_image(void **state)
{
    (void)state;
    for (uint32_t size = 1; size <= 64; size++) {
        assert_int_equal(dfc_source_width(size), 6);
    }
    for (uint32_t bits = 6; bits < 32; bits++) {
        assert_int_equal(dfc_source_width(1u << bits), bits);
        assert_int_equal(dfc_source_width((1u << bits) + 1), bits + 1);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(stretch_is_the_logit_in_1_256),
        cmocka_unit_test(squash_is_the_logistic_function),
        cmocka_unit_test(squash_undoes_stretch),
        cmocka_unit_test(flags_and_hit_counters_stay_inside),
        cmocka_unit_test(a_flag_learns_a_sixteenth),
        cmocka_unit_test(units_learn_slower_than_hits),
        cmocka_unit_test(slots_learn_fast_then_slowly),
        cmocka_unit_test(a_young_slot_gives_way_an_old_one_ages),
        cmocka_unit_test(byte_slots_stay_inside),
        cmocka_unit_test(weights_saturate),
        cmocka_unit_test(the_extremes_do_not_overflow),
        cmocka_unit_test(contexts_stay_in_the_model),
        cmocka_unit_test(byte_contexts_use_all_slots),
        cmocka_unit_test(the_model_fills_its_memory),
        cmocka_unit_test(counts_stop_at_65535),
        cmocka_unit_test(what_was_last_stands_lowest),
        cmocka_unit_test(a_used_alignment_moves_to_the_front),
        cmocka_unit_test(contexts_are_those_of_format_md),
        cmocka_unit_test(sources_are_as_wide_as_the_old_image),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
