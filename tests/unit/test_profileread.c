// SPDX-License-Identifier: MIT
// Profiles from JSON: every field arrives in its place, every error names one.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "profile.h"

static uint32_t field_of(const struct delta_profile *profile,
                         const struct delta_profile_field *field)
{
    uint32_t value;

    memcpy(&value, (const char *)profile + field->offset, sizeof(value));
    return value;
}

// A profile whose fields differ as far as they may; all but the field `left_out`,
// if there is one, and with one more member.
static void write_all(char *json, size_t size, const char *left_out,
                      const char *more)
{
    size_t at = (size_t)snprintf(json, size, "{\"name\": \"all\"%s", more);
    uint32_t value = 5000;

    for (const struct delta_profile_field *f = delta_profile_fields;
         f->name != NULL; f++, value++) {
        if (left_out == NULL || strcmp(f->name, left_out) != 0) {
            at += (size_t)snprintf(json + at, size - at, ",\n \"%s\": %lu",
                                   f->name, (unsigned long)(value % f->max));
        }
    }
    snprintf(json + at, size - at, "}\n");
}

static enum delta_status read_text(struct delta_profile *profile,
                                   const char *json, struct delta_error *error)
{
    enum delta_status status =
        delta_profile_read(profile, json, strlen(json), error);

    if (status != DELTA_OK) {
        static const struct delta_profile none;
        assert_int_equal(status, DELTA_ERR_PROFILE);
        assert_string_equal(error->subject, "profile");
        assert_memory_equal(profile, &none, sizeof(none));
    }
    return status;
}

static void test_like(void **state)
{
    struct delta_profile profile;
    struct delta_profile expected = *delta_profile_find("ec618");
    struct delta_error error;

    (void)state;
    assert_int_equal(read_text(&profile, "{\"like\": \"ec618\"}", &error),
                     DELTA_OK);
    assert_memory_equal(&profile, &expected, sizeof(expected));
    assert_int_equal(
        read_text(&profile,
                  " {\"link_bits_per_second\": 2e5, \"like\": \"ec618\","
                  " \"name\": \"hub 1\"}\r\n",
                  &error),
        DELTA_OK);
    assert_string_equal(profile.name, "hub 1");
    assert_int_equal(profile.link_bits_per_second, 200000);
    assert_int_equal(profile.cpu_khz, expected.cpu_khz);
}

static void test_every_field(void **state)
{
    struct delta_profile profile;
    struct delta_error error;
    char json[2048];
    uint32_t value = 5000;

    (void)state;
    // The large block has to be a multiple.
    write_all(json, sizeof(json), "flash_large_size",
              ", \"flash_large_size\": 50060");
    assert_int_equal(read_text(&profile, json, &error), DELTA_OK);
    assert_string_equal(profile.name, "all");
    assert_int_equal(profile.flash_large_size, 50060);
    for (const struct delta_profile_field *f = delta_profile_fields;
         f->name != NULL; f++, value++) {
        if (strcmp(f->name, "flash_large_size") != 0) {
            assert_int_equal(field_of(&profile, f), value % f->max);
        }
    }
}

static void test_missing(void **state)
{
    struct delta_profile profile;
    struct delta_error error;
    char json[2048], expected[200];

    (void)state;
    for (const struct delta_profile_field *f = delta_profile_fields;
         f->name != NULL; f++) {
        write_all(json, sizeof(json), f->name, "");
        assert_int_equal(read_text(&profile, json, &error), DELTA_ERR_PROFILE);
        snprintf(expected, sizeof(expected),
                 "%s is missing (expected every field, or \"like\")", f->name);
        assert_string_equal(error.text, expected);
    }
    assert_int_equal(read_text(&profile, "{}", &error), DELTA_ERR_PROFILE);
    assert_memory_equal(error.text, "name is missing", 15);
}

