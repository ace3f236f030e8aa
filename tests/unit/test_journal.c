// SPDX-License-Identifier: MIT
// The journal: what it takes, what it survives, what it does not trust.

#include "check.h"
#include "journal.h"
#include "pair.h"

#define BLOCK 256u

static const struct sim_geometry geometry = {.slot_size = 4096,
                                             .slot_erase = BLOCK,
                                             .slot_program = 32,
                                             .journal_size = 4096,
                                             .journal_erase = 512,
                                             .journal_program = 8};

struct module {
    struct pair t;
    struct simflash flash;
    struct sim_update u;
    struct sim_result r;
};

static void make_module(struct module *m, uint32_t codec,
                        const struct sim_geometry *g)
{
    memset(m, 0, sizeof(*m));
    pair_make(&m->t, codec, false);
    assert_true(simflash_new(&m->flash, g, 1));
    simflash_load(&m->flash, DFP_OLD, m->t.old_data, sizeof(m->t.old_data));
    m->u.package = m->t.package.data;
    m->u.package_size = (uint32_t)m->t.package.size;
    m->u.config.checkpoint_bytes = 600;
}

static void free_module(struct module *m)
{
    simflash_free(&m->flash);
    pair_free(&m->t);
}

static void run(struct module *m, enum dfp_status expected)
{
    sim_run(&m->u, &m->flash, &m->r);
    check_status(&m->r, expected);
    assert_string_equal(m->flash.breach, "");
}

// Feed no more than this many bytes of the package: the link breaks.
static void run_part(struct module *m, uint32_t size)
{
    m->u.package_size = size;
    run(m, DFP_OK);
    m->u.package_size = (uint32_t)m->t.package.size;
}

static void run_to_the_end(struct module *m)
{
    run(m, DFP_DONE);
    check_area(&m->flash, DFP_NEW, m->t.new_data, sizeof(m->t.new_data));
}

// --- Size ------------------------------------------------------------------

static void size_follows_from_package_and_geometry(void **state)
{
    struct dfp_info info = {.package_size = 60000,
                            .new_size = 100000,
                            .total_size = 100000,
                            .parts = 1,
                            .codec = DFOTA_CODEC_RANGE,
                            .codec_param = 100,
                            .map_entries = 10};
    struct dfp_config c = {.new_erase_size = 4096,
                           .journal_erase_size = 4096,
                           .journal_program_size = 4};
    uint32_t full = (uint32_t)sizeof(struct dfp_state) + 64 + 80 + 6400 + 128;

    (void)state;
    // Two headers of 52, commit 8, parity 64, and marks of 8 bytes for 25
    // blocks, "saved" twice, and the end.
    assert_int_equal(dfp_journal_size(&info, &c),
                     2 * ((104 + full + 72 + 28 * 8 + 4095) / 4096 * 4096));
    c.checkpoint_bytes = 60000; // never reached: no state is ever saved
    assert_int_equal(dfp_journal_size(&info, &c), 2 * 4096);
    c.journal_erase_size = 256;
    c.journal_program_size = 256;
    assert_int_equal(dfp_journal_size(&info, &c), 2 * (2 * 256 + 28 * 256));
    info.total_size = 0x20000000;
    c.new_erase_size = 1;
    assert_int_equal(dfp_journal_size(&info, &c), UINT32_MAX);
}

static void least_journal_serves(void **state)
{
    struct sim_geometry g = geometry;
    struct module m;
    struct dfp_info info;
    size_t wanted;

    (void)state;
    for (g.journal_program = 1; g.journal_program <= 512;
         g.journal_program *= 2) {
        g.journal_size = 65536;
        make_module(&m, DFOTA_CODEC_STORED, &g);
        simflash_bind(&m.flash, &m.u.config);
        assert_int_equal(
            dfp_peek(m.u.package, m.u.package_size, &info, &wanted), DFP_OK);
        m.u.config.journal_size = dfp_journal_size(&info, &m.u.config);
        m.u.keep_flash_fields = true;
        m.u.config.journal_size -= 2 * g.journal_erase;
        sim_run(&m.u, &m.flash, &m.r);
        check_status(&m.r, DFP_ERR_JOURNAL);
        assert_int_equal(m.r.fault.expected,
                         m.u.config.journal_size + 2 * g.journal_erase);
        check_slots_untouched(&m.flash);
        m.u.config.journal_size += 2 * g.journal_erase;
        run_part(&m, 2000);
        run_to_the_end(&m);
        assert_true(m.r.resumed.package_at > 1000);
        free_module(&m);
    }
}

