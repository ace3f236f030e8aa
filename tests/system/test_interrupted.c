// SPDX-License-Identifier: MIT
// Updates of the golden vectors that are interrupted: power is cut, or a call
// to the flash fails, all along in place, with several parts, with images in
// full and with unmanaged ranges. The next boots end in the new images.

#include <stdlib.h>

#include "check.h"
#include "vectors.h"

#define VECTORS_MAX 1000
#define ERASE 64u
#define BOOTS 4 // that suffice when nothing fails any more
#define FAILED (-5)

static struct vector vectors[VECTORS_MAX];
static size_t vector_count;

struct interrupted {
    const struct vector *vector;
    struct vector_update u;
    struct vector_module m;
    struct vector_module before; // of the update
    struct sim_result result;
};

static int read_list(void **state)
{
    (void)state;
    vector_count = vectors_read(vectors, VECTORS_MAX);
    return 0;
}

// --- A module and its copies -----------------------------------------------

static void copy_flash(struct vector_module *to, const struct vector_module *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        simflash_free(to->flash + i);
        assert_true(simflash_clone(to->flash + i, m->flash + i));
    }
    to->count = m->count;
}

static void set_up(struct interrupted *t, const struct vector *v)
{
    memset(t, 0, sizeof(*t));
    t->vector = v;
    vector_open(&t->u, v);
    vector_module(&t->m, v, &t->u.package,
                  vector_geometry(vector_one_slot(&t->u.package), ERASE));
    vector_bind(&t->m, &t->u.update);
    t->u.update.config.checkpoint_bytes = 200;
    t->u.update.piece = 50;
    copy_flash(&t->before, &t->m);
}

static void tear_down(struct interrupted *t)
{
    vector_module_free(&t->m);
    vector_module_free(&t->before);
    vector_close(&t->u);
}

static enum dfp_status boot(struct interrupted *t, uint64_t seed)
{
    for (uint32_t i = 0; i < t->m.count; i++) {
        simflash_reboot(t->m.flash + i, seed + i);
    }
    return sim_run(&t->u.update, t->m.flash, &t->result);
}

static void end_well(struct interrupted *t, uint32_t number)
{
    uint32_t boots = 0;

    while (boot(t, number) != DFP_DONE && boots < BOOTS) {
        boots++;
    }
    if (t->result.status != DFP_DONE) {
        print_error("%s, after %u\n", t->vector->package, number);
    }
    check_status(&t->result, DFP_DONE);
    vector_check_images(&t->m, t->vector);
    for (uint32_t i = 0; i < t->m.count; i++) {
        assert_string_equal(t->m.flash[i].breach, "");
    }
}

static bool is_interesting(const struct vector *v)
{
    return v->status == DFP_DONE &&
           (vector_is(v, "good-inplace") || vector_is(v, "good-own") ||
            vector_is(v, "good-parts") || vector_is(v, "good-mixed") ||
            vector_is(v, "good-unmanaged") || vector_is(v, "good-full"));
}

// --- Power cuts ------------------------------------------------------------

// Operations of each flash in an update without a cut.
static void count_operations(struct interrupted *t,
                             uint32_t counts[DFOTA_PARTS_MAX])
{
    assert_int_equal(boot(t, 1), DFP_DONE);
    for (uint32_t i = 0; i < t->m.count; i++) {
        counts[i] = t->m.flash[i].number;
    }
}

// Cut, and cut what is resumed a few operations later.
static void cut_twice(struct interrupted *t, uint32_t index, uint32_t number)
{
    struct sim_cut cut = {number, (enum sim_tear)(number % SIM_TEARS), 2};
    struct simflash *flash = t->m.flash + index;

    copy_flash(&t->m, &t->before);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < t->m.count; i++) {
            simflash_reboot(t->m.flash + i, number + i);
        }
        simflash_arm(flash, &cut);
        sim_run(&t->u.update, t->m.flash, &t->result);
        if (t->result.status == DFP_DONE) {
            break;
        }
        check_status(&t->result, DFP_ERR_FLASH);
        cut.number = 1 + number % 7;
        cut.tear = (enum sim_tear)(number / 3 % SIM_TEARS);
    }
    end_well(t, number);
}

