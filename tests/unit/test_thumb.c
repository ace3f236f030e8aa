// SPDX-License-Identifier: MIT
// References in Thumb code, FORMAT.md section 6.4. Vectors were worked out by
// hand from the encodings in the ARMv7-M Architecture Reference Manual, A7.7.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "chance.h"
#include "images.h"
#include "reference.h"

#define BASE 0x08001000u
#define HALVES_MAX 64u

// An image of halfwords.
struct code {
    uint8_t bytes[2 * HALVES_MAX];
    struct dfc_view view;
};

static void put_code(struct code *c, const uint16_t *halves, uint32_t count,
                     uint32_t base)
{
    assert_true(count <= HALVES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        dfc_put16(c->bytes + 2 * i, halves[i]);
    }
    c->view = (struct dfc_view){c->bytes, 0, 2 * count, 2 * count, base};
}

// --- Encodings -------------------------------------------------------------

struct vector {
    uint16_t h1, h2;
    uint32_t at; // address of the instruction
    uint32_t kind;
    uint32_t target;
};

static const struct vector vectors[] = {
    // BL T1: 11110 S imm10 | 11 J1 1 J2 imm11, I = not (J xor S)
    {0xF000, 0xF800, BASE, DFC_CALL, BASE + 4},               // 0
    {0xF7FF, 0xFFFE, BASE, DFC_CALL, BASE},                   // -4: itself
    {0xF000, 0xF801, BASE + 2, DFC_CALL, BASE + 8},           // +2
    {0xF001, 0xF800, BASE, DFC_CALL, BASE + 4 + 0x1000},      // imm10 = 1
    {0xF000, 0xFC00, BASE, DFC_CALL, BASE + 0x804},           // imm11 bit 10
    {0xF3FF, 0xD7FF, BASE, DFC_CALL, BASE + 4 + 0x00FFFFFE},  // farthest
    {0xF400, 0xD000, BASE, DFC_CALL, BASE + 4 - 0x01000000u}, // farthest back
    {0xF000, 0xF000, BASE, DFC_CALL, BASE + 4 + 0x00400000},  // I2 alone
    {0xF000, 0xD800, BASE, DFC_CALL, BASE + 4 + 0x00800000},  // I1 alone
    {0xF7FF, 0xFFFE, 0, DFC_CALL, 0},                         // at 0
    {0xF7FF, 0xFFFC, 0, DFC_CALL, 0xFFFFFFFCu},               // wraps
    // BLX T2: 11110 S imm10H | 11 J1 0 J2 imm10L 0, from Align(PC, 4)
    {0xF000, 0xE800, BASE, DFC_CALL, BASE + 4},
    {0xF000, 0xE800, BASE + 2, DFC_CALL, BASE + 4},
    {0xF000, 0xE802, BASE + 2, DFC_CALL, BASE + 8},
    {0xF7FF, 0xEFFE, BASE + 2, DFC_CALL, BASE},
    {0xF400, 0xC000, BASE, DFC_CALL, BASE + 4 - 0x01000000u},
    // B T4: 11110 S imm10 | 10 J1 1 J2 imm11
    {0xF000, 0xB800, BASE, DFC_BRANCH, BASE + 4},
    {0xF7FF, 0xBFFE, BASE, DFC_BRANCH, BASE},
    {0xF3FF, 0x97FF, BASE, DFC_BRANCH, BASE + 4 + 0x00FFFFFE},
    {0xF400, 0x9000, BASE + 2, DFC_BRANCH, BASE + 6 - 0x01000000u},
    // B<c> T3: 11110 S cond imm6 | 10 J1 0 J2 imm11, S:J2:J1:imm6:imm11:0
    {0xF000, 0x8000, BASE, DFC_BRANCH, BASE + 4},              // beq.w
    {0xF43F, 0xAFFE, BASE, DFC_BRANCH, BASE},                  // beq.w itself
    {0xF040, 0x8002, BASE, DFC_BRANCH, BASE + 8},              // bne.w
    {0xF340, 0x8001, BASE + 2, DFC_BRANCH, BASE + 8},          // ble.w
    {0xF001, 0x8000, BASE, DFC_BRANCH, BASE + 4 + 0x1000},     // imm6 = 1
    {0xF000, 0xA000, BASE, DFC_BRANCH, BASE + 4 + 0x40000},    // J1 alone
    {0xF000, 0x8800, BASE, DFC_BRANCH, BASE + 4 + 0x80000},    // J2 alone
    {0xF03F, 0xAFFF, BASE, DFC_BRANCH, BASE + 4 + 0x000FFFFE}, // farthest
    {0xF400, 0x8000, BASE, DFC_BRANCH, BASE + 4 - 0x00100000}, // farthest back
};
#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static void branches_are_decoded_as_the_manual_says(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < VECTORS; i++) {
        const struct vector *v = &vectors[i];
        const uint16_t halves[] = {v->h1, v->h2};
        struct code c;

        put_code(&c, halves, 2, v->at);
        for (uint32_t s = 0; s < 4; s++) {
            struct dfc_reference ref;

            assert_int_equal(dfc_thumb_at(&c.view, s, &ref), 1);
            assert_int_equal(ref.at, 0);
            assert_int_equal(ref.size, 4);
            assert_int_equal(ref.kind, v->kind);
            assert_int_equal(ref.target, v->target);
        }
    }
}