static void test_refused(void **state)
{
    static const struct {
        const char *json, *expected;
    } cases[] = {
        {"", "no JSON object (found something else at byte 0)"},
        {"[1]", "no JSON object (found something else at byte 0)"},
        {"{\"name\": }", "no JSON object (found something else at byte 9)"},
        {"{\"like\": \"ec618\"} x",
         "no JSON object (found something else at byte 18)"},
        {"{\"like\": \"ec61\"}", "like names no profile that is built in "
                                 "(expected air724, ec618)"},
        {"{\"like\": 1}", "like names no profile that is built in (expected "
                          "air724, ec618)"},
        {"{\"like\": \"ec618\", \"cpu_khz\": 1001, \"cpu_khz\": 1001}",
         "cpu_khz is given twice (expected each member once)"},
        {"{\"like\": \"ec618\", \"like\": \"ec618\"}",
         "like is given twice (expected each member once)"},
        {"{\"like\": \"ec618\", \"Name\": \"a\"}",
         "Name is unknown (expected a field of struct delta_profile, name or "
         "like)"},
        {"{\"like\": \"ec618\", \"\\n\": 1}",
         "? is unknown (expected a field of struct delta_profile, name or "
         "like)"},
        {"{\"like\": \"ec618\", \"cpu_khz\": \"1001\"}",
         "cpu_khz is no number (expected an integer)"},
        {"{\"like\": \"ec618\", \"cpu_khz\": 999}",
         "cpu_khz is out of range (found 999, expected an integer from 1000 to "
         "100000000)"},
        {"{\"like\": \"ec618\", \"cpu_khz\": 1000.5}",
         "cpu_khz is out of range (found 1000.5, expected an integer from 1000 "
         "to 100000000)"},
        {"{\"like\": \"ec618\", \"cpu_khz\": -1e300}",
         "cpu_khz is out of range (found -1e+300, expected an integer from "
         "1000 to 100000000)"},
        {"{\"like\": \"ec618\", \"name\": \"\"}",
         "name is no name (expected a text of 1 to 64 bytes)"},
        {"{\"like\": \"ec618\", \"name\": \"a\\tb\"}",
         "name is no name (expected a text of 1 to 64 bytes)"},
        {"{\"like\": \"ec618\", \"name\": 7}",
         "name is no name (expected a text of 1 to 64 bytes)"},
        {"{\"like\": \"ec618\", \"flash_large_size\": 5000}",
         "flash_large_size is no multiple of flash_erase_size (found 5000, "
         "expected a multiple of 4096, or 0)"},
    };
    struct delta_profile profile;
    struct delta_error error;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(read_text(&profile, cases[i].json, &error),
                         DELTA_ERR_PROFILE);
        assert_string_equal(error.text, cases[i].expected);
    }
}

// No part of a profile is one, and nothing behind it is read.
static void test_cut_short(void **state)
{
    struct delta_profile profile;
    struct delta_error error;
    char json[2048];

    (void)state;
    write_all(json, sizeof(json), "flash_large_size",
              ", \"flash_large_size\": 50060");
    size_t size = strlen(json);
    for (size_t i = 0; i <= size; i++) {
        char *copy = malloc(i + (i == 0));
        assert_non_null(copy);
        memcpy(copy, json, i);
        // The last byte is a line's end.
        assert_int_equal(delta_profile_read(&profile, copy, i, &error),
                         i + 1 < size ? DELTA_ERR_PROFILE : DELTA_OK);
        free(copy);
    }
}

static void test_long_names(void **state)
{
    struct delta_profile profile;
    struct delta_error error;
    char json[256];

    (void)state;
    snprintf(json, sizeof(json), "{\"like\": \"ec618\", \"name\": \"%064d\"}",
             0);
    assert_int_equal(read_text(&profile, json, &error), DELTA_OK);
    assert_int_equal(strlen(profile.name), 64);
    snprintf(json, sizeof(json), "{\"like\": \"ec618\", \"name\": \"%065d\"}",
             0);
    assert_int_equal(read_text(&profile, json, &error), DELTA_ERR_PROFILE);
    // A member's name is shown in part.
    snprintf(json, sizeof(json), "{\"like\": \"ec618\", \"%0100d\": 0}", 0);
    assert_int_equal(read_text(&profile, json, &error), DELTA_ERR_PROFILE);
    snprintf(json, sizeof(json), "%040d is unknown", 0);
    assert_memory_equal(error.text, json, strlen(json));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_like),      cmocka_unit_test(test_every_field),
        cmocka_unit_test(test_missing),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_cut_short), cmocka_unit_test(test_long_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
