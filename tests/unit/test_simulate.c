// SPDX-License-Identifier: MIT
// delta_simulate: one run for a block tells what many do, threads change
// nothing, and the figures are those of the flash.

#include <string.h>

#include "cases.h"
#include "check.h"
#include "delta_simulate.h"
#include "powercut.h"

static struct delta_flash_layout layout_for(uint32_t size, uint32_t erase,
                                            uint32_t program)
{
    struct delta_flash_area slot = {
        .size = (size + erase - 1) / erase * erase,
        .erase = erase,
        .program = program,
    };
    struct delta_flash_layout layout = {
        .parts = {{.slot = slot, .new_slot = slot}}, .part_count = 1};

    layout.journal = slot;
    layout.journal.size = 8 * erase;
    return layout;
}

static void simulate(struct delta_simulation *s, const struct update_case *c,
                     const struct delta_simulation_options *options)
{
    struct delta_flash_layout layout = layout_for(c->new_image.size, 512, 16);
    struct delta_error error;

    if (layout.parts[0].slot.size < c->old_image.size) {
        layout.parts[0].slot.size += 512;
    }
    if (delta_simulate(s, c->old_image.data, c->old_image.size, c->package.data,
                       c->package.size, &layout, options, &error) != DELTA_OK) {
        fail_msg("%s: %s", error.subject, error.text);
    }
}

static void check_equal(const struct delta_simulation *a,
                        const struct delta_simulation *b)
{
    assert_int_equal(a->operations, b->operations);
    assert_int_equal(a->cuts, b->cuts);
    assert_int_equal(a->runs, b->runs);
    assert_int_equal(a->refetched, b->refetched);
    assert_int_equal(a->wear_count, b->wear_count);
    for (size_t i = 0; i < a->wear_count; i++) {
        const struct delta_wear *v = &a->wear[i];
        const struct delta_wear *w = &b->wear[i];

        assert_string_equal(v->area, w->area);
        assert_int_equal(v->programmed_worst, w->programmed_worst);
        assert_int_equal(v->most_worst, w->most_worst);
        assert_memory_equal(v->blocks, w->blocks, v->block_count);
        assert_memory_equal(v->blocks_worst, w->blocks_worst, v->block_count);
    }
}

static void threads_change_nothing(void **state)
{
    struct delta_simulation_options options = {.threads = 1};
    struct delta_simulation one, four;
    struct update_case c;

    (void)state;
    assert_true(case_make(&c, CASE_RANGE, 31, 4000));
    for (uint32_t schedules = 0; schedules < 60; schedules += 50) {
        options.schedules = schedules;
        options.threads = 1;
        simulate(&one, &c, &options);
        options.threads = 4;
        simulate(&four, &c, &options);
        check_equal(&one, &four);
        assert_int_equal(one.failures, 0);
        assert_string_equal(one.failure, "");
        assert_int_equal(one.is_exhaustive, schedules == 0);
        assert_true(schedules == 0 || one.runs == schedules);
        delta_simulation_free(&one);
        delta_simulation_free(&four);
    }
    case_free(&c);
}

static void figures_are_those_of_the_flash(void **state)
{
    struct delta_simulation s;
    struct update_case c;
    const struct delta_wear *slot = &s.wear[0];
    uint32_t blocks;

    (void)state;
    assert_true(case_make(&c, CASE_RANGE, 31, 4000));
    blocks = (c.new_image.size + 511) / 512;
    simulate(&s, &c, NULL);
    assert_int_equal(s.wear_count, 2);
    assert_string_equal(slot->area, "new_slot");
    assert_string_equal(s.wear[1].area, "journal");
    assert_int_equal(slot->erased, blocks);
    assert_int_equal(slot->erased_worst, blocks + 1);
    assert_int_equal(slot->most, 1);
    assert_int_equal(slot->most_worst, 2);
    assert_int_equal(slot->programmed, (c.new_image.size + 15) / 16 * 16);
    assert_true(slot->programmed_worst <= slot->programmed + 512);
    for (uint32_t i = 0; i < slot->block_count; i++) {
        assert_int_equal(slot->blocks[i], i < blocks);
        assert_int_equal(slot->blocks_worst[i], i < blocks ? 2 : 0);
    }
    delta_simulation_free(&s);
    case_free(&c);
}

// --- One run for a block ---------------------------------------------------

struct worst {
    uint64_t programmed, erased;
};