static void branches_are_encoded_as_the_manual_says(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < VECTORS; i++) {
        const struct vector *v = &vectors[i];
        // The same instruction, pointing to where it stands at first.
        const uint16_t halves[] = {
            (uint16_t)(v->h1 & (v->h2 & 0x5000 ? 0xF800 : 0xFBC0)),
            (uint16_t)((v->h2 & 0xD000) | (v->h2 & 0x5000 ? 0x2800 : 0))};
        struct dfc_reference ref;
        struct code c;

        put_code(&c, halves, 2, 0x20000000);
        assert_int_equal(dfc_thumb_at(&c.view, 0, &ref), 1);
        assert_int_equal(ref.target, 0x20000004);
        assert_int_equal(dfc_thumb_bytes(&c.view, &ref, v->at, v->target),
                         (uint32_t)v->h2 << 16 | v->h1);
    }
}

static void other_instructions_are_plain(void **state)
{
    static const uint16_t others[][2] = {
        {0xF3BF, 0x8F5F},                   // dmb: cond 111x is no condition
        {0xF3AF, 0x8000},                   // nop.w
        {0xF3EF, 0x8005},                   // mrs
        {0xF380, 0x8808},                   // msr
        {0xF7F0, 0xA000},                   // udf.w
        {0xF000, 0xC001},                   // BLX with H set: undefined
        {0xF000, 0x0001},                   // and
        {0xF240, 0x0000},                   // movw without its movt
        {0xF2C0, 0x0000},                   // movt without its movw
        {0xE92D, 0x4010},                   // push.w
        {0xE800, 0xF800},                   // begins like no branch
        {0xF800, 0xF800},                   // strb.w
        {0xEFFF, 0xF800}, {0x4770, 0xF800}, // bx lr
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct code c;

        put_code(&c, others[i], 2, BASE);
        for (uint32_t s = 0; s < 4; s++) {
            struct dfc_reference ref;

            assert_int_equal(dfc_thumb_at(&c.view, s, &ref), 0);
            assert_int_equal(ref.at, s & ~1u);
            assert_int_equal(ref.size, 2);
        }
    }
}

