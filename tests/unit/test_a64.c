// SPDX-License-Identifier: MIT
// References in AArch64 code, FORMAT.md section 6.6. Vectors were worked out
// by hand from the encodings in the Arm Architecture Reference Manual, C6.2.

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

#define BASE 0x40080000u
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

        assert_int_equal(dfc_a64_at(&c->view, i, &ref), 1);
        assert_int_equal(ref.at, s);
        assert_int_equal(ref.size, 4);
        assert_int_equal(ref.kind, kind);
        assert_int_equal(ref.target, target);
        assert_int_equal(
            dfc_a64_bytes(&c->view, &ref, c->view.base + s, target),
            dfc_get32(c->bytes + s));
    }
}

static void check_plain(const struct code *c, uint32_t s)
{
    for (uint32_t i = s; i < s + 4; i++) {
        struct dfc_reference ref;

        assert_int_equal(dfc_a64_at(&c->view, i, &ref), 0);
        assert_int_equal(ref.at, s);
        assert_int_equal(ref.size, 4);
    }
}

// --- Single instructions ---------------------------------------------------

struct vector {
    uint32_t word;
    uint32_t blank; // the same instruction, pointing to itself
    uint32_t at;    // its address
    uint32_t kind;
    uint32_t target;
};

static const struct vector vectors[] = {
    // BL, B: op 00101 imm26
    {0x94000000, 0x94000000, BASE, DFC_CALL, BASE},
    {0x94000001, 0x94000000, BASE, DFC_CALL, BASE + 4},
    {0x97FFFFFF, 0x94000000, BASE, DFC_CALL, BASE - 4},
    {0x95FFFFFF, 0x94000000, BASE, DFC_CALL, BASE + 0x07FFFFFC},
    {0x96000000, 0x94000000, BASE, DFC_CALL, BASE - 0x08000000},
    {0x97FFFFFF, 0x94000000, 0, DFC_CALL, 0xFFFFFFFC}, // wraps
    {0x14000002, 0x14000000, BASE, DFC_BRANCH, BASE + 8},
    {0x17FFFFFE, 0x14000000, BASE, DFC_BRANCH, BASE - 8},
    {0x16000000, 0x14000000, BASE, DFC_BRANCH, BASE - 0x08000000},
    // B.cond: 01010100 imm19 0 cond
    {0x54000020, 0x54000000, BASE, DFC_BRANCH, BASE + 4},       // b.eq
    {0x54FFFFE1, 0x54000001, BASE, DFC_BRANCH, BASE - 4},       // b.ne
    {0x541FFFEB, 0x5400000B, BASE, DFC_BRANCH, BASE + 0x3FFFC}, // b.lt
    {0x54E0000B, 0x5400000B, BASE, DFC_BRANCH, BASE - 0x40000}, // b.lt
    // CBZ, CBNZ: sf 011010 op imm19 Rt
    {0x34000043, 0x34000003, BASE, DFC_BRANCH, BASE + 8}, // w3
    {0xB4FFFFDE, 0xB400001E, BASE, DFC_BRANCH, BASE - 8}, // x30
    {0x35000040, 0x35000000, BASE, DFC_BRANCH, BASE + 8},
    {0xB5000041, 0xB5000001, BASE, DFC_BRANCH, BASE + 8},
    // TBZ, TBNZ: b5 011011 op b40 imm14 Rt
    {0x36180064, 0x36180004, BASE, DFC_BRANCH, BASE + 12}, // bit 3
    {0xB7FFFFE0, 0xB7F80000, BASE, DFC_BRANCH, BASE - 4},  // bit 63
    {0x3703FFE5, 0x37000005, BASE, DFC_BRANCH, BASE + 0x7FFC},
    {0x37040005, 0x37000005, BASE, DFC_BRANCH, BASE - 0x8000},
    // ADR: 0 immlo 10000 immhi Rd
    {0x10000020, 0x10000000, BASE, DFC_LOAD, BASE + 4},
    {0x70000001, 0x10000001, BASE, DFC_LOAD, BASE + 3},
    {0x70FFFFFD, 0x1000001D, BASE, DFC_LOAD, BASE - 1},
    {0x10E00000, 0x10000000, BASE, DFC_LOAD, BASE - 0x40000},
    // LDR (literal): opc 011 V 00 imm19 Rt
    {0x18000040, 0x18000000, BASE, DFC_LOAD, BASE + 8},       // w0
    {0x58FFFFDF, 0x5800001F, BASE, DFC_LOAD, BASE - 8},       // x31
    {0x98000045, 0x98000005, BASE, DFC_LOAD, BASE + 8},       // ldrsw
    {0xD8000040, 0xD8000000, BASE, DFC_LOAD, BASE + 8},       // prfm
    {0x1C000042, 0x1C000002, BASE, DFC_LOAD, BASE + 8},       // s2
    {0x9C1FFFE2, 0x9C000002, BASE, DFC_LOAD, BASE + 0x3FFFC}, // q2
    // ADRP without a partner: 1 immlo 10000 immhi Rd
    {0x90000000, 0x90000000, BASE, DFC_HALF, BASE},
    {0xB0000007, 0x90000007, BASE + 0xFFC, DFC_HALF, BASE + 0x1000},
    {0x90000027, 0x90000007, BASE + 4, DFC_HALF, BASE + 0x4000},
    {0xF0FFFFE7, 0x90000007, BASE, DFC_HALF, BASE - 0x1000},
    {0x90DFFC07, 0x90000007, BASE + 8, DFC_HALF, 0},
    {0xF05FFBE7, 0x90000007, BASE, DFC_HALF, 0xFFFFF000},
};
#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static void references_are_seen_with_their_targets(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < VECTORS; i++) {
        struct code c;

        put_code(&c, &vectors[i].word, 1, vectors[i].at);
        check_reference(&c, 0, vectors[i].kind, vectors[i].target);
    }
}

