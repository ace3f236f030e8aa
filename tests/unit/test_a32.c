// SPDX-License-Identifier: MIT
// References in ARM (A32) code, FORMAT.md section 6.7. Vectors were worked out
// by hand from the encodings in the Arm Architecture Reference Manual for
// v7-A, A8.8.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "chance.h"
#include "reference.h"

#define BASE 0x80008000u
#define WORDS_MAX 64u

// An image of words.
struct code {
    uint8_t bytes[4 * WORDS_MAX];
    struct dfc_view view;
};

static void put_code(struct code *c, const uint32_t *words, uint32_t count,
                     uint32_t base)
{
    assert_true(count <= WORDS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        dfc_put32(c->bytes + 4 * i, words[i]);
    }
    c->view = (struct dfc_view){c->bytes, 0, 4 * count, 4 * count, base};
}

static void check_reference(const struct code *c, uint32_t s, uint32_t kind,
                            uint32_t target)
{
    for (uint32_t i = s; i < s + 4; i++) {
        struct dfc_reference ref;

        assert_int_equal(dfc_a32_at(&c->view, i, &ref), 1);
        assert_int_equal(ref.at, s);
        assert_int_equal(ref.size, 4);
        assert_int_equal(ref.kind, kind);
        assert_int_equal(ref.target, target);
        assert_int_equal(
            dfc_a32_bytes(&c->view, &ref, c->view.base + s, target),
            dfc_get32(c->bytes + s));
    }
}

static void check_plain(const struct code *c, uint32_t s)
{
    for (uint32_t i = s; i < s + 4; i++) {
        struct dfc_reference ref;

        assert_int_equal(dfc_a32_at(&c->view, i, &ref), 0);
        assert_int_equal(ref.at, s);
        assert_int_equal(ref.size, 4);
    }
}

// --- Branches --------------------------------------------------------------

struct vector {
    uint32_t word;
    uint32_t at; // its address
    uint32_t kind;
    uint32_t target;
};

static const struct vector vectors[] = {
    // BL A1: cond 1011 imm24, from PC = address + 8
    {0xEB000000, BASE, DFC_CALL, BASE + 8},
    {0xEBFFFFFE, BASE, DFC_CALL, BASE}, // itself
    {0xEB000001, BASE + 4, DFC_CALL, BASE + 16},
    {0x0BFFFFFF, BASE, DFC_CALL, BASE + 4}, // bleq
    {0xDB00ABCD, BASE, DFC_CALL, BASE + 8 + 0x2AF34},
    {0xEB1FFFFF, BASE, DFC_CALL, BASE + 8 + 0x7FFFFC}, // farthest
    {0xEBE00000, BASE, DFC_CALL, BASE + 8 - 0x800000}, // farthest back
    {0xEBFFFFFD, 0, DFC_CALL, 0xFFFFFFFC},             // wraps
    // BLX A2: 1111 101 H imm24, H is bit 1 of the displacement
    {0xFA000000, BASE, DFC_CALL, BASE + 8},
    {0xFB000000, BASE, DFC_CALL, BASE + 10},
    {0xFBFFFFFE, BASE, DFC_CALL, BASE + 2},
    {0xFAE00000, BASE, DFC_CALL, BASE + 8 - 0x800000},
    // B A1: cond 1010 imm24
    {0xEA000010, BASE, DFC_BRANCH, BASE + 8 + 0x40},   // nearest
    {0xEAFFFFEF, BASE, DFC_BRANCH, BASE + 8 - 0x44},   // nearest back
    {0x1A001234, BASE, DFC_BRANCH, BASE + 8 + 0x48D0}, // bne
    {0xEA1FFFFF, BASE, DFC_BRANCH, BASE + 8 + 0x7FFFFC},
    {0xCAE00000, BASE + 4, DFC_BRANCH, BASE + 12 - 0x800000},
};
#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static void branches_are_seen_with_their_targets(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < VECTORS; i++) {
        struct code c;

        put_code(&c, &vectors[i].word, 1, vectors[i].at);
        check_reference(&c, 0, vectors[i].kind, vectors[i].target);
    }
}

static void branches_are_encoded_as_the_manual_says(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < VECTORS; i++) {
        const struct vector *v = &vectors[i];
        uint32_t is_blx = v->word >> 28 == 0xF;
        // The same instruction, pointing elsewhere.
        uint32_t word = (v->word & (is_blx ? 0xFE000000 : 0xFF000000)) | 0x1000;
        struct dfc_reference ref;
        struct code c;

        put_code(&c, &word, 1, 0x20000000);
        assert_int_equal(dfc_a32_at(&c.view, 0, &ref), 1);
        assert_int_equal(ref.target, 0x20004008);
        assert_int_equal(dfc_a32_bytes(&c.view, &ref, v->at, v->target),
                         v->word);
    }
}

