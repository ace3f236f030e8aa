// SPDX-License-Identifier: MIT
// The golden vectors: every good one is taken, every other one is refused by
// the error that vectors.txt names, and none of those makes an image.

#include "cases.h"
#include "check.h"

#include <dirent.h>

#define FOLDER TEST_SOURCE_DIR "/tests/vectors/"
#define VECTORS_MAX 1000
#define ERASE 64u
#define WORK 262144u // enough for all of them

struct vector {
    char package[64], old_image[64], new_image[64], key[64], status[64];
};

static struct vector vectors[VECTORS_MAX];
static size_t vector_count;

static const struct {
    const char *name;
    enum dfp_status status;
} statuses[] = {
    {"DFP_DONE", DFP_DONE},
    {"DFP_ERR_FORMAT", DFP_ERR_FORMAT},
    {"DFP_ERR_VERSION", DFP_ERR_VERSION},
    {"DFP_ERR_FEATURE", DFP_ERR_FEATURE},
    {"DFP_ERR_MODE", DFP_ERR_MODE},
    {"DFP_ERR_CODEC", DFP_ERR_CODEC},
    {"DFP_ERR_CODEC_VERSION", DFP_ERR_CODEC_VERSION},
    {"DFP_ERR_ARCH", DFP_ERR_ARCH},
    {"DFP_ERR_LIMIT", DFP_ERR_LIMIT},
    {"DFP_ERR_MANIFEST", DFP_ERR_MANIFEST},
    {"DFP_ERR_DIGEST", DFP_ERR_DIGEST},
    {"DFP_ERR_DATA", DFP_ERR_DATA},
    {"DFP_ERR_UNSIGNED", DFP_ERR_UNSIGNED},
    {"DFP_ERR_KEY", DFP_ERR_KEY},
    {"DFP_ERR_SIGNATURE", DFP_ERR_SIGNATURE},
    {"DFP_ERR_BASE", DFP_ERR_BASE},
    {"DFP_ERR_VERIFY", DFP_ERR_VERIFY},
};
#define STATUSES (sizeof(statuses) / sizeof(statuses[0]))

static enum dfp_status find_status(const char *name)
{
    for (size_t i = 0; i < STATUSES; i++) {
        if (strcmp(statuses[i].name, name) == 0) {
            return statuses[i].status;
        }
    }
    fail_msg("vectors.txt: unknown status %s", name);
    return DFP_OK;
}

static int read_list(void **state)
{
    FILE *file = fopen(FOLDER "vectors.txt", "r");
    struct vector *v = vectors;

    (void)state;
    assert_non_null(file);
    while (v < vectors + VECTORS_MAX &&
           fscanf(file, "%63s %63s %63s %63s %63s", v->package, v->old_image,
                  v->new_image, v->key, v->status) == 5) {
        v++;
    }
    assert_true(feof(file));
    fclose(file);
    vector_count = (size_t)(v - vectors);
    return 0;
}

static struct image read_image(const char *name)
{
    char path[512];
    struct image image;

    snprintf(path, sizeof(path), "%s%.200s", FOLDER, name);
    image = image_read(path);
    if (image.data == NULL) {
        fail_msg("cannot read %s", path);
    }
    return image;
}

static struct dfp_key read_key(const char *name)
{
    struct image pem = read_image(name);
    struct delta_key key;
    struct dfp_key point;

    assert_int_equal(delta_key_read(&key, pem.data, pem.size, NULL), DELTA_OK);
    memcpy(point.point, key.point, sizeof(point.point));
    image_free(&pem);
    return point;
}

// A module that runs the old image, with room for any of the new ones.
static void make_module(struct simflash *flash, const struct image *old_image)
{
    struct sim_geometry g = {.slot_size = 32768,
                             .slot_erase = ERASE,
                             .slot_program = 4,
                             .journal_size = 64 * 1024,
                             .journal_erase = 1024,
                             .journal_program = 16};

    assert_true(simflash_new(flash, &g, 3));
    simflash_load(flash, DFP_OLD, old_image->data, old_image->size);
}

// These errors show only after the first chunk has been asked for.
static bool is_late(enum dfp_status status)
{
    return status == DFP_ERR_DATA || status == DFP_ERR_DIGEST ||
           status == DFP_ERR_VERIFY;
}

static void check_vector(const struct vector *v, struct sim_update *u)
{
    struct image old_image = read_image(v->old_image);
    enum dfp_status status = find_status(v->status);
    struct sim_result result;
    struct simflash flash;

    make_module(&flash, &old_image);
    sim_run(u, &flash, &result);
    if (result.status != status) {
        print_error("%s, pieces of %u bytes\n", v->package, u->piece);
    }
    check_status(&result, status);
    assert_string_equal(flash.breach, "");
    if (status == DFP_DONE) {
        struct image new_image = read_image(v->new_image);

        check_area(&flash, DFP_NEW, new_image.data, new_image.size);
        image_free(&new_image);
    } else if (!is_late(status)) {
        check_slots_untouched(&flash);
    }
    simflash_free(&flash);
    image_free(&old_image);
}

// Each vector of this kind in one piece and byte by byte.
static void walk(const char *kind, size_t least)
{
    size_t count = 0;

    for (size_t i = 0; i < vector_count; i++) {
        const struct vector *v = &vectors[i];
        struct image package;
        struct dfp_key key;
        struct sim_update u;

        if (strncmp(v->package, kind, strlen(kind)) != 0) {
            continue;
        }
        package = read_image(v->package);
        memset(&u, 0, sizeof(u));
        u.package = package.data;
        u.package_size = package.size;
        u.work_size = WORK;
        if (strcmp(v->key, "-") != 0) {
            key = read_key(v->key);
            u.config.keys = &key;
            u.config.key_count = 1;
        }
        check_vector(v, &u);
        u.piece = 1;
        check_vector(v, &u);
        image_free(&package);
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
        cmocka_unit_test(every_package_is_listed),
    };

    return cmocka_run_group_tests(tests, read_list, NULL);
}
