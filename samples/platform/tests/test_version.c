// SPDX-License-Identifier: MIT
// Versions and identities, however they are spelled.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decide.h"
#include "identity.h"
#include "version.h"

static void test_versions(void **state)
{
    static const char *const ascending[] = {"0",     "0.0.1",    "0.1",
                                            "1.0.0", "1.2.3",    "1.2.10",
                                            "1.10",  "2024.1.3", "999999"};
    static const char *const wrong[] = {"",
                                        ".",
                                        "1.",
                                        "1..2",
                                        ".1",
                                        "1.2.3.4",
                                        "a",
                                        "1.a",
                                        "-1.0.0",
                                        "1.2.3 ",
                                        "+1",
                                        "1000000.0.0",
                                        " 1",
                                        "1,2",
                                        "1.2.3-4",
                                        "1.2.3.",
                                        "9999999999999999999",
                                        "1.0x"};
    int64_t before = -1;
    int64_t rank;

    (void)state;
    for (size_t i = 0; i < sizeof(ascending) / sizeof(ascending[0]); i++) {
        assert_true(version_rank(&rank, ascending[i]));
        assert_true(rank > before);
        before = rank;
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(version_rank(&rank, wrong[i]));
    }
    static const char *const pairs[][2] = {
        {"2", "2.0.0"},
        {"01.2", "1.2.0"},
        {"1.002.03", "1.2.3"},
        {"999999.999999.999999", "999999.999999.999999"}};
    char normal[VERSION_SIZE];
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        assert_true(version_normal(normal, pairs[i][0]));
        assert_string_equal(normal, pairs[i][1]);
    }
    assert_false(version_normal(normal, "1.x"));
    assert_int_equal(version_generation("3032"), 3);
    assert_int_equal(version_generation("V3032"), 0);
    assert_int_equal(version_generation(NULL), 0);
}

static void test_identities(void **state)
{
    static const char *const pairs[][2] = {
        {"aabbccddeeff", "AABBCCDDEEFF"},
        {"aa:bb:cc:dd:ee:f0", "AABBCCDDEEF0"},
        {"AA-bb-CC-dd-EE-0f", "AABBCCDDEE0F"},
        {"aabb.ccdd.eeff", "AABBCCDDEEFF"},
        {"86671404123456", "86671404123456"},
        {"866714041234567", "866714041234567"},
        {"aa:bb:cc:dd:ee", "aa:bb:cc:dd:ee"},
        {"aa:bb:cc:dd:ee:ff:00", "aa:bb:cc:dd:ee:ff:00"},
        {"a:abbccddeeff", "a:abbccddeeff"},
        {"Sn-1234", "Sn-1234"},
    };
    char normal[IDENTITY_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        (void)identity_normal(normal, sizeof(normal), pairs[i][0]);
        assert_string_equal(normal, pairs[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_identities),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
