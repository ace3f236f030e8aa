// SPDX-License-Identifier: MIT
// Expected sources, FORMAT.md section 9.7: one by one as the patcher asks, and
// as the encoder's stretches.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chance.h"
#include "expected.h"

#define REGIONS 4u
#define ENTRIES 12u

struct images {
    struct dfc_region old_list[REGIONS], new_list[REGIONS];
    struct dfc_map_entry map[ENTRIES];
    struct dfc_space space;
    uint32_t new_size;
};

static void begin(struct images *m, uint32_t old_count, uint32_t new_count,
                  uint32_t map_count)
{
    m->space.old_regions = (struct dfc_regions){m->old_list, old_count};
    m->space.new_regions = (struct dfc_regions){m->new_list, new_count};
    m->space.old_size = m->old_list[old_count - 1].end;
    m->new_size = m->new_list[new_count - 1].end;
    m->space.map = m->map;
    m->space.map_count = map_count;
}

// As FORMAT.md has it.
static uint32_t format_expected(const struct images *m, uint32_t at)
{
    const struct dfc_space *s = &m->space;
    uint32_t r = 0, a, b;

    while (r + 1 < s->new_regions.count && m->new_list[r].end <= at) {
        r++;
    }
    a = at + m->new_list[r].base;
    b = a;
    for (uint32_t i = s->map_count; i-- > 0;) {
        uint32_t old = a - m->map[i].shift;

        if (m->map[i].start <= old &&
            (i + 1 == s->map_count || old < m->map[i + 1].start)) {
            b = old;
            break;
        }
    }
    for (r = 0; r < s->old_regions.count; r++) {
        uint32_t position = b - m->old_list[r].base;

        if (position >= m->old_list[r].start && position < m->old_list[r].end) {
            return position;
        }
    }
    return b - m->old_list[0].base;
}

// --- Known cases -----------------------------------------------------------

static void one_region_moves_with_its_base(void **state)
{
    struct images m = {.old_list = {{0, 100, 0x8000, 1}},
                       .new_list = {{0, 200, 0x8010, 1}}};

    (void)state;
    begin(&m, 1, 1, 0);
    assert_int_equal(dfc_expected_source(&m.space, 0), 16);
    assert_int_equal(dfc_expected_source(&m.space, 83), 99);
    // Outside of the old image it goes on.
    assert_int_equal(dfc_expected_source(&m.space, 84), 100);
    assert_int_equal(dfc_expected_source(&m.space, 199), 215);
    m.new_list[0].base = 0x7FF0;
    assert_int_equal(dfc_expected_source(&m.space, 0), 0xFFFFFFF0u);
    assert_int_equal(dfc_expected_source(&m.space, 16), 0);
}

static void where_pieces_overlap_the_last_one_counts(void **state)
{
    // From 0x8040 on all has moved down, over what was before it.
    struct images m = {
        .old_list = {{0, 256, 0x8000, 1}},
        .new_list = {{0, 256, 0x8000, 1}},
        .map = {{0x8020, 0x10}, {0x8040, 0xFFFFFFF8u}},
    };

    (void)state;
    begin(&m, 1, 1, 2);
    assert_int_equal(dfc_expected_source(&m.space, 0x1F), 0x1F);
    assert_int_equal(dfc_expected_source(&m.space, 0x20), 0x20); // none
    assert_int_equal(dfc_expected_source(&m.space, 0x30), 0x20);
    assert_int_equal(dfc_expected_source(&m.space, 0x37), 0x27);
    assert_int_equal(dfc_expected_source(&m.space, 0x38), 0x40);
    assert_int_equal(dfc_expected_source(&m.space, 0xF7), 0xFF);
}