static void references_are_encoded_as_the_manual_says(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < VECTORS; i++) {
        const struct vector *v = &vectors[i];
        struct dfc_reference ref;
        struct code c;

        put_code(&c, &v->blank, 1, 0x20000000);
        assert_int_equal(dfc_a64_at(&c.view, 0, &ref), 1);
        assert_int_equal(ref.target, 0x20000000);
        assert_int_equal(dfc_a64_bytes(&c.view, &ref, v->at, v->target),
                         v->word);
    }
}

static void other_words_are_plain(void **state)
{
    static const uint32_t others[] = {
        0xD503201F, // nop
        0xD65F03C0, // ret
        0xD61F0000, // br
        0xD63F0000, // blr
        0xD4000001, // svc
        0x54000030, // bc.eq: of a later architecture
        0xDC000040, // no ldr
        0x54200000, // b.eq beyond the reach
        0x54DFFFE0, // the same, back
        0x10200000, // adr beyond it
        0x58200000, // ldr beyond it
        0x91000400, // add without adrp
        0xF9400400, // ldr without adrp
        0xA9BF7BFD, // stp
        0xF8408400, // ldr, post-indexed
        0x12000000, // and
        0x90800000, // adrp to below address 0
        0xF07FFFE0, // adrp to above 2^32
        0x20746F6E, 0x74786554, 0x70206465, 0x34206361,
        0x54206E75, 0x58206E75, 0x00000000, 0xFFFFFFFF,
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
        uint32_t word, target, expected; // target from the instruction
    } cases[] = {
        {0x94000000, 0x12345678, 0x948D159E},
        {0x94000000, 3, 0x94000000},
        {0x54000001, 0x12345678, 0x54A2B3C1},
        {0xB7F80003, 0x12345678, 0xB7FAB3C3},
        {0x10000002, 0x12345678, 0x10A2B3C2},
        {0x58000002, 0x12345678, 0x58A2B3C2},
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dfc_reference ref;
        struct code c;

        put_code(&c, &cases[i].word, 1, BASE);
        assert_int_equal(dfc_a64_at(&c.view, 0, &ref), 1);
        assert_int_equal(
            dfc_a64_bytes(&c.view, &ref, BASE, BASE + cases[i].target),
            cases[i].expected);
    }
}

// --- Pairs -----------------------------------------------------------------

#define NOP 0xD503201Fu
#define ADRP(d) (0xB0000000u | (d))              // the next page
#define ADD(d, n) (0x9108D000u | (n) << 5 | (d)) // #0x234
#define PAGE (BASE + 0x1000u)

static void a_pair_makes_one_target(void **state)
{
    const uint32_t words[] = {ADRP(3), ADD(3, 3)};
    struct dfc_reference ref;
    struct code c;

    (void)state;
    put_code(&c, words, 2, BASE);
    check_reference(&c, 0, DFC_HALF, PAGE + 0x234);
    check_reference(&c, 4, DFC_HALF, PAGE + 0x234);
    // Elsewhere: BASE + 0x5678 from BASE + 0x100FF0.
    dfc_a64_at(&c.view, 0, &ref);
    assert_int_equal(
        dfc_a64_bytes(&c.view, &ref, BASE + 0x100FF0, BASE + 0x5678),
        0xB0FFF823); // -0xFB pages
    dfc_a64_at(&c.view, 4, &ref);
    assert_int_equal(
        dfc_a64_bytes(&c.view, &ref, BASE + 0x100FF4, BASE + 0x5678),
        0x9119E063);
}

