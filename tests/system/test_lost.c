// SPDX-License-Identifier: MIT
// A journal that rots while an update is running, and reads that fail while a
// record is being repaired.

#include <stdlib.h>

#include "check.h"

#include "journal.h"
#include "record.h"
#include "state.h"
#include "vectors.h"

#define ERASE 64u
#define FAILED (-5)

static const struct vector two_slot = {"good-stored-chunks.dfota",
                                       "plain-old.bin", "plain-new.bin", "-",
                                       DFP_DONE};
static const struct vector in_place = {
    "good-inplace-front-large-range.dfota", "inplace-front-large-old.bin",
    "inplace-front-large-new.bin", "-", DFP_DONE};

static uint64_t work[VECTOR_WORK / 8];

struct module {
    const struct vector *vector;
    struct vector_update u;
    struct vector_module m;
    struct sim_result r;
    struct dfp *p;
    size_t used;
};

static void set_up(struct module *t, const struct vector *v,
                   struct sim_geometry geometry, uint32_t checkpoint_bytes)
{
    memset(t, 0, sizeof(*t));
    t->vector = v;
    vector_open(&t->u, v);
    vector_module(&t->m, v, &t->u.package, geometry);
    vector_bind(&t->m, &t->u.update);
    t->u.update.config.checkpoint_bytes = checkpoint_bytes;
}

static void tear_down(struct module *t)
{
    vector_module_free(&t->m);
    vector_close(&t->u);
}

// The link breaks after that many bytes; then the module boots again.
static void begin(struct module *t, uint32_t size)
{
    struct dfp_config *config = &t->u.update.config;
    struct dfp_progress progress;

    t->u.update.package_size = size;
    sim_run(&t->u.update, t->m.flash, &t->r);
    check_status(&t->r, DFP_OK);
    simflash_bind(t->m.flash, config);
    assert_int_equal(dfp_open(&t->p, work, sizeof(work), config), DFP_OK);
    assert_int_equal(dfp_resume(t->p, &progress), DFP_OK);
    t->used = progress.package_at;
}

// Damage two lines of the record in force: one could be repaired. Behind a
// start's only line stands the parity.
static void rot(const struct module *t)
{
    uint8_t *half =
        simflash_area(t->m.flash, DFP_JOURNAL) +
        simflash_area_size(t->m.flash, DFP_JOURNAL) / 2 * t->p->journal.half;
    uint32_t payload = 2 * 4 * REC_WORDS;

    half[payload] ^= 1;
    half[payload + (t->p->journal.kind == DFP_JOURNAL_START ? 10 : 100)] ^= 1;
}

static enum dfp_status feed_rest(struct module *t)
{
    const uint8_t *rest = t->u.package.data + t->used;
    size_t used;

    return dfp_feed(t->p, rest, t->u.package.size - t->used, &used);
}

// Of two slots nothing is lost: the journal begins anew.
static void a_lost_record_is_replaced(void **state)
{
    struct module t;

    (void)state;
    set_up(&t, &two_slot, vector_geometry(false, ERASE), 300);
    begin(&t, t.u.package.size - 100);
    assert_int_equal(t.p->journal.kind, DFP_JOURNAL_STATE);
    rot(&t);
    assert_int_equal(feed_rest(&t), DFP_DONE);
    vector_check_images(&t.m, &two_slot);
    tear_down(&t);
}

// In place the first epoch begins without a state.
static void in_place_the_start_is_replaced(void **state)
{
    struct module t;
    uint32_t size = 0;

    (void)state;
    set_up(&t, &in_place, vector_geometry(true, ERASE), 0);
    do {
        size += 20;
        begin(&t, size);
    } while (t.p->journal.kind != DFP_JOURNAL_START);
    rot(&t);
    assert_int_equal(feed_rest(&t), DFP_DONE);
    vector_check_images(&t.m, &in_place);
    tear_down(&t);
}

// Later ones cannot be begun anew: what the record says is the only way on.
static void in_place_a_lost_state_is_an_error(void **state)
{
    struct module t;
    struct dfp_fault fault;

    (void)state;
    set_up(&t, &in_place, vector_geometry(true, ERASE), 0);
    begin(&t, t.u.package.size - 1);
    assert_int_equal(t.p->journal.kind, DFP_JOURNAL_STATE);
    rot(&t);
    assert_int_equal(feed_rest(&t), DFP_ERR_DATA);
    dfp_get_fault(t.p, &fault);
    assert_string_equal(fault.field, "journal");
    tear_down(&t);
}

// An id of which half is another one's is another id.
static void work_on_another_package_does_not_count(void **state)
{
    struct module t;

    (void)state;
    for (uint32_t word = 0; word < 2; word++) {
        set_up(&t, &two_slot, vector_geometry(false, ERASE), 0);
        begin(&t, t.u.package.size - 100);
        assert_int_equal(t.p->journal.kind, DFP_JOURNAL_START);
        assert_int_equal(t.used, 0);
        t.p->journal.id[word] ^= 1;
        assert_int_equal(feed_rest(&t), DFP_DONE);
        vector_check_images(&t.m, &two_slot);
        tear_down(&t);
    }
}

