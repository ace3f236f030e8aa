// SPDX-License-Identifier: MIT
// Little-endian access at any alignment.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"

static void values_are_read_least_significant_byte_first(void **state)
{
    static const uint8_t b[] = {0x00, 0x78, 0x56, 0x34, 0x12, 0xFF, 0xFE};

    (void)state;
    assert_int_equal(dfc_get16(b + 1), 0x5678);
    assert_int_equal(dfc_get16(b + 2), 0x3456);
    assert_int_equal(dfc_get32(b + 1), 0x12345678);
    assert_int_equal(dfc_get32(b + 3), 0xFEFF1234u);
    assert_int_equal(dfc_get32(b), 0x34567800);
}

static void writing_touches_nothing_else(void **state)
{
    (void)state;
    for (size_t at = 0; at < 8; at++) {
        uint8_t b[16];
        uint8_t expected[16];

        memset(b, 0xAA, sizeof(b));
        memset(expected, 0xAA, sizeof(expected));
        dfc_put32(b + at, 0x89ABCDEFu);
        memcpy(expected + at, "\xEF\xCD\xAB\x89", 4);
        dfc_put16(b + at + 4, 0xFFFF1234u); // higher bits are dropped
        memcpy(expected + at + 4, "\x34\x12", 2);
        assert_memory_equal(b, expected, sizeof(b));
    }
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 32; bit++) {
        for (size_t at = 0; at < 4; at++) {
            uint8_t b[8] = {0};

            dfc_put32(b + at, 1u << bit);
            assert_int_equal(dfc_get32(b + at), 1u << bit);
            dfc_put32(b + at, ~(1u << bit));
            assert_int_equal(dfc_get32(b + at), ~(1u << bit));
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_least_significant_byte_first),
        cmocka_unit_test(writing_touches_nothing_else),
        cmocka_unit_test(what_is_written_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
