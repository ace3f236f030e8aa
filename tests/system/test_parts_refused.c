// SPDX-License-Identifier: MIT
// Packages of several parts on modules that they are not for: nothing is
// erased in any part. And full images, which rescue a module.

#include "bundle.h"
#include "check.h"

struct fixture {
    struct bundle b;
    struct slots s;
    struct sim_update u;
};

static void set_up(struct fixture *f, bool in_place, bool one_slot)
{
    assert_true(bundle_make(&f->b, in_place));
    assert_true(bundle_module(&f->s, &f->b, one_slot));
    f->u = bundle_update(&f->b);
}

static void tear_down(struct fixture *f)
{
    slots_free(&f->s);
    bundle_free(&f->b);
}

static void check_refused(struct fixture *f, enum dfp_status status,
                          const char *field)
{
    struct sim_result r;

    slots_run(&f->s, &f->u, &r);
    check_status(&r, status);
    assert_string_equal(r.fault.field, field);
    for (uint32_t i = 0; i < BUNDLE_PARTS; i++) {
        struct sim_totals totals;

        check_slots_untouched(&f->s.flash[i]);
        simflash_totals(&f->s.flash[i], &totals);
        assert_int_equal(totals.erased[DFP_JOURNAL], 0);
        assert_int_equal(totals.erased[DFP_SCRATCH], 0);
    }
    assert_string_equal(slots_breach(&f->s), "");
}

static void check_accepted(struct fixture *f)
{
    struct sim_result r;

    slots_run(&f->s, &f->u, &r);
    check_status(&r, DFP_DONE);
}

// Each test in both modes.
static void in_both(void (*test)(bool in_place))
{
    test(false);
    test(true);
}

static void check_part_missing(bool in_place)
{
    struct fixture f;

    set_up(&f, in_place, in_place);
    f.s.config[1].part_id = 4;
    check_refused(&f, DFP_ERR_PART, "part id");
    f.s.config[1].part_id = bundle_ids[1];
    f.s.config[1].next = NULL;
    check_refused(&f, DFP_ERR_PART, "part id");
    f.s.config[1].next = &f.s.config[2];
    check_accepted(&f);
    tear_down(&f);
}

static void part_that_the_module_lacks_is_refused(void **state)
{
    (void)state;
    in_both(check_part_missing);
}

// The order in which a module states its images is its own.
static void parts_are_found_by_id(void **state)
{
    struct fixture f;
    struct dfp_config other;

    (void)state;
    set_up(&f, false, false);
    other = f.s.config[1];
    f.s.config[1] = f.s.config[2];
    f.s.config[2] = other;
    f.s.config[1].next = &f.s.config[2];
    f.s.config[2].next = NULL;
    check_accepted(&f);
    for (uint32_t i = 0; i < BUNDLE_PARTS; i++) {
        check_area(&f.s.flash[i], DFP_NEW, f.b.expected[i].data,
                   f.b.expected[i].size);
    }
    tear_down(&f);
}

static void check_other_base(bool in_place)
{
    struct fixture f;

    set_up(&f, in_place, in_place);
    simflash_flip(&f.s.flash[1], DFP_OLD, 8 * 700);
    check_refused(&f, DFP_ERR_BASE, "old image");
    simflash_flip(&f.s.flash[1], DFP_OLD, 8 * 700);
    simflash_flip(&f.s.flash[0], DFP_OLD, 8 * 4); // beside an unmanaged range
    check_refused(&f, DFP_ERR_BASE, "old image");
    simflash_flip(&f.s.flash[0], DFP_OLD, 8 * 4);
    simflash_flip(&f.s.flash[0], DFP_OLD, 8 * 5); // in it
    simflash_flip(&f.s.flash[2], DFP_OLD, 8 * 5); // no old image is needed
    check_accepted(&f);
    f.b.expected[0].data[5] ^= 1;
    check_area(&f.s.flash[0], DFP_NEW, f.b.expected[0].data,
               f.b.expected[0].size);
    tear_down(&f);
}

static void other_old_image_of_one_part_is_refused(void **state)
{
    (void)state;
    in_both(check_other_base);
}

static void check_small_slot(bool in_place)
{
    struct fixture f;

    set_up(&f, in_place, in_place);
    f.s.config[1].new_size -= BUNDLE_BLOCK;
    check_refused(&f, DFP_ERR_SLOT, "new slot");
    f.s.config[1].new_size += BUNDLE_BLOCK;
    f.s.config[1].old_size = f.b.old_images[1].size - 1;
    check_refused(&f, DFP_ERR_SLOT, "old slot");
    f.s.config[1].old_size++;
    check_accepted(&f);
    tear_down(&f);
}

static void slot_too_small_for_one_part_is_refused(void **state)
{
    (void)state;
    in_both(check_small_slot);
}

static void other_kinds_of_modules_are_refused(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, true, false);
    check_refused(&f, DFP_ERR_MODE, "mode");
    tear_down(&f);
    set_up(&f, false, true);
    check_refused(&f, DFP_ERR_MODE, "mode");
    tear_down(&f);
}

