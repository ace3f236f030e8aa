// SPDX-License-Identifier: MIT
// Words are in order, and the same ones as before.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chance.h"
#include "sort.h"

#define COUNT 5000u

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static void any_words_are_sorted(void **state)
{
    static const uint32_t masks[] = {0xFFFFFFFF, 0xFF,       0x7FF,
                                     0xFFE00000, 0x80000001, 0};
    uint32_t list[COUNT + 1], expected[COUNT + 1];
    uint64_t random = 1;

    (void)state;
    for (uint32_t round = 0; round < 300; round++) {
        uint32_t count = round < 4 ? round : chance_pick(&random, COUNT);

        for (uint32_t i = 0; i <= COUNT; i++) {
            list[i] = (chance_pick(&random, 0x10000) << 16 |
                       chance_pick(&random, 0x10000)) &
                      masks[round % 6];
        }
        memcpy(expected, list, sizeof(list));
        qsort(expected, count, sizeof(*expected), by_value);
        assert_true(delta_sort_words(list, count));
        assert_memory_equal(list, expected, sizeof(list)); // and none beyond
    }
}

static int by_target(const void *a, const void *b)
{
    const struct delta_vote *x = a;
    const struct delta_vote *y = b;

    if (x->target != y->target) {
        return x->target < y->target ? -1 : 1;
    }
    return x->shift < y->shift ? -1 : x->shift > y->shift;
}

static void any_votes_are_sorted(void **state)
{
    struct delta_vote list[COUNT + 1], expected[COUNT + 1];
    uint64_t random = 2;

    (void)state;
    for (uint32_t round = 0; round < 300; round++) {
        uint32_t count = round < 4 ? round : chance_pick(&random, COUNT);
        uint32_t bits = round % 32;

        for (uint32_t i = 0; i <= COUNT; i++) {
            list[i].target = chance_pick(&random, 0x10000) << bits;
            list[i].shift = 0u - chance_pick(&random, 1u << bits / 2);
        }
        memcpy(expected, list, sizeof(list));
        qsort(expected, count, sizeof(*expected), by_target);
        assert_true(delta_sort_votes(list, count));
        assert_memory_equal(list, expected, sizeof(list));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_words_are_sorted),
        cmocka_unit_test(any_votes_are_sorted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
