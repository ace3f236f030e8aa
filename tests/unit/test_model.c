// SPDX-License-Identifier: MIT
// The adaptive model of codec range: its tables, contexts and history, against
// FORMAT.md sections 9.1, 9.5, 9.8 and 9.9 written out.

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

// The tables behind the struct.
static uint16_t *hit_table(struct dfc_model *m)
{
    return (uint16_t *)(void *)(m + 1);
}

static uint16_t *unit_table(struct dfc_model *m, const struct dfc_shape *shape)
{
    return hit_table(m) + (5u << shape->hit_bits);
}

static uint16_t *byte_table(struct dfc_model *m, const struct dfc_shape *shape)
{
    return unit_table(m, shape) + (4u << shape->hit_bits);
}

// --- Memory ----------------------------------------------------------------

static void check_values(const uint16_t *table, uint32_t count, uint16_t value)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(table[i], value);
    }
}

static void check_weights(const int16_t *weight, uint32_t sets, uint32_t room,
                          const int16_t *expected, uint32_t inputs)
{
    for (uint32_t i = 0; i < sets * inputs; i++) {
        assert_int_equal(weight[i / inputs * room + i % inputs],
                         expected[i % inputs]);
    }
}

static void check_begin(uint32_t size)
{
    static const int16_t hits[] = {5600, 5700, -900, 3100, 3500};
    static const int16_t units[] = {5000, 5900, 2900, 4700};
    static const int16_t literals[] = {7600, 7000, 7600};
    static const int16_t corrections[] = {5300, 5200, 6000, 5200, 5600};
    struct dfc_shape shape = dfc_model_shape(size);
    struct dfc_model *m = new_model(size);
    uint32_t h = size >= 6144 ? 128 : 32;

    assert_int_equal(1u << shape.hit_bits, h);
    assert_int_equal(shape.bytes, (size - 1160) / 2 - 9 * h);
    check_values(m->flag, 328, 4096 << 3);
    check_values(hit_table(m), 5 * h, 512 << 3);
    check_values(unit_table(m, &shape), 4 * h, 1024 << 3);
    check_values(byte_table(m, &shape), shape.bytes, 128 << 8);
    check_weights(m->hit_weight[0], 28, 5, hits, 5);
    check_weights(m->unit_weight[0], 6, 4, units, 4);
    check_weights(m->literal_weight[0], 16, 3, literals, 3);
    check_weights(m->correction_weight[0], 8, 5, corrections, 5);
    free(m);
}

static void the_model_fills_its_memory(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct dfc_model), 1160);
    assert_int_equal(DFC_FLAGS, 328);
    assert_int_equal(DFC_MODEL_MIN, 2048);
    for (uint32_t size = DFC_MODEL_MIN; size < 9000; size += 7) {
        check_begin(size);
    }
    check_begin(6143);
    check_begin(6144);
    assert_int_equal(dfc_model_shape(DFC_MODEL_MIN).bytes, 156);
    assert_int_equal(dfc_model_shape(DFC_MODEL_MAX).bytes, 65536);
}

// --- Hit flags and units ---------------------------------------------------

// Where something is decoded.
struct place {
    struct dfc_history h;
    struct dfc_cursor c;
    uint32_t word, at;
};

// Most counts are small: that is where contexts differ.
static uint32_t any_count(uint64_t *random)
{
    return (chance_word(random) & 0xFFFF) >> chance_pick(random, 17);
}

static struct place any_place(uint64_t *random)
{
    struct place p;

    memset(&p, 0, sizeof(p));
    p.h.recent = chance_word(random);
    p.h.differences = chance_word(random);
    p.h.misses = chance_word(random) & chance_word(random);
    p.h.misses &= chance_pick(random, 2) ? 0xFFFFFFFFu : chance_word(random);
    p.h.age = any_count(random);
    p.h.run = chance_pick(random, 2) ? p.h.age : any_count(random);
    p.h.literals = any_count(random);
    for (uint32_t i = 0; i < DFC_KINDS; i++) {
        p.h.choices[i] = chance_word(random);
    }
    p.c.kind = chance_pick(random, DFC_KINDS);
    p.c.field_size = 1 + chance_pick(random, 4);
    p.c.field_left = 1 + chance_pick(random, p.c.field_size);
    p.c.mapped = chance_word(random);
    p.c.plain = chance_pick(random, 2) ? p.c.mapped : chance_word(random);
    p.word = chance_word(random);
    p.at = chance_word(random);
    return p;
}

