// SPDX-License-Identifier: MIT
// Power cuts at every flash operation, then resume; and cuts during that.
//
//   test_powercut [ROW...]     only these rows of the table below
//   DFOTA_CUT=RUN              only this run, as a failure names it, e.g.
//                              DFOTA_CUT=6:prefix:17,4:noise with range-small
//   DFOTA_CUT_SAMPLES=N        at least so many runs in each sampling row
//   DFOTA_CUT_SEED=S           other ones than those of seed 0

#include <stdlib.h>

#include "cases.h"
#include "check.h"
#include "powercut.h"
#include "recovery.h"
#include "state.h"

#define OLD_IMAGE TEST_SOURCE_DIR "/samples/pairs/movehub/movehub-7.27.0.bin"
#define NEW_IMAGE TEST_SOURCE_DIR "/samples/pairs/movehub/movehub-7.28.0.bin"

// From here on images are some releases apart, so that packages are larger
// than what is kept between two checkpoints.
#define LARGE 100000u

enum mode {
    LINEAR, // one cut, everywhere
    PAIRS,  // two cuts, everywhere
    SAMPLE, // up to twenty cuts at random
    // Beside one of them:
    USED = 4,     // the journal tells of an earlier update
    REGIONS = 8,  // images of several regions
    GROUPED = 16, // one run for all cuts in a block of slot or scratch area
    PLACE = 32,   // one slot, and a scratch area of two blocks
    WIDE = 64,    // of eight blocks: codec range saves its model
};

struct row {
    const char *name;
    uint32_t kind;
    uint32_t image; // synthetic, of this size; 0: the real pair
    uint32_t erase, program, journal_program;
    uint32_t checkpoint; // package bytes; 0: the patcher's default
    unsigned mode;       // enum mode
    uint32_t effort;     // SAMPLE: runs; else powercut.prefix_step
    uint32_t cut_points; // fewer are a failure
};

// clang-format off
static const struct row rows[] = {
    {"stored-small", CASE_STORED, 1500, 256, 16, 4, 0, LINEAR, 1, 1900},
    {"deflate-small", CASE_DEFLATE, 1500, 256, 16, 16, 0, LINEAR, 1, 2000},
    {"range-small", CASE_RANGE, 1500, 256, 16, 1, 0, LINEAR, 1, 2000},
    {"range-signed", CASE_CODECS + CASE_RANGE, 800, 256, 16, 16, 0, LINEAR, 1,
     1200},
    {"stored-saved", CASE_STORED, 1500, 256, 16, 8, 300, LINEAR, 1, 5000},
    {"deflate-saved", CASE_DEFLATE, 9000, 4096, 256, 8, 300, LINEAR, 8, 1000},
    {"range-saved", CASE_RANGE, 9000, 512, 64, 64, 300, LINEAR, 8, 2000},
    {"range-used", CASE_RANGE, 1500, 256, 16, 4, 0, LINEAR | USED, 1,
     2000},
    {"used-pairs", CASE_RANGE, 700, 256, 64, 16, 0, PAIRS | USED, 0,
     9000},
    {"regions-small", CASE_RANGE, 1500, 256, 16, 4, 0, LINEAR | REGIONS, 1,
     1900},
    {"regions-saved", CASE_RANGE, 3000, 512, 64, 64, 300, LINEAR | REGIONS, 8,
     1000},
    {"no-journal", CASE_RANGE, 1500, 256, 16, 0, 0, LINEAR, 1, 1900},
    {"stored-pairs", CASE_STORED, 1000, 256, 64, 16, 0, PAIRS, 0, 12000},
    {"saved-pairs", CASE_STORED, 1000, 256, 64, 16, 300, PAIRS, 0, 35000},
    {"range-pairs", CASE_RANGE, 1000, 256, 64, 16, 0, PAIRS, 0, 12000},
    {"stored-large", CASE_STORED, 200000, 4096, 256, 16, 0, SAMPLE, 12, 60},
    {"deflate-large", CASE_DEFLATE, 200000, 4096, 256, 16, 0, SAMPLE, 12, 60},
    {"range-large", CASE_RANGE, 200000, 4096, 256, 16, 0, SAMPLE, 12, 60},
    {"deflate-real", CASE_DEFLATE, 0, 4096, 256, 16, 0, SAMPLE, 40, 60},
    {"range-real", CASE_RANGE, 0, 4096, 256, 16, 0, SAMPLE, 40, 60},
    // NOR flash of 4 KiB blocks and of 64 KiB blocks; pages of 2 KiB with units
    // of 8 bytes, each written once, as of the STM32L4.
    {"nor-pairs", CASE_STORED, 5000, 4096, 256, 16, 0, PAIRS, 0, 20000},
    {"nor64-small", CASE_RANGE, 70000, 65536, 256, 16, 0, LINEAR | GROUPED, 0, 900},
    {"nor64-pairs", CASE_RANGE, 700, 65536, 256, 16, 0, PAIRS, 0, 2000},
    {"l4-small", CASE_RANGE, 4500, 2048, 8, 8, 0, LINEAR, 4, 3000},
    {"l4-saved", CASE_STORED, 4500, 2048, 8, 8, 900, LINEAR | GROUPED, 0,
     3000},
    {"l4-pairs", CASE_RANGE, 4500, 2048, 8, 8, 0, PAIRS | GROUPED, 0, 100000},
    {"real-every", CASE_RANGE, 0, 4096, 256, 16, 0, LINEAR | GROUPED, 0, 2500},
    // In place, on the same kinds of flash.
    {"place-stored", CASE_STORED, 1500, 256, 16, 4, 0, LINEAR | PLACE, 1, 2000},
    {"place-deflate", CASE_DEFLATE, 3000, 256, 16, 16, 0, LINEAR | PLACE, 8,
     2000},
    {"place-range", CASE_RANGE, 1500, 256, 16, 8, 0, LINEAR | PLACE, 1, 2000},
    {"place-pairs", CASE_STORED, 700, 256, 64, 16, 0, PAIRS | PLACE, 0, 20000},
    {"place-nor", CASE_RANGE, 6000, 4096, 256, 16, 0, PAIRS | PLACE | GROUPED, 0, 5000},
    {"place-nor64", CASE_RANGE, 150000, 65536, 256, 16, 0,
     LINEAR | PLACE | GROUPED, 0, 2000},
    {"place-l4", CASE_RANGE, 3000, 2048, 8, 8, 0, PAIRS | PLACE | GROUPED, 0,
     20000},
    {"place-every", CASE_RANGE, 0, 4096, 256, 16, 0, LINEAR | PLACE | GROUPED,
     0, 4000},
    {"place-wide", CASE_RANGE, 0, 4096, 256, 16, 0,
     LINEAR | PLACE | GROUPED | WIDE, 0, 4000},
    {"place-real", CASE_RANGE, 0, 4096, 256, 16, 0, SAMPLE | PLACE, 40, 60},
    {"range-real-saved", CASE_RANGE, 0, 4096, 256, 16, 400, SAMPLE, 40, 60},
};
// clang-format on