// Decode what is encoded for another place and target.
static uint32_t move_and_decode(const struct vector *v, uint32_t at,
                                uint32_t target, uint32_t *word)
{
    const uint16_t halves[] = {v->h1, v->h2};
    struct dfc_reference ref;
    struct code c;

    put_code(&c, halves, 2, v->at);
    assert_int_equal(dfc_thumb_at(&c.view, 0, &ref), 1);
    *word = dfc_thumb_bytes(&c.view, &ref, at, target);
    dfc_put32(c.bytes, *word);
    c.view.base = at;
    assert_int_equal(dfc_thumb_at(&c.view, 0, &ref), 1);
    assert_int_equal(ref.kind, v->kind);
    return ref.target;
}

static int is_blx(const struct vector *v)
{
    return (v->h2 & 0xD001) == 0xC000;
}

// Bits of a displacement, its sign among them.
static uint32_t reach_of(const struct vector *v)
{
    return (v->h2 & 0xD000) == 0x8000 ? 21 : 25;
}

static void targets_within_reach_survive_a_move(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (uint32_t i = 0; i < 200000; i++) {
        const struct vector *v = &vectors[i % VECTORS];
        uint32_t at = chance_word(&random) & ~1u;
        uint32_t origin = is_blx(v) ? (at + 4) & ~3u : at + 4;
        uint32_t half = 1u << (reach_of(v) - 1);
        uint32_t distance = chance_word(&random) & (2 * half - 1);
        uint32_t target, word;

        distance &= is_blx(v) ? ~3u : ~1u;
        target = origin + distance - half;
        assert_int_equal(move_and_decode(v, at, target, &word), target);
        // Nothing but displacement bits has changed.
        if (reach_of(v) == 21) {
            assert_int_equal(word & 0xD000FBC0u,
                             ((uint32_t)v->h2 << 16 | v->h1) & 0xD000FBC0u);
        } else {
            assert_int_equal(word & 0xD000F800u,
                             ((uint32_t)v->h2 << 16 | v->h1) & 0xD000F800u);
        }
    }
}

static void targets_beyond_reach_keep_their_low_bits(void **state)
{
    uint64_t random = 2;

    (void)state;
    for (uint32_t i = 0; i < 200000; i++) {
        const struct vector *v = &vectors[i % VECTORS];
        uint32_t at = chance_word(&random) & ~1u;
        uint32_t target = chance_word(&random);
        uint32_t mask = (1u << reach_of(v)) - (is_blx(v) ? 4 : 2);
        uint32_t origin = is_blx(v) ? (at + 4) & ~3u : at + 4;
        uint32_t word, found;

        // With bit 1 a BLX would become something else.
        target = is_blx(v) ? target & ~3u : target;
        found = move_and_decode(v, at, target, &word);
        assert_int_equal((found - origin) & mask, (target - origin) & mask);
    }
}

// --- Where instructions start ----------------------------------------------

static void the_second_half_of_an_instruction_begins_none(void **state)
{
    static const uint16_t halves[] = {0x4770, 0xF000, 0xF000, 0xF000,
                                      0xF800, 0x4770, 0xF000, 0xF800};
    // BL at 2 and 6, none at 4 and 8; BL at 12.
    static const uint32_t starts[] = {9, 9, 2, 2, 2,  2,  6,  6,
                                      6, 6, 9, 9, 12, 12, 12, 12};
    struct code c;

    (void)state;
    put_code(&c, halves, 8, BASE);
    for (uint32_t s = 0; s < 16; s++) {
        struct dfc_reference ref;
        uint32_t is_call = dfc_thumb_at(&c.view, s, &ref);

        assert_int_equal(is_call, starts[s] != 9);
        assert_int_equal(ref.at, is_call ? starts[s] : (s & ~1u));
    }
}