static uint32_t format_bucket(uint32_t n)
{
    uint32_t k = 0;

    for (; n >= 4; n /= 2) {
        k++;
    }
    return 2 * k + n;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t set_bits(uint32_t n)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < 32; i++) {
        count += n >> i & 1;
    }
    return count;
}

static void format_contexts(uint32_t *context, const struct place *p)
{
    uint32_t lane = p->at & 1;
    uint32_t predicted = p->word & 0xFF;
    uint32_t next = p->c.field_left > 1 ? p->word >> 8 & 0xFF : 0;
    uint32_t differ = p->c.mapped != p->c.plain;
    uint32_t m = set_bits(p->h.misses & 0xFFFF);

    context[0] = (lane ? predicted : next) >> 2 | lane << 6;
    context[1] = (4 * p->c.kind + p->c.field_left - 1) << 2 | differ << 1 |
                 (p->h.misses & 1);
    context[2] = least(format_bucket(p->h.age), 15) << 3 |
                 (uint32_t)(p->h.run == p->h.age) << 2 | least(m >> 2, 3);
    context[3] = predicted >> 3 | ((p->h.recent >> 1) & 0x60);
    context[4] = (p->h.recent >> 1) & 127;
}

static uint32_t format_hit_set(const struct place *p)
{
    uint32_t run = p->h.run;
    uint32_t stage;

    if (run == p->h.age) {
        stage = run < 3 ? 0 : run < 8 ? 1 : 2;
    } else {
        stage = run < 3 ? 3 : run < 8 ? 4 : run < 32 ? 5 : 6;
    }
    return 4 * stage + (p->c.kind != 0 ? 2 : 0) + (p->at & 1);
}

static void check_hit_and_unit(struct dfc_model *m,
                               const struct dfc_shape *shape,
                               const struct place *p)
{
    uint32_t mask = (1u << shape->hit_bits) - 1;
    uint32_t context[5];
    struct dfc_mix mix;

    format_contexts(context, p);
    dfc_mix_miss(&mix, m, shape, &p->h, &p->c, p->word, p->at, 0);
    assert_ptr_equal(mix.weight, m->hit_weight[format_hit_set(p)]);
    for (uint32_t i = 0; i < 5; i++) {
        assert_true(context[i] < 128);
        assert_ptr_equal(mix.counter[i], hit_table(m) + (i << shape->hit_bits) +
                                             (context[i] & mask));
    }
    dfc_mix_miss_learn(&mix, p->at >> 9 & 1, 0);
    dfc_mix_miss(&mix, m, shape, &p->h, &p->c, p->word, p->at, 1);
    assert_ptr_equal(mix.weight, m->unit_weight[p->c.kind]);
    for (uint32_t i = 0; i < 4; i++) {
        assert_ptr_equal(mix.counter[i], unit_table(m, shape) +
                                             (i << shape->hit_bits) +
                                             (context[i] & mask));
    }
    dfc_mix_miss_learn(&mix, p->at >> 9 & 1, 1);
}

static void hits_and_units_have_their_contexts(void **state)
{
    static const uint32_t sizes[] = {DFC_MODEL_MIN, DFC_MODEL_LARGE};
    uint64_t random = 1;

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct dfc_shape shape = dfc_model_shape(sizes[i]);
        struct dfc_model *m = new_model(sizes[i]);

        for (uint32_t round = 0; round < 200000; round++) {
            struct place p = any_place(&random);

            check_hit_and_unit(m, &shape, &p);
        }
        free(m);
    }
}

static void a_unit_that_is_sure_teaches_nothing(void **state)
{
    struct dfc_shape shape = dfc_model_shape(4096);
    struct dfc_model *m = new_model(4096);
    uint64_t before[512];
    struct place p;
    struct dfc_mix mix;

    (void)state;
    memset(&p, 0, sizeof(p));
    p.c.field_left = 1;
    for (uint32_t i = 0;; i++) {
        assert_true(i < 1000); // until it is sure
        dfc_mix_miss(&mix, m, &shape, &p.h, &p.c, 0, 0, 1);
        memcpy(before, m, sizeof(before));
        dfc_mix_miss_learn(&mix, 0, 1);
        if (mix.p < 256) {
            break;
        }
        assert_memory_not_equal(before, m, sizeof(before));
    }
    assert_memory_equal(before, m, sizeof(before));
    dfc_mix_miss_learn(&mix, 1, 1); // that was a surprise
    assert_memory_not_equal(before, m, sizeof(before));
    // Hit flags always learn.
    for (uint32_t i = 0; i < 1000; i++) {
        dfc_mix_miss(&mix, m, &shape, &p.h, &p.c, 0, 0, 0);
        memcpy(before, m, sizeof(before));
        dfc_mix_miss_learn(&mix, 0, 0);
        if (mix.p < 256) {
            break;
        }
    }
    assert_true(mix.p < 256);
    assert_memory_not_equal(before, m, sizeof(before));
    free(m);
}