static void without_journal_a_cut_starts_over(void **state)
{
    struct module m;

    (void)state;
    make_module(&m, DFOTA_CODEC_STORED, &geometry);
    simflash_bind(&m.flash, &m.u.config);
    m.u.config.journal_size = 0;
    m.u.keep_flash_fields = true;
    run_part(&m, 2000);
    run_to_the_end(&m);
    assert_int_equal(m.r.resumed.package_at, 0);
    assert_int_equal(m.r.resumed.new_at, 0);
    run_to_the_end(&m); // not even that it is done is remembered
    assert_int_equal(simflash_block_erases(&m.flash, DFP_NEW, 0), 3);
    free_module(&m);
}

// --- Cuts ------------------------------------------------------------------

static uint32_t erases; // of the new slot

static void count_erases(void *context, const struct sim_op *op)
{
    (void)context;
    erases += op->area == DFP_NEW && op->kind == SIM_ERASE;
}

// Many more cuts than there are spare marks: the record moves between the
// halves and nothing is lost. The blocks are two pages long, so that every
// boot gets one done.
static void check_many_cuts(uint32_t codec, uint32_t checkpoint_bytes)
{
    struct sim_geometry g = {.slot_size = 4096,
                             .slot_erase = 32,
                             .slot_program = 16,
                             .journal_size = 4096,
                             .journal_erase = 64,
                             .journal_program = 8};
    struct module m;
    struct dfp_info info;
    size_t wanted;
    uint32_t boots = 0;

    make_module(&m, codec, &g);
    simflash_bind(&m.flash, &m.u.config);
    m.u.config.checkpoint_bytes = checkpoint_bytes;
    assert_int_equal(dfp_peek(m.u.package, m.u.package_size, &info, &wanted),
                     DFP_OK);
    m.u.config.journal_size = dfp_journal_size(&info, &m.u.config);
    m.u.keep_flash_fields = true;
    m.flash.watch = count_erases;
    erases = 0;
    do {
        struct sim_cut cut = {boots % 3 + 5, (enum sim_tear)(boots % 7), 3};
        uint32_t before = m.r.resumed.new_at;

        if (boots % 16 == 0) {
            cut.number = 60; // for the record to move or be made
        }
        simflash_reboot(&m.flash, boots);
        simflash_arm(&m.flash, &cut);
        sim_run(&m.u, &m.flash, &m.r);
        assert_string_equal(m.flash.breach, "");
        assert_true(m.r.status == DFP_ERR_FLASH || m.r.status == DFP_DONE);
        assert_true(m.r.resumed.new_at >= before);
        boots++;
    } while (m.r.status != DFP_DONE);
    assert_true(boots > 50);
    // A block is erased again only when the cut came before its mark.
    assert_true(erases <= 94 + boots);
    check_area(&m.flash, DFP_NEW, m.t.new_data, sizeof(m.t.new_data));
    free_module(&m);
}

static void marks_outlast_any_number_of_cuts(void **state)
{
    (void)state;
    check_many_cuts(DFOTA_CODEC_STORED, 100000);
    check_many_cuts(DFOTA_CODEC_STORED, 500);
    check_many_cuts(DFOTA_CODEC_DEFLATE, 500);
}

