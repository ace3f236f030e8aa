// SPDX-License-Identifier: MIT
// The patcher as a whole, on packages written by hand (pack.h).

#include <stdlib.h>

#include "check.h"
#include "digest.h"
#include "pair.h"

#define BLOCK 256u
#define PAGE 16u

static struct dfp_key keys[2]; // what the modules trust

static const struct sim_geometry geometry = {.slot_size = 4096,
                                             .slot_erase = BLOCK,
                                             .slot_program = PAGE,
                                             .journal_size = 8192,
                                             .journal_erase = 512,
                                             .journal_program = 4};

static void make_module(struct simflash *flash, const struct pair *t)
{
    assert_true(simflash_new(flash, &geometry, 1));
    simflash_load(flash, DFP_OLD, t->old_data, sizeof(t->old_data));
}

static struct sim_update make_update(const struct pair *t)
{
    struct sim_update u = {0};

    u.package = t->package.data;
    u.package_size = (uint32_t)t->package.size;
    u.config.product = "thing";
    u.config.counter = 5;
    u.config.checkpoint_bytes = 200;
    if (t->pack.is_signed) {
        u.config.keys = keys;
        u.config.key_count = 2;
    }
    return u;
}

static void check_new(const struct simflash *flash, const struct pair *t)
{
    assert_string_equal(flash->breach, "");
    check_area(flash, DFP_NEW, t->new_data, sizeof(t->new_data));
    check_area(flash, DFP_OLD, t->old_data, sizeof(t->old_data));
}

// Calls a check for both codecs, unsigned and then maybe signed.
static void each_kind(void (*check)(struct pair *t), bool signed_too)
{
    for (uint32_t kind = 0; kind < (signed_too ? 4u : 2u); kind++) {
        struct pair t;

        pair_make(&t, kind & 1 ? DFOTA_CODEC_DEFLATE : DFOTA_CODEC_STORED,
                  kind >= 2);
        check(&t);
        pair_free(&t);
    }
}

// --- Input -----------------------------------------------------------------

static void check_pieces(const struct pair *t, uint32_t first, uint32_t piece,
                         uint32_t step)
{
    struct sim_update u = make_update(t);
    struct sim_result r;
    struct simflash flash;

    u.first_piece = first;
    u.piece = piece;
    u.config.step_bytes = step;
    make_module(&flash, t);
    sim_run(&u, &flash, &r);
    check_status(&r, DFP_DONE);
    check_new(&flash, t);
    simflash_free(&flash);
}

static void check_splits(struct pair *t)
{
    check_pieces(t, 0, 0, 0);
    check_pieces(t, 0, 1, 0);
    check_pieces(t, 0, 7, 100);
    check_pieces(t, 0, 0, 1);
    // Verifying a signature takes its time.
    for (uint32_t at = 1; at < t->package.size;
         at += t->pack.is_signed ? 9 : 1) {
        check_pieces(t, at, 0, 0);
    }
}

static void every_split_gives_the_image(void **state)
{
    (void)state;
    each_kind(check_splits, true);
}

static void check_truncations(struct pair *t)
{
    for (uint32_t size = 0; size < t->package.size; size++) {
        struct sim_update u = make_update(t);
        struct sim_result r;
        struct simflash flash;

        u.package_size = size;
        u.work_size = 20000;
        make_module(&flash, t);
        sim_run(&u, &flash, &r);
        check_status(&r, DFP_OK);
        simflash_free(&flash);
    }
}

static void truncated_packages_want_more(void **state)
{
    (void)state;
    each_kind(check_truncations, false);
}

static void check_flips(struct pair *t)
{
    for (uint32_t bit = 0; bit < 8 * t->package.size;
         bit += t->pack.is_signed ? 13 : 3) {
        struct sim_update u = make_update(t);
        struct sim_result r;
        struct simflash flash;

        u.work_size = 20000;
        make_module(&flash, t);
        t->package.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        sim_run(&u, &flash, &r);
        t->package.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(r.status < 0);
        assert_true(r.fault.status == r.status && r.fault.field != NULL);
        if (bit / 8 < pack_head_size(&t->package)) {
            check_slots_untouched(&flash);
        }
        assert_string_equal(flash.breach, "");
        simflash_free(&flash);
    }
}

static void flipped_bits_are_refused(void **state)
{
    (void)state;
    each_kind(check_flips, true);
}

// --- Power cuts ------------------------------------------------------------

