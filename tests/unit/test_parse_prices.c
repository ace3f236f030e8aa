// SPDX-License-Identifier: MIT
// What the parser's prices learn from what a stream has cost.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parse.h"
#include "rangecode.h"

static struct delta_prices start_prices(void)
{
    struct delta_prices prices;

    delta_prices_range(&prices, 5000);
    return prices;
}

// What bits were spent on, and the price that learns it.
static const struct {
    uint32_t cause, count;
    size_t price, price_count;
} lessons[] = {
    {DELTA_CAUSE_HIT, 4, offsetof(struct delta_prices, hit), 4},
    {DELTA_CAUSE_MISS, 4, offsetof(struct delta_prices, miss), 4},
    {DELTA_CAUSE_STAY, 1, offsetof(struct delta_prices, stay), 1},
    {DELTA_CAUSE_LEAVE, 1, offsetof(struct delta_prices, leave), 1},
    {DELTA_CAUSE_CORRECTION, DFC_KINDS,
     offsetof(struct delta_prices, correction), 1},
    {DELTA_CAUSE_PLAIN, 1, offsetof(struct delta_prices, choice), 1},
    {DELTA_CAUSE_LITERAL, 1, offsetof(struct delta_prices, literal), 1},
    {DELTA_CAUSE_GO_ON, 1, offsetof(struct delta_prices, go_on), 1},
    {DELTA_CAUSE_COPY, 1, offsetof(struct delta_prices, copy), 1},
    {DELTA_CAUSE_RECENT, 1, offsetof(struct delta_prices, recent), 1},
    {DELTA_CAUSE_NEAR, 1, offsetof(struct delta_prices, near), 1},
    {DELTA_CAUSE_OLD, 1, offsetof(struct delta_prices, far_old), 1},
    {DELTA_CAUSE_NEW, 1, offsetof(struct delta_prices, far_new), 1},
};
#define LESSONS (sizeof(lessons) / sizeof(lessons[0]))

// A tally of one cause: `count` times, at `price` each.
static struct delta_tally tally_of(uint32_t cause, uint32_t count,
                                   uint32_t price)
{
    struct delta_tally tally;

    memset(&tally, 0, sizeof(tally));
    tally.count[cause] = count;
    tally.bits[cause] = (uint64_t)count * price * 64;
    return tally;
}

static uint32_t *price_at(struct delta_prices *prices, size_t offset)
{
    return (uint32_t *)(void *)((char *)prices + offset);
}

static void nothing_spent_is_nothing_learnt(void **state)
{
    struct delta_tally tally;
    struct delta_prices before = start_prices(), after = before;

    (void)state;
    memset(&tally, 0, sizeof(tally));
    delta_prices_learn(&after, &tally);
    assert_memory_equal(&after, &before, sizeof(after));
}

static void prices_go_part_of_the_way(void **state)
{
    static const uint32_t measured[] = {0, 50, 90, 3000};

    (void)state;
    for (uint32_t i = 0; i < LESSONS * 4; i++) {
        uint32_t k = i / 4 % LESSONS, goal = measured[i % 4];
        struct delta_tally often = tally_of(lessons[k].cause, 1000000, goal);
        struct delta_tally once = tally_of(lessons[k].cause, 1, goal);
        struct delta_prices start = start_prices(), far, near;
        uint32_t from, way, gone, first;

        *price_at(&start, lessons[k].price) = 1200;
        far = start;
        near = start;
        delta_prices_learn(&far, &often);
        delta_prices_learn(&near, &once);
        from = *price_at(&start, lessons[k].price);
        way = goal < from ? from - goal : goal - from;
        gone = *price_at(&far, lessons[k].price);
        gone = goal < from ? from - gone : gone - from;
        first = *price_at(&near, lessons[k].price);
        first = goal < from ? from - first : first - from;
        // Toward what was measured, but not all the way; one case says less
        // than many.
        assert_true(gone > way / 5 && gone < way * 4 / 5);
        assert_true(first < way / 20);
    }
}

