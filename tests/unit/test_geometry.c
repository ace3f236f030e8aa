// SPDX-License-Identifier: MIT
// Choice of geometry: what is aligned stays in reach, and what is programmed
// within its limit.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "geometry.h"

#define BLOCK 4096u
#define SIZE (100u * BLOCK)

static const struct delta_place_limits limits = {
    .block_bits = 12,
    .scratch = 16,
    .journal_page = 16,
    .manifest_size = 200,
};

static struct delta_inplace geometry(uint32_t epoch)
{
    return (struct delta_inplace){
        .old_size = SIZE,
        .new_size = SIZE,
        .block_bits = 12,
        .scratch = 16,
        .epoch = epoch,
    };
}

// With tables and model of this size at every checkpoint.
static uint64_t programmed(const struct delta_inplace *g, uint32_t memory)
{
    uint64_t checkpoints = delta_epoch_count(g) - 1;
    uint64_t marks = 100 + 2 * (checkpoints + 1);

    return 2 * (uint64_t)SIZE + 16 * marks + 384 +
           checkpoints * (DELTA_CHECKPOINT_SIZE + 208 + memory);
}

static void memory_is_what_the_flash_can_bear(void **state)
{
    (void)state;
    for (uint32_t epoch = 4; epoch <= 16; epoch++) {
        struct delta_inplace g = geometry(epoch);
        uint32_t memory = delta_geometry_memory(&g, &limits);

        assert_true(programmed(&g, memory) * 10 <= (uint64_t)SIZE * 22);
        assert_true(programmed(&g, memory + 64) * 10 > (uint64_t)SIZE * 22);
    }
    struct delta_inplace none = geometry(1);
    assert_int_equal(delta_geometry_memory(&none, &limits), 0);
    struct delta_inplace all = geometry(100);
    assert_int_equal(delta_geometry_memory(&all, &limits), UINT32_MAX);
}

// What is kept leaves more for the checkpoints, and so does a short old image,
// whose blocks are all that is saved.
static void what_is_not_written_counts(void **state)
{
    static uint8_t kept[100];
    struct delta_inplace g = geometry(8);
    uint32_t memory = delta_geometry_memory(&g, &limits);

    (void)state;
    memset(kept + 20, 1, 30);
    g.kept = kept;
    assert_true(delta_geometry_memory(&g, &limits) >=
                memory + 2 * 30 * BLOCK / 12);
    g.kept = NULL;
    g.old_size = SIZE / 2;
    assert_true(delta_geometry_memory(&g, &limits) >= memory + SIZE / 2 / 12);
}

// All of the new image comes from the old one, so much further on.
static struct delta_inplace choose(int32_t shift, const uint32_t *sizes,
                                   const struct delta_place_limits *l)
{
    uint32_t at = shift < 0 ? (uint32_t)-shift : 0;
    uint32_t source = shift < 0 ? 0 : (uint32_t)shift;
    uint32_t left = sizes[1] - at, there = sizes[0] - source;
    struct delta_segment segment = {at, source, left < there ? left : there};
    struct delta_segments segments = {&segment, 1, 0};
    struct delta_geometry_costs costs = {
        .segments = &segments,
        .size = 5000,
        .tables = 500,
        .least = 2048,
        .usual = 12000,
        .restart = 4,
    };
    struct delta_inplace list[DELTA_GEOMETRIES];

    assert_in_range(delta_geometry_list(list, l, sizes[0], sizes[1], &costs), 1,
                    DELTA_GEOMETRIES);
    assert_in_range(list[0].epoch, 1, list[0].scratch);
    return list[0];
}

static void the_order_is_that_which_reads_most(void **state)
{
    static const uint32_t same[] = {SIZE, SIZE};
    static const uint32_t grown[] = {SIZE, SIZE + 10 * BLOCK};
    static const uint32_t shrunk[] = {SIZE, SIZE - 10 * BLOCK};
    struct delta_inplace g;

    (void)state;
    g = choose(-(int32_t)(10 * BLOCK), grown, &limits);
    assert_true(g.backwards);
    g = choose(10 * BLOCK, shrunk, &limits);
    assert_false(g.backwards);
    // Nothing has moved: as few checkpoints as there can be.
    g = choose(0, same, &limits);
    assert_int_equal(g.epoch, 16);
}

static void small_images_are_one_epoch(void **state)
{
    static const uint32_t sizes[] = {7 * BLOCK, 7 * BLOCK - 10};
    struct delta_inplace g = choose(0, sizes, &limits);

    (void)state;
    assert_int_equal(g.scratch, 7);
    assert_int_equal(g.epoch, 7);
    assert_int_equal(delta_epoch_count(&g), 1);
}

// One block of scratch can do, though not within the limit.
static void the_least_scratch_area_will_do(void **state)
{
    static const uint32_t sizes[] = {SIZE, SIZE};
    struct delta_place_limits least = limits;

    (void)state;
    least.scratch = 1;
    assert_int_equal(choose(0, sizes, &least).epoch, 1);
    // With little the fewest checkpoints come first, whatever is lost.
    least.scratch = 2;
    assert_int_equal(choose(BLOCK, sizes, &least).epoch, 2);
}

// Where saving a model would program too much, and where there is none to save.
static void the_model_is_saved_if_it_can_be(void **state)
{
    static const uint32_t sizes[] = {SIZE, SIZE};
    struct delta_place_limits l = limits;
    uint32_t scratch;

    (void)state;
    for (scratch = 2; scratch <= 3; scratch++) {
        struct delta_inplace g;

        l.scratch = scratch;
        g = choose(0, sizes, &l);
        assert_true(g.fresh);
        assert_true(delta_geometry_memory(&g, &l) > 0);
    }
    l.scratch = 64;
    assert_false(choose(0, sizes, &l).fresh);
    l.least_wear = true;
    assert_true(choose(0, sizes, &l).fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_what_the_flash_can_bear),
        cmocka_unit_test(what_is_not_written_counts),
        cmocka_unit_test(the_order_is_that_which_reads_most),
        cmocka_unit_test(small_images_are_one_epoch),
        cmocka_unit_test(the_least_scratch_area_will_do),
        cmocka_unit_test(the_model_is_saved_if_it_can_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