static void power_cuts_end_in_the_new_images(void **state)
{
    (void)state;
    for (size_t i = 0; i < vector_count; i++) {
        struct interrupted t;
        uint32_t counts[DFOTA_PARTS_MAX];

        if (!is_interesting(&vectors[i])) {
            continue;
        }
        set_up(&t, &vectors[i]);
        count_operations(&t, counts);
        for (uint32_t k = 0; k < t.m.count; k++) {
            uint32_t step = 1 + counts[k] / 24;

            for (uint32_t n = 1 + (uint32_t)i % step; n <= counts[k];
                 n += step) {
                cut_twice(&t, k, n);
            }
        }
        tear_down(&t);
    }
}

// --- Failing calls ---------------------------------------------------------

// The flash of a part, between the patcher and the module.
struct between {
    struct dfp_config real;
    uint32_t *left; // calls until one fails
};

static bool fails(struct between *b)
{
    return *b->left != 0 && --*b->left == 0;
}

static int between_read(void *context, enum dfp_area area, uint32_t offset,
                        void *data, uint32_t size)
{
    struct between *b = context;

    return fails(b) ? FAILED
                    : b->real.read(b->real.context, area, offset, data, size);
}

static int between_erase(void *context, enum dfp_area area, uint32_t offset)
{
    struct between *b = context;

    return fails(b) ? FAILED : b->real.erase(b->real.context, area, offset);
}

static int between_program(void *context, enum dfp_area area, uint32_t offset,
                           const void *data, uint32_t size)
{
    struct between *b = context;

    return fails(b)
               ? FAILED
               : b->real.program(b->real.context, area, offset, data, size);
}

// Put them in the way of all calls of an update.
static void get_between(struct interrupted *t, struct between *b,
                        uint32_t *left)
{
    struct dfp_config *config = &t->u.update.config;

    simflash_bind(t->m.flash, config);
    t->u.update.keep_flash_fields = true;
    for (uint32_t i = 0; i < t->m.count; i++) {
        config = i == 0 ? config : t->m.configs + i;
        b[i].real = *config;
        b[i].left = left;
        config->context = b + i;
        config->read = between_read;
        config->erase = between_erase;
        config->program = between_program;
    }
}

// Some of the calls, so that a vector takes `share` runs.
static void fail_along(struct interrupted *t, uint32_t shares)
{
    struct between between[DFOTA_PARTS_MAX];
    uint32_t left = UINT32_MAX;
    uint32_t count;

    get_between(t, between, &left);
    assert_int_equal(boot(t, 1), DFP_DONE);
    count = UINT32_MAX - left;
    for (uint32_t n = 1; n <= count; n += 1 + count / shares) {
        copy_flash(&t->m, &t->before);
        left = n;
        boot(t, n);
        check_status(&t->result, DFP_ERR_FLASH);
        assert_int_equal(t->result.fault.flash, FAILED);
        // Of what is resumed a call may fail, too.
        left = 1 + n % 40;
        boot(t, n);
        left = 0;
        end_well(t, n);
    }
}

static void failing_calls_stop_the_update_for_a_while(void **state)
{
    (void)state;
    for (size_t i = 0; i < vector_count; i++) {
        struct interrupted t;

        if (is_interesting(&vectors[i])) {
            set_up(&t, &vectors[i]);
            fail_along(&t, i % 8 == 0 ? 400 : 15);
            tear_down(&t);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_cuts_end_in_the_new_images),
        cmocka_unit_test(failing_calls_stop_the_update_for_a_while),
    };

    return cmocka_run_group_tests(tests, read_list, NULL);
}