// Blocks that may not be erased again: those that the journal, as the patcher
// read it after the cut, knows to be finished.
static void watch_blocks(void *context, const struct sim_op *op)
{
    const struct sim_result *r = context;

    if (op->area == DFP_NEW) {
        assert_true(op->offset >= r->resumed.new_at);
    }
}

static void cut_once(const struct pair *t, const struct sim_cut *cut,
                     bool *reached)
{
    struct sim_update u = make_update(t);
    struct sim_result r;
    struct simflash flash;

    make_module(&flash, t);
    simflash_arm(&flash, cut);
    sim_run(&u, &flash, &r);
    *reached = r.status != DFP_DONE;
    if (*reached) {
        uint32_t reached_at = r.reached.new_at;

        check_status(&r, DFP_ERR_FLASH);
        assert_int_equal(r.fault.flash, SIM_ERR_OFF);
        simflash_reboot(&flash, cut->number);
        flash.watch = watch_blocks;
        flash.watch_context = &r;
        sim_run(&u, &flash, &r);
        check_status(&r, DFP_DONE);
        // At most the block that the cut's own mark was for is done again.
        assert_true(r.resumed.new_at + BLOCK >= reached_at);
    }
    check_new(&flash, t);
    simflash_free(&flash);
}

static void check_cuts(struct pair *t)
{
    bool reached = true;
    uint32_t number;

    for (number = 1; reached; number++) {
        for (int tear = 0; tear < SIM_TEARS; tear++) {
            struct sim_cut cut = {number, (enum sim_tear)tear, number % 16};

            cut_once(t, &cut, &reached);
        }
    }
    assert_true(number > 200); // pages and marks of the small image
}

static void every_cut_ends_in_the_image(void **state)
{
    (void)state;
    each_kind(check_cuts, false);
}

// --- Refusals --------------------------------------------------------------

// The package is refused with these figures, and no slot has changed.
static void check_refused(const struct pair *t, const struct sim_update *u,
                          const uint8_t *old_data, enum dfp_status status,
                          const char *field, uint32_t expected, uint32_t found)
{
    struct sim_result r;
    struct simflash flash;

    make_module(&flash, t);
    if (old_data != NULL) {
        simflash_load(&flash, DFP_OLD, old_data, t->pack.old_size);
    }
    sim_run(u, &flash, &r);
    check_status(&r, status);
    assert_string_equal(r.fault.field, field);
    if (r.fault.expected != expected || r.fault.found != found) {
        fail_msg("%s: expected %lx, found %lx", field,
                 (unsigned long)r.fault.expected, (unsigned long)r.fault.found);
    }
    check_slots_untouched(&flash);
    simflash_free(&flash);
}

