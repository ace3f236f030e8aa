// SPDX-License-Identifier: MIT
// Address map lookup, FORMAT.md section 6.3, and back, section 9.7.

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

// --- Back ------------------------------------------------------------------

static void an_empty_map_leads_back_to_itself(void **state)
{
    (void)state;
    assert_int_equal(dfc_unmap(NULL, 0, 0), 0);
    assert_int_equal(dfc_unmap(NULL, 0, 0xFFFFFFFFu), 0xFFFFFFFFu);
}

static void addresses_lead_back_where_they_were(void **state)
{
    // What is from 0x2000 on moves up and leaves a gap, what is from 0x3000 on
    // down, over the end of that.
    static const struct dfc_map_entry map[] = {
        {0x1000, 0}, {0x2000, 0x100}, {0x3000, 0xFFFFFF00u}, {0x4000, 0}};

    (void)state;
    assert_int_equal(dfc_unmap(map, 4, 0x0FFF), 0x0FFF); // below all
    assert_int_equal(dfc_unmap(map, 4, 0x1000), 0x1000);
    assert_int_equal(dfc_unmap(map, 4, 0x1FFF), 0x1FFF);
    assert_int_equal(dfc_unmap(map, 4, 0x2000), 0x2000); // nothing came here
    assert_int_equal(dfc_unmap(map, 4, 0x20FF), 0x20FF);
    assert_int_equal(dfc_unmap(map, 4, 0x2100), 0x2000);
    assert_int_equal(dfc_unmap(map, 4, 0x2EFF), 0x2DFF);
    assert_int_equal(dfc_unmap(map, 4, 0x2F00), 0x3000); // also from 0x2E00
    assert_int_equal(dfc_unmap(map, 4, 0x3EFF), 0x3FFF);
    assert_int_equal(dfc_unmap(map, 4, 0x3F00), 0x3F00); // nothing again
    assert_int_equal(dfc_unmap(map, 4, 0xFFFFFFFFu), 0xFFFFFFFFu);
    assert_int_equal(dfc_unmap(map, 2, 0x3080), 0x2F80);
}

static void pieces_lead_back_around_the_end(void **state)
{
    static const struct dfc_map_entry map[] = {{0x1000, 8}, {0x4000, 0x5000}};

    (void)state;
    assert_int_equal(dfc_unmap(map, 2, 0x9000), 0x4000);
    assert_int_equal(dfc_unmap(map, 2, 0xFFFFFFFFu), 0xFFFFAFFFu);
    assert_int_equal(dfc_unmap(map, 2, 0), 0xFFFFB000u);
    assert_int_equal(dfc_unmap(map, 2, 0x4FFF), 0xFFFFFFFFu);
    assert_int_equal(dfc_unmap(map, 2, 0x5000), 0x5000);
}

// FORMAT.md section 9.7, for all entries.
static uint32_t look_back(const struct dfc_map_entry *map, uint32_t count,
                          uint32_t address)
{
    uint32_t found = address;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t old = address - map[i].shift;

        if (map[i].start <= old && (i + 1 == count || old < map[i + 1].start)) {
            found = old;
        }
    }
    return found;
}

static void random_maps_lead_back_as_format_md_says(void **state)
{
    uint64_t random = 2;
    uint32_t moved = 0, stayed = 0;

    (void)state;
    for (uint32_t round = 0; round < 4000; round++) {
        struct dfc_map_entry map[ENTRIES_MAX];
        uint32_t count = chance_pick(&random, ENTRIES_MAX + 1);
        uint32_t start = chance_pick(&random, 1000);

        for (uint32_t i = 0; i < count; i++) {
            map[i].start = start;
            map[i].shift = round % 2 ? chance_pick(&random, 40) - 20
                                     : chance_word(&random);
            start += 1 + chance_pick(&random, round % 2 ? 40 : 0x01000000);
        }
        for (uint32_t i = 0; i < 100; i++) {
            uint32_t address = i < count ? map[i].start + map[i].shift - (i % 3)
                               : round % 2 ? chance_pick(&random, 1800)
                                           : chance_word(&random);
            uint32_t old = dfc_unmap(map, count, address);

            assert_int_equal(old, look_back(map, count, address));
            if (dfc_map(map, count, old) == address) {
                moved++;
            } else {
                assert_int_equal(old, address);
                stayed++;
            }
        }
    }
    assert_true(moved > 10000 && stayed > 10000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_moves_nothing),
        cmocka_unit_test(an_address_belongs_to_the_last_start_not_above_it),
        cmocka_unit_test(sums_wrap_around),
        cmocka_unit_test(random_maps_agree_with_a_walk),
        cmocka_unit_test(an_empty_map_leads_back_to_itself),
        cmocka_unit_test(addresses_lead_back_where_they_were),
        cmocka_unit_test(pieces_lead_back_around_the_end),
        cmocka_unit_test(random_maps_lead_back_as_format_md_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
