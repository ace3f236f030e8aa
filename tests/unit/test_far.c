// SPDX-License-Identifier: MIT
// What codec range reads besides, FORMAT.md section 6.11: low parts far behind
// their high part, and what lies around RISC-V's global pointer.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bytes.h"
#include "isa_check.h"

#define BASE 0x40080000u
#define WORDS 48u

static uint8_t bytes[4 * WORDS];

// `fill` everywhere, but for one word at the beginning and one at `at`.
static struct dfc_view code(uint32_t fill, uint32_t first, uint32_t at,
                            uint32_t word)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        dfc_put32(bytes + 4 * i, fill);
    }
    dfc_put32(bytes, first);
    dfc_put32(bytes + at, word);
    return isa_view(bytes, sizeof(bytes), BASE);
}

static void low_parts_of_adrp_reach_128_bytes(void **state)
{
    (void)state;
    for (uint32_t at = 4; at < sizeof(bytes); at += 4) {
        // nop; adrp x1, the next page; ldr x2, [x1, #0x90]
        struct dfc_view view = code(0xD503201F, 0xB0000001, at, 0xF9404822);
        struct dfc_reference ref = {0, 0, 0, 0};

        assert_int_equal(dfc_a64_at(&view, at, &ref), at <= 32);
        assert_int_equal(dfc_a64_far_at(&view, at, &ref), at <= 128);
        if (at <= 128) {
            assert_int_equal(ref.kind, DFC_HALF);
            assert_int_equal(ref.target, BASE + 0x1090);
            assert_int_equal(dfc_a64_bytes(&view, &ref, 0, 0x12345ABC),
                             0xF9455C22);
        }
        // The high part looks no further than before.
        dfc_a64_far_at(&view, 0, &ref);
        assert_int_equal(ref.target, BASE + (at <= 32 ? 0x1090 : 0x1000));
    }
}

static void low_parts_of_lui_reach_124_bytes(void **state)
{
    (void)state;
    for (uint32_t at = 4; at < sizeof(bytes); at += 4) {
        // nop; lui a5, 0x3FC81; lw a0, 0x234(a5)
        struct dfc_view view = code(0x00000013, 0x3FC817B7, at, 0x2347A503);
        struct dfc_reference ref = {0, 0, 0, 0};

        assert_int_equal(dfc_riscv_at(&view, at, &ref), at <= 36);
        assert_int_equal(dfc_riscv_far_at(&view, at, &ref), at <= 124);
        if (at <= 124) {
            assert_int_equal(ref.kind, DFC_HALF);
            assert_int_equal(ref.target, 0x3FC81234);
            assert_int_equal(dfc_riscv_far_bytes(&view, &ref, 0, 0x3FC81238),
                             0x2387A503);
        }
        assert_int_equal(dfc_riscv_far_at(&view, 0, &ref), at <= 36);
    }
}

static void the_origin_of_a_far_pair_moves_along(void **state)
{
    // auipc a5, 1; lw a0, 0x234(a5), 100 bytes behind it
    struct dfc_view view = code(0x00000013, 0x00001797, 100, 0x2347A503);
    struct dfc_reference ref;

    (void)state;
    assert_int_equal(dfc_riscv_far_at(&view, 100, &ref), 1);
    assert_int_equal(ref.target, BASE + 0x1234);
    assert_int_equal(
        dfc_riscv_far_bytes(&view, &ref, BASE + 100 + 8, BASE + 0x1234),
        0x22C7A503);
}

static void the_global_pointer_is_an_address(void **state)
{
    static const struct {
        uint32_t word, target, moved; // moved: 16 bytes further on
    } cases[] = {
        {0xFF81A503, 0xEFFFFFF8, 0x0081A503}, // lw a0, -8(gp)
        {0x00A1A023, 0xF0000000, 0x00A1A823}, // sw a0, 0(gp)
        {0x7E018513, 0xF00007E0, 0x7F018513}, // addi a0, gp, 2016
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dfc_view view = code(0x00000013, 0x13, 40, cases[i].word);
        struct dfc_reference ref;

        assert_int_equal(dfc_riscv_at(&view, 40, &ref), 0);
        assert_int_equal(dfc_riscv_far_at(&view, 40, &ref), 1);
        assert_int_equal(ref.kind, DFC_HALF);
        assert_int_equal(ref.target, cases[i].target);
        assert_int_equal(
            dfc_riscv_far_bytes(&view, &ref, BASE, ref.target + 16),
            cases[i].moved);
    }
}

// Words of few registers: pairs, what sets their registers, and others.
static void fill_words(uint64_t *random, uint8_t *out, uint32_t size,
                       const uint32_t *forms, uint32_t free)
{
    chance_bytes(random, out, size);
    for (uint32_t s = 0; s + 4 <= size; s += 4) {
        if (chance_pick(random, 8) != 0) {
            dfc_put32(out + s, forms[chance_pick(random, 4)] ^
                                   (chance_word(random) & free));
        }
    }
}

static void what_is_read_is_what_is_written(void **state)
{
    static const uint32_t a64[] = {0x90000001, 0x91000021, 0xF9400022,
                                   0xD503201F};
    static const uint32_t riscv[] = {0x000017B7, 0x0007A503, 0x0001A503,
                                     0x00000013};
    uint64_t random = 1;
    uint32_t count = 0;

    (void)state;
    for (uint32_t i = 0; i < 400; i++) {
        uint32_t size = 1 + chance_pick(&random, sizeof(bytes));
        struct dfc_view view = isa_view(bytes, size, chance_word(&random));

        fill_words(&random, bytes, size, a64, 0x003FFC00);
        count += isa_check_image(dfc_a64_far_at, dfc_a64_bytes, &view);
        fill_words(&random, bytes, size, riscv, 0xFFF08000);
        count += isa_check_image(dfc_riscv_far_at, dfc_riscv_far_bytes, &view);
    }
    assert_true(count > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(low_parts_of_adrp_reach_128_bytes),
        cmocka_unit_test(low_parts_of_lui_reach_124_bytes),
        cmocka_unit_test(the_origin_of_a_far_pair_moves_along),
        cmocka_unit_test(the_global_pointer_is_an_address),
        cmocka_unit_test(what_is_read_is_what_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