static void sequence_numbers_may_wrap(void **state)
{
    static uint64_t work[1024];
    struct dfp_progress progress;
    struct module m;
    struct dfp *p;
    size_t used;

    (void)state;
    for (uint32_t first = 0xFFFFFFFA; first != 2; first++) {
        make_module(&m, DFOTA_CODEC_STORED, &geometry);
        simflash_bind(&m.flash, &m.u.config);
        assert_int_equal(dfp_open(&p, work, sizeof(work), &m.u.config), DFP_OK);
        assert_int_equal(dfp_resume(p, &progress), DFP_OK);
        p->journal.sequence = first;
        assert_int_equal(dfp_feed(p, m.u.package, 3000, &used), DFP_OK);
        assert_int_equal(p->journal.kind, DFP_JOURNAL_STATE);
        run_to_the_end(&m);
        assert_true(m.r.resumed.package_at > 1800);
        free_module(&m);
    }
}

// --- Damage ----------------------------------------------------------------

// Whatever byte of the journal changes when only `left` bytes are missing, the
// update still ends well; one byte alone does not even cost anything. `and`: so
// does a second one, so far behind it; 0: none.
static void check_damage(uint32_t codec, uint32_t left, uint8_t flip,
                         uint32_t and)
{
    struct module m;
    struct simflash good;
    uint32_t at;
    uint32_t resumed[3] = {0, 0, 0}; // as far as before, from before, afresh

    make_module(&m, codec, &geometry);
    m.u.config.checkpoint_bytes = 300;
    run_part(&m, m.u.package_size - left);
    good = m.flash;
    for (at = 0; at < geometry.journal_size; at++) {
        uint32_t whole;

        assert_true(simflash_clone(&m.flash, &good));
        run_part(&m, 0);
        whole = m.r.resumed.package_at;
        simflash_area(&m.flash, DFP_JOURNAL)[at] ^= flip;
        if (and != 0 && at + and < geometry.journal_size) {
            simflash_area(&m.flash, DFP_JOURNAL)[at + and] ^= flip;
        }
        run_to_the_end(&m);
        assert_true(m.r.resumed.package_at <= whole);
        resumed[m.r.resumed.package_at == whole ? 0
                : m.r.resumed.package_at != 0   ? 1
                                                : 2]++;
        simflash_free(&m.flash);
    }
    m.flash = good;
    assert_true(resumed[0] > 1000); // unused space, marks
    if (and == 0) {
        assert_int_equal(resumed[1] + resumed[2], 0);
    } else {
        assert_true(resumed[1] + resumed[2] > 50);
    }
    free_module(&m);
}

static void damaged_journals_do_no_harm(void **state)
{
    (void)state;
    check_damage(DFOTA_CODEC_STORED, 1800, 0x10, 0); // one state
    check_damage(DFOTA_CODEC_STORED, 800, 0xFF, 0);  // and several
    check_damage(DFOTA_CODEC_DEFLATE, 100, 0x01, 0);
    check_damage(DFOTA_CODEC_STORED, 1800, 0x10, 64);
    check_damage(DFOTA_CODEC_STORED, 800, 0xFF, 65);
    check_damage(DFOTA_CODEC_DEFLATE, 100, 0x01, 100);
}

// The newest state is damaged: the one before it serves.
static void the_older_record_serves_when_the_newest_is_damaged(void **state)
{
    struct module m;
    uint32_t newest;

    (void)state;
    make_module(&m, DFOTA_CODEC_STORED, &geometry);
    run_part(&m, 2500);
    run_part(&m, 0);
    newest = m.r.resumed.package_at;
    assert_true(newest > 1200);
    for (uint32_t half = 0; half < 2; half++) {
        uint8_t *payload =
            simflash_area(&m.flash, DFP_JOURNAL) + 2048 * half + 120;

        payload[0] ^= 4;
        payload[200] ^= 4;
        run_part(&m, 0);
        if (m.r.resumed.package_at != newest) {
            assert_true(m.r.resumed.package_at >= 600);
            assert_true(m.r.resumed.new_at < newest);
            run_to_the_end(&m);
            free_module(&m);
            return;
        }
        payload[0] ^= 4;
        payload[200] ^= 4;
    }
    fail_msg("no half held the newest record");
}

static int failing_read(void *context, enum dfp_area area, uint32_t offset,
                        void *data, uint32_t size)
{
    (void)context;
    (void)offset;
    memset(data, 0, size);
    return area == DFP_JOURNAL ? -7 : 0;
}