// --- Bytes -----------------------------------------------------------------

static uint32_t format_mix(uint32_t context, uint32_t salt)
{
    uint32_t x = (context + salt * 0x9E3779B1u) * 0x85EBCA6Bu;

    return (x ^ x >> 15) * 0xC2B2AE35u;
}

static void format_literal(uint32_t *hash, const struct place *p)
{
    uint32_t r = p->h.recent, lane = p->at & 1;
    uint32_t before = lane ? r >> 8 & 0xFF : r & 0xFF;

    hash[0] = format_mix(lane, 1);
    hash[1] = format_mix(before >> 3 | lane << 5, 2);
    hash[2] = format_mix((r & 0xFF) | lane << 8, 3);
}

static void format_correction(uint32_t *hash, const struct place *p)
{
    uint32_t r = p->h.recent, lane = p->at & 1;
    uint32_t left = p->c.field_left;
    uint32_t predicted = p->word & 0xFF;
    uint32_t next = left > 1 ? p->word >> 8 & 0xFF : 256;

    hash[0] = format_mix(next | lane << 9, 4);
    hash[1] = format_mix(p->c.plain ^ p->c.mapped, 5);
    hash[2] = lane ? format_mix(predicted >> 2 | (r & 0xC0) << 2 | 1 << 20, 6)
                   : format_mix(predicted >> 6 | next << 8, 6);
    hash[3] = format_mix(p->c.kind | left << 4 | (p->h.misses & 2) << 8, 7);
    hash[4] = format_mix((p->h.differences & 0xFF) | (p->h.misses & 6) << 8, 8);
}

// Code a byte there; its slots and weights are those of FORMAT.md.
static void check_byte(struct dfc_model *m, const struct dfc_shape *shape,
                       const struct place *p, uint32_t correction,
                       uint32_t value)
{
    uint32_t inputs = correction ? 5 : 3;
    const int16_t *weight = correction ? m->correction_weight[0]
                                       : m->literal_weight[8 * (p->at & 1)];
    uint32_t hash[5], y[5];
    struct dfc_byte b;
    struct dfc_mix mix;

    (correction ? format_correction : format_literal)(hash, p);
    dfc_byte_begin(&b, m, &p->h, correction ? &p->c : NULL, p->word, p->at);
    assert_int_equal(b.inputs, inputs);
    for (uint32_t depth = 0; depth < 8; depth++) {
        uint32_t partial = (256 | value) >> (8 - depth);
        uint32_t node = depth < 4 ? partial
                                  : 1u << (depth - 4) |
                                        (partial & ((1u << (depth - 4)) - 1));

        dfc_mix_bit(&mix, m, shape, &b);
        assert_int_equal(b.node, node);
        assert_ptr_equal(b.weight, weight + depth * inputs);
        for (uint32_t i = 0; i < inputs; i++) {
            if (depth % 4 == 0) {
                y[i] = (hash[i] + partial * 0x9E3779B1u) * 0x85EBCA6Bu;
            }
            assert_ptr_equal(b.slots[i],
                             byte_table(m, shape) +
                                 ((y[i] >> 16) * (shape->bytes - 15) >> 16));
            assert_int_equal(b.check[i], y[i] >> 5 & 31);
        }
        dfc_mix_bit_learn(&mix, &b, value >> (7 - depth) & 1);
    }
    assert_int_equal(b.partial, 256 + value);
}

static void bytes_have_their_contexts(void **state)
{
    static const uint32_t sizes[] = {DFC_MODEL_MIN, 4096, DFC_MODEL_LARGE,
                                     16384 + 64, DFC_MODEL_MAX};
    uint64_t random = 2;

    (void)state;
    for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct dfc_shape shape = dfc_model_shape(sizes[i]);
        struct dfc_model *m = new_model(sizes[i]);

        for (uint32_t round = 0; round < 30000; round++) {
            struct place p = any_place(&random);

            check_byte(m, &shape, &p, round & 1, chance_pick(&random, 256));
        }
        free(m);
    }
}

