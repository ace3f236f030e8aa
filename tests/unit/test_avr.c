// SPDX-License-Identifier: MIT
// References in AVR code. Vectors were worked out by hand from the AVR
// Instruction Set Manual.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bytes.h"
#include "isa_check.h"

#define BASE 0x1000u
#define DATA 0x800000u
#define WORDS_MAX 64u

struct code {
    uint8_t bytes[2 * WORDS_MAX];
    struct dfc_view view;
};

static void put_code(struct code *c, const uint16_t *words, uint32_t count,
                     uint32_t base)
{
    assert_true(count <= WORDS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        dfc_put16(c->bytes + 2 * i, words[i]);
    }
    c->view = isa_view(c->bytes, 2 * count, base);
}

static void check_at(const struct code *c, uint32_t at, uint32_t size,
                     uint32_t kind, uint32_t target)
{
    for (uint32_t s = at; s < at + size; s++) {
        struct dfc_reference ref;

        assert_int_equal(dfc_avr_at(&c->view, s, &ref), 1);
        assert_int_equal(ref.at, at);
        assert_int_equal(ref.size, size);
        assert_int_equal(ref.kind, kind);
        assert_int_equal(ref.target, target);
    }
}

static void check_plain(const struct code *c, uint32_t s)
{
    struct dfc_reference ref;

    assert_int_equal(dfc_avr_at(&c->view, s, &ref), 0);
    assert_int_equal(ref.at, s & ~1u);
    assert_int_equal(ref.size, c->view.size - ref.at < 2 ? 1 : 2);
}

// --- Encodings -------------------------------------------------------------

struct vector {
    uint16_t w1, w2;
    uint32_t size;
    uint32_t kind;
    uint32_t target;
    uint32_t kept; // bits that are no part of the target
};

static const struct vector vectors[] = {
    // CALL 1001 010k kkkk 111k, JMP 1001 010k kkkk 110k, k: words
    {0x940E, 0x0000, 4, DFC_CALL, 0, 0xFE0E},
    {0x940E, 0x0001, 4, DFC_CALL, 2, 0xFE0E},
    {0x940E, 0xFFFF, 4, DFC_CALL, 0x1FFFE, 0xFE0E},
    {0x940F, 0x0000, 4, DFC_CALL, 0x20000, 0xFE0E},  // k16
    {0x941E, 0x0000, 4, DFC_CALL, 0x40000, 0xFE0E},  // k17
    {0x95FF, 0xFFFF, 4, DFC_CALL, 0x7FFFFE, 0xFE0E}, // farthest
    {0x940C, 0x1234, 4, DFC_BRANCH, 0x2468, 0xFE0E},
    {0x940D, 0x1234, 4, DFC_BRANCH, 0x22468, 0xFE0E},
    // RCALL 1101 k, RJMP 1100 k: from the next word
    {0xD000, 0, 2, DFC_CALL, BASE + 2, 0xF000},
    {0xDFFF, 0, 2, DFC_CALL, BASE, 0xF000},
    {0xD7FF, 0, 2, DFC_CALL, BASE + 2 + 0xFFE, 0xF000},
    {0xC001, 0, 2, DFC_BRANCH, BASE + 4, 0xF000},
    {0xC800, 0, 2, DFC_BRANCH, BASE + 2 - 0x1000, 0xF000},
    // LDS 1001 000d dddd 0000, STS 1001 001r rrrr 0000: data memory
    {0x9180, 0x0123, 4, DFC_LOAD, DATA + 0x123, 0xFFFF},
    {0x93F0, 0xFFFF, 4, DFC_LOAD, DATA + 0xFFFF, 0xFFFF},
    // LDI 1110 KKKK dddd KKKK: r24, r25 and r30, r31
    {0xE384, 0xE192, 4, DFC_HALF, DATA + 0x1234, 0xF0F0F0F0},
    {0xEFEF, 0xE0F0, 4, DFC_HALF, DATA + 0x00FF, 0xF0F0F0F0},
};
#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static void put_vector(struct code *c, const struct vector *v)
{
    const uint16_t words[] = {v->w1, v->w2};

    put_code(c, words, v->size == 2 ? 1 : 2, BASE);
}

static uint32_t bytes_of(const struct vector *v)
{
    return v->size == 2 ? v->w1 : (uint32_t)v->w2 << 16 | v->w1;
}

static void instructions_are_decoded_as_the_manual_says(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < VECTORS; i++) {
        struct code c;

        put_vector(&c, &vectors[i]);
        check_at(&c, 0, vectors[i].size, vectors[i].kind, vectors[i].target);
    }
}

static void instructions_are_encoded_as_the_manual_says(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < VECTORS; i++) {
        for (uint32_t k = 0; k < VECTORS; k++) {
            const struct vector *v = &vectors[i];
            const struct vector *from = &vectors[k];
            struct dfc_reference ref;
            struct code c;

            if (v->kept != from->kept ||
                ((bytes_of(v) ^ bytes_of(from)) & v->kept) != 0) {
                continue;
            }
            put_vector(&c, from);
            assert_int_equal(dfc_avr_at(&c.view, 0, &ref), 1);
            assert_int_equal(dfc_avr_bytes(&c.view, &ref, BASE, v->target),
                             bytes_of(v));
        }
    }
}

