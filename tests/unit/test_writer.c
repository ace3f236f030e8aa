// SPDX-License-Identifier: MIT
// Writer and views: what is put is what flash and views hold.

#include "chance.h"
#include "check.h"
#include "decoder.h"
#include "writer.h"

#define SIZE 1000u // of both images

struct fixture {
    struct simflash flash;
    struct dfp_config config;
    union {
        struct dfp p;
        uint64_t words[(1024 + 4096) / 8];
    } work;
    uint8_t old_data[SIZE];
    uint8_t new_data[SIZE];
};

// A patcher that is about to decode, without journal.
static void make(struct fixture *f, uint32_t erase, uint32_t program)
{
    struct sim_geometry g = {.slot_size = 4096,
                             .slot_erase = erase,
                             .slot_program = program,
                             .journal_size = 8192,
                             .journal_erase = 4096,
                             .journal_program = 4};
    uint64_t random = erase + program;
    struct dfp *p = &f->work.p;

    memset(f, 0, sizeof(*f));
    for (uint32_t i = 0; i < SIZE; i++) {
        f->old_data[i] = (uint8_t)sim_random(&random);
        f->new_data[i] = (uint8_t)sim_random(&random);
    }
    assert_true(simflash_new(&f->flash, &g, 1));
    simflash_load(&f->flash, DFP_OLD, f->old_data, SIZE);
    simflash_bind(&f->flash, &f->config);
    f->config.journal_size = 0;
    p->config = &f->config;
    p->slot = &f->config;
    p->s.part.old_size = SIZE;
    p->s.part.new_size = SIZE;
    p->page = (uint8_t *)&f->work + DFOTA_RAM_STATE;
}

static void put_all(struct fixture *f, uint32_t from)
{
    for (uint32_t i = from; i < SIZE; i++) {
        assert_int_equal(dfp_put(&f->work.p, f->new_data[i]), DFP_OK);
    }
    assert_string_equal(f->flash.breach, "");
    check_area(&f->flash, DFP_NEW, f->new_data, SIZE);
}

static void any_page_and_block_size_gives_the_image(void **state)
{
    struct fixture f;

    (void)state;
    for (uint32_t erase = 1; erase <= 4096; erase *= 2) {
        for (uint32_t program = 1; program <= erase; program *= 2) {
            const uint8_t *slot;

            make(&f, erase, program);
            put_all(&f, 0);
            assert_int_equal(f.work.p.finished, (SIZE + erase - 1) / erase);
            slot = simflash_area(&f.flash, DFP_NEW);
            for (uint32_t i = SIZE; i % program != 0; i++) {
                assert_int_equal(slot[i], 0xFF); // the last page's rest
            }
            simflash_free(&f.flash);
        }
    }
}

static void runs_give_the_same_image(void **state)
{
    uint64_t random = 6;
    struct fixture f;

    (void)state;
    for (uint32_t program = 1; program <= 1024; program *= 2) {
        struct sim_totals totals;

        make(&f, 1024, program);
        while (f.work.p.s.new_at < SIZE) {
            uint32_t at = f.work.p.s.new_at;
            uint32_t room = dfp_page_left(&f.work.p);
            uint32_t count;

            assert_int_equal(room, program - at % program);
            room = room < SIZE - at ? room : SIZE - at;
            count = chance_pick(&random, room + 1); // 0 does no harm
            if (chance_pick(&random, 3) == 0) {
                count = room; // up to where the page ends
            }
            assert_int_equal(dfp_put_run(&f.work.p, f.new_data + at, count),
                             DFP_OK);
            assert_int_equal(f.work.p.s.new_at, at + count);
            if (chance_pick(&random, 2) == 0 && at + count < SIZE) {
                assert_int_equal(dfp_put(&f.work.p, f.new_data[at + count]),
                                 DFP_OK);
            }
        }
        assert_string_equal(f.flash.breach, "");
        check_area(&f.flash, DFP_NEW, f.new_data, SIZE);
        assert_int_equal(f.work.p.finished, 1);
        simflash_totals(&f.flash, &totals); // each page once
        assert_int_equal(totals.programmed[DFP_NEW],
                         (SIZE + program - 1) / program * program);
        simflash_free(&f.flash);
    }
}

