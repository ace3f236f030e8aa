// SPDX-License-Identifier: MIT
// A package cut short at any byte never completes, does no harm, and the rest
// of it completes the update.

#include "cases.h"
#include "check.h"

static void check_truncation(const struct update_case *c, uint32_t size)
{
    struct sim_geometry g = case_least_geometry(c, 256, 16, 0, 16);
    struct sim_update u = case_update(c);
    struct sim_result result;
    struct simflash flash;

    assert_true(case_module(&flash, c, &g));
    u.package_size = size;
    sim_run(&u, &flash, &result);
    check_status(&result, DFP_OK);
    assert_true(result.reached.package_at >= size);
    check_area(&flash, DFP_OLD, c->old_image.data, c->old_image.size);

    simflash_reboot(&flash, 1);
    u.package_size = (uint32_t)c->package.size;
    sim_run(&u, &flash, &result);
    check_status(&result, DFP_DONE);
    assert_true(result.resumed.package_at <= size);
    check_area(&flash, DFP_NEW, c->new_image.data, c->new_image.size);
    simflash_free(&flash);
}

static void truncation_at_each_byte_never_completes(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < CASE_KINDS; kind++) {
        struct update_case c;

        assert_true(case_make(&c, kind, 21, 1200));
        for (uint32_t size = 1; size < c.package.size; size++) {
            check_truncation(&c, size);
        }
        case_free(&c);
    }
}

// Bytes after the end belong to somebody else: they are not taken.
static void bytes_after_the_end_are_left(void **state)
{
    struct update_case c;
    struct sim_geometry g;
    struct dfp_config config;
    struct simflash flash;
    struct dfp_progress progress;
    struct dfp *p;
    uint8_t *longer;
    size_t used;
    static uint64_t work[8192];

    (void)state;
    assert_true(case_make(&c, CASE_RANGE, 22, 1200));
    g = case_least_geometry(&c, 256, 16, 0, 16);
    assert_true(case_module(&flash, &c, &g));
    config = case_update(&c).config;
    simflash_bind(&flash, &config);
    longer = test_calloc(1, c.package.size + 9);
    memcpy(longer, c.package.data, c.package.size);

    assert_int_equal(dfp_open(&p, work, sizeof(work), &config), DFP_OK);
    assert_int_equal(dfp_resume(p, &progress), DFP_OK);
    assert_int_equal(dfp_feed(p, longer, c.package.size + 9, &used), DFP_DONE);
    assert_int_equal(used, c.package.size);
    test_free(longer);
    simflash_free(&flash);
    case_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truncation_at_each_byte_never_completes),
        cmocka_unit_test(bytes_after_the_end_are_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
