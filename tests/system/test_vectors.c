// SPDX-License-Identifier: MIT
// The golden vectors: every good one is taken, every other one is refused by
// the error that vectors.txt names, and none of those makes an image.

#include "check.h"
#include "vectors.h"

#include <dirent.h>

#define FOLDER TEST_SOURCE_DIR "/tests/vectors/"
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

// These errors show only after the first chunk has been asked for.
static bool is_late(enum dfp_status status)
{
    return status == DFP_ERR_DATA || status == DFP_ERR_DIGEST ||
           status == DFP_ERR_VERIFY;
}

static void run_vector(const struct vector *v, const struct image *package,
                       struct sim_update *u, bool one_slot, uint32_t erase)
{
    enum dfp_status status = v->status;
    struct sim_result result;
    struct vector_module m;

    vector_module(&m, v, package, vector_geometry(one_slot, erase));
    vector_bind(&m, u);
    sim_run(u, m.flash, &result);
    if (result.status != status) {
        print_error("%s, pieces of %u bytes, blocks of %u\n", v->package,
                    u->piece, erase);
    }
    check_status(&result, status);
    for (uint32_t i = 0; i < m.count; i++) {
        assert_string_equal(m.flash[i].breach, "");
        if (status != DFP_DONE && !is_late(status)) {
            check_slots_untouched(m.flash + i);
        }
    }
    if (status == DFP_DONE) {
        vector_check_images(&m, v);
    }
    vector_module_free(&m);
}

// On the module that the package is for. In place the flash may also have
// blocks as large as those of the package; a full image goes with one slot,
// too.
static void check_vector(const struct vector *v, const struct image *package,
                         struct sim_update *u)
{
    bool one_slot = vector_one_slot(package);
    struct dfp_info info;
    size_t wanted;

    run_vector(v, package, u, one_slot, ERASE);
    if (one_slot && v->status == DFP_DONE &&
        dfp_peek(package->data, package->size, &info, &wanted) == DFP_OK &&
        info.parts == 1) {
        run_vector(v, package, u, true, info.block_size);
    }
    if (vector_is(v, "good-full-")) {
        run_vector(v, package, u, true, ERASE);
    }
}

// The RAM field is what the patcher asks for.
static void check_memory(const struct vector *v, const struct image *package,
                         struct sim_update *u)
{
    struct dfp_info info;
    struct vector refused = *v;
    size_t wanted;

    assert_int_equal(dfp_peek(package->data, package->size, &info, &wanted),
                     DFP_OK);
    u->work_size = info.ram;
    check_vector(v, package, u);
    u->work_size = info.ram - 8;
    refused.status = DFP_ERR_MEMORY;
    check_vector(&refused, package, u);
}

// Each vector of this kind in one piece, byte by byte, and with a step budget;
// good ones also with just enough memory.
static void walk(const char *kind, size_t least)
{
    size_t count = 0;

    for (size_t i = 0; i < vector_count; i++) {
        const struct vector *v = &vectors[i];
        struct vector_update u;

        if (!vector_is(v, kind)) {
            continue;
        }
        vector_open(&u, v);
        check_vector(v, &u.package, &u.update);
        u.update.piece = 1;
        check_vector(v, &u.package, &u.update);
        u.update.piece = 100;
        u.update.config.step_bytes = 33;
        check_vector(v, &u.package, &u.update);
        if (v->status == DFP_DONE) {
            check_memory(v, &u.package, &u.update);
        }
        vector_close(&u);
        count++;
    }
    assert_true(count >= least);
}

static void good_vectors_are_taken(void **state)
{
    (void)state;
    walk("good-", 25);
}

static void bad_vectors_are_refused(void **state)
{
    (void)state;
    walk("bad-", 80);
}

static void unsupported_vectors_are_refused(void **state)
{
    (void)state;
    walk("unsupported-", 12);
}

// The module has images of other ids.
static void parts_must_be_those_of_the_module(void **state)
{
    static const struct vector v[] = {
        {"good-stored.dfota", "plain-old.bin", "-", "-", DFP_DONE},
        {"good-parts-two.dfota", "code-old.bin,plain-old.bin", "-", "-",
         DFP_DONE},
    };

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct image package = vector_file(v[i].package);
        struct sim_update u = {.package = package.data,
                               .package_size = package.size,
                               .work_size = VECTOR_WORK};
        struct sim_result result;
        struct vector_module m;

        vector_module(&m, &v[i], &package, vector_geometry(false, ERASE));
        m.configs[i].part_id = 7;
        vector_bind(&m, &u);
        sim_run(&u, m.flash, &result);
        check_status(&result, DFP_ERR_PART);
        check_slots_untouched(m.flash);
        vector_module_free(&m);
        image_free(&package);
    }
}

// What stays as it is must be there: also if nothing else of the old slot is
// needed.
static void unmanaged_bytes_lie_in_the_old_slot(void **state)
{
    static const struct vector v = {"good-unmanaged-full.dfota",
                                    "unmanaged-part-1-old.bin", "-", "-",
                                    DFP_DONE};
    struct image package = vector_file(v.package);
    struct sim_result result;
    struct sim_update u;
    struct vector_module m;

    (void)state;
    memset(&u, 0, sizeof(u));
    u.package = package.data;
    u.package_size = package.size;
    vector_module(&m, &v, &package, vector_geometry(false, ERASE));
    u.config = m.configs[0];
    u.keep_flash_fields = true;
    u.config.old_size = 127; // ranges end at 3 and at 128
    sim_run(&u, m.flash, &result);
    check_status(&result, DFP_ERR_SLOT);
    check_slots_untouched(m.flash);
    u.config.old_size = 128;
    sim_run(&u, m.flash, &result);
    check_status(&result, DFP_DONE);
    vector_module_free(&m);
    image_free(&package);
}

static bool is_listed(const char *package)
{
    for (size_t i = 0; i < vector_count; i++) {
        if (strcmp(vectors[i].package, package) == 0) {
            return true;
        }
    }
    return false;
}

static void every_package_is_listed(void **state)
{
    DIR *folder = opendir(FOLDER);
    struct dirent *entry;
    size_t found = 0;

    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        const char *end = strrchr(entry->d_name, '.');

        if (end != NULL && strcmp(end, ".dfota") == 0) {
            if (!is_listed(entry->d_name)) {
                fail_msg("%s is not in vectors.txt", entry->d_name);
            }
            found++;
        }
    }
    closedir(folder);
    assert_int_equal(found, vector_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_vectors_are_taken),
        cmocka_unit_test(bad_vectors_are_refused),
        cmocka_unit_test(unsupported_vectors_are_refused),
        cmocka_unit_test(parts_must_be_those_of_the_module),
        cmocka_unit_test(unmanaged_bytes_lie_in_the_old_slot),
        cmocka_unit_test(every_package_is_listed),
    };

    return cmocka_run_group_tests(tests, read_list, NULL);
}