static void bytes_use_all_slots(void **state)
{
    struct dfc_shape shape = dfc_model_shape(8192);
    struct dfc_model *m = new_model(8192);
    uint64_t random = 3;
    uint32_t untouched = 0;

    (void)state;
    for (uint32_t round = 0; round < 20000; round++) {
        struct place p = any_place(&random);

        check_byte(m, &shape, &p, round & 1, chance_pick(&random, 256));
    }
    for (uint32_t i = 0; i < shape.bytes; i++) {
        untouched += byte_table(m, &shape)[i] == 0x8000;
    }
    assert_true(untouched < shape.bytes / 20);
    free(m);
}

// What comes again is soon told in less than a bit.
static void a_byte_that_comes_again_is_learnt(void **state)
{
    struct dfc_shape shape = dfc_model_shape(4096);
    struct dfc_model *m = new_model(4096);
    uint64_t random = 4;
    struct place p = any_place(&random);
    double likely = 1;
    struct dfc_byte b;
    struct dfc_mix mix;

    (void)state;
    for (uint32_t round = 0; round < 8; round++) {
        dfc_byte_begin(&b, m, &p.h, NULL, 0, p.at);
        likely = 1;
        while (b.partial < 256) {
            uint32_t bit = b.partial & 1; // 0xAA

            dfc_mix_bit(&mix, m, &shape, &b);
            likely *= (bit ? mix.p : 65536 - mix.p) / 65536.0;
            dfc_mix_bit_learn(&mix, &b, bit);
        }
        assert_true(round > 0 || likely < 1 / 128.0);
    }
    assert_true(likely > 0.5);
    free(m);
}

// --- History ---------------------------------------------------------------

static void counts_stop_at_65535(void **state)
{
    struct dfc_history h;

    (void)state;
    dfc_history_begin(&h);
    for (uint32_t i = 0; i < 70000; i++) {
        dfc_history_hits(&h, 1 + i % 3);
        dfc_history_literal(&h);
        assert_int_equal(h.literals, least(i + 1, 65535));
    }
    assert_int_equal(h.run, 65535);
    assert_int_equal(h.age, 65535);
    dfc_history_miss(&h);
    assert_int_equal(h.run, 0);
    assert_int_equal(h.age, 65535);
    assert_int_equal(h.misses, 1);
    dfc_history_source(&h, 5, 0);
    assert_int_equal(h.run | h.age | h.literals, 0);
}

static void hits_at_once_are_hits_one_by_one(void **state)
{
    (void)state;
    for (uint32_t count = 0; count <= 24; count++) {
        struct dfc_history once = {0};
        struct dfc_history single;

        once.misses = 0xDEADBEEFu;
        once.run = 65520;
        once.age = 65530;
        single = once;
        dfc_history_hits(&once, count);
        for (uint32_t i = 0; i < count; i++) {
            dfc_history_hits(&single, 1);
        }
        assert_memory_equal(&once, &single, sizeof(once));
    }
}

static void what_was_last_stands_lowest(void **state)
{
    struct dfc_history h;

    (void)state;
    dfc_history_begin(&h);
    for (uint32_t i = 1; i <= 5; i++) {
        dfc_history_byte(&h, 0x10 + i);
        dfc_history_difference(&h, 0x20 + i);
        if (i & 1) {
            dfc_history_miss(&h);
        } else {
            dfc_history_hits(&h, 1);
        }
        dfc_history_choice(&h, DFC_HALF, i == 2);
    }
    assert_int_equal(h.recent, 0x12131415);
    assert_int_equal(h.differences, 0x22232425);
    assert_int_equal(h.misses, 0x15);
    assert_int_equal(h.age, 5);
    assert_int_equal(h.choices[DFC_HALF], 8);
    assert_int_equal(h.choices[DFC_CALL], 0);
}