static void other_words_are_plain(void **state)
{
    static const uint32_t others[] = {
        0xE320F000, // nop
        0xE12FFF1E, // bx lr
        0xE12FFF33, // blx r3
        0xE59F3010, // ldr r3, [pc, #16]
        0xE28F0010, // add r0, pc, #16
        0xE92D4010, // push
        0xEF000000, // svc
        0xEC000000, // stc
        0xEA00000F, // b, so near that it moves with its target
        0xEAFFFFF0, // the same, back
        0xEA200000, // too far
        0xEADFFFFF, // the same, back
        0xEB200000, 0xEBDFFFFF, 0xFA200000,
        0xE3000001,                                     // movw without its movt
        0xE3400001,                                     // movt without its movw
        0xE3200001,                                     // between both
        0x6A6F6B65, 0x4B434F4C, 0x3A6E6977, 0x2A2A2A2A, // text
        0x00000000, 0xFFFFFFFF,
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct code c;

        put_code(&c, &others[i], 1, BASE);
        check_plain(&c, 0);
    }
}

static void bits_out_of_reach_are_dropped(void **state)
{
    static const struct {
        uint32_t word, target, expected; // target from PC
    } cases[] = {
        {0xEB000000, 0x12345678, 0xEB8D159E},
        {0xEB000000, 3, 0xEB000000},
        {0x1A000100, 0xFEDCBA98, 0x1AB72EA6},
        {0xFA000000, 0x1234567B, 0xFB8D159E}, // bit 1 goes to H
        {0xFB000000, 0x12345678, 0xFA8D159E},
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dfc_reference ref;
        struct code c;

        put_code(&c, &cases[i].word, 1, BASE);
        assert_int_equal(dfc_a32_at(&c.view, 0, &ref), 1);
        assert_int_equal(
            dfc_a32_bytes(&c.view, &ref, BASE, BASE + 8 + cases[i].target),
            cases[i].expected);
    }
}

// --- MOVW and MOVT ---------------------------------------------------------

// MOVW r, #0x1234 and MOVT r, #0x8007: cond 00110 t 00 imm4 Rd imm12.
#define NOP 0xE320F000u
#define MOVW(r) (0xE3010234u | (r) << 12)
#define MOVT(r) (0xE3480007u | (r) << 12)
#define TARGET 0x80071234u

static void a_pair_makes_one_target(void **state)
{
    const uint32_t words[] = {MOVW(3), MOVT(3)};
    struct dfc_reference ref;
    struct code c;

    (void)state;
    put_code(&c, words, 2, BASE);
    check_reference(&c, 0, DFC_HALF, TARGET);
    check_reference(&c, 4, DFC_HALF, TARGET);
    dfc_a32_at(&c.view, 0, &ref);
    assert_int_equal(dfc_a32_bytes(&c.view, &ref, 0, 0xFEDC5678), 0xE3053678);
    dfc_a32_at(&c.view, 4, &ref);
    assert_int_equal(dfc_a32_bytes(&c.view, &ref, 0, 0xFEDC5678), 0xE34F3EDC);
}

static void pairs_may_be_interleaved(void **state)
{
    const uint32_t words[] = {MOVW(1), 0xE3022111, NOP, 0xE3482008, MOVT(1)};
    struct code c;

    (void)state;
    put_code(&c, words, 5, BASE);
    check_reference(&c, 0, DFC_HALF, TARGET);
    check_reference(&c, 4, DFC_HALF, 0x80082111);
    check_plain(&c, 8);
    check_reference(&c, 12, DFC_HALF, 0x80082111);
    check_reference(&c, 16, DFC_HALF, TARGET);
}

static void the_nearest_partner_counts(void **state)
{
    const uint32_t words[] = {0xE3001999, MOVW(1), MOVT(1), 0xE3481999};
    struct code c;

    (void)state;
    put_code(&c, words, 4, BASE);
    check_reference(&c, 4, DFC_HALF, TARGET);
    check_reference(&c, 8, DFC_HALF, TARGET);
}

static void a_pair_has_one_register_and_one_condition(void **state)
{
    const uint32_t others[] = {MOVT(2), MOVT(1) & 0x0FFFFFFFu, MOVW(1)};

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t words[] = {MOVW(1), others[i]};
        struct code c;

        put_code(&c, words, 2, BASE);
        check_plain(&c, 0);
        check_plain(&c, 4);
    }
}

static void movt_comes_after_movw(void **state)
{
    const uint32_t words[] = {MOVT(1), MOVW(1)};
    struct code c;

    (void)state;
    put_code(&c, words, 2, BASE);
    check_plain(&c, 0);
    check_plain(&c, 4);
}

static void pairs_reach_32_bytes(void **state)
{
    (void)state;
    for (uint32_t distance = 1; distance <= 12; distance++) {
        uint32_t words[16];
        struct code c;

        for (uint32_t i = 0; i < 16; i++) {
            words[i] = NOP;
        }
        words[1] = MOVW(12);
        words[1 + distance] = MOVT(12);
        put_code(&c, words, 16, BASE);
        if (distance <= 8) {
            check_reference(&c, 4, DFC_HALF, TARGET);
            check_reference(&c, 4 + 4 * distance, DFC_HALF, TARGET);
        } else {
            check_plain(&c, 4);
            check_plain(&c, 4 + 4 * distance);
        }
    }
}