static void no_run_fits_behind_the_image(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 256, 256);
    for (uint32_t i = 0; i < SIZE - 3; i++) {
        assert_int_equal(dfp_put(&f.work.p, f.new_data[i]), DFP_OK);
    }
    assert_int_equal(dfp_put_run(&f.work.p, f.new_data, 4), DFP_ERR_DATA);
    assert_string_equal(f.work.p.fault.field, "new image size");
    assert_int_equal(f.work.p.fault.expected, SIZE);
    assert_int_equal(f.work.p.s.new_at, SIZE - 3);
    assert_int_equal(dfp_put_run(&f.work.p, f.new_data + SIZE - 3, 3), DFP_OK);
    check_area(&f.flash, DFP_NEW, f.new_data, SIZE);
    assert_int_equal(dfp_put_run(&f.work.p, f.new_data, 0), DFP_OK);
    assert_int_equal(dfp_put_run(&f.work.p, f.new_data, 1), DFP_ERR_DATA);
    simflash_free(&f.flash);
}

static void finished_blocks_are_left_alone(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 256, 32);
    put_all(&f, 0);
    f.work.p.s.new_at = 0;
    f.work.p.finished = 2;
    put_all(&f, 0);
    assert_int_equal(simflash_block_erases(&f.flash, DFP_NEW, 0), 1);
    assert_int_equal(simflash_block_erases(&f.flash, DFP_NEW, 1), 1);
    assert_int_equal(simflash_block_erases(&f.flash, DFP_NEW, 2), 2);
    assert_int_equal(simflash_block_erases(&f.flash, DFP_NEW, 3), 2);
    simflash_free(&f.flash);
}

static void no_byte_fits_behind_the_image(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 256, 32);
    put_all(&f, 0);
    assert_int_equal(dfp_put(&f.work.p, 0), DFP_ERR_DATA);
    assert_string_equal(f.work.p.fault.field, "new image size");
    simflash_free(&f.flash);
}

// The view of a source is what the images hold, and covers what was promised.
static void check_view(struct fixture *f, uint32_t source)
{
    struct dfp *p = &f->work.p;
    bool from_new = source >= SIZE;
    const uint8_t *image = from_new ? f->new_data : f->old_data;
    uint32_t size = from_new ? p->s.new_at : SIZE;
    struct dfc_view view;
    uint32_t s;

    assert_int_equal(dfp_view(p, source, &view, &s), DFP_OK);
    assert_int_equal(s, from_new ? source - SIZE : source);
    assert_int_equal(view.size, size);
    assert_true(view.first + DFC_LOOKBACK <= s || view.first == 0);
    assert_true(view.first + view.count >= s + DFC_LOOKAHEAD ||
                view.first + view.count == size);
    assert_memory_equal(view.bytes, image + view.first, view.count);
}

static void views_show_both_images(void **state)
{
    struct fixture f;
    uint64_t random = 5;

    (void)state;
    make(&f, 256, 64);
    for (uint32_t i = 0; i < SIZE; i++) {
        assert_int_equal(dfp_put(&f.work.p, f.new_data[i]), DFP_OK);
        check_view(&f, i);                                      // in order
        check_view(&f, (uint32_t)(sim_random(&random) % SIZE)); // at random
        check_view(&f, SIZE + i); // the newest byte
        check_view(&f, SIZE + (uint32_t)(sim_random(&random) % (i + 1)));
    }
    simflash_free(&f.flash);
}

static void sources_outside_are_refused(void **state)
{
    static const uint32_t outside[] = {SIZE + 100, SIZE + 101, 3 * SIZE,
                                       0x80000000, 0xFFFFFFFF};
    struct fixture f;
    struct dfc_view view;
    uint32_t s;

    (void)state;
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        make(&f, 256, 64);
        for (uint32_t at = 0; at < 100; at++) {
            assert_int_equal(dfp_put(&f.work.p, f.new_data[at]), DFP_OK);
        }
        check_view(&f, SIZE + 99);
        assert_int_equal(dfp_view(&f.work.p, outside[i], &view, &s),
                         DFP_ERR_DATA);
        assert_string_equal(f.work.p.fault.field, "source");
        simflash_free(&f.flash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_page_and_block_size_gives_the_image),
        cmocka_unit_test(runs_give_the_same_image),
        cmocka_unit_test(no_run_fits_behind_the_image),
        cmocka_unit_test(finished_blocks_are_left_alone),
        cmocka_unit_test(no_byte_fits_behind_the_image),
        cmocka_unit_test(views_show_both_images),
        cmocka_unit_test(sources_outside_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
