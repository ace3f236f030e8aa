// SPDX-License-Identifier: MIT
// UTF-8, and what looks like it.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "utf8.h"

static void test_good(void **state)
{
    static const char *const good[] = {"",
                                       "a",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "模块 ü"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(utf8_is_valid(good[i], strlen(good[i])));
    }
    assert_true(utf8_is_valid("a\0b", 3));
}

static void test_bad(void **state)
{
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2\x41",
                                      "\xe0\x9f\xbf",
                                      "\xe0\xa0",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "a\xc3",
                                      "\xe4\xb8\xad\xe6\x96"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(utf8_is_valid(bad[i], strlen(bad[i])));
    }
}

static void test_mend(void **state)
{
    static const struct {
        const char *text, *mended;
    } cases[] = {
        {"", ""},
        {"a\n\x7f", "a\n\x7f"},
        {"模块 ü", "模块 ü"},
        {"a\xc3", "a?"},
        {"\xff\xfe z", "?? z"},
        {"\xe6\xa8\xa1\xe6\xa8", "\xe6\xa8\xa1??"},
        {"\xe6\xa8"
         "a",
         "??a"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[32];

        strcpy(text, cases[i].text);
        utf8_mend(text);
        assert_string_equal(text, cases[i].mended);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_mend),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
