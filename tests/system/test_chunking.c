// SPDX-License-Identifier: MIT
// However a package is split, the flash contents are the same; whatever the
// module's geometry is, the image is the same.

#include "cases.h"
#include "check.h"

#define SIZE 1500u
#define SEED 11u
#define CHECKPOINT 400u
#define CASES (CASE_KINDS + 1) // each kind, and images of several regions

static struct update_case cases[CASES];

static int make_cases(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < CASE_KINDS; kind++) {
        if (!case_make(cases + kind, kind, SEED, SIZE)) {
            return -1;
        }
    }
    return case_regions(cases + CASE_KINDS, SEED, SIZE) ? 0 : -1;
}

static int free_cases(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < CASES; kind++) {
        case_free(cases + kind);
    }
    return 0;
}

static void run_to_done(const struct update_case *c, const struct sim_update *u,
                        const struct sim_geometry *g, struct simflash *flash)
{
    struct sim_result result;

    assert_true(case_module(flash, c, g));
    sim_run(u, flash, &result);
    check_status(&result, DFP_DONE);
    check_area(flash, DFP_NEW, c->new_image.data, c->new_image.size);
    check_area(flash, DFP_OLD, c->old_image.data, c->old_image.size);
    assert_int_equal(result.reached.new_at, c->new_image.size);
    assert_int_equal(result.reached.package_at, c->package.size);
}

static void check_same_flash(const struct simflash *a, const struct simflash *b)
{
    static const enum dfp_area areas[] = {DFP_OLD, DFP_NEW, DFP_JOURNAL};

    for (int i = 0; i < 3; i++) {
        check_area(a, areas[i], simflash_area(b, areas[i]),
                   simflash_area_size(b, areas[i]));
    }
}

// The update in one piece, and a module after it to compare others with.
struct reference {
    struct sim_geometry geometry;
    struct sim_update update;
    struct simflash flash;
};

static void make_reference(struct reference *r, const struct update_case *c)
{
    r->geometry = case_least_geometry(c, 256, 16, CHECKPOINT, 16);
    r->update = case_update(c);
    r->update.config.checkpoint_bytes = CHECKPOINT;
    run_to_done(c, &r->update, &r->geometry, &r->flash);
}

static void check_split(const struct update_case *c, const struct reference *r,
                        const struct sim_update *u)
{
    struct simflash flash;

    run_to_done(c, u, &r->geometry, &flash);
    check_same_flash(&flash, &r->flash);
    simflash_free(&flash);
}

static void every_split_in_two_gives_the_same_flash(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < CASES; kind++) {
        struct reference r;

        make_reference(&r, cases + kind);
        for (uint32_t at = 1; at < cases[kind].package.size; at++) {
            struct sim_update u = r.update;

            u.first_piece = at;
            check_split(cases + kind, &r, &u);
        }
        simflash_free(&r.flash);
    }
}

static void pieces_of_any_size_give_the_same_flash(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < CASES; kind++) {
        struct reference r;

        make_reference(&r, cases + kind);
        for (uint32_t piece = 1; piece <= 70; piece++) {
            struct sim_update u = r.update;

            u.piece = piece;
            check_split(cases + kind, &r, &u);
            u.piece_seed = piece;
            check_split(cases + kind, &r, &u);
        }
        simflash_free(&r.flash);
    }
}

static void steps_of_any_size_give_the_same_flash(void **state)
{
    static const uint32_t steps[] = {1, 2, 7, 64, 255, 256, 1000};

    (void)state;
    for (uint32_t kind = 0; kind < CASES; kind++) {
        struct reference r;

        make_reference(&r, cases + kind);
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
            struct sim_update u = r.update;

            u.config.step_bytes = steps[i];
            check_split(cases + kind, &r, &u);
            u.piece = 3;
            check_split(cases + kind, &r, &u);
        }
        simflash_free(&r.flash);
    }
}

static void any_page_and_block_size_gives_the_same_image(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < CASES; kind++) {
        const struct update_case *c = cases + kind;
        struct sim_update u = case_update(c);
        uint32_t runs = 0;

        u.config.checkpoint_bytes = CHECKPOINT;
        for (uint32_t erase = 64; erase <= 65536; erase *= 4) {
            for (uint32_t page = 1; page <= erase && page <= 4096; page *= 2) {
                struct sim_geometry g =
                    case_least_geometry(c, erase, page, CHECKPOINT, page);
                struct simflash flash;

                run_to_done(c, &u, &g, &flash);
                simflash_free(&flash);
                runs++;
            }
        }
        assert_int_equal(runs, 7 + 9 + 11 + 13 + 13 + 13);
    }
}

static void journal_and_slot_may_differ_in_geometry(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < CASES; kind++) {
        const struct update_case *c = cases + kind;
        struct sim_update u = case_update(c);

        for (uint32_t unit = 1; unit <= 4096; unit *= 4) {
            struct sim_geometry g = case_geometry(c, 512, 32, 2);
            struct simflash flash;

            g.journal_program = unit;
            g.journal_erase = 4096;
            g.journal_size = 512 * 1024;
            run_to_done(c, &u, &g, &flash);
            simflash_free(&flash);
            g.journal_size = 0;
            run_to_done(c, &u, &g, &flash);
            simflash_free(&flash);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_split_in_two_gives_the_same_flash),
        cmocka_unit_test(pieces_of_any_size_give_the_same_flash),
        cmocka_unit_test(steps_of_any_size_give_the_same_flash),
        cmocka_unit_test(any_page_and_block_size_gives_the_same_image),
        cmocka_unit_test(journal_and_slot_may_differ_in_geometry),
    };

    return cmocka_run_group_tests(tests, make_cases, free_cases);
}