static struct recovery seen; // by all rows together

static bool make_in_place(struct update_case *c, const struct row *row)
{
    struct delta_in_place in_place = {
        .scratch_size = ((row->mode & WIDE) != 0 ? 8 : 2) * row->erase,
        .block_size = row->erase,
        .journal_page = row->journal_program,
    };
    struct image old_image, new_image;

    if (row->image == 0) {
        old_image = image_read(OLD_IMAGE);
        new_image = image_read(NEW_IMAGE);
    } else {
        old_image = image_make(71, 0, row->image);
        new_image = row->kind == CASE_STORED ? image_noise(71, row->image)
                                             : image_make(71, 1, row->image);
    }
    return case_in_place(c, row->kind, old_image, new_image, &in_place);
}

static bool make_case(struct update_case *c, const struct row *row)
{
    uint32_t size = row->image;

    if ((row->mode & PLACE) != 0) {
        return make_in_place(c, row);
    }
    if ((row->mode & REGIONS) != 0) {
        return case_regions(c, 71, size);
    }
    if (size >= LARGE && row->kind != CASE_STORED) {
        return case_pack(c, row->kind, image_make(71, 0, size),
                         image_make(71, 10, size));
    }
    if (size != 0) {
        return case_make(c, row->kind, 71, size);
    }
    return case_pack(c, row->kind, image_read(OLD_IMAGE),
                     image_read(NEW_IMAGE));
}

static void make_module(struct simflash *flash, const struct update_case *c,
                        const struct row *row)
{
    uint32_t unit = row->journal_program;
    struct sim_geometry g = case_least_geometry(
        c, row->erase, row->program, row->checkpoint, unit == 0 ? 1 : unit);

    if (unit == 0) {
        g.journal_size = 0;
    }
    assert_true(case_module(flash, c, &g));
}

// Runs of a sampling row: DFOTA_CUT_SAMPLES asks for more.
static uint32_t sample_runs(const struct row *row)
{
    const char *asked = getenv("DFOTA_CUT_SAMPLES");
    uint32_t runs = asked == NULL ? 0 : (uint32_t)strtoul(asked, NULL, 10);

    return runs > row->effort ? runs : row->effort;
}

static uint64_t chosen_seed(void)
{
    const char *asked = getenv("DFOTA_CUT_SEED");

    return asked == NULL ? 0 : strtoull(asked, NULL, 10) << 20;
}

// Leave a completed update in the journal, one that was never booted. Returns
// its package id.
static uint64_t use_module(struct simflash *flash, const struct update_case *c,
                           const struct row *row)
{
    struct update_case before;
    struct sim_update u;
    struct sim_result result;

    assert_true(case_pack(&before, row->kind,
                          image_copy(c->old_image.data, c->old_image.size),
                          image_make(71, 2, row->image)));
    u = case_update(&before);
    sim_run(&u, flash, &result);
    check_status(&result, DFP_DONE);
    case_free(&before);
    return result.reached.package_id;
}