// As a fault tells of digests and texts.
static uint32_t first4(enum dfp_digest_kind kind, const void *data, size_t size)
{
    struct dfp_digest d;
    uint8_t digest[DFP_DIGEST_MAX];

    dfp_digest_once(&d, kind, data, (uint32_t)size, digest);
    return (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 |
           (uint32_t)digest[2] << 8 | digest[3];
}

static void packages_for_others_are_refused(void **state)
{
    struct pair t;
    struct sim_update u;
    uint8_t other[2000];

    (void)state;
    pair_make(&t, DFOTA_CODEC_STORED, false);
    u = make_update(&t);
    u.config.product = "another";
    check_refused(&t, &u, NULL, DFP_ERR_PRODUCT, "product",
                  first4(DFP_XXH64, "another", 7),
                  first4(DFP_XXH64, "thing", 5));
    u = make_update(&t);
    u.config.product = "thing2";
    check_refused(&t, &u, NULL, DFP_ERR_PRODUCT, "product",
                  first4(DFP_XXH64, "thing2", 6),
                  first4(DFP_XXH64, "thing", 5));
    u = make_update(&t);
    u.config.counter = 6;
    check_refused(&t, &u, NULL, DFP_ERR_COUNTER, "security counter", 6, 5);
    u = make_update(&t);
    memcpy(other, t.old_data, sizeof(other));
    other[1999] ^= 1;
    check_refused(&t, &u, other, DFP_ERR_BASE, "old image",
                  first4(DFP_SHA256, t.old_data, sizeof(t.old_data)),
                  first4(DFP_SHA256, other, sizeof(other)));
    pair_free(&t);
}

static void packages_that_do_not_fit_are_refused(void **state)
{
    struct simflash flash;
    struct pair t;
    struct sim_update u;

    (void)state;
    pair_make(&t, DFOTA_CODEC_DEFLATE, false);
    u = make_update(&t);
    u.work_size = 1152 + 16 + 7424 + 512 + 256 + 128 + 64 - 1;
    check_refused(&t, &u, NULL, DFP_ERR_MEMORY, "work memory", u.work_size + 1,
                  u.work_size);
    t.pack.ram = 30000; // what the package claims counts as well
    pair_pack(&t);
    u = make_update(&t);
    u.work_size = 29999;
    check_refused(&t, &u, NULL, DFP_ERR_MEMORY, "work memory", 30000, 29999);
    t.pack.ram = 0;
    pair_pack(&t);
    u = make_update(&t);
    u.keep_flash_fields = true;
    make_module(&flash, &t);
    simflash_bind(&flash, &u.config);
    u.config.new_size = 12 * BLOCK - 1; // 3000 bytes take 12 blocks
    check_refused(&t, &u, NULL, DFP_ERR_SLOT, "new slot", 12 * BLOCK,
                  12 * BLOCK - 1);
    u.config.new_size = 12 * BLOCK;
    u.config.old_size = 1999;
    check_refused(&t, &u, NULL, DFP_ERR_SLOT, "old slot", 2000, 1999);
    u.config.old_size = 2000;
    u.config.journal_size = 1024;
    check_refused(&t, &u, NULL, DFP_ERR_JOURNAL, "journal", 2048, 1024);
    simflash_free(&flash);
    pair_free(&t);
}

static void unknown_packages_are_refused(void **state)
{
    struct pair t;
    struct sim_update u;

    (void)state;
    pair_make(&t, DFOTA_CODEC_STORED, false);
#define REFUSED(member, value, status, field, expected)              \
    do {                                                             \
        struct pack before = t.pack;                                 \
        t.pack.member = value;                                       \
        pair_pack(&t);                                               \
        u = make_update(&t);                                         \
        u.work_size = 20000;                                         \
        check_refused(&t, &u, NULL, status, field, expected, value); \
        t.pack = before;                                             \
    } while (0)
    REFUSED(format_version, 2, DFP_ERR_VERSION, "format version", 1);
    REFUSED(features, 4, DFP_ERR_FEATURE, "features", 27);
    REFUSED(features, 0x80000000, DFP_ERR_FEATURE, "features", 27);
    REFUSED(mode, 1, DFP_ERR_MODE, "mode", 0);
    REFUSED(codec, 3, DFP_ERR_CODEC, "codec", 2);
    REFUSED(codec_version, 2, DFP_ERR_CODEC_VERSION, "codec version", 1);
    REFUSED(arch, 128, DFP_ERR_ARCH, "architecture", 127);
    REFUSED(arch, 129, DFP_ERR_ARCH, "architecture", 127);
#undef REFUSED
    pair_free(&t);
}

static void only_our_keys_are_trusted(void **state)
{
    struct pair t;
    struct sim_update u;
    const uint8_t *seal;

    (void)state;
    pair_make(&t, DFOTA_CODEC_STORED, false);
    u = make_update(&t);
    u.config.keys = keys;
    u.config.key_count = 2;
    check_refused(&t, &u, NULL, DFP_ERR_UNSIGNED, "seal", 1, 0);
    pair_free(&t);

    pair_make(&t, DFOTA_CODEC_STORED, true);
    u = make_update(&t);
    u.config.key_count = 1; // only the other one
    check_refused(&t, &u, NULL, DFP_ERR_KEY, "key id",
                  first4(DFP_SHA256, keys[0].point, 65),
                  first4(DFP_SHA256, keys[1].point, 65));
    u = make_update(&t);
    t.package.data[DFOTA_PREAMBLE_SIZE + 4]++; // counter
    seal = t.package.data + pack_head_size(&t.package) - 64;
    check_refused(
        &t, &u, NULL, DFP_ERR_SIGNATURE, "signature",
        first4(DFP_SHA256, t.package.data, pack_head_size(&t.package) - 64),
        (uint32_t)seal[0] << 24 | (uint32_t)seal[1] << 16 |
            (uint32_t)seal[2] << 8 | seal[3]);
    pair_free(&t);
}

// --- Calls -----------------------------------------------------------------

static uint64_t work[4096];

static void bad_configs_are_refused(void **state)
{
    struct pair t;
    struct simflash flash;
    struct dfp_config good = {0};
    struct dfp_config c;
    struct dfp *p;

    (void)state;
    pair_make(&t, DFOTA_CODEC_STORED, false);
    make_module(&flash, &t);
    simflash_bind(&flash, &good);
    assert_int_equal(dfp_open(&p, work, sizeof(work), &good), DFP_OK);
    assert_ptr_equal(p, work);
    assert_int_equal(dfp_open(&p, (uint8_t *)work + 4, 8192, &good),
                     DFP_ERR_ARGUMENT);
    assert_null(p);
    assert_int_equal(dfp_open(&p, work, 1024, &good), DFP_ERR_MEMORY);
#define REFUSED(member, value)                                 \
    do {                                                       \
        c = good;                                              \
        c.member = value;                                      \
        assert_int_equal(dfp_open(&p, work, sizeof(work), &c), \
                         DFP_ERR_ARGUMENT);                    \
    } while (0)
    REFUSED(read, NULL);
    REFUSED(program, NULL);
    REFUSED(erase, NULL);
    REFUSED(new_erase_size, 0);
    REFUSED(new_erase_size, 384);
    REFUSED(new_program_size, 0);
    REFUSED(new_program_size, 12);
    REFUSED(new_program_size, 2 * BLOCK); // more than a block
    REFUSED(journal_erase_size, 0);
    REFUSED(journal_erase_size, 8192); // no two halves
    REFUSED(journal_program_size, 3);
    REFUSED(journal_program_size, 1024);
    REFUSED(scratch_size, 4096); // without units
    REFUSED(key_count, 1);       // without keys
#undef REFUSED
    c = good;
    c.new_erase_size = 8192;
    c.new_program_size = 8192;
    assert_int_equal(dfp_open(&p, work, sizeof(work), &c), DFP_ERR_ARGUMENT);
    c = good;
    c.journal_program_size = 4;
    c.journal_erase_size = 4; // no room for a mark
    assert_int_equal(dfp_open(&p, work, sizeof(work), &c), DFP_ERR_ARGUMENT);
    c = good;
    c.scratch_size = 4096;
    c.scratch_erase_size = BLOCK;
    c.scratch_program_size = PAGE;
    good = c;
    assert_int_equal(dfp_open(&p, work, sizeof(work), &c), DFP_OK);
    c.scratch_program_size = 24;
    assert_int_equal(dfp_open(&p, work, sizeof(work), &c), DFP_ERR_ARGUMENT);
    c.scratch_program_size = 2 * BLOCK;
    assert_int_equal(dfp_open(&p, work, sizeof(work), &c), DFP_ERR_ARGUMENT);
    c = good;
    c.journal_size = 0; // then its other fields do not matter
    c.journal_erase_size = 0;
    c.journal_program_size = 0;
    assert_int_equal(dfp_open(&p, work, sizeof(work), &c), DFP_OK);
    simflash_free(&flash);
    pair_free(&t);
}

// More memory than 32 bits can say is enough, more input is read as needed.
static void sizes_may_exceed_32_bits(void **state)
{
    struct pair t;
    struct simflash flash;
    struct sim_update u;
    struct dfp_progress progress;
    struct dfp *p;
    size_t used;

    (void)state;
    pair_make(&t, DFOTA_CODEC_STORED, false);
    make_module(&flash, &t);
    u = make_update(&t);
    simflash_bind(&flash, &u.config);
    assert_int_equal(dfp_open(&p, NULL, sizeof(work), &u.config),
                     DFP_ERR_ARGUMENT);
    assert_int_equal(dfp_open(&p, work, SIZE_MAX, &u.config), DFP_OK);
    assert_int_equal(dfp_resume(p, &progress), DFP_OK);
    assert_int_equal(dfp_feed(p, t.package.data, SIZE_MAX, &used), DFP_DONE);
    assert_int_equal(used, t.package.size);
    check_new(&flash, &t);
    simflash_free(&flash);
    pair_free(&t);
}

static void errors_are_permanent(void **state)
{
    struct pair t;
    struct simflash flash;
    struct sim_update u;
    struct dfp_progress progress;
    struct dfp_fault fault;
    struct dfp *p;
    size_t used;

    (void)state;
    pair_make(&t, DFOTA_CODEC_STORED, false);
    make_module(&flash, &t);
    u = make_update(&t);
    simflash_bind(&flash, &u.config);
    assert_int_equal(dfp_open(&p, work, sizeof(work), &u.config), DFP_OK);
    assert_int_equal(dfp_feed(p, u.package, 1, &used), DFP_ERR_ARGUMENT);
    assert_int_equal(used, 0);
    assert_int_equal(dfp_resume(p, &progress), DFP_ERR_ARGUMENT);
    assert_int_equal(dfp_discard(p), DFP_ERR_ARGUMENT);

    assert_int_equal(dfp_open(&p, work, sizeof(work), &u.config), DFP_OK);
    assert_int_equal(dfp_resume(p, &progress), DFP_OK);
    assert_int_equal(dfp_feed(p, "not a package, for sure not", 27, &used),
                     DFP_ERR_FORMAT);
    assert_int_equal(used, 24);
    assert_int_equal(dfp_feed(p, u.package, 24, &used), DFP_ERR_FORMAT);
    assert_int_equal(used, 0);
    dfp_get_fault(p, &fault);
    assert_int_equal(fault.status, DFP_ERR_FORMAT);
    assert_int_equal(fault.expected, DFOTA_MAGIC);
    assert_int_equal(fault.package_at, 24);

    assert_int_equal(dfp_open(&p, work, sizeof(work), &u.config), DFP_OK);
    assert_int_equal(dfp_resume(p, &progress), DFP_OK);
    assert_int_equal(dfp_resume(p, &progress), DFP_ERR_ARGUMENT);
    simflash_free(&flash);
    pair_free(&t);
}

// Feeds all of a package to a patcher that has been opened and resumed.
static enum dfp_status feed(struct dfp *p, const struct sim_update *u,
                            uint32_t *yields)
{
    enum dfp_status status;
    uint32_t at = 0;

    *yields = 0;
    for (;;) {
        size_t used;

        status = dfp_feed(p, u->package + at, u->package_size - at, &used);
        at += (uint32_t)used;
        if (status != DFP_YIELD) {
            return status;
        }
        (*yields)++;
    }
}

static void steps_are_bounded(void **state)
{
    struct pair t;
    struct simflash flash;
    struct sim_update u;
    struct dfp_progress progress;
    struct dfp_info info;
    struct dfp *p;
    uint32_t yields;
    size_t used;

    (void)state;
    pair_make(&t, DFOTA_CODEC_DEFLATE, false);
    make_module(&flash, &t);
    u = make_update(&t);
    simflash_bind(&flash, &u.config);
    u.config.step_bytes = 100;
    assert_int_equal(dfp_open(&p, work, sizeof(work), &u.config), DFP_OK);
    assert_false(dfp_get_info(p, &info));
    assert_int_equal(dfp_resume(p, &progress), DFP_OK);
    assert_int_equal(progress.package_at, 0);
    assert_int_equal(feed(p, &u, &yields), DFP_DONE);
    // Old image, new image, and the new image again.
    assert_true(yields >= (2000 + 3000 + 3000) / 100 - 1);
    assert_int_equal(dfp_feed(p, u.package, 1, &used), DFP_DONE);
    assert_int_equal(used, 0);
    dfp_get_progress(p, &progress);
    assert_int_equal(progress.package_at, u.package_size);
    assert_int_equal(progress.package_size, u.package_size);
    assert_int_equal(progress.new_at, 3000);
    assert_int_equal(progress.new_size, 3000);
    assert_true(progress.package_id != 0);
    assert_true(dfp_get_info(p, &info));
    assert_string_equal(info.product, "thing");
    assert_string_equal(info.from_version, "1.0");
    assert_string_equal(info.to_version, "1.1");
    assert_int_equal(info.map_entries, 2);
    check_new(&flash, &t);
    simflash_free(&flash);
    pair_free(&t);
}

static void done_is_remembered_until_another_update(void **state)
{
    struct pair t;
    struct pair next;
    struct simflash flash;
    struct sim_update u;
    struct sim_result first, r;

    (void)state;
    pair_make(&t, DFOTA_CODEC_STORED, false);
    make_module(&flash, &t);
    u = make_update(&t);
    sim_run(&u, &flash, &first);
    check_status(&first, DFP_DONE);
    sim_run(&u, &flash, &r);
    check_status(&r, DFP_DONE);
    assert_int_equal(r.fetched_to, 0);
    assert_true(r.resumed.package_id == first.reached.package_id);
    assert_int_equal(r.resumed.new_at, 3000);
    assert_int_equal(r.resumed.package_at, 0);

    // The same package once more is another update: all is written again.
    u.previous_id = first.reached.package_id;
    sim_run(&u, &flash, &r);
    check_status(&r, DFP_DONE);
    assert_int_equal(simflash_block_erases(&flash, DFP_NEW, 0), 2);

    // And another package, of which only a part comes.
    pair_make(&next, DFOTA_CODEC_DEFLATE, false);
    u = make_update(&next);
    u.previous_id = first.reached.package_id;
    u.package_size = (uint32_t)pack_head_size(&next.package) + 100;
    sim_run(&u, &flash, &r);
    check_status(&r, DFP_OK);
    sim_run(&u, &flash, &r);
    check_status(&r, DFP_OK); // what was complete is so no more
    assert_true(r.resumed.package_id != first.reached.package_id);
    // Back to the first one: nothing of the other one is kept.
    u = make_update(&t);
    sim_run(&u, &flash, &r);
    check_status(&r, DFP_DONE);
    check_new(&flash, &t);
    simflash_free(&flash);
    pair_free(&next);
    pair_free(&t);
}

static void discard_forgets(void **state)
{
    struct pair t;
    struct simflash flash;
    struct sim_update u;
    struct sim_result r;
    struct dfp_progress progress;
    struct dfp *p;
    uint32_t yields;

    (void)state;
    pair_make(&t, DFOTA_CODEC_STORED, false);
    make_module(&flash, &t);
    u = make_update(&t);
    u.package_size -= 100;
    sim_run(&u, &flash, &r);
    check_status(&r, DFP_OK);
    u = make_update(&t);
    simflash_bind(&flash, &u.config);
    assert_int_equal(dfp_open(&p, work, sizeof(work), &u.config), DFP_OK);
    assert_int_equal(dfp_resume(p, &progress), DFP_OK);
    assert_true(progress.package_at > 2000);
    assert_int_equal(dfp_discard(p), DFP_OK);
    dfp_get_progress(p, &progress);
    assert_int_equal(progress.package_at, 0);
    assert_true(progress.package_id == 0);
    assert_int_equal(feed(p, &u, &yields), DFP_DONE);
    check_new(&flash, &t);
    simflash_free(&flash);
    pair_free(&t);
}

// A failed image leaves no trace that a later attempt would trip over.
static void wrong_images_are_not_reported_done(void **state)
{
    uint8_t stream[3000];
    struct pair t;
    struct simflash flash;
    struct sim_update u;
    struct sim_result r;

    (void)state;
    pair_make(&t, DFOTA_CODEC_STORED, false);
    memcpy(stream, t.new_data, sizeof(stream));
    stream[2999] ^= 0x80;
    t.pack.stream = stream;
    t.pack.stream_size = sizeof(stream);
    pair_pack(&t);
    make_module(&flash, &t);
    u = make_update(&t);
    sim_run(&u, &flash, &r);
    check_status(&r, DFP_ERR_VERIFY);
    assert_int_equal(r.fault.expected,
                     first4(DFP_SHA256, t.new_data, sizeof(t.new_data)));
    t.pack.stream = NULL;
    pair_pack(&t);
    u = make_update(&t);
    sim_run(&u, &flash, &r);
    check_status(&r, DFP_DONE);
    assert_int_equal(r.resumed.package_at, 0);
    assert_true(r.resumed.package_id == 0);
    check_new(&flash, &t);
    simflash_free(&flash);
    pair_free(&t);
}

static void every_status_has_a_text(void **state)
{
    (void)state;
    for (int status = -70; status < 5; status++) {
        assert_non_null(dfp_strerror((enum dfp_status)status));
    }
    assert_string_equal(dfp_strerror(DFP_ERR_BASE),
                        "package is for another old image");
    assert_string_equal(dfp_strerror((enum dfp_status) - 99), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_split_gives_the_image),
        cmocka_unit_test(truncated_packages_want_more),
        cmocka_unit_test(flipped_bits_are_refused),
        cmocka_unit_test(every_cut_ends_in_the_image),
        cmocka_unit_test(packages_for_others_are_refused),
        cmocka_unit_test(packages_that_do_not_fit_are_refused),
        cmocka_unit_test(unknown_packages_are_refused),
        cmocka_unit_test(only_our_keys_are_trusted),
        cmocka_unit_test(bad_configs_are_refused),
        cmocka_unit_test(sizes_may_exceed_32_bits),
        cmocka_unit_test(errors_are_permanent),
        cmocka_unit_test(steps_are_bounded),
        cmocka_unit_test(done_is_remembered_until_another_update),
        cmocka_unit_test(discard_forgets),
        cmocka_unit_test(wrong_images_are_not_reported_done),
        cmocka_unit_test(every_status_has_a_text),
    };

    keys[0] = pack_other_key();
    keys[1] = pack_key();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
