// SPDX-License-Identifier: MIT
// Every row of the recovery table (docs/CHECKPOINT.md, section 5) is met, and
// decay of the flash ends in the new image or in a clean error after which a
// later attempt succeeds: bits of the journal that change between two boots,
// blocks that are stuck, once or always, reads that fail.
//
// DFOTA_ROT=N flips N bits of each byte of the journal, at most 8 (default 1).

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "check.h"
#include "powercut.h"
#include "recovery.h"

#define ERASE 256u
#define ATTEMPTS 4 // until an update that nothing disturbs has succeeded

static struct recovery seen; // by all tests of this program

struct module {
    struct update_case c;
    struct simflash flash;
    struct sim_update u;
    struct sim_result r;
};

// Packages are saved every 300 bytes, so that states come into play.
static void use_case(struct module *m)
{
    struct sim_geometry g;

    g = case_least_geometry(&m->c, ERASE, 16, 300, 16);
    assert_true(case_module(&m->flash, &m->c, &g));
    m->u = case_update(&m->c);
    m->u.piece = 64;
    m->u.config.checkpoint_bytes = 300;
}

static void set_up(struct module *m, uint32_t kind, uint32_t size)
{
    memset(m, 0, sizeof(*m));
    assert_true(case_make(&m->c, kind, 61, size));
    use_case(m);
}

// The same for one slot, with a scratch area of two blocks.
static void set_up_in_place(struct module *m, uint32_t kind, uint32_t size)
{
    static const struct delta_in_place in_place = {
        .scratch_size = 2 * ERASE,
        .block_size = ERASE,
    };
    struct image new_image =
        kind == CASE_STORED ? image_noise(61, size) : image_make(61, 1, size);

    memset(m, 0, sizeof(*m));
    assert_true(case_in_place(&m->c, kind, image_make(61, 0, size), new_image,
                              &in_place));
    use_case(m);
}

static void tear_down(struct module *m)
{
    simflash_free(&m->flash);
    case_free(&m->c);
}

static enum dfp_status boot(struct module *m)
{
    simflash_reboot(&m->flash, 1);
    recovery_boot(&seen, &m->flash);
    sim_run(&m->u, &m->flash, &m->r);
    assert_string_equal(m->flash.breach, "");
    if (!m->c.is_in_place) {
        check_area(&m->flash, DFP_OLD, m->c.old_image.data,
                   m->c.old_image.size);
    }
    if (m->r.status == DFP_DONE) {
        check_area(&m->flash, DFP_NEW, m->c.new_image.data,
                   m->c.new_image.size);
    }
    return m->r.status;
}

// With everything in order again.
static void check_done(struct module *m)
{
    int attempts = 0;

    while (boot(m) != DFP_DONE) {
        assert_true(m->r.status < 0);
        assert_true(++attempts < ATTEMPTS);
    }
}

// Power goes in the middle of that operation.
static void boot_cut(struct module *m, uint32_t number, enum sim_tear tear)
{
    struct sim_cut cut = {number, tear, 0};

    simflash_reboot(&m->flash, 1);
    recovery_boot(&seen, &m->flash);
    simflash_arm(&m->flash, &cut);
    sim_run(&m->u, &m->flash, &m->r);
    assert_string_equal(m->flash.breach, "");
}

static struct simflash keep(const struct module *m)
{
    struct simflash copy;

    assert_true(simflash_clone(&copy, &m->flash));
    return copy;
}

static void restore(struct module *m, const struct simflash *copy)
{
    simflash_free(&m->flash);
    assert_true(simflash_clone(&m->flash, copy));
}

static uint32_t count_operations(struct module *m)
{
    struct simflash copy = keep(m);
    uint32_t count;

    assert_int_equal(boot(m), DFP_DONE);
    count = m->flash.number;
    restore(m, &copy);
    simflash_free(&copy);
    return count;
}

// --- Rows that power cuts lead to ------------------------------------------

