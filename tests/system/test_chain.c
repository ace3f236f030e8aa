// SPDX-License-Identifier: MIT
// Fifty updates in a row on one module, each on the result of the last, with
// power cuts in between.

#include "cases.h"
#include "check.h"

#define UPDATES 50u
#define SIZE 6000u

struct chain {
    struct simflash flash;
    struct update_case c;
    uint64_t previous_id;
    uint64_t random;
    uint32_t cuts;
};

static void update_with_cuts(struct chain *chain)
{
    struct sim_update u = case_update(&chain->c);
    struct sim_result result;
    struct sim_cut cut = {0, SIM_MIX, 0};

    u.previous_id = chain->previous_id;
    u.piece = 100;
    u.config.checkpoint_bytes = 600;
    // Some boots are cut early, some late, some not at all.
    do {
        uint64_t random = sim_random(&chain->random);

        cut.number = 1 + (uint32_t)(random % 200);
        cut.tear = (enum sim_tear)(random >> 32) % SIM_TEARS;
        simflash_reboot(&chain->flash, random);
        simflash_arm(&chain->flash, &cut);
        sim_run(&u, &chain->flash, &result);
        chain->cuts += chain->flash.off;
    } while (chain->flash.off);
    check_status(&result, DFP_DONE);
    assert_int_not_equal(result.reached.package_id, chain->previous_id);
    chain->previous_id = result.reached.package_id;
}

static void fifty_updates_in_a_row(void **state)
{
    struct chain chain = {.random = 61};
    struct sim_geometry g = {.slot_size = 8 * 4096,
                             .slot_erase = 512,
                             .slot_program = 32,
                             .journal_size = 64 * 1024,
                             .journal_erase = 512,
                             .journal_program = 16};
    struct image image = image_make(61, 0, SIZE);

    (void)state;
    assert_non_null(image.data);
    assert_true(simflash_new(&chain.flash, &g, 1));
    simflash_load(&chain.flash, DFP_OLD, image.data, image.size);
    for (uint32_t n = 1; n <= UPDATES; n++) {
        uint32_t kind = n % 2 == 0 ? CASE_RANGE : CASE_DEFLATE;
        struct image next = image_make(61, n, SIZE);

        assert_non_null(next.data);
        if (n % 5 == 0) {
            kind += CASE_CODECS;
        }
        assert_true(case_pack(&chain.c, kind, image, next));
        update_with_cuts(&chain);
        check_area(&chain.flash, DFP_NEW, next.data, next.size);
        simflash_swap(&chain.flash, n);
        image = image_copy(next.data, next.size);
        assert_non_null(image.data);
        case_free(&chain.c);
    }
    assert_true(chain.cuts > UPDATES);
    image_free(&image);
    simflash_free(&chain.flash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifty_updates_in_a_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