// --- Failing reads ---------------------------------------------------------

static struct dfp_config real;
static uint32_t reads_left; // of the journal, until one fails; 0: none does

static int failing_read(void *context, enum dfp_area area, uint32_t offset,
                        void *data, uint32_t size)
{
    if (area == DFP_JOURNAL && reads_left != 0 && --reads_left == 0) {
        return FAILED;
    }
    return real.read(context, area, offset, data, size);
}

// One line of a record is damaged, and the nth read of the journal fails: the
// journal stays, and the next boot repairs it.
static void a_failing_read_ends_a_repair(void **state)
{
    struct module t;
    uint32_t n, failed = 0;
    uint32_t resumed_at;

    (void)state;
    set_up(&t, &two_slot, vector_geometry(false, ERASE), 300);
    begin(&t, t.u.package.size - 100);
    resumed_at = (uint32_t)t.used;
    simflash_area(t.m.flash,
                  DFP_JOURNAL)[simflash_area_size(t.m.flash, DFP_JOURNAL) / 2 *
                                   t.p->journal.half +
                               2 * 4 * REC_WORDS] ^= 1;
    real = t.u.update.config;
    for (n = 1; n < 1000; n++) {
        struct dfp_config config = real;
        struct dfp_progress progress;
        enum dfp_status status;

        config.read = failing_read;
        reads_left = n;
        assert_int_equal(dfp_open(&t.p, work, sizeof(work), &config), DFP_OK);
        status = dfp_resume(t.p, &progress);
        if (status == DFP_OK) {
            assert_int_equal(progress.package_at, resumed_at);
            break;
        }
        assert_int_equal(status, DFP_ERR_FLASH);
        failed++;
    }
    assert_true(failed > 20 && n < 1000);
    tear_down(&t);
}

// So does one when the record moves on to the other half.
static void a_failing_read_stops_the_update(void **state)
{
    struct module t;
    struct simflash good;
    struct dfp_config config;
    enum dfp_status status;
    uint32_t n = 0;

    (void)state;
    set_up(&t, &in_place, vector_geometry(true, ERASE), 0);
    begin(&t, t.u.package.size - 1);
    assert_true(simflash_clone(&good, t.m.flash));
    real = t.u.update.config;
    config = real;
    config.read = failing_read;
    do {
        struct dfp_progress progress;

        simflash_free(t.m.flash);
        assert_true(simflash_clone(t.m.flash, &good));
        reads_left = 0;
        assert_int_equal(dfp_open(&t.p, work, sizeof(work), &config), DFP_OK);
        assert_int_equal(dfp_resume(t.p, &progress), DFP_OK);
        reads_left = ++n;
        status = feed_rest(&t);
        assert_true(status == DFP_DONE || status == DFP_ERR_FLASH);
    } while (status != DFP_DONE);
    assert_true(n > 20);
    simflash_free(&good);
    tear_down(&t);
}

// Pages of the journal are small: each step of a record is an access.
static void every_access_to_a_small_journal_may_fail(void **state)
{
    struct sim_geometry g = vector_geometry(true, ERASE);
    struct module t;
    struct simflash good;
    uint32_t number = 0;

    (void)state;
    g.journal_erase = 16;
    g.journal_program = 16;
    set_up(&t, &in_place, g, 0);
    begin(&t, t.u.package.size - 1);
    assert_true(simflash_clone(&good, t.m.flash));
    t.u.update.package_size = t.u.package.size;
    do {
        struct sim_cut cut = {0, SIM_BEFORE, 3};

        number++;
        cut.number = number;
        cut.tear = (enum sim_tear)(number % SIM_TEARS);

        simflash_free(t.m.flash);
        assert_true(simflash_clone(t.m.flash, &good));
        simflash_reboot(t.m.flash, number);
        simflash_arm(t.m.flash, &cut);
        sim_run(&t.u.update, t.m.flash, &t.r);
        if (t.r.status != DFP_DONE) {
            check_status(&t.r, DFP_ERR_FLASH);
            simflash_reboot(t.m.flash, number);
            sim_run(&t.u.update, t.m.flash, &t.r);
        } else {
            number = 0;
        }
        check_status(&t.r, DFP_DONE);
        vector_check_images(&t.m, &in_place);
        assert_string_equal(t.m.flash->breach, "");
    } while (number != 0);
    simflash_free(&good);
    tear_down(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lost_record_is_replaced),
        cmocka_unit_test(in_place_the_start_is_replaced),
        cmocka_unit_test(in_place_a_lost_state_is_an_error),
        cmocka_unit_test(work_on_another_package_does_not_count),
        cmocka_unit_test(a_failing_read_ends_a_repair),
        cmocka_unit_test(a_failing_read_stops_the_update),
        cmocka_unit_test(every_access_to_a_small_journal_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