static void accesses_are_scaled_by_their_size(void **state)
{
    static const struct {
        uint32_t word, low; // from base register x1, imm12 = 0x12
        uint32_t moved;     // for low bits 0xABC
    } cases[] = {
        {0x39404822, 0x12, 0x396AF022},  // ldrb
        {0x39004822, 0x12, 0x392AF022},  // strb
        {0x79404822, 0x24, 0x79557822},  // ldrh
        {0xB9404822, 0x48, 0xB94ABC22},  // ldr w
        {0xB9804822, 0x48, 0xB98ABC22},  // ldrsw
        {0xF9404822, 0x90, 0xF9455C22},  // ldr x
        {0xF9004822, 0x90, 0xF9055C22},  // str x
        {0xF9804822, 0x90, 0xF9855C22},  // prfm
        {0x3D404822, 0x12, 0x3D6AF022},  // ldr b
        {0xFD404822, 0x90, 0xFD455C22},  // ldr d
        {0x3DC04822, 0x120, 0x3DC2AC22}, // ldr q
        {0x3D804822, 0x120, 0x3D82AC22}, // str q
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint32_t words[] = {ADRP(1), cases[i].word};
        struct dfc_reference ref;
        struct code c;

        put_code(&c, words, 2, BASE);
        check_reference(&c, 0, DFC_HALF, PAGE + cases[i].low);
        check_reference(&c, 4, DFC_HALF, PAGE + cases[i].low);
        dfc_a64_at(&c.view, 4, &ref);
        assert_int_equal(dfc_a64_bytes(&c.view, &ref, BASE, 0x12345ABC),
                         cases[i].moved);
    }
}

static void offsets_beyond_a_page_are_no_low_part(void **state)
{
    const uint32_t words[] = {
        ADRP(1), 0xF9480022, // ldr x2, [x1, #4096]
        0x7967FC22,          // ldrh w2, [x1, #5118]
        0xF947FC22,          // ldr x2, [x1, #4088]
    };
    struct code c;

    (void)state;
    put_code(&c, words, 4, BASE);
    check_plain(&c, 4);
    check_plain(&c, 8);
    check_reference(&c, 0, DFC_HALF, PAGE + 0xFF8);
    check_reference(&c, 12, DFC_HALF, PAGE + 0xFF8);
}

static void pairs_may_be_interleaved(void **state)
{
    const uint32_t words[] = {ADRP(1), ADRP(2), NOP, ADD(2, 2), ADD(7, 1)};
    struct code c;

    (void)state;
    put_code(&c, words, 5, BASE);
    for (uint32_t s = 0; s < 20; s += 4) {
        if (s == 8) {
            check_plain(&c, s);
        } else {
            check_reference(&c, s, DFC_HALF, PAGE + 0x234);
        }
    }
}

static void one_adrp_may_serve_several(void **state)
{
    const uint32_t words[] = {ADRP(1), 0xF9404822, 0xF9004C23};
    struct code c;

    (void)state;
    put_code(&c, words, 3, BASE);
    check_reference(&c, 0, DFC_HALF, PAGE + 0x90); // that of the first one
    check_reference(&c, 4, DFC_HALF, PAGE + 0x90);
    check_reference(&c, 8, DFC_HALF, PAGE + 0x98);
}

static void a_pair_ends_where_the_register_is_set(void **state)
{
    static const struct {
        uint32_t word, sets; // of register 1
    } between[] = {
        {0xAA0203E1, 1}, // mov x1, x2
        {0xF9400041, 1}, // ldr x1, [x2]
        {0xF8408441, 1}, // ldr x1, [x2], #8
        {0xA9400841, 1}, // ldp x1, x2, [x2]
        {0xD2800001, 1}, // mov x1, #0
        {0xF9000041, 0}, // str x1, [x2]
        {0xA9000841, 0}, // stp x1, x2, [x2]
        {0xB4000041, 0}, // cbz x1
        {0xAA0103E2, 0}, // mov x2, x1
        {NOP, 0},
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(between) / sizeof(between[0]); i++) {
        const uint32_t words[] = {ADRP(1), between[i].word, ADD(1, 1)};
        struct code c;

        put_code(&c, words, 3, BASE);
        if (between[i].sets) {
            check_reference(&c, 0, DFC_HALF, PAGE);
            check_plain(&c, 8);
        } else {
            check_reference(&c, 0, DFC_HALF, PAGE + 0x234);
            check_reference(&c, 8, DFC_HALF, PAGE + 0x234);
        }
    }
}