// --- Edges -----------------------------------------------------------------

static void an_instruction_lies_wholly_in_the_image(void **state)
{
    const uint32_t words[] = {MOVW(1), MOVT(1)};

    (void)state;
    for (uint32_t size = 1; size <= 8; size++) {
        // Of exactly this size, so that a sanitizer sees reads behind it.
        uint8_t *bytes = malloc(size);
        struct dfc_view view = {bytes, 0, size, size, BASE};
        struct code c;

        assert_non_null(bytes);
        put_code(&c, words, 2, BASE);
        memcpy(bytes, c.bytes, size);
        for (uint32_t s = 0; s < size; s++) {
            struct dfc_reference ref;

            assert_int_equal(dfc_a32_at(&view, s, &ref), size == 8);
            assert_int_equal(ref.at, s & ~3u);
            assert_int_equal(ref.size, size - ref.at < 4 ? size - ref.at : 4);
        }
        free(bytes);
    }
}

// --- Properties ------------------------------------------------------------

// Words that begin like references, of few registers.
static void make_code(uint64_t *random, struct code *c)
{
    static const uint32_t forms[] = {
        0xEB000000, 0xEA000000, 0x1AE00000, 0xFA000000, 0xFBE00000,
        0xE3000000, 0xE3400000, 0xE3000000, 0xE3400000, 0xE59F0000,
    };
    uint32_t words[WORDS_MAX];

    for (uint32_t i = 0; i < WORDS_MAX; i++) {
        words[i] = forms[chance_pick(random, 10)] ^
                   (chance_word(random) & 0x000F1FFFu);
        if (chance_pick(random, 8) == 0) {
            words[i] = chance_word(random);
        }
    }
    put_code(c, words, WORDS_MAX, chance_word(random));
    c->view.size = 4 * WORDS_MAX - chance_pick(random, 4);
    c->view.count = c->view.size;
}

static void every_reference_is_encoded_as_it_was(void **state)
{
    uint64_t random = 1;
    uint32_t found = 0;

    (void)state;
    for (uint32_t i = 0; i < 5000; i++) {
        struct dfc_reference ref;
        struct code c;

        make_code(&random, &c);
        for (uint32_t s = 0; s < c.view.size; s += ref.size) {
            if (dfc_a32_at(&c.view, s, &ref)) {
                assert_int_equal(dfc_a32_bytes(&c.view, &ref,
                                               c.view.base + ref.at,
                                               ref.target),
                                 dfc_get32(c.bytes + s));
                found++;
            }
            assert_int_equal(ref.at, s);
        }
    }
    assert_true(found > 100000);
}

static void a_window_shows_the_same_as_the_image(void **state)
{
    uint64_t random = 2;

    (void)state;
    for (uint32_t i = 0; i < 500; i++) {
        struct code c;

        make_code(&random, &c);
        for (uint32_t s = 0; s < c.view.size; s++) {
            uint32_t first = s > DFC_LOOKBACK ? s - DFC_LOOKBACK : 0;
            uint32_t end = s + DFC_LOOKAHEAD < c.view.size ? s + DFC_LOOKAHEAD
                                                           : c.view.size;
            uint8_t *bytes = malloc(end - first);
            struct dfc_view view = {bytes, first, end - first, c.view.size,
                                    c.view.base};
            struct dfc_reference whole, part;
            uint32_t found;

            assert_non_null(bytes);
            memcpy(bytes, c.bytes + first, end - first);
            found = dfc_a32_at(&c.view, s, &whole);
            assert_int_equal(dfc_a32_at(&view, s, &part), found);
            assert_int_equal(part.at, whole.at);
            assert_int_equal(part.size, whole.size);
            if (found) {
                assert_int_equal(part.kind, whole.kind);
                assert_int_equal(part.target, whole.target);
            }
            free(bytes);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(branches_are_seen_with_their_targets),
        cmocka_unit_test(branches_are_encoded_as_the_manual_says),
        cmocka_unit_test(other_words_are_plain),
        cmocka_unit_test(bits_out_of_reach_are_dropped),
        cmocka_unit_test(a_pair_makes_one_target),
        cmocka_unit_test(pairs_may_be_interleaved),
        cmocka_unit_test(the_nearest_partner_counts),
        cmocka_unit_test(a_pair_has_one_register_and_one_condition),
        cmocka_unit_test(movt_comes_after_movw),
        cmocka_unit_test(pairs_reach_32_bytes),
        cmocka_unit_test(an_instruction_lies_wholly_in_the_image),
        cmocka_unit_test(every_reference_is_encoded_as_it_was),
        cmocka_unit_test(a_window_shows_the_same_as_the_image),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