static void other_scratch_areas_are_refused(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, true, true);
    f.s.config[0].scratch_size -= BUNDLE_BLOCK;
    check_refused(&f, DFP_ERR_SCRATCH, "scratch area");
    f.s.config[0].scratch_size += BUNDLE_BLOCK;
    f.s.config[0].scratch_erase_size *= 2;
    check_refused(&f, DFP_ERR_SCRATCH, "scratch erase block");
    f.s.config[0].scratch_erase_size /= 2;
    f.s.config[1].new_erase_size *= 2;
    check_refused(&f, DFP_ERR_SCRATCH, "erase block");
    f.s.config[1].new_erase_size /= 2;
    check_accepted(&f);
    tear_down(&f);
}

// --- Full images -----------------------------------------------------------

// The same images in full, with these ranges in the first part.
static void pack_full(struct bundle *b, const struct delta_span *spans,
                      size_t count)
{
    struct delta_options options = bundle_options(false);
    struct delta_part_input parts[BUNDLE_PARTS];

    memset(parts, 0, sizeof(parts));
    for (uint32_t i = 0; i < BUNDLE_PARTS; i++) {
        b->is_full[i] = true;
        parts[i].id = bundle_ids[i];
    }
    parts[0].unmanaged = spans;
    parts[0].unmanaged_count = count;
    assert_true(bundle_pack(b, parts, &options));
}

// Without checkpoints the journal is large enough.
static void use_full(struct fixture *f, const struct delta_span *spans,
                     size_t count)
{
    pack_full(&f->b, spans, count);
    f->u = bundle_update(&f->b);
    f->u.config.checkpoint_bytes = 0;
}

static void check_images(const struct slots *s, const struct image *images)
{
    for (uint32_t i = 0; i < BUNDLE_PARTS; i++) {
        check_area(&s->flash[i], DFP_NEW, images[i].data, images[i].size);
    }
}

// Cut anywhere, the journal lost: the old images are gone.
static void full_images_rescue_what_is_half_overwritten(void **state)
{
    (void)state;
    for (uint32_t number = 5; number < 300; number += 49) {
        struct sim_cut cut = {number, SIM_MIX, 0};
        struct fixture f;
        struct sim_result r;

        set_up(&f, true, true);
        slots_arm(&f.s, &cut);
        slots_run(&f.s, &f.u, &r);
        check_status(&r, DFP_ERR_FLASH);
        slots_reboot(&f.s, number);
        simflash_clear(&f.s.flash[0], DFP_JOURNAL);
        use_full(&f, NULL, 0);
        check_accepted(&f);
        check_images(&f.s, f.b.new_images);
        assert_string_equal(slots_breach(&f.s), "");
        tear_down(&f);
    }
}

static void full_images_keep_whole_blocks_in_one_slot(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, true, true);
    use_full(&f, bundle_whole, 1);
    check_accepted(&f);
    check_area(&f.s.flash[0], DFP_NEW, f.b.new_images[0].data,
               bundle_whole[0].start);
    assert_memory_equal(simflash_area(&f.s.flash[0], DFP_NEW) +
                            bundle_whole[0].start,
                        f.b.old_images[0].data + bundle_whole[0].start,
                        bundle_whole[0].end - bundle_whole[0].start);
    assert_int_equal(simflash_block_erases(&f.s.flash[0], DFP_NEW, 1), 0);
    assert_int_equal(simflash_block_erases(&f.s.flash[0], DFP_NEW, 0), 1);
    tear_down(&f);
}

static void ragged_ranges_are_for_two_slots_only(void **state)
{
    struct fixture f;
    uint32_t end = bundle_ranges[BUNDLE_RANGES - 1].end;

    (void)state;
    set_up(&f, true, true);
    use_full(&f, bundle_ranges, BUNDLE_RANGES);
    check_refused(&f, DFP_ERR_SLOT, "unmanaged range");
    slots_free(&f.s);

    assert_true(bundle_module(&f.s, &f.b, false));
    f.s.config[0].old_size = end - 1; // they are in no old slot
    check_refused(&f, DFP_ERR_SLOT, "old slot");
    f.s.config[0].old_size = end;
    check_accepted(&f);
    check_area(&f.s.flash[0], DFP_NEW, f.b.expected[0].data,
               f.b.expected[0].size);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(part_that_the_module_lacks_is_refused),
        cmocka_unit_test(parts_are_found_by_id),
        cmocka_unit_test(other_old_image_of_one_part_is_refused),
        cmocka_unit_test(slot_too_small_for_one_part_is_refused),
        cmocka_unit_test(other_kinds_of_modules_are_refused),
        cmocka_unit_test(other_scratch_areas_are_refused),
        cmocka_unit_test(full_images_rescue_what_is_half_overwritten),
        cmocka_unit_test(full_images_keep_whole_blocks_in_one_slot),
        cmocka_unit_test(ragged_ranges_are_for_two_slots_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