static void power_cuts_lead_to_all_rows_of_a_resume(void **state)
{
    static const enum recovery_row rows[] = {
        RECOVERY_NONE,       RECOVERY_NO_COMMIT, RECOVERY_START_DONE,
        RECOVERY_START,      RECOVERY_STATE,     RECOVERY_TORN_MARK,
        RECOVERY_TORN_BLOCK, RECOVERY_TORN_HALF, RECOVERY_BLANK_HALF,
        RECOVERY_STATE_DONE,
    };
    struct module m;
    struct powercut p;

    (void)state;
    for (int saved = 0; saved < 2; saved++) {
        set_up(&m, CASE_STORED, 1500);
        simflash_clear(&m.flash, DFP_JOURNAL);
        memset(&p, 0, sizeof(p));
        p.start = &m.flash;
        p.update = m.u;
        p.update.config.checkpoint_bytes = saved != 0 ? 300 : 0;
        p.new_image = m.c.new_image.data;
        p.new_size = m.c.new_image.size;
        p.refetch_max = UINT32_MAX;
        p.booting = recovery_boot;
        p.context = &seen;
        if (!powercut_linear(&p)) {
            fail_msg("%s", p.failure);
        }
        tear_down(&m);
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (seen.seen[rows[i]] == 0) {
            fail_msg("row %s was not met", recovery_name(rows[i]));
        }
    }
}

// --- Rows that something else leads to -------------------------------------

// The journal of one module in another one, whose blocks are larger.
static void records_about_other_blocks_do_not_count(void **state)
{
    struct module m;
    struct simflash other;
    struct sim_geometry g;

    (void)state;
    set_up(&m, CASE_STORED, 1500);
    boot_cut(&m, count_operations(&m) / 2, SIM_MIX);
    g = *simflash_geometry(&m.flash);
    g.slot_erase = 2 * ERASE;
    g.slot_size += g.slot_size % g.slot_erase;
    assert_true(case_module(&other, &m.c, &g));
    simflash_load(&other, DFP_JOURNAL, simflash_area(&m.flash, DFP_JOURNAL),
                  g.journal_size);
    simflash_free(&m.flash);
    m.flash = other;
    assert_int_equal(boot(&m), DFP_DONE);
    assert_int_equal(m.r.resumed.package_id, 0);
    assert_int_not_equal(seen.seen[RECOVERY_OTHER_BLOCKS], 0);
    tear_down(&m);
}

// Cut so late that a state is in force.
static void cut_behind_a_state(struct module *m)
{
    boot_cut(m, count_operations(m) - 2, SIM_MIX);
    recovery_boot(&seen, &m->flash);
    assert_int_equal(seen.last, RECOVERY_STATE);
}

static void states_that_policy_refuses_do_not_count(void **state)
{
    struct module m;

    (void)state;
    set_up(&m, CASE_STORED, 1500);
    cut_behind_a_state(&m);
    m.u.config.counter = CASE_COUNTER + 1;
    boot(&m);
    check_status(&m.r, DFP_ERR_COUNTER);
    assert_int_equal(m.r.resumed.package_at, 0);
    seen.seen[RECOVERY_STATE_REFUSED]++;
    m.u.config.counter = CASE_COUNTER;
    assert_int_equal(boot(&m), DFP_DONE);
    assert_int_not_equal(m.r.resumed.package_at, 0);
    tear_down(&m);
}

static void a_journal_that_cannot_be_read_is_left_alone(void **state)
{
    struct module m;
    uint32_t stored;

    (void)state;
    set_up(&m, CASE_STORED, 1500);
    cut_behind_a_state(&m);
    for (uint32_t block = 0; block < 2; block++) {
        uint32_t room = simflash_area_size(&m.flash, DFP_JOURNAL) / 2;

        m.flash.fault = (struct sim_fault){SIM_READ_FAILS, DFP_JOURNAL,
                                           block * (room / ERASE), 1};
        boot(&m);
        check_status(&m.r, DFP_ERR_FLASH);
        assert_int_equal(m.r.fault.flash, SIM_ERR_FAULT);
        assert_int_equal(m.flash.number, 0);
        seen.seen[RECOVERY_READ_FAILS]++;
    }
    stored = m.r.resumed.new_at;
    assert_int_equal(boot(&m), DFP_DONE);
    assert_true(m.r.resumed.package_at != 0 && m.r.resumed.new_at >= stored);
    tear_down(&m);
}

static void another_old_image_is_refused_and_the_journal_stays(void **state)
{
    struct module m;

    (void)state;
    set_up(&m, CASE_RANGE, 1500);
    boot_cut(&m, count_operations(&m) / 2, SIM_MIX);
    simflash_flip(&m.flash, DFP_OLD, 8 * 700 + 3);
    simflash_reboot(&m.flash, 1);
    sim_run(&m.u, &m.flash, &m.r);
    check_status(&m.r, DFP_ERR_BASE);
    assert_int_equal(m.flash.number, 0);
    seen.seen[RECOVERY_BASE]++;
    simflash_flip(&m.flash, DFP_OLD, 8 * 700 + 3);
    assert_int_equal(boot(&m), DFP_DONE);
    assert_int_not_equal(m.r.resumed.package_id, 0);
    tear_down(&m);
}

