// SPDX-License-Identifier: MIT
// Votes for the address map, and regions outside the image, from alignments.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "chance.h"
#include "scene.h"
#include "votes.h"

#define BASE 0x08000000u
#define RAM 0x20000100u

// Two small images of Thumb code at the same base.
struct trial {
    uint8_t old_data[1024], new_data[1024];
    uint32_t old_size, new_size;
    struct scene scene;
    struct delta_votes votes;
    struct dfc_range ranges[DFOTA_RANGES_MAX];
    uint32_t range_count;
};

static void begin(struct trial *t)
{
    memset(t, 0, sizeof(*t));
    t->old_size = 256;
    t->new_size = 256;
    t->scene.arch = DFOTA_ARCH_THUMB;
}

static void open_scene(struct trial *t)
{
    t->scene.old_base = BASE;
    t->scene.new_base = BASE;
    t->scene.space.range_count = 1;
    t->scene.space.ranges[0] = (struct dfc_range){BASE, BASE + t->old_size};
    assert_true(scene_open(&t->scene, t->old_data, t->old_size, t->new_data,
                           t->new_size));
}

static void collect(struct trial *t, struct delta_segment segment)
{
    struct delta_segments segments = {.list = &segment, .count = 1};

    open_scene(t);
    assert_true(delta_votes_collect(&t->votes, &t->scene.delta, &segments));
    scene_close(&t->scene);
}

static void find_regions(struct trial *t, struct delta_segment segment)
{
    struct delta_segments segments = {.list = &segment, .count = 1};

    open_scene(t);
    assert_true(delta_votes_regions(t->ranges, &t->range_count, &t->scene.delta,
                                    &segments));
    scene_close(&t->scene);
}

static void check_vote(const struct trial *t, uint32_t i, uint32_t target,
                       uint32_t shift)
{
    assert_true(i < t->votes.count);
    assert_int_equal(t->votes.list[i].target, target);
    assert_int_equal(t->votes.list[i].shift, shift);
}

// --- Votes -----------------------------------------------------------------

static void calls_and_pointers_vote_for_their_targets(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    dfc_put32(t.old_data + 16, 0xF802F000); // BL to BASE + 16 + 4 + 4
    dfc_put32(t.new_data + 16, 0xF80AF000); // to BASE + 16 + 4 + 20
    dfc_put32(t.old_data + 32, BASE + 0x80);
    dfc_put32(t.new_data + 32, BASE + 0x70);
    collect(&t, (struct delta_segment){0, 0, 256});
    assert_int_equal(t.votes.count, 2);
    check_vote(&t, 0, BASE + 24, 16);
    check_vote(&t, 1, BASE + 0x80, 0xFFFFFFF0u);
    free(t.votes.list);
}

static void moved_code_votes_by_where_it_stands_now(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    dfc_put32(t.old_data + 16, 0xF802F000); // to BASE + 24
    dfc_put32(t.new_data + 48, 0xF802F000); // to BASE + 56
    collect(&t, (struct delta_segment){40, 8, 100});
    assert_int_equal(t.votes.count, 1);
    check_vote(&t, 0, BASE + 24, 32);
    free(t.votes.list);
}

static void other_kinds_do_not_vote(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    dfc_put32(t.old_data + 16, 0xF802F000); // a call, now a branch
    dfc_put32(t.new_data + 16, 0xB802F000);
    dfc_put32(t.old_data + 32, 0xB802F000);  // a branch, now nothing
    dfc_put32(t.old_data + 48, BASE + 0x80); // a pointer, now a number
    dfc_put32(t.new_data + 48, 0x1234);
    dfc_put32(t.new_data + 64, BASE + 0x80); // a number, now a pointer
    collect(&t, (struct delta_segment){0, 0, 256});
    assert_int_equal(t.votes.count, 0);
    free(t.votes.list);
}

static void pointers_may_leave_the_range(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    // The image has grown: BASE + 0x140 lies beyond the old one.
    dfc_put32(t.old_data + 32, BASE + 0xF0);
    dfc_put32(t.new_data + 32, BASE + 0x140);
    collect(&t, (struct delta_segment){0, 0, 256});
    assert_int_equal(t.votes.count, 1);
    check_vote(&t, 0, BASE + 0xF0, 0x50);
    free(t.votes.list);
}

static void put_big(uint8_t *p, uint32_t word)
{
    dfc_put32(p, word << 24 | (word << 8 & 0xFF0000) | (word >> 8 & 0xFF00) |
                     word >> 24);
}

static void words_have_the_order_of_the_image(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    t.scene.arch = DFOTA_ARCH_BIG;
    put_big(t.old_data + 32, BASE + 0xF0);
    put_big(t.new_data + 32, BASE + 0x140);
    collect(&t, (struct delta_segment){0, 0, 256});
    assert_int_equal(t.votes.count, 1);
    check_vote(&t, 0, BASE + 0xF0, 0x50);
    free(t.votes.list);
    begin(&t);
    t.scene.arch = DFOTA_ARCH_BIG;
    for (uint32_t i = 0; i < 20; i++) {
        put_big(t.old_data + 64 + 4 * i, RAM + 8 * i);
        put_big(t.new_data + 64 + 4 * i, RAM + 8 * i + 0x18);
    }
    find_regions(&t, (struct delta_segment){0, 0, 256});
    assert_int_equal(t.range_count, 1);
    assert_int_equal(t.ranges[0].start, RAM);
    assert_int_equal(t.ranges[0].end, RAM + 8 * 19 + 1);
}

