// SPDX-License-Identifier: MIT
// Range headers, right and wrong.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "range.h"

#define ETAG "\"abc\""

static void check(const char *header, uint64_t file, enum range_kind kind,
                  uint64_t from, uint64_t size)
{
    struct range range = range_of(header, NULL, ETAG, file);

    assert_int_equal(range.kind, kind);
    assert_int_equal(range.from, from);
    assert_int_equal(range.size, size);
}

static void test_parts(void **state)
{
    (void)state;
    check("bytes=0-", 100, RANGE_PART, 0, 100);
    check("bytes=40-", 100, RANGE_PART, 40, 60);
    check("bytes=40-49", 100, RANGE_PART, 40, 10);
    check("bytes=99-99", 100, RANGE_PART, 99, 1);
    check("bytes=99-1000000", 100, RANGE_PART, 99, 1);
    check("Bytes= 0-0 ", 100, RANGE_PART, 0, 1);
    check("bytes=-10", 100, RANGE_PART, 90, 10);
    check("bytes=-1000", 100, RANGE_PART, 0, 100);
}

static void test_not_there(void **state)
{
    (void)state;
    check("bytes=100-", 100, RANGE_NOT_THERE, 0, 0);
    check("bytes=100-200", 100, RANGE_NOT_THERE, 0, 0);
    check("bytes=99999999999999999999999999-", 100, RANGE_NOT_THERE, 0, 0);
    check("bytes=0-", 0, RANGE_NOT_THERE, 0, 0);
    check("bytes=-0", 100, RANGE_NOT_THERE, 0, 0);
    check("bytes=-5", 0, RANGE_NOT_THERE, 0, 0);
}

static void test_all(void **state)
{
    static const char *const headers[] = {
        NULL,         "",           "bytes",      "bytes=",    "bytes=-",
        "bytes=a-",   "bytes=1",    "bytes=5-4",  "lines=0-1", "bytes=0-1,3-4",
        "bytes=0--1", "bytes=+1-2", "bytes=0-1x", "0-1"};

    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        check(headers[i], 100, RANGE_NONE, 0, 100);
    }
}

static void test_if_range(void **state)
{
    (void)state;
    assert_int_equal(range_of("bytes=4-", ETAG, ETAG, 9).kind, RANGE_PART);
    assert_int_equal(range_of("bytes=4-", "\"x\"", ETAG, 9).kind, RANGE_NONE);
    assert_int_equal(range_of("bytes=9-", "\"x\"", ETAG, 9).kind, RANGE_NONE);
    assert_int_equal(range_begin("bytes=4-"), 4);
    assert_int_equal(range_begin("bytes=-4"), 0);
    assert_int_equal(range_begin("bytes=4-3"), 0);
    assert_int_equal(range_begin(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_not_there),
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_if_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