static void a_damaged_chunk_is_fetched_again(void **state)
{
    struct module m;
    uint8_t *last;

    (void)state;
    set_up(&m, CASE_STORED, 1500);
    last = m.c.package.data + m.c.package.size - 10;
    *last ^= 1;
    boot(&m);
    check_status(&m.r, DFP_ERR_DIGEST);
    seen.seen[RECOVERY_DIGEST]++;
    *last ^= 1;
    assert_int_equal(boot(&m), DFP_DONE);
    assert_int_not_equal(m.r.resumed.package_at, 0);
    tear_down(&m);
}

// The last page goes wrong: the update runs into DFP_ERR_VERIFY. Returns at
// how many operations.
static uint32_t fail_verify(struct module *m)
{
    uint32_t block = (m->c.new_image.size - 1) / ERASE;

    m->flash.fault =
        (struct sim_fault){SIM_PROGRAM_LIES, DFP_NEW, block, SIM_ALWAYS};
    boot(m);
    check_status(&m->r, DFP_ERR_VERIFY);
    m->flash.fault.count = 0;
    seen.seen[RECOVERY_DATA]++;
    return m->flash.number;
}

static void after_a_wrong_image_the_update_begins_anew(void **state)
{
    struct module m;

    (void)state;
    set_up(&m, CASE_STORED, 1500);
    fail_verify(&m);
    assert_int_equal(boot(&m), DFP_DONE);
    assert_int_equal(m.r.resumed.package_id, 0);
    tear_down(&m);
}

// The journal is erased block by block; each erase is cut in each way.
static void a_cut_while_the_journal_is_erased_does_no_harm(void **state)
{
    struct module m;
    struct simflash start;
    uint32_t end;
    uint32_t blocks;

    (void)state;
    set_up(&m, CASE_STORED, 1500);
    blocks = simflash_area_size(&m.flash, DFP_JOURNAL) / ERASE;
    start = keep(&m);
    end = fail_verify(&m);
    for (uint32_t n = end - blocks + 1; n <= end; n++) {
        for (int tear = 0; tear < SIM_TEARS; tear++) {
            restore(&m, &start);
            m.flash.fault = (struct sim_fault){
                SIM_PROGRAM_LIES, DFP_NEW, (m.c.new_image.size - 1) / ERASE, 1};
            m.flash.fault.count = SIM_ALWAYS;
            boot_cut(&m, n, (enum sim_tear)tear);
            assert_true(m.flash.off);
            m.flash.fault.count = 0;
            seen.seen[RECOVERY_CUT_ERASE]++;
            check_done(&m);
        }
    }
    simflash_free(&start);
    tear_down(&m);
}

// --- Decay -----------------------------------------------------------------

static uint32_t bits_per_byte(void)
{
    const char *asked = getenv("DFOTA_ROT");
    uint32_t bits = asked == NULL ? 1 : (uint32_t)strtoul(asked, NULL, 10);

    return bits < 1 ? 1 : bits > 8 ? 8 : bits;
}

// One bit of the journal changes while the module is off.
static uint32_t rot(struct module *m)
{
    struct simflash copy = keep(m);
    uint32_t size = simflash_area_size(&m->flash, DFP_JOURNAL);
    uint32_t bits = bits_per_byte();
    uint32_t count = 0;

    for (uint32_t byte = 0; byte < size; byte++) {
        for (uint32_t i = 0; i < bits; i++, count++) {
            simflash_flip(&m->flash, DFP_JOURNAL, 8 * byte + (byte + i) % 8);
            check_done(m);
            restore(m, &copy);
        }
    }
    simflash_free(&copy);
    return count;
}

static uint32_t rot_on_the_way(struct module *m)
{
    struct simflash start = keep(m);
    uint32_t operations = count_operations(m);
    uint32_t count = 0;

    for (uint32_t part = 1; part <= 5; part++) {
        boot_cut(m, operations * part / 5, SIM_MIX);
        count += rot(m);
        restore(m, &start);
    }
    simflash_free(&start);
    tear_down(m);
    return count;
}

static void bit_rot_in_the_journal_ends_in_the_new_image(void **state)
{
    struct module m;
    uint32_t count = 0;

    (void)state;
    for (uint32_t kind = 0; kind < CASE_CODECS; kind++) {
        set_up(&m, kind, 1500);
        count += rot_on_the_way(&m);
        set_up_in_place(&m, kind, kind == CASE_DEFLATE ? 3000 : 1500);
        count += rot_on_the_way(&m);
    }
    print_message("bit rot: %lu bits\n", (unsigned long)count);
}

