// SPDX-License-Identifier: MIT
// Match candidates are the longest matches there are, against brute force.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "chance.h"
#include "suffix.h"

#define TEXT_MAX 160u

// Equal bytes from two positions on.
static uint32_t match_length(const uint8_t *text, uint32_t size, uint32_t a,
                             uint32_t b)
{
    uint32_t n = 0;

    while (a + n < size && b + n < size && text[a + n] == text[b + n]) {
        n++;
    }
    return n;
}

// The longest match of `at` that begins in [0, end).
static uint32_t longest(const uint8_t *text, uint32_t size, uint32_t at,
                        uint32_t end)
{
    uint32_t most = 0;

    for (uint32_t s = 0; s < end; s++) {
        uint32_t n = match_length(text, size, s, at);

        most = n > most ? n : most;
    }
    return most;
}

// The better one of two candidates, which begin in [0, end) if they exist.
static uint32_t better(const uint8_t *text, uint32_t size, uint32_t at,
                       uint32_t end, const uint32_t *pair)
{
    uint32_t most = 0;

    assert_true(pair[0] != DELTA_NO_SOURCE || pair[1] != DELTA_NO_SOURCE);
    assert_int_not_equal(pair[0], pair[1]);
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t n;

        if (pair[i] == DELTA_NO_SOURCE) {
            continue;
        }
        assert_true(pair[i] < end);
        n = match_length(text, size, pair[i], at);
        most = n > most ? n : most;
    }
    return most;
}

static void check_text(const uint8_t *text, uint32_t old_size,
                       uint32_t new_size)
{
    uint32_t size = old_size + new_size;
    struct delta_candidates c;

    assert_true(delta_candidates_find(&c, text, old_size, new_size, false));
    for (uint32_t i = 0; i < new_size; i++) {
        uint32_t at = old_size + i;

        assert_int_equal(better(text, size, at, old_size, c.at[i]),
                         longest(text, size, at, old_size));
        assert_int_equal(better(text, size, at, at, c.at[i] + 2),
                         longest(text, size, at, at));
    }
    delta_candidates_free(&c);
    assert_null(c.at);
}

static void candidates_are_the_longest_matches(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (uint32_t round = 0; round < 1500; round++) {
        uint8_t text[TEXT_MAX];
        uint32_t letters = 1 + chance_pick(&random, round % 2 ? 3 : 256);
        uint32_t size = 2 + chance_pick(&random, TEXT_MAX - 1);
        uint32_t old_size = 1 + chance_pick(&random, size - 1);

        for (uint32_t i = 0; i < size; i++) {
            text[i] = (uint8_t)(255 - chance_pick(&random, letters));
        }
        check_text(text, old_size, size - old_size);
    }
}

static void repetitions_are_no_trouble(void **state)
{
    (void)state;
    for (uint32_t period = 1; period <= 5; period++) {
        uint8_t text[TEXT_MAX];

        for (uint32_t i = 0; i < TEXT_MAX; i++) {
            text[i] = (uint8_t)(i % period);
        }
        check_text(text, 1, TEXT_MAX - 1);
        check_text(text, TEXT_MAX - 1, 1);
        check_text(text, TEXT_MAX / 2, TEXT_MAX / 2);
    }
}

static void two_bytes_are_enough(void **state)
{
    (void)state;
    check_text((const uint8_t *)"aa", 1, 1);
    check_text((const uint8_t *)"ab", 1, 1);
    check_text((const uint8_t *)"ba", 1, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(candidates_are_the_longest_matches),
        cmocka_unit_test(repetitions_are_no_trouble),
        cmocka_unit_test(two_bytes_are_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