static void a_low_part_is_used_once_its_register_is_whole(void **state)
{
    // What follows the ADD has an offset into the object.
    const uint32_t words[] = {ADRP(1), ADD(1, 1), 0xF9404822};
    struct code c;

    (void)state;
    put_code(&c, words, 3, BASE);
    check_reference(&c, 4, DFC_HALF, PAGE + 0x234);
    check_plain(&c, 8);
}

static void what_belongs_to_another_register_is_no_pair(void **state)
{
    const uint32_t words[] = {ADRP(1), ADD(1, 2), 0x11048C21, 0x91448C21};
    struct code c;

    (void)state;
    put_code(&c, words, 2, BASE);
    check_reference(&c, 0, DFC_HALF, PAGE);
    check_plain(&c, 4);
    // ADD of 32 bits, and one whose immediate is shifted.
    for (uint32_t i = 2; i < 4; i++) {
        const uint32_t two[] = {ADRP(1), words[i]};

        put_code(&c, two, 2, BASE);
        check_reference(&c, 0, DFC_HALF, PAGE);
        check_plain(&c, 4);
    }
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
        words[1] = ADRP(1);
        words[1 + distance] = ADD(1, 1);
        put_code(&c, words, 16, BASE);
        if (distance <= 8) {
            check_reference(&c, 4, DFC_HALF, PAGE + 0x234);
            check_reference(&c, 4 + 4 * distance, DFC_HALF, PAGE + 0x234);
        } else {
            check_reference(&c, 4, DFC_HALF, PAGE);
            check_plain(&c, 4 + 4 * distance);
        }
    }
}

// --- Edges -----------------------------------------------------------------

static void an_instruction_lies_wholly_in_the_image(void **state)
{
    const uint32_t words[] = {ADRP(1), ADD(1, 1)};

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
            uint32_t found = dfc_a64_at(&view, s, &ref);

            assert_int_equal(found, (s & ~3u) + 4 <= size);
            assert_int_equal(ref.at, s & ~3u);
            assert_int_equal(ref.size, found ? 4 : size - ref.at);
            if (found) {
                assert_int_equal(ref.target, PAGE + (size == 8 ? 0x234 : 0));
            }
        }
        free(bytes);
    }
}

// --- Properties ------------------------------------------------------------

// Words that begin like references, of few registers.
static void make_code(uint64_t *random, struct code *c)
{
    static const uint32_t forms[] = {
        0x94000000, 0x14000000, 0x54000000, 0x34000000, 0xB7000000,
        0x10000000, 0x90000000, 0x90000000, 0x58000000, 0x91000000,
        0x91000000, 0x39000000, 0x3D800000, 0xF9400000, 0xD5000000,
    };
    uint32_t words[WORDS_MAX];

    for (uint32_t i = 0; i < WORDS_MAX; i++) {
        words[i] = forms[chance_pick(random, 15)] ^
                   (chance_word(random) & 0x607FFC63u);
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
            if (dfc_a64_at(&c.view, s, &ref)) {
                assert_int_equal(dfc_a64_bytes(&c.view, &ref,
                                               c.view.base + ref.at,
                                               ref.target),
                                 dfc_get32(c.bytes + s));
                found++;
            }
            assert_int_equal(ref.at, s);
        }
    }
    assert_true(found > 50000);
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
            found = dfc_a64_at(&c.view, s, &whole);
            assert_int_equal(dfc_a64_at(&view, s, &part), found);
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
        cmocka_unit_test(references_are_seen_with_their_targets),
        cmocka_unit_test(references_are_encoded_as_the_manual_says),
        cmocka_unit_test(other_words_are_plain),
        cmocka_unit_test(bits_out_of_reach_are_dropped),
        cmocka_unit_test(a_pair_makes_one_target),
        cmocka_unit_test(accesses_are_scaled_by_their_size),
        cmocka_unit_test(offsets_beyond_a_page_are_no_low_part),
        cmocka_unit_test(pairs_may_be_interleaved),
        cmocka_unit_test(one_adrp_may_serve_several),
        cmocka_unit_test(a_pair_ends_where_the_register_is_set),
        cmocka_unit_test(a_low_part_is_used_once_its_register_is_whole),
        cmocka_unit_test(what_belongs_to_another_register_is_no_pair),
        cmocka_unit_test(pairs_reach_32_bytes),
        cmocka_unit_test(an_instruction_lies_wholly_in_the_image),
        cmocka_unit_test(every_reference_is_encoded_as_it_was),
        cmocka_unit_test(a_window_shows_the_same_as_the_image),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