static void unreadable_journals_are_left_alone(void **state)
{
    struct module m;
    struct sim_totals before, after;

    (void)state;
    make_module(&m, DFOTA_CODEC_STORED, &geometry);
    run_part(&m, 1500);
    simflash_totals(&m.flash, &before);
    simflash_bind(&m.flash, &m.u.config);
    m.u.config.read = failing_read;
    m.u.keep_flash_fields = true;
    run(&m, DFP_ERR_FLASH);
    assert_int_equal(m.r.fault.flash, -7);
    assert_string_equal(m.r.fault.field, "read");
    assert_int_equal(m.r.fault.expected, DFP_JOURNAL);
    simflash_totals(&m.flash, &after);
    assert_memory_equal(&before, &after, sizeof(before));
    free_module(&m);
}

// --- Trust -----------------------------------------------------------------

// A checkpoint is not continued when the module would now refuse its package.
static void states_are_held_to_the_policy_of_today(void **state)
{
    static struct dfp_key key;
    struct module m;
    struct dfp_config before;

    (void)state;
    key = pack_key();
    make_module(&m, DFOTA_CODEC_STORED, &geometry);
    before = m.u.config;
    run_part(&m, 2500);
    run_part(&m, 0);
    assert_true(m.r.resumed.package_at > 0);

    m.u.config.product = "another";
    run_part(&m, 0);
    assert_int_equal(m.r.resumed.package_at, 0);
    m.u.config = before;
    m.u.config.counter = 6;
    run_part(&m, 0);
    assert_int_equal(m.r.resumed.package_at, 0);
    m.u.config = before;
    m.u.config.keys = &key;
    m.u.config.key_count = 1;
    run_part(&m, 0);
    assert_int_equal(m.r.resumed.package_at, 0);
    m.u.config = before;
    m.u.work_size = 1600; // as the package needs, after all
    run_part(&m, 0);
    assert_true(m.r.resumed.package_at > 0);
    m.u.work_size = 1592;
    run_part(&m, 0);
    assert_int_equal(m.r.resumed.package_at, 0);
    free_module(&m);
}

// The old image has changed under an update in progress.
static void resumed_updates_check_the_base_again(void **state)
{
    struct module m;
    struct sim_totals before, after;

    (void)state;
    make_module(&m, DFOTA_CODEC_STORED, &geometry);
    run_part(&m, 2500);
    simflash_totals(&m.flash, &before);
    simflash_area(&m.flash, DFP_OLD)[1000] ^= 1;
    run(&m, DFP_ERR_BASE);
    assert_true(m.r.resumed.package_at > 0);
    simflash_totals(&m.flash, &after);
    assert_memory_equal(&before, &after, sizeof(before));
    simflash_area(&m.flash, DFP_OLD)[1000] ^= 1;
    run_to_the_end(&m);
    free_module(&m);
}

// Counts of finished blocks mean nothing in blocks of another size.
static void records_for_other_blocks_are_ignored(void **state)
{
    struct module m;

    (void)state;
    make_module(&m, DFOTA_CODEC_STORED, &geometry);
    run_part(&m, 2500);
    simflash_bind(&m.flash, &m.u.config);
    m.u.config.new_erase_size = 2 * BLOCK;
    m.u.keep_flash_fields = true;
    run_part(&m, 300); // the manifest, and not a block
    assert_int_equal(m.r.resumed.package_at, 0);
    assert_int_equal(m.r.reached.new_at, 0);
    free_module(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size_follows_from_package_and_geometry),
        cmocka_unit_test(least_journal_serves),
        cmocka_unit_test(without_journal_a_cut_starts_over),
        cmocka_unit_test(marks_outlast_any_number_of_cuts),
        cmocka_unit_test(sequence_numbers_may_wrap),
        cmocka_unit_test(damaged_journals_do_no_harm),
        cmocka_unit_test(the_older_record_serves_when_the_newest_is_damaged),
        cmocka_unit_test(unreadable_journals_are_left_alone),
        cmocka_unit_test(states_are_held_to_the_policy_of_today),
        cmocka_unit_test(resumed_updates_check_the_base_again),
        cmocka_unit_test(records_for_other_blocks_are_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
