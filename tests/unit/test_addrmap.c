// SPDX-License-Identifier: MIT
// Address map lookup, FORMAT.md section 6.3.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "addrmap.h"
#include "chance.h"

#define ENTRIES_MAX 40u

static void an_empty_map_moves_nothing(void **state)
{
    (void)state;
    assert_int_equal(dfc_map(NULL, 0, 0), 0);
    assert_int_equal(dfc_map(NULL, 0, 0x08001234), 0x08001234);
    assert_int_equal(dfc_map(NULL, 0, 0xFFFFFFFFu), 0xFFFFFFFFu);
}

static void an_address_belongs_to_the_last_start_not_above_it(void **state)
{
    static const struct dfc_map_entry map[] = {
        {0x1000, 0x10}, {0x2000, 0}, {0x3000, 0xFFFFFFF0u}};

    (void)state;
    assert_int_equal(dfc_map(map, 3, 0), 0);
    assert_int_equal(dfc_map(map, 3, 0x0FFF), 0x0FFF);
    assert_int_equal(dfc_map(map, 3, 0x1000), 0x1010);
    assert_int_equal(dfc_map(map, 3, 0x1FFF), 0x200F);
    assert_int_equal(dfc_map(map, 3, 0x2000), 0x2000);
    assert_int_equal(dfc_map(map, 3, 0x2FFF), 0x2FFF);
    assert_int_equal(dfc_map(map, 3, 0x3000), 0x2FF0);
    assert_int_equal(dfc_map(map, 3, 0xFFFFFFFFu), 0xFFFFFFEFu);
    assert_int_equal(dfc_map(map, 1, 0x3000), 0x3010);
}

static void sums_wrap_around(void **state)
{
    static const struct dfc_map_entry map[] = {{0, 0x80000000u},
                                               {0xFFFFFFFFu, 2}};

    (void)state;
    assert_int_equal(dfc_map(map, 2, 0), 0x80000000u);
    assert_int_equal(dfc_map(map, 2, 0x80000001u), 1);
    assert_int_equal(dfc_map(map, 2, 0xFFFFFFFFu), 1);
}

// By walking along the map.
static uint32_t look_up(const struct dfc_map_entry *map, uint32_t count,
                        uint32_t address)
{
    uint32_t shift = 0;

    for (uint32_t i = 0; i < count && map[i].start <= address; i++) {
        shift = map[i].shift;
    }
    return address + shift;
}

static void random_maps_agree_with_a_walk(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (uint32_t round = 0; round < 2000; round++) {
        struct dfc_map_entry map[ENTRIES_MAX];
        uint32_t count = chance_pick(&random, ENTRIES_MAX + 1);
        uint32_t start = chance_pick(&random, 1000);

        for (uint32_t i = 0; i < count; i++) {
            map[i].start = start;
            map[i].shift = chance_word(&random);
            start += 1 + chance_pick(&random, round % 2 ? 3 : 0x01000000);
        }
        for (uint32_t i = 0; i < 100; i++) {
            uint32_t address = i < count && i % 2 ? map[i].start - (i % 3)
                               : round % 2        ? chance_pick(&random, 1200)
                                                  : chance_word(&random);

            assert_int_equal(dfc_map(map, count, address),
                             look_up(map, count, address));
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_moves_nothing),
        cmocka_unit_test(an_address_belongs_to_the_last_start_not_above_it),
        cmocka_unit_test(sums_wrap_around),
        cmocka_unit_test(random_maps_agree_with_a_walk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
