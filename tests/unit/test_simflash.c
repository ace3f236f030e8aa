// SPDX-License-Identifier: MIT
// The simulated flash: rules, torn operations, unstable cells, defects, forks.

#include <string.h>

#include "check.h"
#include "simflash.h"
#include "simparts.h"

static const struct sim_geometry geometry = {
    .slot_size = 1024,
    .slot_erase = 256,
    .slot_program = 16,
    .journal_size = 512,
    .journal_erase = 256,
    .journal_program = 8,
    .scratch_size = 128,
    .scratch_erase = 64,
    .scratch_program = 4,
};

struct rig {
    struct simflash flash;
    struct dfp_config c;
    uint8_t page[16];
    struct sim_op op; // the last one that the watch saw
    struct simflash fork;
    struct sim_cut cut; // to fork with; number 0: no fork
};

static void set_up(struct rig *t, const struct sim_geometry *g)
{
    memset(t, 0, sizeof(*t));
    assert_true(simflash_new(&t->flash, g, 5));
    simflash_bind(&t->flash, &t->c);
    memset(t->page, 0x5A, sizeof(t->page));
}

static int erase(struct rig *t, enum dfp_area area, uint32_t offset)
{
    return t->c.erase(&t->flash, area, offset);
}

static int program(struct rig *t, enum dfp_area area, uint32_t offset,
                   uint32_t size)
{
    return t->c.program(&t->flash, area, offset, t->page, size);
}

static uint8_t read_byte(struct rig *t, enum dfp_area area, uint32_t offset)
{
    uint8_t byte;

    assert_int_equal(t->c.read(&t->flash, area, offset, &byte, 1), 0);
    return byte;
}

// --- Areas and rules -------------------------------------------------------

static void each_area_has_its_own_geometry(void **state)
{
    struct rig t;

    (void)state;
    set_up(&t, &geometry);
    assert_int_equal(simflash_area_size(&t.flash, DFP_OLD), 1024);
    assert_int_equal(simflash_area_size(&t.flash, SIM_SCRATCH), 128);
    assert_ptr_not_equal(simflash_area(&t.flash, DFP_OLD),
                         simflash_area(&t.flash, DFP_NEW));
    for (uint32_t at = 0; at < 128; at += 64) {
        assert_int_equal(erase(&t, SIM_SCRATCH, at), 0);
        assert_int_equal(program(&t, SIM_SCRATCH, at, 4), 0);
        assert_int_equal(program(&t, SIM_SCRATCH, at + 4, 12), 0);
    }
    assert_int_equal(simflash_block_erases(&t.flash, SIM_SCRATCH, 1), 1);
    assert_int_equal(read_byte(&t, SIM_SCRATCH, 64 + 15), 0x5A);
    assert_int_equal(read_byte(&t, SIM_SCRATCH, 64 + 16), 0xFF);
    assert_int_equal(erase(&t, SIM_SCRATCH, 128), SIM_ERR_RULE);
    assert_string_equal(t.flash.breach,
                        "scratch: access outside the area, offset 128, size "
                        "64");
    simflash_free(&t.flash);
}

static void one_slot_is_old_and_new(void **state)
{
    struct sim_geometry g = geometry;
    struct rig t;

    (void)state;
    g.one_slot = true;
    set_up(&t, &g);
    assert_true(simflash_store_size(&g) + 1024 <
                simflash_store_size(&geometry));
    assert_int_equal(erase(&t, DFP_NEW, 256), 0);
    assert_int_equal(program(&t, DFP_NEW, 256, 16), 0);
    assert_int_equal(read_byte(&t, DFP_OLD, 256), 0x5A);
    simflash_swap(&t.flash, 1);
    assert_int_equal(read_byte(&t, DFP_OLD, 256), 0x5A);
    assert_int_equal(erase(&t, DFP_OLD, 0), SIM_ERR_RULE);
    simflash_free(&t.flash);
}

static void scratch_must_be_sound(void **state)
{
    struct sim_geometry g = geometry;

    (void)state;
    g.scratch_erase = 48;
    assert_int_equal(simflash_store_size(&g), 0);
    g.scratch_size = 0;
    assert_int_not_equal(simflash_store_size(&g), 0);
}

// --- Cuts ------------------------------------------------------------------

static void arm(struct rig *t, enum sim_tear tear, uint64_t seed)
{
    struct sim_cut cut = {1, tear, 0};

    simflash_reboot(&t->flash, seed);
    simflash_arm(&t->flash, &cut);
}