static void take_worst(void *context, const struct simflash *flash)
{
    struct worst *w = context;
    struct sim_totals totals;

    simflash_totals(flash, &totals);
    for (int area = DFP_NEW; area <= DFP_JOURNAL; area++) {
        w->programmed = totals.programmed[area] > w->programmed
                            ? totals.programmed[area]
                            : w->programmed;
        w->erased =
            totals.erased[area] > w->erased ? totals.erased[area] : w->erased;
    }
}

static void one_run_tells_what_many_do(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < CASE_CODECS; kind++) {
        struct update_case c;
        struct simflash flash;
        struct sim_geometry g;
        struct powercut p[2];
        struct worst worst[2] = {{0, 0}, {0, 0}};

        assert_true(case_make(&c, kind, 33, 2500));
        g = case_least_geometry(&c, 256, 16, 300, 16);
        assert_true(case_module(&flash, &c, &g));
        for (int grouped = 0; grouped < 2; grouped++) {
            memset(&p[grouped], 0, sizeof(p[grouped]));
            p[grouped].start = &flash;
            p[grouped].update = case_update(&c);
            p[grouped].update.piece = 32;
            p[grouped].update.config.checkpoint_bytes = 300;
            p[grouped].new_image = c.new_image.data;
            p[grouped].new_size = c.new_image.size;
            p[grouped].refetch_max = UINT32_MAX;
            p[grouped].is_grouped = grouped != 0;
            p[grouped].ended = take_worst;
            p[grouped].context = &worst[grouped];
            if (!powercut_linear(&p[grouped])) {
                fail_msg("%s", p[grouped].failure);
            }
        }
        assert_int_equal(p[0].cut_points, p[1].cut_points);
        assert_int_equal(p[0].refetched, p[1].refetched);
        assert_int_equal(worst[0].programmed, worst[1].programmed);
        assert_int_equal(worst[0].erased, worst[1].erased);
        assert_int_equal(p[1].torn_reads, 0);
        assert_true(p[1].runs < p[0].runs / 2); // journal: no grouping
        simflash_free(&flash);
        case_free(&c);
    }
}

// --- Errors ----------------------------------------------------------------

static void what_does_not_fit_is_an_error_and_leaves_nothing(void **state)
{
    static const struct delta_simulation none;
    struct delta_flash_layout layout;
    struct delta_simulation s;
    struct delta_error error;
    struct update_case c;

    (void)state;
    assert_true(case_make(&c, CASE_RANGE, 31, 4000));
    layout = layout_for(8192, 512, 16);
    layout.parts[0].new_slot.size = 512;
    assert_int_equal(delta_simulate(&s, c.old_image.data, c.old_image.size,
                                    c.package.data, c.package.size, &layout,
                                    NULL, &error),
                     DELTA_ERR_LAYOUT);
    assert_string_equal(error.subject, "layout");
    assert_memory_equal(&s, &none, sizeof(s));
    layout = layout_for(8192, 512, 16);
    assert_int_equal(delta_simulate(&s, c.new_image.data, c.new_image.size,
                                    c.package.data, c.package.size, &layout,
                                    NULL, &error),
                     DELTA_ERR_BASE);
    assert_int_equal(delta_simulate(&s, c.old_image.data, c.old_image.size,
                                    c.package.data, c.package.size - 1, &layout,
                                    NULL, &error),
                     DELTA_ERR_DAMAGED);
    delta_simulation_free(&s); // zeroed ones too
    case_free(&c);
}

static unsigned last_told;

static void tell(void *context, unsigned permille)
{
    assert_ptr_equal(context, &last_told);
    assert_true(permille >= last_told && permille <= 1000);
    last_told = permille;
}

static void progress_goes_up(void **state)
{
    struct delta_simulation_options options = {
        .threads = 3,
        .progress = tell,
        .context = &last_told,
    };
    struct delta_simulation s;
    struct update_case c;

    (void)state;
    assert_true(case_make(&c, CASE_RANGE, 31, 4000));
    simulate(&s, &c, &options);
    assert_true(last_told > 0);
    delta_simulation_free(&s);
    case_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(figures_are_those_of_the_flash),
        cmocka_unit_test(one_run_tells_what_many_do),
        cmocka_unit_test(what_does_not_fit_is_an_error_and_leaves_nothing),
        cmocka_unit_test(progress_goes_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