static void a_used_alignment_moves_to_the_front(void **state)
{
    static const uint32_t steps[][4] = {
        // alignment, then rep[0..2] after it
        {10, 10, 0, 0},   {20, 20, 10, 0},  {30, 30, 20, 10}, {40, 40, 30, 20},
        {30, 30, 40, 20}, {30, 30, 40, 20}, {20, 20, 30, 40}, {50, 50, 20, 30},
        {30, 30, 50, 20}, {40, 40, 30, 50},
    };
    struct dfc_history h;

    (void)state;
    dfc_history_begin(&h);
    for (uint32_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        dfc_history_source(&h, steps[i][0], i & 1);
        assert_memory_equal(h.rep, steps[i] + 1, sizeof(h.rep));
    }
}

static void a_long_alignment_with_the_old_image_is_an_anchor(void **state)
{
    // Alignment, in the old image, bytes of it, the anchor then.
    static const uint32_t steps[][4] = {
        {100, 1, 15, 0},   {200, 1, 16, 200}, {300, 0, 99, 200},
        {400, 1, 0, 200},  {500, 1, 17, 500}, {400, 1, 1, 500},
        {500, 0, 16, 500}, {600, 1, 99, 600}, {600, 1, 2, 600},
    };
    struct dfc_history h;

    (void)state;
    dfc_history_begin(&h);
    for (uint32_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        dfc_history_source(&h, steps[i][0], steps[i][1]);
        for (uint32_t byte = 0; byte < steps[i][2]; byte++) {
            // Misses count as well.
            if (byte % 3 == 0) {
                dfc_history_miss(&h);
            } else {
                dfc_history_hits(&h, 1);
            }
        }
        assert_int_equal(dfc_anchor(&h), steps[i][3]);
    }
}

// --- Contexts of single counters -------------------------------------------

static void flags_have_their_contexts(void **state)
{
    uint64_t random = 5;

    (void)state;
    for (uint32_t round = 0; round < 100000; round++) {
        struct place p = any_place(&random);
        uint32_t kind = 1 + chance_pick(&random, 5);
        uint32_t m = set_bits(p.h.misses & 0xFFFF);
        uint32_t age = p.h.age;
        uint32_t stage = age < 4 ? 0 : age < 8 ? 1 : age < 32 ? 2 : 3;

        assert_int_equal(dfc_copy_context(&p.h, p.at),
                         2 * least(p.h.literals, 3) + (p.at & 1));
        assert_int_equal(dfc_stay_context(&p.h), 8 + (m > 3 ? 4u : 0) + stage);
        assert_int_equal(dfc_choice_context(&p.h, kind),
                         16 + 4 * (kind - 1) + (p.h.choices[kind] & 3));
    }
}

static void flags_lie_as_format_md_says(void **state)
{
    (void)state;
    assert_int_equal(DFC_FLAG_COPY, 0);
    assert_int_equal(DFC_FLAG_STAY, 8);
    assert_int_equal(DFC_FLAG_CHOICE, 16);
    assert_int_equal(DFC_FLAG_CLASS, 36);
    assert_int_equal(DFC_FLAG_RECENT, 40);
    assert_int_equal(DFC_FLAG_TOP, 44);
    assert_int_equal(DFC_FLAG_LOW, 52);
    assert_int_equal(DFC_FLAG_SIZE, 56);
    assert_int_equal(DFC_FLAG_TAIL, 312);
}

static void sources_are_as_wide_as_the_old_image(void **state)
{
    (void)state;
    for (uint32_t size = 1; size <= 32; size++) {
        assert_int_equal(dfc_source_width(size), 5);
    }
    for (uint32_t bits = 5; bits < 32; bits++) {
        assert_int_equal(dfc_source_width(1u << bits), bits);
        assert_int_equal(dfc_source_width((1u << bits) + 1), bits + 1);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_model_fills_its_memory),
        cmocka_unit_test(hits_and_units_have_their_contexts),
        cmocka_unit_test(a_unit_that_is_sure_teaches_nothing),
        cmocka_unit_test(bytes_have_their_contexts),
        cmocka_unit_test(bytes_use_all_slots),
        cmocka_unit_test(a_byte_that_comes_again_is_learnt),
        cmocka_unit_test(counts_stop_at_65535),
        cmocka_unit_test(hits_at_once_are_hits_one_by_one),
        cmocka_unit_test(what_was_last_stands_lowest),
        cmocka_unit_test(a_used_alignment_moves_to_the_front),
        cmocka_unit_test(a_long_alignment_with_the_old_image_is_an_anchor),
        cmocka_unit_test(flags_have_their_contexts),
        cmocka_unit_test(flags_lie_as_format_md_says),
        cmocka_unit_test(sources_are_as_wide_as_the_old_image),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