static void parity_is_counted_over_16_halfwords(void **state)
{
    (void)state;
    for (uint32_t run = 0; run <= 20; run++) {
        for (uint32_t edge = 0; edge < 2; edge++) {
            uint16_t halves[HALVES_MAX];
            uint32_t count = 0;
            struct dfc_reference ref;
            struct code c;
            uint32_t found;

            // The run begins at the image's start, or after the largest
            // halfword that ends an instruction.
            if (edge == 1) {
                halves[count++] = 0xE7FF;
            }
            for (uint32_t i = 0; i < run; i++) {
                halves[count++] = 0xE800;
            }
            halves[count++] = 0xF000;
            halves[count++] = 0xB800;
            put_code(&c, halves, count, BASE);
            found = dfc_thumb_at(&c.view, 2 * (count - 2), &ref);
            assert_int_equal(found, run >= 16 || run % 2 == 0);
        }
    }
}

static void an_instruction_lies_wholly_in_the_image(void **state)
{
    static const uint16_t halves[] = {0x4770, 0xF000, 0xF800};
    struct code c;

    (void)state;
    put_code(&c, halves, 3, BASE);
    for (uint32_t size = 1; size <= 6; size++) {
        c.view.size = size;
        c.view.count = size;
        for (uint32_t s = 0; s < size; s++) {
            struct dfc_reference ref;

            assert_int_equal(dfc_thumb_at(&c.view, s, &ref),
                             size == 6 && s >= 2);
            assert_true(ref.at <= s && ref.at + ref.size > s);
            assert_true(ref.at + ref.size <= size);
        }
    }
}

// --- MOVW and MOVT ---------------------------------------------------------

// MOVW r, #0x1234 and MOVT r, #0x0807: imm4:i:imm3:imm8.
#define MOVW(r) 0xF241, (uint16_t)(0x2034 | (r) << 8)
#define MOVT(r) 0xF6C0, (uint16_t)(0x0007 | (r) << 8)

static void check_half(const struct code *c, uint32_t s, uint32_t target)
{
    struct dfc_reference ref;

    for (uint32_t i = s; i < s + 4; i++) {
        assert_int_equal(dfc_thumb_at(&c->view, i, &ref), 1);
        assert_int_equal(ref.kind, DFC_HALF);
        assert_int_equal(ref.at, s);
        assert_int_equal(ref.target, target);
    }
}

static void a_pair_makes_one_target(void **state)
{
    static const uint16_t halves[] = {MOVW(3), MOVT(3)};
    struct dfc_reference ref;
    struct code c;

    (void)state;
    put_code(&c, halves, 4, BASE);
    check_half(&c, 0, 0x08071234);
    check_half(&c, 4, 0x08071234);
    // To 0xABCD9876: imm16 0x9876 = imm4 9, i 1, imm3 0, imm8 76, and 0xABCD =
    // imm4 A, i 1, imm3 3, imm8 CD. Where it stands does not matter.
    dfc_thumb_at(&c.view, 0, &ref);
    assert_int_equal(dfc_thumb_bytes(&c.view, &ref, 77, 0xABCD9876u),
                     0x0376F649);
    dfc_thumb_at(&c.view, 4, &ref);
    assert_int_equal(dfc_thumb_bytes(&c.view, &ref, 0, 0xABCD9876u),
                     0x33CDF6CA);
}

static void any_target_survives_in_a_pair(void **state)
{
    static const uint16_t halves[] = {MOVW(12), 0xBF00, MOVT(12)};
    uint64_t random = 3;

    (void)state;
    for (uint32_t i = 0; i < 20000; i++) {
        uint32_t target = chance_word(&random);
        struct dfc_reference low, high;
        struct code c;

        put_code(&c, halves, 5, BASE);
        dfc_thumb_at(&c.view, 0, &low);
        dfc_thumb_at(&c.view, 6, &high);
        uint32_t movw = dfc_thumb_bytes(&c.view, &low, i, target);
        uint32_t movt = dfc_thumb_bytes(&c.view, &high, i, target);
        dfc_put32(c.bytes, movw);
        dfc_put32(c.bytes + 6, movt);
        check_half(&c, 0, target);
        check_half(&c, 6, target);
        assert_int_equal(dfc_get16(c.bytes + 2) >> 8 & 0xF, 12);
    }
}

