// SPDX-License-Identifier: MIT
// References in Xtensa code. Vectors were worked out by hand from the Xtensa
// Instruction Set Architecture Reference Manual, 7.3.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bytes.h"
#include "isa_check.h"

#define BASE 0x40201000u
#define SPACE 0x100u // an image around the vector, in bytes

struct code {
    uint8_t bytes[SPACE];
    struct dfc_view view;
};

static void put(struct code *c, uint32_t at, uint32_t word, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        c->bytes[at + i] = (uint8_t)(word >> 8 * i);
    }
}

// An image full of NOP.N (3d f0): chains of instructions soon meet. One is
// started at every second place from `at` on.
static void begin(struct code *c, uint32_t base, uint32_t at)
{
    uint32_t i = 0;

    if (at % 2 != 0) {
        put(c, 0, 0x0020F0, 3); // nop
        i = 3;
    }
    for (; i < SPACE; i++) {
        c->bytes[i] = (i - at) % 2 == 0 ? 0x3D : 0xF0;
    }
    c->view = isa_view(c->bytes, SPACE, base);
}

// What comes after a 3-byte instruction at `at`.
static void go_on(struct code *c, uint32_t at)
{
    for (uint32_t i = at + 3; i < SPACE; i++) {
        c->bytes[i] = (i - at) % 2 != 0 ? 0x3D : 0xF0;
    }
}

static void check_at(const struct code *c, uint32_t at, uint32_t kind,
                     uint32_t target)
{
    for (uint32_t s = at; s < at + 3; s++) {
        struct dfc_reference ref;

        assert_int_equal(dfc_xtensa_at(&c->view, s, &ref), 1);
        assert_int_equal(ref.at, at);
        assert_int_equal(ref.size, 3);
        assert_int_equal(ref.kind, kind);
        assert_int_equal(ref.target, target);
    }
}

static void check_plain(const struct code *c, uint32_t s)
{
    struct dfc_reference ref;

    assert_int_equal(dfc_xtensa_at(&c->view, s, &ref), 0);
    assert_int_equal(ref.at, s);
    assert_int_equal(ref.size, 1);
}

// --- Encodings -------------------------------------------------------------

// Of each remainder modulo 4.
#define AT0 0x60u
#define AT1 0x61u
#define AT2 0x62u
#define AT3 0x63u

struct vector {
    uint32_t word;
    uint32_t at; // position of the instruction
    uint32_t kind;
    uint32_t target;
};

static const struct vector vectors[] = {
    // CALLn: offset 18 bits, n, 0101; target = (pc & ~3) + 4 + offset * 4
    {0x000005, AT0, DFC_CALL, BASE + AT0 + 4},
    {0x000005, AT3, DFC_CALL, BASE + AT0 + 4},
    {0x000045, AT0, DFC_CALL, BASE + AT0 + 8},
    {0xFFFFC5, AT0, DFC_CALL, BASE + AT0},
    {0x7FFFC5, AT1, DFC_CALL, BASE + AT1 - 1 + 0x80000},     // farthest
    {0x800005, AT2, DFC_CALL, BASE + AT2 - 2 + 4 - 0x80000}, // back
    {0x000065, AT0, DFC_CALL, BASE + AT0 + 8},               // call8
    {0xFFFFE5, AT3, DFC_CALL, BASE + AT0},
    // J: offset 18 bits, 00, 0110; target = pc + 4 + offset
    {0x000006, AT0, DFC_BRANCH, BASE + AT0 + 4},
    {0x000046, AT1, DFC_BRANCH, BASE + AT1 + 5},
    {0xFFFEC6, AT2, DFC_BRANCH, BASE + AT2 - 1},
    {0x07FEC6, AT3, DFC_BRANCH, BASE + AT3 + 0x1FFF}, // farthest taken
    {0xF7FF06, AT3, DFC_BRANCH, BASE + AT3 - 0x2000},
    // BZ: imm12, s, m, 01, 0110; target = pc + 4 + imm12
    {0x000216, AT0, DFC_BRANCH, BASE + AT0 + 4},         // beqz a2
    {0x001356, AT1, DFC_BRANCH, BASE + AT1 + 5},         // bnez a3
    {0xFFF496, AT2, DFC_BRANCH, BASE + AT2 + 3},         // bltz a4
    {0x7FF5D6, AT3, DFC_BRANCH, BASE + AT3 + 4 + 0x7FF}, // bgez a5
    {0x800216, AT3, DFC_BRANCH, BASE + AT3 + 4 - 0x800},
    // L32R: imm16, t, 0001; target = ((pc + 3) & ~3) + (imm16 - 65536) * 4
    {0xFFFF21, AT0, DFC_LOAD, BASE + AT0 - 4},
    {0xFFFF21, AT1, DFC_LOAD, BASE + AT1 + 3 - 4},
    {0xFFFF31, AT3, DFC_LOAD, BASE + AT3 + 1 - 4},
    {0xFFE8F1, AT0, DFC_LOAD, BASE + AT0 - 0x60}, // the image's first word
};
#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static void put_vector(struct code *c, const struct vector *v)
{
    begin(c, BASE, v->at);
    put(c, v->at, v->word, 3);
    go_on(c, v->at);
}

