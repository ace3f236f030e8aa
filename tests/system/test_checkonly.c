// SPDX-License-Identifier: MIT
// dfp_config.check_only: a package is looked at from end to end, and nothing
// is written.

#include <stdlib.h>

#include "check.h"
#include "pack.h"
#include "vectors.h"

#define VECTORS_MAX 1000
#define ERASE 64u

static struct vector vectors[VECTORS_MAX];
static size_t vector_count;

static int read_list(void **state)
{
    (void)state;
    vector_count = vectors_read(vectors, VECTORS_MAX);
    return 0;
}

// What the digests do not tell shows only when the package is applied.
static enum dfp_status expected_of(const struct vector *v)
{
    return v->status == DFP_ERR_DATA || v->status == DFP_ERR_VERIFY ? DFP_DONE
                                                                    : v->status;
}

static void run(struct vector_module *m, const struct sim_update *u,
                struct sim_result *result)
{
    sim_run(u, m->flash, result);
    for (uint32_t i = 0; i < m->count; i++) {
        struct sim_totals totals, none = {{0}, {0}};

        simflash_totals(m->flash + i, &totals);
        assert_memory_equal(&totals, &none, sizeof(none));
        assert_string_equal(m->flash[i].breach, "");
    }
}

// In one piece, byte by byte, and with a step budget.
static void every_vector_is_judged_without_a_write(void **state)
{
    static const uint32_t pieces[][2] = {{0, 0}, {1, 0}, {100, 33}};

    (void)state;
    for (size_t i = 0; i < vector_count * 3; i++) {
        const struct vector *v = &vectors[i / 3];
        struct vector_update u;
        struct vector_module m;
        struct sim_result result;

        vector_open(&u, v);
        vector_module(&m, v, &u.package,
                      vector_geometry(vector_one_slot(&u.package), ERASE));
        vector_bind(&m, &u.update);
        u.update.config.check_only = true;
        u.update.piece = pieces[i % 3][0];
        u.update.config.step_bytes = pieces[i % 3][1];
        run(&m, &u.update, &result);
        if (result.status != expected_of(v)) {
            print_error("%s\n", v->package);
        }
        check_status(&result, expected_of(v));
        vector_module_free(&m);
        vector_close(&u);
    }
}

static const struct vector *find(const char *package)
{
    for (size_t i = 0; i < vector_count; i++) {
        if (strcmp(vectors[i].package, package) == 0) {
            return &vectors[i];
        }
    }
    fail_msg("%s is not in vectors.txt", package);
    return NULL;
}

// Each bit beyond the manifest is covered by the digest of its chunk.
static void damaged_chunks_are_found(void **state)
{
    static const char *const packages[] = {"good-stored-chunks.dfota",
                                           "good-parts-three-signed.dfota"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct vector *v = find(packages[i]);
        struct vector_update u;
        struct vector_module m;
        struct sim_result result;
        struct pack_bytes bytes;
        size_t at;

        vector_open(&u, v);
        bytes = (struct pack_bytes){u.package.data, u.package.size, 0};
        vector_module(&m, v, &u.package, vector_geometry(false, ERASE));
        vector_bind(&m, &u.update);
        u.update.config.check_only = true;
        for (at = pack_head_size(&bytes); at < bytes.size; at += 7) {
            u.package.data[at] ^= 0x20;
            run(&m, &u.update, &result);
            check_status(&result, DFP_ERR_DIGEST);
            u.package.data[at] ^= 0x20;
        }
        run(&m, &u.update, &result);
        check_status(&result, DFP_DONE);
        vector_module_free(&m);
        vector_close(&u);
    }
}

// A package that has been begun may be looked at, and is then continued.
static void the_journal_is_left_alone(void **state)
{
    const struct vector *v = find("good-stored-chunks.dfota");
    struct vector_update u;
    struct vector_module m;
    struct sim_result result;
    struct sim_totals before, after;

    (void)state;
    vector_open(&u, v);
    vector_module(&m, v, &u.package, vector_geometry(false, ERASE));
    u.update.config.checkpoint_bytes = 300;
    u.update.package_size = u.package.size - 100;
    sim_run(&u.update, m.flash, &result);
    check_status(&result, DFP_OK);
    simflash_totals(m.flash, &before);
    u.update.package_size = u.package.size;
    u.update.config.check_only = true;
    sim_run(&u.update, m.flash, &result);
    check_status(&result, DFP_DONE);
    assert_int_equal(result.resumed.package_at, 0);
    simflash_totals(m.flash, &after);
    assert_memory_equal(&before, &after, sizeof(before));
    u.update.config.check_only = false;
    sim_run(&u.update, m.flash, &result);
    check_status(&result, DFP_DONE);
    assert_true(result.resumed.package_at > 0);
    vector_check_images(&m, v);
    vector_module_free(&m);
    vector_close(&u);
}

// A flash that cannot be read ends the look, too.
static void unreadable_slots_are_reported(void **state)
{
    const struct vector *v = find("good-stored-chunks.dfota");
    struct vector_update u;
    struct vector_module m;
    struct sim_result result;

    (void)state;
    vector_open(&u, v);
    vector_module(&m, v, &u.package, vector_geometry(false, ERASE));
    u.update.config.check_only = true;
    m.flash->fault = (struct sim_fault){SIM_READ_FAILS, DFP_OLD, 1, SIM_ALWAYS};
    run(&m, &u.update, &result);
    check_status(&result, DFP_ERR_FLASH);
    vector_module_free(&m);
    vector_close(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_is_judged_without_a_write),
        cmocka_unit_test(damaged_chunks_are_found),
        cmocka_unit_test(the_journal_is_left_alone),
        cmocka_unit_test(unreadable_slots_are_reported),
    };

    return cmocka_run_group_tests(tests, read_list, NULL);
}