static void unstable_cells_read_anew_until_they_are_erased(void **state)
{
    struct rig t;
    uint8_t seen_and = 0xFF;
    uint8_t seen_or = 0;

    (void)state;
    set_up(&t, &geometry);
    assert_int_equal(erase(&t, DFP_NEW, 0), 0);
    assert_int_equal(program(&t, DFP_NEW, 0, 16), 0);
    arm(&t, SIM_UNSTABLE, 1);
    assert_int_equal(program(&t, DFP_NEW, 16, 16), SIM_ERR_OFF);
    simflash_reboot(&t.flash, 2);
    for (int i = 0; i < 100; i++) {
        uint8_t byte = read_byte(&t, DFP_NEW, 20);

        seen_and &= byte;
        seen_or |= byte;
        assert_int_equal(byte & 0x5A, 0x5A); // its ones are never touched
        assert_int_equal(read_byte(&t, DFP_NEW, 15), 0x5A);
        assert_int_equal(read_byte(&t, DFP_NEW, 32), 0xFF);
    }
    assert_int_equal(seen_and, 0x5A);
    assert_int_equal(seen_or, 0xFF);
    assert_int_equal(t.flash.torn_reads, 100);
    assert_int_equal(erase(&t, DFP_NEW, 0), 0);
    assert_int_equal(read_byte(&t, DFP_NEW, 20), 0xFF);
    assert_int_equal(t.flash.torn_reads, 100);
    simflash_free(&t.flash);
}

static void a_torn_erase_may_be_unstable_too(void **state)
{
    struct rig t;
    uint8_t old[256];
    uint8_t first[256];
    uint8_t second[256];

    (void)state;
    set_up(&t, &geometry);
    memcpy(old, simflash_area(&t.flash, DFP_NEW), sizeof(old));
    arm(&t, SIM_UNSTABLE, 1);
    assert_int_equal(erase(&t, DFP_NEW, 0), SIM_ERR_OFF);
    simflash_reboot(&t.flash, 2);
    assert_int_equal(t.c.read(&t.flash, DFP_NEW, 0, first, 256), 0);
    assert_int_equal(t.c.read(&t.flash, DFP_NEW, 0, second, 256), 0);
    assert_memory_not_equal(first, second, 256);
    for (int i = 0; i < 256; i++) {
        assert_int_equal(first[i] & old[i], old[i]);
    }
    assert_int_equal(program(&t, DFP_NEW, 0, 16), SIM_ERR_RULE);
    simflash_free(&t.flash);
}

static void any_spoils_the_block_before(void **state)
{
    struct rig t;
    struct sim_cut cut = {3, SIM_ANY, 0};

    (void)state;
    set_up(&t, &geometry);
    simflash_arm(&t.flash, &cut);
    assert_int_equal(erase(&t, DFP_NEW, 256), 0);
    assert_int_equal(program(&t, DFP_NEW, 256, 16), 0);
    assert_int_equal(erase(&t, DFP_JOURNAL, 0), SIM_ERR_OFF);
    assert_int_equal(simflash_block_erases(&t.flash, DFP_JOURNAL, 0), 0);
    simflash_reboot(&t.flash, 1);
    for (int i = 0, same = 0; i < 40; i++) {
        same += read_byte(&t, DFP_NEW, 256) == 0x5A;
        assert_true(same < 10);
    }
    assert_int_equal(program(&t, DFP_NEW, 256 + 16, 16), SIM_ERR_RULE);
    simflash_free(&t.flash);
}

static void fork_at(void *context, const struct sim_op *op)
{
    struct rig *t = context;

    t->op = *op;
    if (op->number == t->cut.number) {
        assert_true(simflash_fork(&t->fork, &t->flash, op, &t->cut, 9));
    }
}

static void work(struct rig *t)
{
    (void)erase(t, DFP_NEW, 0);
    (void)program(t, DFP_NEW, 0, 16);
    (void)program(t, DFP_NEW, 16, 16);
    (void)erase(t, DFP_JOURNAL, 256);
    (void)program(t, DFP_JOURNAL, 256, 8);
}

// A fork is what the module is after a cut.
static void forks_are_cuts(void **state)
{
    struct rig t;
    struct rig u;

    (void)state;
    for (uint32_t number = 1; number <= 5; number++) {
        for (int tear = 0; tear <= SIM_ANY; tear++) {
            set_up(&t, &geometry);
            set_up(&u, &geometry);
            t.cut = (struct sim_cut){number, (enum sim_tear)tear, 3};
            t.flash.watch = fork_at;
            t.flash.watch_context = &t;
            work(&t);
            assert_int_equal(t.op.number, 5); // it went on
            simflash_reboot(&u.flash, 9);
            simflash_arm(&u.flash, &t.cut);
            work(&u);
            assert_true(t.fork.off && u.flash.off);
            assert_int_equal(t.fork.number, u.flash.number);
            assert_memory_equal(t.fork.store, u.flash.store,
                                simflash_store_size(&geometry));
            simflash_free(&t.flash);
            simflash_free(&t.fork);
            simflash_free(&u.flash);
        }
    }
}