static void the_first_region_that_has_it_is_taken(void **state)
{
    // The second and the third one overlap in addresses.
    struct images m = {
        .old_list = {{0, 32, 0x1000, 0},
                     {32, 64, 0x2000, 1},
                     {64, 128, 0x1FE0, 1}},
        .new_list = {{0, 40, 0x1000, 0}, {40, 128, 0x1FF8, 1}},
    };

    (void)state;
    begin(&m, 3, 2, 0);
    assert_int_equal(dfc_expected_source(&m.space, 0), 0);
    assert_int_equal(dfc_expected_source(&m.space, 31), 31);
    // Address 0x1020 is in none: as if in the first one.
    assert_int_equal(dfc_expected_source(&m.space, 32), 32);
    assert_int_equal(dfc_expected_source(&m.space, 39), 39);
    // Address 0x2020 and on: position 32 of the second, 64 of the third.
    assert_int_equal(dfc_expected_source(&m.space, 40), 32);
    assert_int_equal(dfc_expected_source(&m.space, 71), 63);
    assert_int_equal(dfc_expected_source(&m.space, 72), 96);
    assert_int_equal(dfc_expected_source(&m.space, 103), 127);
    assert_int_equal(dfc_expected_source(&m.space, 104), 0x1060);
}

// --- Any images ------------------------------------------------------------

static uint32_t any_regions(struct dfc_region *list, uint64_t *random,
                            uint32_t base, uint32_t spread)
{
    uint32_t count = 1 + chance_pick(random, REGIONS);
    uint32_t at = 0;

    for (uint32_t i = 0; i < count; i++) {
        list[i].start = at;
        at += 1 + chance_pick(random, 150);
        list[i].end = at;
        list[i].base = base + chance_pick(random, spread);
        list[i].arch = 0;
    }
    return count;
}

// All in a few hundred bytes of addresses, so that pieces and regions overlap;
// in every third round around 2^32.
static void any_images(struct images *m, uint64_t *random, uint32_t round)
{
    uint32_t base = round % 3 == 0 ? 0xFFFFFF80u : 0x8000;
    uint32_t map_count = chance_pick(random, ENTRIES + 1);
    uint32_t start = round % 3 == 0 && round % 2 ? 0 : base;
    uint32_t old_count, new_count;

    memset(m, 0, sizeof(*m));
    old_count = any_regions(m->old_list, random, base, 1 + round % 300);
    new_count = any_regions(m->new_list, random, base, 1 + round % 300);
    for (uint32_t i = 0; i < map_count; i++) {
        m->map[i].start = start;
        m->map[i].shift = chance_pick(random, 200) - 100;
        start += 1 + chance_pick(random, 60);
        if (start <= m->map[i].start) { // strictly ascending
            map_count = i + 1;
        }
    }
    begin(m, old_count, new_count, map_count);
}

static void check_stretches(const struct images *m)
{
    struct delta_expected e;
    uint32_t k = 0;

    assert_true(delta_expected_make(&e, &m->space, m->new_size));
    assert_true(e.count >= 1);
    assert_int_equal(e.list[0].at, 0);
    for (uint32_t at = 0; at < m->new_size; at++) {
        if (k + 1 < e.count && e.list[k + 1].at == at) {
            k++;
            assert_int_not_equal(e.list[k].alignment, e.list[k - 1].alignment);
        }
        assert_int_equal(at + e.list[k].alignment,
                         dfc_expected_source(&m->space, at));
    }
    assert_int_equal(k + 1, e.count);
    delta_expected_free(&e);
    assert_int_equal(e.count, 0);
}

static void any_images_as_format_md_says(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (uint32_t round = 0; round < 6000; round++) {
        struct images m;

        any_images(&m, &random, round);
        for (uint32_t at = 0; at < m.new_size; at++) {
            assert_int_equal(dfc_expected_source(&m.space, at),
                             format_expected(&m, at));
        }
    }
}

static void stretches_are_the_same_sources(void **state)
{
    uint64_t random = 2;

    (void)state;
    for (uint32_t round = 0; round < 6000; round++) {
        struct images m;

        any_images(&m, &random, round);
        check_stretches(&m);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_region_moves_with_its_base),
        cmocka_unit_test(where_pieces_overlap_the_last_one_counts),
        cmocka_unit_test(the_first_region_that_has_it_is_taken),
        cmocka_unit_test(any_images_as_format_md_says),
        cmocka_unit_test(stretches_are_the_same_sources),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