static void every_price_learns_from_its_own_cause(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < LESSONS; i++) {
        for (uint32_t k = 0; k < lessons[i].count; k++) {
            struct delta_tally tally =
                tally_of(lessons[i].cause + k, 1000, 5000);
            struct delta_prices before = start_prices();
            struct delta_prices after = before;
            size_t price =
                lessons[i].price +
                (lessons[i].price_count > 1 ? k : 0) * sizeof(uint32_t);

            delta_prices_learn(&after, &tally);
            assert_true(*price_at(&after, price) > *price_at(&before, price));
            // And no other one.
            *price_at(&after, price) = *price_at(&before, price);
            assert_memory_equal(&after, &before, sizeof(after));
        }
    }
}

static void corrections_are_learnt_over_all_kinds(void **state)
{
    struct delta_prices prices = start_prices(), apart, together;
    struct delta_tally tally;

    (void)state;
    memset(&tally, 0, sizeof(tally));
    for (uint32_t kind = 0; kind < DFC_KINDS; kind++) {
        tally.count[DELTA_CAUSE_CORRECTION + kind] = 100;
        tally.bits[DELTA_CAUSE_CORRECTION + kind] = 100 * 64 * 100 * kind;
    }
    apart = prices;
    delta_prices_learn(&apart, &tally);
    tally =
        tally_of(DELTA_CAUSE_CORRECTION, 100 * DFC_KINDS, 50 * (DFC_KINDS - 1));
    together = prices;
    delta_prices_learn(&together, &tally);
    assert_int_equal(apart.correction, together.correction);
    assert_int_not_equal(apart.correction, prices.correction);
}

// A number costs its own bits and something besides: only that is a price.
static void own_bits_of_numbers_are_no_price(void **state)
{
    (void)state;
    for (uint32_t own = 0; own <= 12; own += 4) {
        struct delta_tally tally =
            tally_of(DELTA_CAUSE_NEAR, 1000, 300 + 64 * own);
        struct delta_prices prices = start_prices(), plain = prices;

        tally.near_bits = 1000 * own;
        tally.count[DELTA_CAUSE_NEW] = 1000;
        tally.bits[DELTA_CAUSE_NEW] = 1000ull * (500 + 64 * own) * 64;
        tally.new_bits = 1000 * own;
        delta_prices_learn(&prices, &tally);
        tally = tally_of(DELTA_CAUSE_NEAR, 1000, 300);
        tally.count[DELTA_CAUSE_NEW] = 1000;
        tally.bits[DELTA_CAUSE_NEW] = 1000ull * 500 * 64;
        delta_prices_learn(&plain, &tally);
        assert_memory_equal(&prices, &plain, sizeof(prices));
        assert_int_not_equal(prices.near, start_prices().near);
        assert_int_not_equal(prices.far_new, start_prices().far_new);
    }
}

static void repeated_corrections_are_learnt_apart(void **state)
{
    struct delta_prices start = start_prices(), prices = start;
    struct delta_tally tally;

    (void)state;
    memset(&tally, 0, sizeof(tally));
    // 1000 that repeat, at 10; 1000 others, at 600.
    tally.count[DELTA_CAUSE_CORRECTION] = 2000;
    tally.bits[DELTA_CAUSE_CORRECTION] = 1000ull * (10 + 600) * 64;
    tally.repeat_count = 1000;
    tally.repeat_bits = 1000ull * 10 * 64;
    delta_prices_learn(&prices, &tally);
    assert_true(prices.repeat > 10 && prices.repeat < start.repeat);
    assert_true(prices.correction < 600 &&
                prices.correction > start.correction);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_spent_is_nothing_learnt),
        cmocka_unit_test(prices_go_part_of_the_way),
        cmocka_unit_test(every_price_learns_from_its_own_cause),
        cmocka_unit_test(corrections_are_learnt_over_all_kinds),
        cmocka_unit_test(own_bits_of_numbers_are_no_price),
        cmocka_unit_test(repeated_corrections_are_learnt_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