// --- Defects ---------------------------------------------------------------

static void give(struct rig *t, enum sim_fault_kind kind, uint32_t count)
{
    t->flash.fault = (struct sim_fault){kind, DFP_NEW, 1, count};
}

static void a_defect_lasts_as_long_as_it_is_said_to(void **state)
{
    struct rig t;
    uint8_t byte;

    (void)state;
    set_up(&t, &geometry);
    give(&t, SIM_ERASE_FAILS, 2);
    assert_int_equal(erase(&t, DFP_NEW, 0), 0);
    assert_int_equal(erase(&t, DFP_NEW, 256), SIM_ERR_FAULT);
    simflash_reboot(&t.flash, 1);
    assert_int_equal(erase(&t, DFP_NEW, 256), SIM_ERR_FAULT);
    assert_int_equal(erase(&t, DFP_NEW, 256), 0);
    give(&t, SIM_READ_FAILS, SIM_ALWAYS);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(t.c.read(&t.flash, DFP_NEW, 300, &byte, 1),
                         SIM_ERR_FAULT);
        assert_int_equal(t.c.read(&t.flash, DFP_NEW, 512, &byte, 1), 0);
        assert_int_equal(t.c.read(&t.flash, DFP_OLD, 300, &byte, 1), 0);
    }
    simflash_free(&t.flash);
}

static void programs_that_fail_leave_a_mixture(void **state)
{
    struct rig t;

    (void)state;
    set_up(&t, &geometry);
    assert_int_equal(erase(&t, DFP_NEW, 256), 0);
    give(&t, SIM_PROGRAM_FAILS, 1);
    assert_int_equal(program(&t, DFP_NEW, 256, 16), SIM_ERR_FAULT);
    assert_memory_not_equal(simflash_area(&t.flash, DFP_NEW) + 256, t.page, 16);
    assert_int_equal(program(&t, DFP_NEW, 256, 16), SIM_ERR_RULE);
    simflash_free(&t.flash);
}

static void lies_are_successes_that_are_none(void **state)
{
    struct rig t;
    uint8_t before[16];

    (void)state;
    set_up(&t, &geometry);
    memcpy(before, simflash_area(&t.flash, DFP_NEW) + 256, 16);
    give(&t, SIM_ERASE_LIES, 1);
    assert_int_equal(erase(&t, DFP_NEW, 256), 0);
    assert_int_equal(program(&t, DFP_NEW, 256, 16), 0);
    for (uint32_t i = 0; i < 16; i++) {
        assert_int_equal(read_byte(&t, DFP_NEW, 256 + i), before[i] & 0x5A);
    }
    assert_int_equal(erase(&t, DFP_NEW, 256), 0);
    give(&t, SIM_PROGRAM_LIES, 1);
    assert_int_equal(program(&t, DFP_NEW, 256, 16), 0);
    assert_int_equal(read_byte(&t, DFP_NEW, 256 + 8), 0x5B);
    assert_string_equal(t.flash.breach, "");
    simflash_free(&t.flash);
}

static void a_flipped_bit_is_one_bit(void **state)
{
    struct rig t;
    uint8_t before;

    (void)state;
    set_up(&t, &geometry);
    before = read_byte(&t, DFP_JOURNAL, 511);
    simflash_flip(&t.flash, DFP_JOURNAL, 8 * 511 + 7);
    assert_int_equal(read_byte(&t, DFP_JOURNAL, 511), before ^ 0x80);
    simflash_free(&t.flash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_area_has_its_own_geometry),
        cmocka_unit_test(one_slot_is_old_and_new),
        cmocka_unit_test(scratch_must_be_sound),
        cmocka_unit_test(unstable_cells_read_anew_until_they_are_erased),
        cmocka_unit_test(a_torn_erase_may_be_unstable_too),
        cmocka_unit_test(any_spoils_the_block_before),
        cmocka_unit_test(forks_are_cuts),
        cmocka_unit_test(a_defect_lasts_as_long_as_it_is_said_to),
        cmocka_unit_test(programs_that_fail_leave_a_mixture),
        cmocka_unit_test(lies_are_successes_that_are_none),
        cmocka_unit_test(a_flipped_bit_is_one_bit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