static void cut_fields_do_not_vote(void **state)
{
    struct trial t;

    (void)state;
    for (uint32_t from = 0; from < 24; from++) {
        for (uint32_t end = from + 1; end < 28; end++) {
            begin(&t);
            dfc_put32(t.old_data + 16, 0xF802F000);
            dfc_put32(t.new_data + 16, 0xF80AF000);
            collect(&t, (struct delta_segment){from, from, end - from});
            assert_int_equal(t.votes.count, from <= 16 && end >= 20);
            free(t.votes.list);
        }
    }
}

static void sources_in_the_new_image_do_not_vote(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    dfc_put32(t.new_data + 16, BASE + 0x80);
    dfc_put32(t.new_data + 32, BASE + 0x80);
    collect(&t, (struct delta_segment){32, 256 + 16, 16});
    assert_int_equal(t.votes.count, 0);
    free(t.votes.list);
}

// --- Regions ---------------------------------------------------------------

// `count` words from offset `at` on, which point to RAM and have moved.
static void put_words(struct trial *t, uint32_t at, uint32_t count,
                      uint32_t first, uint32_t shift)
{
    for (uint32_t i = 0; i < count; i++) {
        dfc_put32(t->old_data + at + 4 * i, first + 8 * i);
        dfc_put32(t->new_data + at + 4 * i, first + 8 * i + shift);
    }
}

static const struct delta_segment all = {0, 0, 256};

static void words_that_move_together_make_a_region(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    put_words(&t, 64, 20, RAM, 0x18);
    find_regions(&t, all);
    assert_int_equal(t.range_count, 1);
    assert_int_equal(t.ranges[0].start, RAM);
    assert_int_equal(t.ranges[0].end, RAM + 8 * 19 + 1);
}

// Small numbers are more often something else.
static void it_takes_twelve_to_agree_or_twice_as_many(void **state)
{
    struct trial t;

    (void)state;
    for (uint32_t count = 2; count < 40; count++) {
        begin(&t);
        put_words(&t, 64, count, RAM, 0x18);
        find_regions(&t, all);
        assert_int_equal(t.range_count, count - 1 >= 12);
        begin(&t);
        put_words(&t, 64, count, 0x100, 0x18);
        find_regions(&t, all);
        assert_int_equal(t.range_count, count - 1 >= 24);
    }
}

static void words_that_move_apart_make_none(void **state)
{
    uint64_t random = 1;
    struct trial t;

    (void)state;
    begin(&t);
    for (uint32_t i = 0; i < 40; i++) {
        put_words(&t, 4 * i, 1, RAM + 8 * i, 1 + chance_pick(&random, 5000));
    }
    find_regions(&t, all);
    assert_int_equal(t.range_count, 0);
}

static void one_word_many_times_makes_none(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    for (uint32_t i = 0; i < 40; i++) {
        put_words(&t, 4 * i, 1, RAM, 0x18);
    }
    find_regions(&t, all);
    assert_int_equal(t.range_count, 0);
}

static void some_words_are_no_pointers(void **state)
{
    // The top of the address space; the image itself, known already; words
    // that moved too far.
    static const uint32_t words[][2] = {
        {0xF8000000u, 8}, {BASE + 4, 8}, {RAM, 0x10004}};
    struct trial t;

    (void)state;
    for (uint32_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        begin(&t);
        put_words(&t, 64, 30, words[i][0], words[i][1]);
        find_regions(&t, all);
        assert_int_equal(t.range_count, 0);
    }
}

static void words_are_aligned_in_both_images(void **state)
{
    struct trial t;

    (void)state;
    for (uint32_t shift = 0; shift < 8; shift++) {
        begin(&t);
        put_words(&t, 64, 20, RAM, 0x18);
        memmove(t.new_data + 64 + shift, t.new_data + 64, 80);
        find_regions(&t, (struct delta_segment){64 + shift, 64, 80});
        assert_int_equal(t.range_count, shift % 4 == 0);
    }
}

static void two_regions_are_two_ranges(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    put_words(&t, 128, 20, RAM, 0x18);
    put_words(&t, 16, 20, RAM + 0x10000000, 0x20);
    find_regions(&t, all);
    assert_int_equal(t.range_count, 2);
    // Ascending, as the format wants them, and not overlapping.
    assert_int_equal(t.ranges[0].start, RAM);
    assert_int_equal(t.ranges[1].start, RAM + 0x10000000);
}

static void there_are_at_most_eight_ranges(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    t.old_size = 1024;
    t.new_size = 1024;
    for (uint32_t i = 0; i < 16; i++) {
        put_words(&t, 64 * i, 16, 0x20000000 + 0x01000000 * i, 0x10 + 4 * i);
    }
    t.range_count = 1; // the image's own
    find_regions(&t, (struct delta_segment){0, 0, 1024});
    assert_int_equal(t.range_count, DFOTA_RANGES_MAX);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_and_pointers_vote_for_their_targets),
        cmocka_unit_test(moved_code_votes_by_where_it_stands_now),
        cmocka_unit_test(other_kinds_do_not_vote),
        cmocka_unit_test(pointers_may_leave_the_range),
        cmocka_unit_test(words_have_the_order_of_the_image),
        cmocka_unit_test(cut_fields_do_not_vote),
        cmocka_unit_test(sources_in_the_new_image_do_not_vote),
        cmocka_unit_test(words_that_move_together_make_a_region),
        cmocka_unit_test(it_takes_twelve_to_agree_or_twice_as_many),
        cmocka_unit_test(words_that_move_apart_make_none),
        cmocka_unit_test(one_word_many_times_makes_none),
        cmocka_unit_test(some_words_are_no_pointers),
        cmocka_unit_test(words_are_aligned_in_both_images),
        cmocka_unit_test(two_regions_are_two_ranges),
        cmocka_unit_test(there_are_at_most_eight_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