// A defect of this kind in this block, once or always; then it is gone.
static void try_fault(struct module *m, const struct sim_fault *fault)
{
    m->flash.fault = *fault;
    for (int attempt = 0; attempt < 3 && boot(m) != DFP_DONE; attempt++) {
        assert_true(m->r.status < 0);
        if (m->r.status == DFP_ERR_FLASH) {
            // Or, in place, what was programmed read back otherwise.
            assert_true(m->r.fault.flash == SIM_ERR_FAULT ||
                        (m->c.is_in_place && m->r.fault.flash == 0));
            seen.seen[RECOVERY_CALLBACK]++;
        }
    }
    m->flash.fault.count = 0;
    check_done(m);
}

static uint32_t try_faults(struct module *m, enum dfp_area area)
{
    struct simflash start = keep(m);
    uint32_t blocks = simflash_area_size(&m->flash, area) / ERASE;
    uint32_t count = 0;

    for (int kind = 0; kind < SIM_FAULTS; kind++) {
        for (uint32_t block = 0; block < blocks; block++) {
            const uint32_t counts[] = {1, 2, 7, SIM_ALWAYS};

            for (size_t i = 0; i < 4; i++, count++) {
                struct sim_fault fault = {(enum sim_fault_kind)kind, area,
                                          block, counts[i]};

                try_fault(m, &fault);
                restore(m, &start);
            }
        }
    }
    simflash_free(&start);
    return count;
}

// In a fresh update, and in one that was interrupted.
static uint32_t try_all_faults(struct module *m)
{
    uint32_t count = 0;

    for (int cut = 0; cut < 2; cut++) {
        if (cut != 0) {
            boot_cut(m, count_operations(m) / 2, SIM_UNSTABLE);
        }
        count += try_faults(m, DFP_NEW);
        count += try_faults(m, DFP_JOURNAL);
        count += try_faults(m, DFP_SCRATCH);
    }
    tear_down(m);
    return count;
}

static void stuck_blocks_and_failing_reads_end_in_a_clean_error(void **state)
{
    struct module m;
    uint32_t count = 0;

    (void)state;
    for (uint32_t kind = 0; kind < CASE_CODECS; kind++) {
        set_up(&m, kind, 1500);
        count += try_faults(&m, DFP_OLD);
        count += try_all_faults(&m);
        set_up_in_place(&m, kind, kind == CASE_DEFLATE ? 3000 : 1500);
        count += try_all_faults(&m);
    }
    print_message("defects: %lu\n", (unsigned long)count);
}

// --- All of them -----------------------------------------------------------

static uint32_t rows_of_the_table(void)
{
    struct image text = image_read(TEST_SOURCE_DIR "/docs/CHECKPOINT.md");
    uint32_t count = 0;

    assert_non_null(text.data);
    for (uint32_t i = 0; i + 4 < text.size; i++) {
        const uint8_t *at = text.data + i;

        count += memcmp(at, "\n| ", 3) == 0 && (at[3] == 'R' || at[3] == 'U') &&
                 at[4] >= '1' && at[4] <= '9';
    }
    image_free(&text);
    return count;
}

static void every_row_of_the_table_was_met(void **state)
{
    (void)state;
    assert_int_equal(rows_of_the_table(), RECOVERY_ROWS);
    print_message("recovery rows:");
    for (int row = 0; row < RECOVERY_ROWS; row++) {
        print_message(" %s %lu", recovery_name((enum recovery_row)row),
                      (unsigned long)seen.seen[row]);
    }
    print_message("\n");
    for (int row = 0; row < RECOVERY_ROWS; row++) {
        if (seen.seen[row] == 0) {
            fail_msg("row %s was not met",
                     recovery_name((enum recovery_row)row));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_cuts_lead_to_all_rows_of_a_resume),
        cmocka_unit_test(records_about_other_blocks_do_not_count),
        cmocka_unit_test(states_that_policy_refuses_do_not_count),
        cmocka_unit_test(a_journal_that_cannot_be_read_is_left_alone),
        cmocka_unit_test(another_old_image_is_refused_and_the_journal_stays),
        cmocka_unit_test(a_damaged_chunk_is_fetched_again),
        cmocka_unit_test(after_a_wrong_image_the_update_begins_anew),
        cmocka_unit_test(a_cut_while_the_journal_is_erased_does_no_harm),
        cmocka_unit_test(bit_rot_in_the_journal_ends_in_the_new_image),
        cmocka_unit_test(stuck_blocks_and_failing_reads_end_in_a_clean_error),
        cmocka_unit_test(every_row_of_the_table_was_met),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
