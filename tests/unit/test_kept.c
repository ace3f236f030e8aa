// SPDX-License-Identifier: MIT
// Kept blocks: the longest runs of equal blocks that the old image reaches
// over, in order, and never more than the manifest has room for.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "chance.h"
#include "kept.h"

#define BLOCK 64u
#define BLOCKS 400u

static uint8_t old_data[BLOCK * BLOCKS], new_data[BLOCK * BLOCKS];

// Blocks of the new image differ where the text has an x.
static void write_images(const char *blocks)
{
    uint64_t random = 1;

    chance_bytes(&random, old_data, sizeof(old_data));
    memcpy(new_data, old_data, sizeof(new_data));
    for (uint32_t i = 0; blocks[i] != 0; i++) {
        new_data[i * BLOCK + i % BLOCK] ^= blocks[i] == 'x';
    }
}

static void find(struct delta_kept *kept, uint32_t old_size, uint32_t new_size,
                 bool least_wear)
{
    assert_true(delta_kept_find(kept, old_data, old_size, new_data, new_size, 6,
                                DELTA_KEPT_MAX, least_wear));
}

static void check_run(const struct delta_kept *kept, uint32_t i, uint32_t first,
                      uint32_t count)
{
    assert_int_equal(kept->runs[i].first, first);
    assert_int_equal(kept->runs[i].count, count);
    for (uint32_t k = 0; k < count; k++) {
        assert_int_equal(kept->blocks[first + k], 1);
    }
}

static void all_runs_are_found_for_the_least_wear(void **state)
{
    struct delta_kept kept;

    (void)state;
    write_images("..x.xx...xx");
    find(&kept, 11 * BLOCK, 11 * BLOCK, true);
    assert_int_equal(kept.count, 3);
    check_run(&kept, 0, 0, 2);
    check_run(&kept, 1, 3, 1);
    check_run(&kept, 2, 6, 3);
    assert_int_equal(kept.blocks[2], 0);
    assert_int_equal(kept.blocks[4], 0);
    delta_kept_free(&kept);
}

static void the_smallest_package_has_the_longest_run(void **state)
{
    struct delta_kept kept;

    (void)state;
    write_images("....x......xx.....");
    find(&kept, 18 * BLOCK, 18 * BLOCK, false);
    assert_int_equal(kept.count, 1);
    check_run(&kept, 0, 5, 6);
    assert_int_equal(kept.blocks[0], 0);
    delta_kept_free(&kept);

    write_images("...x...x");
    find(&kept, 8 * BLOCK, 8 * BLOCK, false);
    assert_int_equal(kept.count, 0); // none is worth it
    delta_kept_free(&kept);
}

static void the_old_image_must_reach_as_far(void **state)
{
    struct delta_kept kept;

    (void)state;
    write_images("");
    find(&kept, 3 * BLOCK + 9, 3 * BLOCK + 10, true);
    assert_int_equal(kept.count, 1);
    check_run(&kept, 0, 0, 3);
    delta_kept_free(&kept);
    find(&kept, 3 * BLOCK + 10, 3 * BLOCK + 9, true);
    check_run(&kept, 0, 0, 4);
    delta_kept_free(&kept);
    find(&kept, 1, 3 * BLOCK, true);
    assert_int_equal(kept.count, 0);
    delta_kept_free(&kept);
}

// Of 200 runs the longest stay, those at the end.
static void there_is_room_for_so_many(void **state)
{
    char blocks[BLOCKS + 1];
    struct delta_kept kept;
    uint32_t sum = 0;

    (void)state;
    for (uint32_t i = 0; i < BLOCKS; i++) {
        blocks[i] = i % (i < 200 ? 2 : 3) == 0 ? 'x' : '.';
    }
    blocks[BLOCKS] = 0;
    write_images(blocks);
    find(&kept, sizeof(old_data), sizeof(new_data), true);
    assert_int_equal(kept.count, DELTA_KEPT_MAX);
    for (uint32_t i = 0; i < kept.count; i++) {
        assert_true(kept.runs[i].first >= 199);
        assert_true(i == 0 || kept.runs[i].first > kept.runs[i - 1].first);
    }
    for (uint32_t i = 0; i < BLOCKS; i++) {
        sum += kept.blocks[i];
    }
    assert_int_equal(sum, 2 * DELTA_KEPT_MAX);
    delta_kept_free(&kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_runs_are_found_for_the_least_wear),
        cmocka_unit_test(the_smallest_package_has_the_longest_run),
        cmocka_unit_test(the_old_image_must_reach_as_far),
        cmocka_unit_test(there_is_room_for_so_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