// MOVW, `gap` halfwords, MOVT.
static uint32_t put_pair(struct code *c, uint32_t gap, uint32_t w, uint32_t t)
{
    const uint16_t pair[] = {MOVW(w), MOVT(t)};
    uint16_t halves[HALVES_MAX];

    memcpy(halves, pair, 4);
    for (uint32_t i = 0; i < gap; i++) {
        halves[2 + i] = 0xBF00;
    }
    memcpy(halves + 2 + gap, pair + 2, 4);
    put_code(c, halves, 4 + gap, BASE);
    return 4 + 2 * gap;
}

static void pairs_are_4_to_32_bytes_apart(void **state)
{
    (void)state;
    for (uint32_t gap = 0; gap <= 20; gap++) {
        struct dfc_reference ref;
        struct code c;
        uint32_t movt = put_pair(&c, gap, 5, 5);

        if (movt <= 32) {
            check_half(&c, 0, 0x08071234);
            check_half(&c, movt, 0x08071234);
        } else {
            assert_int_equal(dfc_thumb_at(&c.view, 0, &ref), 0);
            assert_int_equal(dfc_thumb_at(&c.view, movt, &ref), 0);
        }
        // Another register is another pair.
        for (uint32_t bit = 1; bit < 16; bit <<= 1) {
            movt = put_pair(&c, gap, 5, 5 ^ bit);
            assert_int_equal(dfc_thumb_at(&c.view, 0, &ref), 0);
            assert_int_equal(dfc_thumb_at(&c.view, movt, &ref), 0);
        }
    }
}

static void the_nearest_half_counts(void **state)
{
    static const uint16_t halves[] = {
        0xF240, 0x0501, // 0: movw r5, #1
        0xF240, 0x0602, // 4: movw r6, #2
        0xF240, 0x0503, // 8: movw r5, #3
        0xF2C0, 0x0504, // 12: movt r5, #4
        0xF2C0, 0x0505, // 16: movt r5, #5
        0xF2C0, 0x0606, // 20: movt r6, #6
    };
    struct code c;

    (void)state;
    put_code(&c, halves, 12, BASE);
    check_half(&c, 0, 0x00040001);
    check_half(&c, 4, 0x00060002);
    check_half(&c, 8, 0x00040003);
    check_half(&c, 12, 0x00040003);
    check_half(&c, 16, 0x00050003);
    check_half(&c, 20, 0x00060002);
}

static void the_other_half_lies_wholly_in_the_image(void **state)
{
    (void)state;
    for (uint32_t gap = 0; gap <= 14; gap++) {
        struct dfc_reference ref;
        struct code c;
        uint32_t movt = put_pair(&c, gap, 7, 7);

        // MOVT cut off at the image's end.
        for (uint32_t cut = 1; cut <= 4; cut++) {
            c.view.size = movt + 4 - cut;
            c.view.count = c.view.size;
            assert_int_equal(dfc_thumb_at(&c.view, 0, &ref), 0);
        }
        // MOVW cut off at its start: the image begins two bytes later.
        put_pair(&c, gap, 7, 7);
        c.view.bytes += 2;
        c.view.size -= 2;
        c.view.count -= 2;
        assert_int_equal(dfc_thumb_at(&c.view, movt - 2, &ref), 0);
    }
}

// --- Windows ---------------------------------------------------------------

static const struct dfc_range ranges[] = {{BASE, BASE + 0x40000},
                                          {0x20000000, 0x20010000}};

// The least window for position s, in memory of exactly its size.
static struct dfc_view window_of(const struct dfc_view *image, uint32_t s)
{
    struct dfc_view view = *image;
    uint32_t first = s < DFC_LOOKBACK ? 0 : s - DFC_LOOKBACK;
    uint32_t end =
        image->size - s < DFC_LOOKAHEAD ? image->size : s + DFC_LOOKAHEAD;
    uint8_t *bytes = malloc(end - first);

