// SPDX-License-Identifier: MIT
// Modules that a package is not for: what each lacks is named, and nothing is
// written.

#include <stdlib.h>

#include "check.h"
#include "vectors.h"

#define ERASE 64u

static const struct vector in_place = {
    "good-inplace-front-large-range.dfota", "inplace-front-large-old.bin",
    "inplace-front-large-new.bin", "-", DFP_DONE};
static const struct vector two_slot = {"good-stored.dfota", "plain-old.bin",
                                       "plain-new.bin", "-", DFP_DONE};
static const struct vector parts = {
    "good-parts-two.dfota", "code-old.bin,plain-old.bin",
    "code-new.bin,plain-new.bin", "-", DFP_DONE};

struct unfit {
    struct vector_update u;
    struct vector_module m;
    struct sim_result r;
};

static void set_up(struct unfit *t, const struct vector *v,
                   struct sim_geometry geometry)
{
    vector_open(&t->u, v);
    vector_module(&t->m, v, &t->u.package, geometry);
    vector_bind(&t->m, &t->u.update);
}

static void tear_down(struct unfit *t)
{
    vector_module_free(&t->m);
    vector_close(&t->u);
}

static void check_refused(struct unfit *t, enum dfp_status status,
                          const char *field)
{
    sim_run(&t->u.update, t->m.flash, &t->r);
    check_status(&t->r, status);
    assert_string_equal(t->r.fault.field, field);
    for (uint32_t i = 0; i < t->m.count; i++) {
        check_slots_untouched(t->m.flash + i);
    }
}

static uint32_t block_of(const struct unfit *t)
{
    struct dfp_info info;
    size_t wanted;

    assert_int_equal(
        dfp_peek(t->u.package.data, t->u.package.size, &info, &wanted), DFP_OK);
    return info.block_size;
}

static void a_package_for_another_number_of_slots_is_refused(void **state)
{
    struct unfit t;

    (void)state;
    set_up(&t, &two_slot, vector_geometry(true, ERASE));
    check_refused(&t, DFP_ERR_MODE, "mode");
    tear_down(&t);
    set_up(&t, &in_place, vector_geometry(false, ERASE));
    check_refused(&t, DFP_ERR_MODE, "mode");
    tear_down(&t);
}

static void
blocks_in_place_are_not_smaller_than_those_of_the_flash(void **state)
{
    struct unfit t;
    struct sim_geometry g;
    uint32_t block;

    (void)state;
    set_up(&t, &in_place, vector_geometry(true, ERASE));
    block = block_of(&t);
    tear_down(&t);
    g = vector_geometry(true, 2 * block);
    set_up(&t, &in_place, g);
    check_refused(&t, DFP_ERR_SCRATCH, "erase block");
    assert_int_equal(t.r.fault.expected, block);
    assert_int_equal(t.r.fault.found, 2 * block);
    tear_down(&t);
    g.slot_erase = block;
    set_up(&t, &in_place, g);
    check_refused(&t, DFP_ERR_SCRATCH, "scratch erase block");
    assert_int_equal(t.r.fault.found, 2 * block);
    tear_down(&t);
    g = vector_geometry(true, block / 2);
    g.scratch_size = block / 2;
    set_up(&t, &in_place, g);
    check_refused(&t, DFP_ERR_SCRATCH, "scratch area");
    assert_int_equal(t.r.fault.found, block / 2);
    tear_down(&t);
}

static void in_place_there_is_a_journal(void **state)
{
    struct sim_geometry g = vector_geometry(true, ERASE);
    struct unfit t;

    (void)state;
    g.journal_size = 0;
    set_up(&t, &in_place, g);
    check_refused(&t, DFP_ERR_JOURNAL, "journal");
    assert_int_equal(t.r.fault.found, 0);
    assert_true(t.r.fault.expected != 0);
    tear_down(&t);
}

// The page buffer passes pages of the scratch area, which may be the largest.
static void pages_of_the_scratch_area_may_be_large(void **state)
{
    static const struct vector full = {"good-full-range.dfota", "code-old.bin",
                                       "code-new.bin", "-", DFP_DONE};
    struct sim_geometry g = vector_geometry(true, ERASE);
    struct unfit t;

    (void)state;
    g.scratch_erase = 1024;
    g.scratch_program = 1024;
    set_up(&t, &full, g);
    sim_run(&t.u.update, t.m.flash, &t.r);
    check_status(&t.r, DFP_DONE);
    vector_check_images(&t.m, &full);
    tear_down(&t);
}

// What the manifest takes, and what is kept of it, is asked for by name.
static void a_manifest_needs_room(void **state)
{
    struct unfit t;
    uint32_t size, refused = 0;

    (void)state;
    set_up(&t, &parts, vector_geometry(false, ERASE));
    for (size = DFOTA_RAM_STATE + DFOTA_PREAMBLE_SIZE;; size += 8) {
        t.u.update.work_size = size;
        sim_run(&t.u.update, t.m.flash, &t.r);
        if (t.r.status == DFP_DONE) {
            break;
        }
        check_status(&t.r, DFP_ERR_MEMORY);
        assert_string_equal(t.r.fault.field, "work memory");
        assert_true(t.r.fault.expected > size);
        check_slots_untouched(t.m.flash);
        refused++;
    }
    assert_true(refused > 20);
    tear_down(&t);
}

static void a_part_beyond_the_last_is_an_error_of_the_caller(void **state)
{
    struct image package = vector_file(parts.package);
    struct dfp_info info;
    size_t wanted;

    (void)state;
    assert_int_equal(
        dfp_peek_part(package.data, package.size, 1, &info, &wanted), DFP_OK);
    assert_int_equal(
        dfp_peek_part(package.data, package.size, 2, &info, &wanted),
        DFP_ERR_ARGUMENT);
    image_free(&package);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_for_another_number_of_slots_is_refused),
        cmocka_unit_test(
            blocks_in_place_are_not_smaller_than_those_of_the_flash),
        cmocka_unit_test(in_place_there_is_a_journal),
        cmocka_unit_test(pages_of_the_scratch_area_may_be_large),
        cmocka_unit_test(a_manifest_needs_room),
        cmocka_unit_test(a_part_beyond_the_last_is_an_error_of_the_caller),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
