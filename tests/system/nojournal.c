// SPDX-License-Identifier: MIT
// The patcher built with DFP_WITH_JOURNAL=0: whenever power is cut the update
// starts over, and ends in the new image; the old one is never touched.

#include "cases.h"
#include "check.h"

#define SIZE 1500u
#define SEED 23u

static struct sim_geometry geometry_without(const struct update_case *c)
{
    struct sim_geometry g = case_geometry(c, 256, 16, 2);

    g.journal_size = 0;
    return g;
}

// Cut at this operation, then run to the end. False: there are fewer.
static bool cut_at(const struct update_case *c, uint32_t number)
{
    struct sim_geometry g = geometry_without(c);
    struct sim_update u = case_update(c);
    struct sim_cut cut = {number, (enum sim_tear)(number % SIM_TEARS), 2};
    struct simflash flash;
    struct sim_result result;
    bool reached;

    assert_true(case_module(&flash, c, &g));
    simflash_arm(&flash, &cut);
    reached = sim_run(&u, &flash, &result) != DFP_DONE;
    if (reached) {
        check_status(&result, DFP_ERR_FLASH);
        simflash_reboot(&flash, number);
        sim_run(&u, &flash, &result);
        assert_int_equal(result.resumed.package_at, 0);
        assert_int_equal(result.resumed.new_at, 0);
    }
    check_status(&result, DFP_DONE);
    check_area(&flash, DFP_NEW, c->new_image.data, c->new_image.size);
    check_area(&flash, DFP_OLD, c->old_image.data, c->old_image.size);
    assert_string_equal(flash.breach, "");
    simflash_free(&flash);
    return reached;
}

static void every_cut_starts_over(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < CASE_KINDS; kind++) {
        struct update_case c;
        uint32_t number = 1;

        assert_true(case_make(&c, kind, SEED, SIZE));
        while (cut_at(&c, number)) {
            number++;
        }
        // Each page is programmed, each block erased.
        assert_true(number > c.new_image.size / 16);
        case_free(&c);
    }
}

static void a_journal_area_is_refused(void **state)
{
    struct update_case c;
    struct sim_geometry g;
    struct simflash flash;
    struct sim_update u;
    static uint64_t work[1024];
    struct dfp *p;

    (void)state;
    assert_true(case_make(&c, CASE_RANGE, SEED, SIZE));
    g = case_geometry(&c, 256, 16, 2);
    u = case_update(&c);
    assert_true(case_module(&flash, &c, &g));
    simflash_bind(&flash, &u.config);
    assert_int_equal(dfp_open(&p, work, sizeof(work), &u.config),
                     DFP_ERR_ARGUMENT);
    u.config.journal_size = 0;
    assert_int_equal(dfp_open(&p, work, sizeof(work), &u.config), DFP_OK);
    simflash_free(&flash);
    case_free(&c);
}

static void no_journal_is_asked_for(void **state)
{
    struct update_case c;
    struct sim_update u;
    struct dfp_info info;
    size_t wanted;

    (void)state;
    assert_true(case_make(&c, CASE_RANGE, SEED, SIZE));
    u = case_update(&c);
    assert_int_equal(dfp_peek(c.package.data, c.package.size, &info, &wanted),
                     DFP_OK);
    u.config.new_erase_size = 256;
    u.config.journal_erase_size = 256;
    u.config.journal_program_size = 1;
    assert_int_equal(dfp_journal_size(&info, &u.config), 0);
    case_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_starts_over),
        cmocka_unit_test(a_journal_area_is_refused),
        cmocka_unit_test(no_journal_is_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