    assert_non_null(bytes);
    memcpy(bytes, image->bytes + first, end - first);
    view.bytes = bytes;
    view.first = first;
    view.count = end - first;
    return view;
}

static void check_window(const struct dfc_view *image, uint32_t s,
                         uint32_t target, uint32_t *found)
{
    struct dfc_view window = window_of(image, s);
    struct dfc_reference a, b;

    dfc_reference_at(DFOTA_ARCH_THUMB, ranges, 2, image, s, &a);
    dfc_reference_at(DFOTA_ARCH_THUMB, ranges, 2, &window, s, &b);
    assert_int_equal(a.at, b.at);
    assert_int_equal(a.size, b.size);
    assert_int_equal(a.kind, b.kind);
    assert_int_equal(a.target, b.target);
    assert_true(a.at <= s && s < a.at + a.size && a.size <= 4);
    assert_true(a.at + a.size <= image->size);
    if (a.kind != DFC_PLAIN) {
        found[a.kind]++;
        assert_int_equal(
            dfc_reference_bytes(DFOTA_ARCH_THUMB, image, &a, s * 3, target),
            dfc_reference_bytes(DFOTA_ARCH_THUMB, &window, &b, s * 3, target));
    }
    free((void *)(uintptr_t)window.bytes);
}

static void the_least_window_tells_as_much_as_the_image(void **state)
{
    uint64_t random = 4;
    uint32_t found[DFC_KINDS] = {0};

    (void)state;
    for (uint32_t round = 0; round < 3000; round++) {
        uint8_t bytes[200];
        uint32_t size = 1 + chance_pick(&random, sizeof(bytes));
        struct dfc_view image = {bytes, 0, size, size, BASE};

        if (round % 3 == 0) {
            chance_bytes(&random, bytes, size);
        } else {
            chance_code(&random, bytes, size);
        }
        if (size >= 8) {
            dfc_put32(bytes + (round & 4), BASE + 16);
        }
        for (uint32_t s = 0; s < size; s++) {
            check_window(&image, s, chance_word(&random), found);
        }
    }
    for (uint32_t kind = DFC_CALL; kind <= DFC_POINTER; kind++) {
        assert_true(found[kind] > 1000);
    }
}

static void so_it_is_in_firmware(void **state)
{
    struct image image =
        image_read(TEST_SOURCE_DIR "/samples/pairs/movehub/movehub-7.28.0.bin");
    struct dfc_view view = {image.data, 0, image.size, image.size, 0x08005000};
    uint32_t found[DFC_KINDS] = {0};

    (void)state;
    assert_non_null(image.data);
    for (uint32_t s = 0; s < image.size; s++) {
        check_window(&view, s, 0x08005000 + s, found);
    }
    assert_true(found[DFC_CALL] > 10000 && found[DFC_POINTER] > 1000);
    image_free(&image);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(branches_are_decoded_as_the_manual_says),
        cmocka_unit_test(branches_are_encoded_as_the_manual_says),
        cmocka_unit_test(other_instructions_are_plain),
        cmocka_unit_test(targets_within_reach_survive_a_move),
        cmocka_unit_test(targets_beyond_reach_keep_their_low_bits),
        cmocka_unit_test(the_second_half_of_an_instruction_begins_none),
        cmocka_unit_test(parity_is_counted_over_16_halfwords),
        cmocka_unit_test(an_instruction_lies_wholly_in_the_image),
        cmocka_unit_test(a_pair_makes_one_target),
        cmocka_unit_test(any_target_survives_in_a_pair),
        cmocka_unit_test(pairs_are_4_to_32_bytes_apart),
        cmocka_unit_test(the_nearest_half_counts),
        cmocka_unit_test(the_other_half_lies_wholly_in_the_image),
        cmocka_unit_test(the_least_window_tells_as_much_as_the_image),
        cmocka_unit_test(so_it_is_in_firmware),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
