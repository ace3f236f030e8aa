// SPDX-License-Identifier: MIT
// The address map fitted to votes, against brute force.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chance.h"
#include "mapfit.h"

#define VOTES_MAX 12u
#define ROOM 64u

struct problem {
    struct delta_vote list[VOTES_MAX];
    uint32_t count;
    uint32_t entry_price, miss_price;
};

struct map {
    struct dfc_map_entry entry[ROOM];
    uint32_t count;
};

static void fit_votes(struct map *map, const struct delta_vote *list,
                      uint32_t count, uint32_t room, uint32_t entry_price,
                      uint32_t miss_price)
{
    struct delta_votes votes = {0};

    for (uint32_t i = 0; i < count; i++) {
        assert_true(delta_vote_add(&votes, list[i].target, list[i].shift));
    }
    map->count = room;
    assert_true(delta_map_fit(map->entry, &map->count, &votes, entry_price,
                              miss_price));
    assert_true(map->count <= room);
    for (uint32_t i = 0; i < map->count; i++) {
        // Strictly ascending, and every entry changes something.
        assert_true(i == 0 || map->entry[i - 1].start < map->entry[i].start);
        assert_int_not_equal(map->entry[i].shift,
                             i == 0 ? 0 : map->entry[i - 1].shift);
    }
    free(votes.list);
}

static uint32_t misses(const struct map *map, const struct delta_vote *list,
                       uint32_t count)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < count; i++) {
        n += dfc_map(map->entry, map->count, list[i].target) !=
             list[i].target + list[i].shift;
    }
    return n;
}

static uint32_t cost(const struct map *map, const struct problem *q)
{
    return map->count * q->entry_price +
           misses(map, q->list, q->count) * q->miss_price;
}

// The least cost of any map, by trying for every target, in order, to go on
// with the shift before or to begin an entry with any shift. The votes are
// sorted by target here.
static uint32_t least_cost(const struct problem *q, uint32_t from,
                           uint32_t shift)
{
    uint32_t end = from;
    uint32_t best = UINT32_MAX;

    if (from == q->count) {
        return 0;
    }
    while (end < q->count && q->list[end].target == q->list[from].target) {
        end++;
    }
    for (uint32_t i = 0; i <= q->count; i++) {
        // Last of all: go on.
        uint32_t next = i < q->count ? q->list[i].shift : shift;
        uint32_t price = i < q->count ? q->entry_price : 0;

        // Only shifts that are met at once are worth an entry.
        if (i < q->count && (i < from || i >= end)) {
            continue;
        }
        for (uint32_t k = from; k < end; k++) {
            price += q->list[k].shift != next ? q->miss_price : 0;
        }
        price += least_cost(q, end, next);
        best = price < best ? price : best;
    }
    return best;
}

static int by_target(const void *a, const void *b)
{
    const struct delta_vote *x = a;
    const struct delta_vote *y = b;

    return (x->target > y->target) - (x->target < y->target);
}

static void make_problem(struct problem *q, uint64_t *random, int distinct)
{
    uint32_t shifts = 1 + chance_pick(random, 3);
    uint32_t target = chance_pick(random, 2) ? 0xFFFFFF00u : 0x08000000;

    memset(q, 0, sizeof(*q));
    q->count = chance_pick(random, VOTES_MAX + 1);
    q->entry_price = chance_pick(random, 40);
    q->miss_price = 1 + chance_pick(random, 20);
    for (uint32_t i = 0; i < q->count; i++) {
        target +=
            distinct ? 1 + chance_pick(random, 8) : chance_pick(random, 3);
        q->list[i].target = target;
        q->list[i].shift = 16 * (chance_pick(random, shifts) - 1);
    }
    // In any order.
    for (uint32_t i = q->count; i > 1; i--) {
        uint32_t k = chance_pick(random, i);
        struct delta_vote swap = q->list[i - 1];

        q->list[i - 1] = q->list[k];
        q->list[k] = swap;
    }
}

static void check_cost(uint64_t seed, int distinct)
{
    for (uint32_t round = 0; round < 20000; round++) {
        struct problem q;
        struct map map;

        make_problem(&q, &seed, distinct);
        fit_votes(&map, q.list, q.count, ROOM, q.entry_price, q.miss_price);
        qsort(q.list, q.count, sizeof(q.list[0]), by_target);
        assert_int_equal(cost(&map, &q), least_cost(&q, 0, 0));
    }
}