static void instructions_are_decoded_as_the_manual_says(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < VECTORS; i++) {
        struct code c;

        put_vector(&c, &vectors[i]);
        check_at(&c, vectors[i].at, vectors[i].kind, vectors[i].target);
        check_plain(&c, vectors[i].at - 1);
        check_plain(&c, vectors[i].at + 3);
    }
}

static void instructions_are_encoded_as_the_manual_says(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < VECTORS; i++) {
        const struct vector *v = &vectors[i];
        uint32_t k;

        // From any other instruction of the same form and register.
        for (k = 0; k < VECTORS; k++) {
            const struct vector *other = &vectors[k];
            struct dfc_reference ref;
            struct code c;
            uint32_t kept = v->kind == DFC_LOAD        ? 0xFF
                            : (v->word & 0x3F) == 0x16 ? 0xFFF
                                                       : 0x3F;

            if (((other->word ^ v->word) & kept) != 0) {
                continue;
            }
            put_vector(&c, other);
            assert_int_equal(dfc_xtensa_at(&c.view, other->at, &ref), 1);
            assert_int_equal(
                dfc_xtensa_bytes(&c.view, &ref, BASE + v->at, v->target),
                v->word);
        }
    }
}

static void targets_beyond_reach_keep_their_low_bits(void **state)
{
    struct dfc_reference ref;
    struct code c;

    (void)state;
    put_vector(&c, &vectors[0]);
    assert_int_equal(dfc_xtensa_at(&c.view, AT0, &ref), 1);
    assert_int_equal(dfc_xtensa_bytes(&c.view, &ref, BASE, BASE + 0x300008),
                     0x000045);
    // Low bits of a target that is no multiple of 4 are lost.
    assert_int_equal(dfc_xtensa_bytes(&c.view, &ref, BASE, BASE + 11),
                     0x000045);
}

static void other_instructions_are_plain(void **state)
{
    static const uint32_t others[] = {
        0x000015, 0x000035, // call4, call12
        0x080006, 0xF7FEC6, // j, too far
        0x000126, 0x000276, // beqi, loop
        0x001217,           // bnone: 8 bits
        0x0020F0, 0x0121C2, // nop, l8ui
        0xFFE721,           // l32r from before the image
        0x000021,           // from far before it
        0x00F00D,           // ret.n
        0x000000,
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct code c;

        begin(&c, BASE, AT0);
        put(&c, AT0, others[i], 3);
        check_plain(&c, AT0);
        check_plain(&c, AT0 + 1);
        check_plain(&c, AT0 + 2);
    }
}

static void a_word_that_is_an_address_is_a_literal(void **state)
{
    struct code c;

    (void)state;
    begin(&c, BASE, AT0);
    put(&c, AT0, BASE + 5, 4); // also: call0
    check_plain(&c, AT0);
    put(&c, AT0, 0x40301005, 4); // beyond the image
    // w = 0x301005: offset 0xC040.
    check_at(&c, AT0, DFC_CALL, BASE + AT0 + 4 + 0x30100);
}

// --- Where instructions start ----------------------------------------------

static void chains_of_instructions_tell_where_one_starts(void **state)
{
    struct code c;

    (void)state;
    // Bytes inside of instructions that look like a call are none.
    begin(&c, BASE, AT0);
    put(&c, AT0, 0x050522, 3); // l8ui a2, a5, 5
    check_plain(&c, AT0 + 1);
    check_plain(&c, AT0 + 2);
    // Chains from everywhere meet there.
    put(&c, AT0 + 3, 0x000005, 3);
    check_at(&c, AT0 + 3, DFC_CALL, BASE + AT0 + 4);
    // The chain of few: after nops of 3 bytes the others never meet it.
    for (uint32_t i = AT0 - 48; i < AT0; i += 3) {
        put(&c, i, 0x0020F0, 3);
    }
    put(&c, AT0, 0x000005, 3);
    check_plain(&c, AT0);
}