static void bits_beyond_reach_are_dropped(void **state)
{
    struct dfc_reference ref;
    struct code c;

    (void)state;
    put_vector(&c, &vectors[0]);
    assert_int_equal(dfc_avr_at(&c.view, 0, &ref), 1);
    assert_int_equal(dfc_avr_bytes(&c.view, &ref, 0, 0xFF800003), 0x0001940E);
    put_vector(&c, &vectors[8]);
    assert_int_equal(dfc_avr_at(&c.view, 0, &ref), 1);
    assert_int_equal(dfc_avr_bytes(&c.view, &ref, 0x4000, 0x6004), 0xD001);
}

static void other_instructions_are_plain(void **state)
{
    static const uint16_t others[][2] = {
        {0x9508, 0x0000}, // ret
        {0x940A, 0x0000}, // dec
        {0x9409, 0x9509}, // ijmp, icall
        {0x9181, 0x9189}, // ld
        {0xF001, 0xF401}, // breq, brne
        {0xE384, 0xE182}, // ldi twice into one register
        {0xE384, 0xE1A2}, // into r24 and r26
        {0xE394, 0xE1A2}, // into r25 and r26
        {0xE384, 0x2F92}, // ldi, mov
        {0xB000, 0xA000}, // in, ldd
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct code c;

        put_code(&c, others[i], 2, BASE);
        for (uint32_t s = 0; s < 4; s++) {
            check_plain(&c, s);
        }
    }
}

// --- Where instructions start ----------------------------------------------

static void a_second_word_begins_no_instruction(void **state)
{
    // nop; call whose second word looks like rjmp; sts with one like call;
    // rcall
    static const uint16_t words[] = {0x0000, 0x940E, 0xC000,
                                     0x9380, 0x940E, 0xD000};
    struct code c;

    (void)state;
    put_code(&c, words, 6, BASE);
    check_plain(&c, 0);
    check_at(&c, 2, 4, DFC_CALL, 0x18000);
    check_at(&c, 6, 4, DFC_LOAD, DATA + 0x940E);
    check_at(&c, 10, 2, DFC_CALL, BASE + 12);
}

static void parity_is_counted_over_16_words(void **state)
{
    (void)state;
    for (uint32_t run = 0; run <= 20; run++) {
        uint16_t words[WORDS_MAX];
        struct dfc_reference ref;
        struct code c;

        for (uint32_t i = 0; i < run; i++) {
            words[i] = 0x940E;
        }
        words[run] = 0xD000;
        put_code(&c, words, run + 1, BASE);
        // Beyond that, the last CALL is taken for one again.
        assert_int_equal(dfc_avr_at(&c.view, 2 * run, &ref), 1);
        assert_int_equal(ref.at == 2 * run, run <= 16 && run % 2 == 0);
    }
}

static void an_instruction_lies_wholly_in_the_image(void **state)
{
    static const uint16_t words[] = {0x0000, 0x940E, 0x0010, 0xC000};
    struct code c;

    (void)state;
    put_code(&c, words, 4, BASE);
    for (uint32_t size = 1; size <= 8; size++) {
        c.view = isa_view(c.bytes, size, BASE);
        for (uint32_t s = 0; s < size; s++) {
            struct dfc_reference ref;

            assert_int_equal(dfc_avr_at(&c.view, s, &ref),
                             (size >= 6 && s >= 2 && s < 6) ||
                                 (size == 8 && s >= 6));
        }
        isa_check_image(dfc_avr_at, dfc_avr_bytes, &c.view);
    }
}

// --- Any bytes -------------------------------------------------------------

static void fill(uint64_t *random, uint8_t *bytes, uint32_t size)
{
    static const uint16_t forms[] = {0x940E, 0x940C, 0xD000, 0xC000,
                                     0x9180, 0x93F0, 0xE080, 0xE090};

    chance_bytes(random, bytes, size);
    for (uint32_t i = 0; i + 2 <= size; i += 2) {
        if (chance_pick(random, 2) == 0) {
            dfc_put16(bytes + i, forms[chance_pick(random, 8)] |
                                     (chance_word(random) & 0x1u));
        }
    }
}

static void what_is_read_is_what_is_written(void **state)
{
    uint64_t random = 4;
    uint32_t count = 0;

    (void)state;
    for (uint32_t i = 0; i < 2000; i++) {
        uint32_t size = 1 + chance_pick(&random, 160);
        uint8_t bytes[160];
        struct dfc_view view =
            isa_view(bytes, size, chance_word(&random) & ~1u);

        fill(&random, bytes, size);
        count += isa_check_image(dfc_avr_at, dfc_avr_bytes, &view);
    }
    assert_true(count > 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instructions_are_decoded_as_the_manual_says),
        cmocka_unit_test(instructions_are_encoded_as_the_manual_says),
        cmocka_unit_test(bits_beyond_reach_are_dropped),
        cmocka_unit_test(other_instructions_are_plain),
        cmocka_unit_test(a_second_word_begins_no_instruction),
        cmocka_unit_test(parity_is_counted_over_16_words),
        cmocka_unit_test(an_instruction_lies_wholly_in_the_image),
        cmocka_unit_test(what_is_read_is_what_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
