// SPDX-License-Identifier: MIT
// Order and reach of updates in place, beside a plain reading of FORMAT.md,
// section 11.2: byte by byte, for small images of many geometries.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "chance.h"
#include "epochs.h"

#define SIZE_MAX_TESTED 2000u
#define ROUNDS 400u

struct place {
    struct delta_inplace g;
    uint8_t kept[SIZE_MAX_TESTED / 64 + 1];
    uint8_t old_data[SIZE_MAX_TESTED], new_data[SIZE_MAX_TESTED];
};

static void make_place(struct place *p, uint64_t *random)
{
    memset(p, 0, sizeof(*p));
    p->g.old_size = 1 + chance_pick(random, SIZE_MAX_TESTED);
    p->g.new_size = 1 + chance_pick(random, SIZE_MAX_TESTED);
    p->g.block_bits = 6 + chance_pick(random, 3);
    p->g.scratch = 1 + chance_pick(random, 8);
    p->g.epoch = 1 + chance_pick(random, p->g.scratch);
    p->g.backwards = chance_pick(random, 2) != 0;
    chance_bytes(random, p->old_data, sizeof(p->old_data));
    chance_bytes(random, p->new_data, sizeof(p->new_data));
    if (chance_pick(random, 2) != 0) {
        for (uint32_t i = 0; i < sizeof(p->kept); i++) {
            p->kept[i] = chance_pick(random, 4) == 0;
        }
        p->g.kept = p->kept;
    }
}

// Blocks [*lo, *hi) that epoch g writes; false: there is no such epoch.
static bool blocks_of(const struct place *p, uint32_t g, uint32_t *lo,
                      uint32_t *hi)
{
    int64_t block = 1 << p->g.block_bits;
    int64_t n = (p->g.new_size + block - 1) / block;
    int64_t e = p->g.epoch;
    int64_t low = p->g.backwards ? n - (g + 1) * e : g * e;
    int64_t high = p->g.backwards ? n - g * e : (g + 1) * e;

    *lo = (uint32_t)(low > 0 ? low : 0);
    *hi = (uint32_t)(high < n ? high : n);
    return high > 0 && low < n;
}

static bool reads_old(const struct place *p, uint32_t lo, uint32_t hi,
                      uint32_t s)
{
    uint32_t block = 1u << p->g.block_bits;
    uint32_t n = (p->g.new_size + block - 1) / block;
    uint32_t c = s / block;

    if (p->g.kept != NULL && c < n && p->kept[c]) {
        return true;
    }
    return p->g.backwards ? c < lo + p->g.scratch || c >= n
                          : c + p->g.scratch >= hi;
}

static uint8_t seen(const struct dfc_view *view, uint32_t at)
{
    assert_true(at < view->size);
    assert_int_equal(view->first, 0);
    assert_int_equal(view->count, view->size);
    return view->bytes[at];
}

static void check_old(const struct place *p, const struct delta_sight *sight,
                      uint32_t lo, uint32_t hi, uint32_t at)
{
    for (uint32_t s = 0; s < p->g.old_size; s++) {
        struct dfc_view view = delta_sight_view(sight, s, at);
        bool reads = reads_old(p, lo, hi, s);

        assert_int_equal(view.size, p->g.old_size);
        assert_int_equal(seen(&view, s), reads ? p->old_data[s] : 0xFF);
        assert_int_equal(delta_inplace_has_old(&p->g, &sight->epoch, s), reads);
    }
}

// A source at q: the whole image that it is looked up in.
static void check_new(const struct place *p, const struct delta_sight *sight,
                      uint32_t lo, uint32_t hi, uint32_t at, uint32_t q)
{
    uint32_t low = lo << p->g.block_bits;
    uint32_t high = hi << p->g.block_bits;
    bool is_near = q < at && (!p->g.backwards || q >= low);
    bool is_far = p->g.backwards && q >= high && q < p->g.new_size;
    uint32_t from = !p->g.backwards ? 0 : is_near ? low : high;
    struct dfc_view view;

    assert_int_equal(delta_inplace_has_new(&p->g, &sight->epoch, at, q),
                     is_near || is_far);
    if (!is_near && !is_far) {
        return;
    }
    view = delta_sight_view(sight, p->g.old_size + q, at);
    assert_int_equal(view.size, is_near ? at : p->g.new_size);
    for (uint32_t i = 0; i < view.size; i++) {
        assert_int_equal(seen(&view, i), i < from ? 0xFF : p->new_data[i]);
    }
}

static void check_position(const struct place *p, struct delta_sight *sight,
                           uint32_t index, uint32_t lo, uint32_t hi,
                           uint32_t at)
{
    struct delta_epoch epoch = delta_epoch_at(&p->g, p->g.new_size, at);

    delta_sight_reach(sight, at);
    assert_memory_equal(&epoch, &sight->epoch, sizeof(epoch));
    assert_int_equal(epoch.index, index);
    assert_int_equal(epoch.begin, lo << p->g.block_bits);
    assert_true(epoch.end == hi << p->g.block_bits ||
                epoch.end == p->g.new_size);
    check_old(p, sight, lo, hi, at);
    for (uint32_t q = 0; q < p->g.new_size + 70; q += 61) {
        check_new(p, sight, lo, hi, at, q);
    }
}

static void order_and_reach_are_those_of_the_format(void **state)
{
    static struct place p;
    uint64_t random = 1;

    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct delta_sight sight;
        uint32_t lo, hi, index = 0, written = 0;

        make_place(&p, &random);
        assert_true(delta_sight_make(&sight, &p.g, p.old_data, p.g.old_size,
                                     p.new_data, p.g.new_size));
        for (; blocks_of(&p, index, &lo, &hi); index++) {
            uint32_t begin = lo << p.g.block_bits;
            uint32_t end = hi << p.g.block_bits;

            end = end < p.g.new_size ? end : p.g.new_size;
            check_position(&p, &sight, index, lo, hi, begin);
            check_position(&p, &sight, index, lo, hi, end - 1);
            written += end - begin;
        }
        assert_int_equal(written, p.g.new_size);
        assert_int_equal(delta_epoch_count(&p.g), index);
        delta_sight_free(&sight);
    }
}

static void two_slots_are_one_epoch_that_reads_all(void **state)
{
    uint8_t old_data[5] = {1, 2, 3, 4, 5}, new_data[4] = {6, 7, 8, 9};
    struct delta_sight sight;
    struct dfc_view view;

    (void)state;
    assert_true(delta_sight_make(&sight, NULL, old_data, 5, new_data, 4));
    delta_sight_reach(&sight, 3);
    assert_int_equal(sight.epoch.begin, 0);
    assert_int_equal(sight.epoch.end, 4);
    view = delta_sight_view(&sight, 4, 3);
    assert_ptr_equal(view.bytes, old_data);
    assert_int_equal(view.size, 5);
    view = delta_sight_view(&sight, 5 + 2, 3);
    assert_ptr_equal(view.bytes, new_data);
    assert_int_equal(view.size, 3);
    assert_true(delta_inplace_has_old(NULL, &sight.epoch, 0));
    assert_true(delta_inplace_has_new(NULL, &sight.epoch, 3, 2));
    assert_false(delta_inplace_has_new(NULL, &sight.epoch, 3, 3));
    delta_sight_free(&sight);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_and_reach_are_those_of_the_format),
        cmocka_unit_test(two_slots_are_one_epoch_that_reads_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
