// SPDX-License-Identifier: MIT
// Flash that fails without a power cut: the callback's own number comes back,
// a page that went wrong is never booted, and the next attempt goes on.

#include "cases.h"
#include "check.h"

// A flash between the patcher and the module.
struct faulty {
    struct simflash flash;
    struct update_case c;
    struct sim_update update;
    struct dfp_config good;
    uint32_t fail_at;  // call that fails, from 1; 0: none
    uint32_t wrong_at; // program of the new slot that goes wrong; 0: none
};

static bool is_hit(uint32_t *left)
{
    return *left != 0 && --*left == 0;
}

static int faulty_read(void *context, enum dfp_area area, uint32_t offset,
                       void *data, uint32_t size)
{
    struct faulty *f = context;

    return is_hit(&f->fail_at)
               ? -7
               : f->good.read(&f->flash, area, offset, data, size);
}

static int faulty_program(void *context, enum dfp_area area, uint32_t offset,
                          const void *data, uint32_t size)
{
    struct faulty *f = context;
    int error;

    if (is_hit(&f->fail_at)) {
        return -8;
    }
    error = f->good.program(&f->flash, area, offset, data, size);
    if (area == DFP_NEW && is_hit(&f->wrong_at)) {
        simflash_area(&f->flash, area)[offset] ^= 4;
    }
    return error;
}

static int faulty_erase(void *context, enum dfp_area area, uint32_t offset)
{
    struct faulty *f = context;

    return is_hit(&f->fail_at) ? -9 : f->good.erase(&f->flash, area, offset);
}

static void set_up(struct faulty *f, uint32_t kind)
{
    struct sim_geometry g;

    memset(f, 0, sizeof(*f));
    assert_true(case_make(&f->c, kind, 51, 1500));
    g = case_least_geometry(&f->c, 256, 16, 0, 16);
    assert_true(case_module(&f->flash, &f->c, &g));
    f->update = case_update(&f->c);
    simflash_bind(&f->flash, &f->update.config);
    f->good = f->update.config;
    f->update.keep_flash_fields = true;
    f->update.config.context = f;
    f->update.config.read = faulty_read;
    f->update.config.program = faulty_program;
    f->update.config.erase = faulty_erase;
}

static void tear_down(struct faulty *f)
{
    simflash_free(&f->flash);
    case_free(&f->c);
}

static void check_done(struct faulty *f)
{
    struct sim_result result;

    sim_run(&f->update, &f->flash, &result);
    check_status(&result, DFP_DONE);
    check_area(&f->flash, DFP_NEW, f->c.new_image.data, f->c.new_image.size);
    check_area(&f->flash, DFP_OLD, f->c.old_image.data, f->c.old_image.size);
}

static void each_failing_call_stops_the_update_with_its_number(void **state)
{
    struct faulty f;
    struct sim_result result;
    uint32_t seen[3] = {0, 0, 0};

    (void)state;
    set_up(&f, CASE_RANGE);
    for (uint32_t n = 1;; n++) {
        simflash_clear(&f.flash, DFP_JOURNAL);
        f.fail_at = n;
        if (sim_run(&f.update, &f.flash, &result) == DFP_DONE) {
            break;
        }
        check_status(&result, DFP_ERR_FLASH);
        assert_int_equal(result.fault.status, DFP_ERR_FLASH);
        assert_in_range(-result.fault.flash, 7, 9);
        seen[-result.fault.flash - 7]++;
        check_done(&f);
    }
    // Reads, programs and erases of an image of about 94 pages in 6 blocks.
    assert_true(seen[0] >= 20);
    assert_true(seen[1] >= 94);
    assert_true(seen[2] >= 6);
    tear_down(&f);
}

static void a_page_that_went_wrong_is_never_booted(void **state)
{
    struct faulty f;
    struct sim_result result;
    uint32_t pages;

    (void)state;
    set_up(&f, CASE_STORED);
    pages = (f.c.new_image.size + 15) / 16;
    for (uint32_t page = 1; page <= pages; page++) {
        simflash_clear(&f.flash, DFP_JOURNAL);
        f.wrong_at = page;
        sim_run(&f.update, &f.flash, &result);
        check_status(&result, DFP_ERR_VERIFY);
        assert_int_equal(f.wrong_at, 0);
        assert_int_not_equal(result.fault.found, result.fault.expected);
        // Neither is the wrong image taken for finished later on.
        check_done(&f);
    }
    tear_down(&f);
}

// Every later call on the same patcher says the same.
static void errors_are_sticky(void **state)
{
    struct faulty f;
    struct dfp_progress progress;
    struct dfp_fault fault;
    struct dfp *p;
    size_t used;
    static uint64_t work[4096];

    (void)state;
    set_up(&f, CASE_RANGE);
    f.fail_at = 100;
    assert_int_equal(dfp_open(&p, work, sizeof(work), &f.update.config),
                     DFP_OK);
    assert_int_equal(dfp_resume(p, &progress), DFP_OK);
    assert_int_equal(
        dfp_feed(p, f.update.package, f.update.package_size, &used),
        DFP_ERR_FLASH);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(dfp_feed(p, f.update.package, 1, &used),
                         DFP_ERR_FLASH);
        assert_int_equal(used, 0);
        assert_int_equal(dfp_resume(p, &progress), DFP_ERR_FLASH);
    }
    dfp_get_fault(p, &fault);
    assert_int_equal(fault.status, DFP_ERR_FLASH);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_failing_call_stops_the_update_with_its_number),
        cmocka_unit_test(a_page_that_went_wrong_is_never_booted),
        cmocka_unit_test(errors_are_sticky),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
