// SPDX-License-Identifier: MIT
// Occurrences of short strings: found, and the nearest ones.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chance.h"
#include "nearby.h"
#include "suffix.h"

// What looking at every position gives.
static uint32_t last_before(const uint8_t *text, uint32_t size, uint32_t s,
                            uint32_t limit, uint32_t length)
{
    for (uint32_t i = limit; size - s >= length && i-- > 0;) {
        if (i + length <= size && memcmp(text + i, text + s, length) == 0) {
            return i;
        }
    }
    return DELTA_NO_SOURCE;
}

static uint32_t next_after(const uint8_t *text, uint32_t size, uint32_t s,
                           uint32_t around, uint32_t end, uint32_t length)
{
    for (uint32_t i = around;
         i < end && size - s >= length && i + length <= size; i++) {
        if (memcmp(text + i, text + s, length) == 0) {
            return i;
        }
    }
    return DELTA_NO_SOURCE;
}

struct count {
    uint32_t found, missed;
};

// What is found is the nearest; what is not found at all is counted.
static void check_answer(struct count *count, uint32_t answer, uint32_t truth)
{
    if (truth != DELTA_NO_SOURCE && answer == DELTA_NO_SOURCE) {
        count->missed++;
        return;
    }
    assert_int_equal(answer, truth);
    count->found += truth != DELTA_NO_SOURCE;
}

static void check_text(struct count *count, const uint8_t *text, uint32_t size,
                       uint32_t length, uint64_t *random)
{
    // Of the exact size, so that a sanitizer sees reads beyond it.
    uint8_t *copy = malloc(size + 1u);
    struct delta_nearby nearby;

    assert_non_null(copy);
    memcpy(copy + 1, text, size);
    assert_true(delta_nearby_make(&nearby, copy + 1, size, length));
    for (uint32_t s = 0; s <= size; s++) {
        uint32_t a = chance_pick(random, size + 1);
        uint32_t b = chance_pick(random, size + 1);

        check_answer(count, delta_nearby_before(&nearby, s, a),
                     last_before(text, size, s, a, length));
        check_answer(count, delta_nearby_before(&nearby, s, s),
                     last_before(text, size, s, s, length));
        check_answer(count, delta_nearby_after(&nearby, s, a, b),
                     next_after(text, size, s, a, b, length));
        check_answer(count, delta_nearby_after(&nearby, s, a, size),
                     next_after(text, size, s, a, size, length));
    }
    delta_nearby_free(&nearby);
    free(copy);
}

static void the_nearest_ones_are_found(void **state)
{
    static const uint32_t letters[] = {1, 2, 3, 8, 256};
    uint8_t text[700];
    uint64_t random = 1;
    struct count count = {0, 0};

    (void)state;
    for (uint32_t round = 0; round < 100; round++) {
        uint32_t size = 1 + chance_pick(&random, sizeof(text));
        uint32_t bound = letters[round % 5];

        for (uint32_t i = 0; i < size; i++) {
            text[i] = (uint8_t)chance_pick(&random, bound);
        }
        // Some come again whatever the letters.
        for (uint32_t i = 0; i + 40 < size; i += 40) {
            memcpy(text + i, text + size - 8 - i % 23, 8);
        }
        check_text(&count, text, size, DELTA_NEARBY_MIN + round % 6, &random);
    }
    assert_true(count.found > 10000);
    assert_true(count.missed * 100 < count.found);
}

static void tiny_texts_are_harmless(void **state)
{
    uint64_t random = 2;
    uint8_t text[16];
    struct count count = {0, 0};

    (void)state;
    for (uint32_t size = 0; size <= sizeof(text); size++) {
        for (uint32_t round = 0; round < 20; round++) {
            for (uint32_t i = 0; i < size; i++) {
                text[i] = (uint8_t)chance_pick(&random, 1 + round % 3);
            }
            check_text(&count, text, size, DELTA_NEARBY_MIN + round % 6,
                       &random);
        }
    }
    assert_int_equal(count.missed, 0);
    assert_true(count.found > 100);
}

static void bounds_are_exact(void **state)
{
    static const uint8_t text[] = "abcd....abcd....abcd";
    const uint32_t size = 20;
    struct delta_nearby n;

    (void)state;
    assert_true(delta_nearby_make(&n, text, size, 4));
    // The limit is exclusive, as is the end; `around` is inclusive.
    assert_int_equal(delta_nearby_before(&n, 16, 16), 8);
    assert_int_equal(delta_nearby_before(&n, 16, 17), 16);
    assert_int_equal(delta_nearby_before(&n, 16, 8), 0);
    assert_int_equal(delta_nearby_before(&n, 16, 9), 8);
    assert_int_equal(delta_nearby_before(&n, 16, 0), DELTA_NO_SOURCE);
    assert_int_equal(delta_nearby_before(&n, 0, 20), 16);
    assert_int_equal(delta_nearby_after(&n, 16, 0, 16), 0);
    assert_int_equal(delta_nearby_after(&n, 16, 1, 16), 8);
    assert_int_equal(delta_nearby_after(&n, 16, 8, 16), 8);
    assert_int_equal(delta_nearby_after(&n, 16, 9, 16), DELTA_NO_SOURCE);
    assert_int_equal(delta_nearby_after(&n, 16, 9, 17), 16);
    assert_int_equal(delta_nearby_after(&n, 16, 8, 8), DELTA_NO_SOURCE);
    // Only whole strings are looked for.
    assert_int_equal(delta_nearby_before(&n, 17, 17), DELTA_NO_SOURCE);
    assert_int_equal(delta_nearby_after(&n, 20, 0, 20), DELTA_NO_SOURCE);
    delta_nearby_free(&n);
    assert_null(n.first);
    assert_null(n.places);
}

static void long_runs_are_found_at_once(void **state)
{
    const uint32_t size = 1u << 20;
    uint8_t *text = calloc(1, size);
    struct delta_nearby n;

    (void)state;
    assert_non_null(text);
    memcpy(text + size / 2, "text", 4);
    memcpy(text + size - 4, "text", 4);
    assert_true(delta_nearby_make(&n, text, size, 4));
    for (uint32_t s = 1; s < size / 2 - 4; s += 1001) {
        assert_int_equal(delta_nearby_before(&n, s, s), s - 1);
        assert_int_equal(delta_nearby_after(&n, s, s + 1, size), s + 1);
    }
    // From the run over what interrupts it.
    assert_int_equal(delta_nearby_before(&n, 0, size / 2 + 2), size / 2 - 4);
    assert_int_equal(delta_nearby_after(&n, 0, size / 2 - 3, size),
                     size / 2 + 4);
    assert_int_equal(delta_nearby_before(&n, size - 4, size - 4), size / 2);
    delta_nearby_free(&n);
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_ones_are_found),
        cmocka_unit_test(tiny_texts_are_harmless),
        cmocka_unit_test(bounds_are_exact),
        cmocka_unit_test(long_runs_are_found_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