static bool cut(struct powercut *p, const struct row *row)
{
    const char *replay = getenv("DFOTA_CUT");

    if (replay != NULL) {
        return powercut_replay(p, replay);
    }
    switch (row->mode & ~(unsigned)(USED | REGIONS | GROUPED | PLACE | WIDE)) {
    case LINEAR: return powercut_linear(p);
    case PAIRS: return powercut_pairs(p);
    default: return powercut_sample(p, sample_runs(row), POWERCUT_DEPTH_MAX);
    }
}

static uint32_t blocks(uint32_t size, uint32_t block)
{
    return (size + block - 1) / block;
}

// What one update without a cut may cost.
static void check_wear(const struct powercut *p, const struct row *row)
{
    uint32_t size = p->new_size;

    if ((row->mode & PLACE) != 0) { // what is unchanged stays
        assert_true(p->new_erases <= blocks(size, row->erase));
        return;
    }
    assert_int_equal(p->new_erases, blocks(size, row->erase));
    assert_int_equal(p->new_bytes, blocks(size, row->program) * row->program);
    if (size >= LARGE && row->checkpoint == 0) {
        assert_true(p->journal_bytes <= size / 10);
    }
    // Packages that are too small for a checkpoint would prove nothing. (Codec
    // deflate saves it between segments, which only large ones have.)
    if (row->checkpoint != 0 && row->kind != CASE_DEFLATE) {
        assert_true(p->journal_bytes >= sizeof(struct dfp_state));
    }
}

// Both ways of going on from a checkpoint are met.
static void check_model(const struct update_case *c, const struct row *row)
{
    struct dfp_info info;
    size_t wanted;

    if ((row->mode & PLACE) != 0 && row->image == 0) {
        assert_int_equal(
            dfp_peek(c->package.data, c->package.size, &info, &wanted), DFP_OK);
        assert_int_equal((info.order & DFOTA_ORDER_FRESH) != 0,
                         (row->mode & WIDE) == 0);
    }
}

// Package bytes that may be asked for again after a cut. The state is saved at
// the first end of a block after row->checkpoint bytes; codec deflate can save
// it only between two of its segments.
static uint32_t most_refetched(const struct update_case *c,
                               const struct row *row)
{
    struct dfp_info info;
    size_t wanted;

    if (row->checkpoint == 0) {
        return 65536;
    }
    if (c->codec == CASE_DEFLATE) {
        return (uint32_t)c->package.size;
    }
    assert_int_equal(dfp_peek(c->package.data, c->package.size, &info, &wanted),
                     DFP_OK);
    return row->checkpoint + row->erase + 3 * info.chunk_size;
}

static void run_row(const struct row *row)
{
    struct update_case c;
    struct simflash flash;
    struct powercut p;

    assert_true(make_case(&c, row));
    check_model(&c, row);
    make_module(&flash, &c, row);
    memset(&p, 0, sizeof(p));
    p.start = &flash;
    p.update = case_update(&c);
    p.update.piece = 64;
    p.update.config.checkpoint_bytes = row->checkpoint;
    if ((row->mode & USED) != 0) {
        p.update.previous_id = use_module(&flash, &c, row);
    }
    p.new_image = c.new_image.data;
    p.new_size = c.new_image.size;
    p.refetch_max = most_refetched(&c, row);
    p.prefix_step = row->mode == SAMPLE ? 0 : row->effort;
    p.seed = row->image + row->kind + chosen_seed();
    p.is_grouped = (row->mode & GROUPED) != 0;
    p.booting = recovery_boot;
    p.context = &seen;
    if (!cut(&p, row)) {
        fail_msg("%s: %s", row->name, p.failure);
    }
    print_message("%s: %lu operations, %lu cut points, %lu package bytes "
                  "fetched again at most, journal %lu bytes, %lu blocks\n",
                  row->name, (unsigned long)p.operations,
                  (unsigned long)p.cut_points, (unsigned long)p.refetched,
                  (unsigned long)p.journal_bytes,
                  (unsigned long)p.journal_erases);
    if (getenv("DFOTA_CUT") == NULL) {
        assert_true(p.cut_points >= row->cut_points);
        assert_true(!p.is_grouped || p.torn_reads == 0);
        check_wear(&p, row);
    }
    simflash_free(&flash);
    case_free(&c);
}

static char **wanted; // names of the rows to run; none: all

static bool is_wanted(const struct row *row)
{
    bool any = *wanted == NULL;

    for (char **name = wanted; *name != NULL; name++) {
        any = any || strcmp(*name, row->name) == 0;
    }
    return any;
}

static void every_cut_ends_in_the_new_image(void **state)
{
    uint32_t count = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (is_wanted(rows + i)) {
            run_row(rows + i);
            count++;
        }
    }
    assert_true(count > 0);
    print_message("recovery rows:");
    for (int row = 0; row < RECOVERY_ROWS; row++) {
        if (seen.seen[row] != 0) {
            print_message(" %s %lu", recovery_name((enum recovery_row)row),
                          (unsigned long)seen.seen[row]);
        }
    }
    print_message("\n");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_ends_in_the_new_image),
    };

    wanted = argv + (argc > 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