// Data before a function may lead all chains astray.
static void a_function_begins_a_chain(void **state)
{
    static const uint32_t entries[] = {0xF0C112, 0x004136};

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct code c;

        begin(&c, BASE, AT0);
        for (uint32_t k = AT0 + 3 - 39; k < AT0 + 3; k += 3) {
            put(&c, k, 0x0020F0, 3);
        }
        put(&c, AT0 + 3, 0, 1);
        put(&c, AT0 + 4, entries[i], 3);
        put(&c, AT0 + 7, 0x000045, 3);
        check_at(&c, AT0 + 7, DFC_CALL, BASE + AT0 + 12);
        // Only where the address is a multiple of 4.
        begin(&c, BASE + 1, AT0);
        for (uint32_t k = AT0 + 3 - 39; k < AT0 + 3; k += 3) {
            put(&c, k, 0x0020F0, 3);
        }
        put(&c, AT0 + 3, 0, 1);
        put(&c, AT0 + 4, entries[i], 3);
        put(&c, AT0 + 7, 0x000045, 3);
        check_plain(&c, AT0 + 7);
    }
}

static void a_return_ends_a_chain(void **state)
{
    (void)state;
    for (uint32_t fill = 0; fill < 4; fill++) {
        for (uint32_t windowed = 0; windowed < 2; windowed++) {
            struct code c;

            begin(&c, BASE, AT0);
            put(&c, AT0 + 6 - fill, windowed ? 0xF01D : 0xF00D, 2);
            put(&c, AT0 + 8 - fill, 0, fill);
            put(&c, AT0 + 8, 0x000045, 3);
            if (fill <= 2) {
                check_at(&c, AT0 + 8, DFC_CALL, BASE + AT0 + 16);
            }
            isa_check_image(dfc_xtensa_at, dfc_xtensa_bytes, &c.view);
        }
    }
}

static void the_image_begins_a_chain(void **state)
{
    struct code c;

    (void)state;
    begin(&c, BASE, 1);
    put(&c, 0, 0x000005, 3);
    put(&c, 3, 0xF03D, 2);
    put(&c, 5, 0x000005, 3);
    check_at(&c, 0, DFC_CALL, BASE + 4);
    check_at(&c, 5, DFC_CALL, BASE + 8);
    for (uint32_t size = 1; size <= 8; size++) {
        c.view = isa_view(c.bytes, size, BASE);
        for (uint32_t s = 0; s < size; s++) {
            struct dfc_reference ref;

            assert_int_equal(dfc_xtensa_at(&c.view, s, &ref),
                             (size >= 3 && s < 3) || (size == 8 && s >= 5));
        }
        isa_check_image(dfc_xtensa_at, dfc_xtensa_bytes, &c.view);
    }
}

// --- Any bytes -------------------------------------------------------------

static void fill(uint64_t *random, uint8_t *bytes, uint32_t size)
{
    static const uint8_t forms[] = {0x05, 0x25, 0x06, 0x16, 0x21,
                                    0x01, 0x22, 0x3D, 0x12, 0x36};

    chance_bytes(random, bytes, size);
    for (uint32_t i = 0; i + 3 <= size; i += 2) {
        if (chance_pick(random, 2) == 0) {
            bytes[i] = forms[chance_pick(random, 10)];
            bytes[i + 2] = chance_pick(random, 2) ? 0xFF : bytes[i + 2];
            i++;
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
        struct dfc_view view = isa_view(bytes, size, chance_word(&random));

        fill(&random, bytes, size);
        count += isa_check_image(dfc_xtensa_at, dfc_xtensa_bytes, &view);
    }
    assert_true(count > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instructions_are_decoded_as_the_manual_says),
        cmocka_unit_test(instructions_are_encoded_as_the_manual_says),
        cmocka_unit_test(targets_beyond_reach_keep_their_low_bits),
        cmocka_unit_test(other_instructions_are_plain),
        cmocka_unit_test(a_word_that_is_an_address_is_a_literal),
        cmocka_unit_test(chains_of_instructions_tell_where_one_starts),
        cmocka_unit_test(a_function_begins_a_chain),
        cmocka_unit_test(a_return_ends_a_chain),
        cmocka_unit_test(the_image_begins_a_chain),
        cmocka_unit_test(what_is_read_is_what_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
