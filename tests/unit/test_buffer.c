// SPDX-License-Identifier: MIT
// The growing buffer and its variable-length integers.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "buffer.h"
#include "chance.h"

static void bytes_keep_their_order_while_it_grows(void **state)
{
    struct delta_buffer b = {0};
    uint8_t piece[700];
    uint64_t random = 1;
    size_t size = 0;

    (void)state;
    for (uint32_t i = 0; i < sizeof(piece); i++) {
        piece[i] = (uint8_t)(i * 37);
    }
    while (size < 200000) {
        size_t n = chance_pick(&random, sizeof(piece) + 1);

        delta_buffer_append(&b, piece, n);
        delta_buffer_put(&b, (uint8_t)n);
        assert_int_equal(b.size, size + n + 1);
        assert_true(b.room >= b.size);
        assert_memory_equal(b.data + size, piece, n);
        assert_int_equal(b.data[size + n], (uint8_t)n);
        size = b.size;
    }
    assert_false(b.failed);
    delta_buffer_free(&b);
    assert_null(b.data);
    assert_int_equal(b.size, 0);
}

static void appending_nothing_is_allowed(void **state)
{
    struct delta_buffer b = {0};

    (void)state;
    delta_buffer_append(&b, NULL, 0);
    assert_int_equal(b.size, 0);
    assert_false(b.failed);
    delta_buffer_free(&b);
    delta_buffer_free(&b);
}

static void after_a_failure_nothing_is_appended(void **state)
{
    static const uint8_t much[5000];
    struct delta_buffer b = {0};

    (void)state;
    delta_buffer_put(&b, 7);
    b.failed = true;
    delta_buffer_put(&b, 8);
    delta_buffer_append(&b, much, 3);
    delta_buffer_append(&b, much, sizeof(much));
    delta_buffer_varint(&b, 300);
    assert_int_equal(b.size, 1);
    assert_int_equal(b.data[0], 7);
    delta_buffer_free(&b);
    assert_false(b.failed);
}

static void check_varint(uint32_t value, const char *bytes, size_t size)
{
    struct delta_buffer b = {0};

    delta_buffer_varint(&b, value);
    assert_int_equal(b.size, size);
    assert_memory_equal(b.data, bytes, size);
    delta_buffer_free(&b);
}

static void varints_are_the_shortest_form_of_format_md(void **state)
{
    (void)state;
    check_varint(0, "\x00", 1);
    check_varint(127, "\x7F", 1);
    check_varint(128, "\x80\x01", 2);
    check_varint(300, "\xAC\x02", 2);
    check_varint(16383, "\xFF\x7F", 2);
    check_varint(16384, "\x80\x80\x01", 3);
    check_varint(0x1FFFFF, "\xFF\xFF\x7F", 3);
    check_varint(0x0FFFFFFF, "\xFF\xFF\xFF\x7F", 4);
    check_varint(0x10000000, "\x80\x80\x80\x80\x01", 5);
    check_varint(0xFFFFFFFFu, "\xFF\xFF\xFF\xFF\x0F", 5);
}

static void check_svarint(uint32_t value, const char *bytes, size_t size)
{
    struct delta_buffer b = {0};

    delta_buffer_svarint(&b, value);
    assert_int_equal(b.size, size);
    assert_memory_equal(b.data, bytes, size);
    delta_buffer_free(&b);
}

static void small_signed_numbers_are_short_on_both_sides_of_0(void **state)
{
    (void)state;
    check_svarint(0, "\x00", 1);
    check_svarint(0xFFFFFFFFu, "\x01", 1); // -1
    check_svarint(1, "\x02", 1);
    check_svarint(0xFFFFFFC0u, "\x7F", 1); // -64
    check_svarint(64, "\x80\x01", 2);
    check_svarint(0x7FFFFFFFu, "\xFE\xFF\xFF\xFF\x0F", 5);
    check_svarint(0x80000000u, "\xFF\xFF\xFF\xFF\x0F", 5);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_keep_their_order_while_it_grows),
        cmocka_unit_test(appending_nothing_is_allowed),
        cmocka_unit_test(after_a_failure_nothing_is_appended),
        cmocka_unit_test(varints_are_the_shortest_form_of_format_md),
        cmocka_unit_test(small_signed_numbers_are_short_on_both_sides_of_0),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