static void maps_cost_the_least(void **state)
{
    (void)state;
    check_cost(1, 1);
}

static void so_they_do_with_rivals_for_one_target(void **state)
{
    (void)state;
    check_cost(2, 0);
}

static void no_votes_make_no_map(void **state)
{
    struct map map;

    (void)state;
    fit_votes(&map, NULL, 0, ROOM, 28, 14);
    assert_int_equal(map.count, 0);
}

static void what_did_not_move_needs_no_entry(void **state)
{
    struct delta_vote votes[100];
    struct map map;

    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        votes[i] = (struct delta_vote){0x08000000 + 4 * i, 0};
    }
    fit_votes(&map, votes, 100, ROOM, 28, 14);
    assert_int_equal(map.count, 0);
}

static void an_inserted_function_is_one_entry(void **state)
{
    struct delta_vote votes[100];
    struct map map;

    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        votes[99 - i] =
            (struct delta_vote){0x08000000 + 4 * i, i < 40 ? 0 : 0x28};
    }
    votes[50].shift = 0x12345; // one that is wrong is not worth two entries
    fit_votes(&map, votes, 100, ROOM, 28, 14);
    assert_int_equal(map.count, 1);
    assert_int_equal(map.entry[0].start, 0x08000000 + 4 * 40);
    assert_int_equal(map.entry[0].shift, 0x28);
}

static void shifts_may_be_negative_or_wrap_around(void **state)
{
    static const struct delta_vote votes[] = {
        {0x10, 0xFFFFFFF0u},        {0x14, 0xFFFFFFF0u}, // to 0 and 4
        {0x18, 0xFFFFFFE0u},        {0x1C, 0xFFFFFFE0u}, // to below 0
        {0xFFFFFFF0u, 0x20},        {0xFFFFFFF8u, 0x20}, // to above 2^32
        {0xFFFFFFFCu, 0x80000000u}, {0xFFFFFFFFu, 0x80000000u},
    };
    struct map map;

    (void)state;
    fit_votes(&map, votes, 8, ROOM, 1, 14);
    assert_int_equal(map.count, 4);
    assert_int_equal(misses(&map, votes, 8), 0);
    assert_int_equal(dfc_map(map.entry, map.count, 0x18), 0xFFFFFFF8u);
    assert_int_equal(dfc_map(map.entry, map.count, 0xFFFFFFF8u), 0x18);
}

static void the_room_is_a_limit(void **state)
{
    struct delta_vote votes[200];
    uint32_t before = 200;

    (void)state;
    // Twenty blocks of 1, 2, ... votes, each with its own shift.
    uint32_t count = 0;
    for (uint32_t block = 1; count + block <= 200; block++) {
        for (uint32_t i = 0; i < block; i++) {
            votes[count] = (struct delta_vote){8 * count, 16 * block};
            count++;
        }
    }
    for (uint32_t room = 0; room <= 20; room++) {
        struct map map;
        uint32_t missed;

        fit_votes(&map, votes, count, room, 1, 14);
        missed = misses(&map, votes, count);
        assert_true(missed <= before);
        assert_true(room > 0 || missed == count);
        before = missed;
    }
    assert_true(before <= 1);
}

static void votes_are_sorted_by_target_then_shift(void **state)
{
    struct delta_votes votes = {0};
    uint64_t random = 3;

    (void)state;
    assert_true(delta_sort_votes(votes.list, votes.count));
    for (uint32_t i = 0; i < 5000; i++) {
        assert_true(delta_vote_add(&votes, chance_pick(&random, 100),
                                   chance_word(&random)));
    }
    assert_int_equal(votes.count, 5000);
    assert_true(delta_sort_votes(votes.list, votes.count));
    for (uint32_t i = 1; i < votes.count; i++) {
        const struct delta_vote *v = &votes.list[i];

        assert_true(v[-1].target < v->target ||
                    (v[-1].target == v->target && v[-1].shift <= v->shift));
    }
    free(votes.list);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_cost_the_least),
        cmocka_unit_test(so_they_do_with_rivals_for_one_target),
        cmocka_unit_test(no_votes_make_no_map),
        cmocka_unit_test(what_did_not_move_needs_no_entry),
        cmocka_unit_test(an_inserted_function_is_one_entry),
        cmocka_unit_test(shifts_may_be_negative_or_wrap_around),
        cmocka_unit_test(the_room_is_a_limit),
        cmocka_unit_test(votes_are_sorted_by_target_then_shift),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
