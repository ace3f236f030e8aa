// SPDX-License-Identifier: MIT
// The golden vectors: every good one is taken, every other one is refused by
// the error that vectors.txt names, and none of those makes an image.

#include "cases.h"
#include "check.h"

#include <dirent.h>

#define FOLDER TEST_SOURCE_DIR "/tests/vectors/"
#define VECTORS_MAX 1000
#define ERASE 64u
#define SLOT 32768u
#define WORK 262144u // enough for all of them

struct vector {
    char package[64], old_images[256], new_images[256], key[64], status[64];
};

static struct vector vectors[VECTORS_MAX];
static size_t vector_count;

// A module that the vector is for, with a slot or two for each part.
struct module {
    uint32_t count;
    struct simflash flash[DFOTA_PARTS_MAX];     // the first one has journal and
                                                // scratch area
    struct dfp_config configs[DFOTA_PARTS_MAX]; // those behind the first one
};

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
    {"DFP_ERR_PART", DFP_ERR_PART},
    {"DFP_ERR_MEMORY", DFP_ERR_MEMORY},
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
           fscanf(file, "%63s %255s %255s %63s %63s", v->package, v->old_images,
                  v->new_images, v->key, v->status) == 5) {
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

// The name of that number in a list; false when there are fewer.
static bool find_name(const char *list, uint32_t number, char name[64])
{
    for (; number > 0; number--) {
        list = strchr(list, ',');
        if (list == NULL) {
            return false;
        }
        list++;
    }
    snprintf(name, 64, "%.*s", (int)strcspn(list, ","), list);
    return true;
}

// The id that the package gives to a part, as far as it has one.
static uint8_t part_id(const struct image *package, uint32_t number)
{
    uint32_t at = DFOTA_PREAMBLE_SIZE + DFOTA_MAN_DIGEST +
                  (package->data[DFOTA_PRE_SEAL] == DFOTA_SEAL_XXH64
                       ? DFOTA_DIGEST_XXH64
                       : DFOTA_DIGEST_SHA256) +
                  DFOTA_PART_SIZE * number + DFOTA_PART_ID;

    return at < package->size ? package->data[at] : 0;
}

// A module that runs the old images, with room for any of the new ones.
static void make_module(struct module *m, const struct vector *v,
                        const struct image *package, bool one_slot,
                        uint32_t erase)
{
    struct sim_geometry g = {.slot_size = SLOT,
                             .slot_erase = erase,
                             .slot_program = 4,
                             .journal_size = 64 * 1024,
                             .journal_erase = 1024,
                             .journal_program = 16,
                             .scratch_size = one_slot ? SLOT : 0,
                             .scratch_erase = erase,
                             .scratch_program = 4,
                             .one_slot = one_slot};
    char name[64];

    memset(m, 0, sizeof(*m));
    for (; find_name(v->old_images, m->count, name); m->count++) {
        struct image old_image = read_image(name);
        struct dfp_config *config = m->configs + m->count;

        assert_true(m->count < DFOTA_PARTS_MAX);
        assert_true(simflash_new(m->flash + m->count, &g, 3 + m->count));
        simflash_load(m->flash + m->count, DFP_OLD, old_image.data,
                      old_image.size);
        simflash_bind(m->flash + m->count, config);
        config->part_id = part_id(package, m->count);
        config->next = m->count + 1 < DFOTA_PARTS_MAX ? config + 1 : NULL;
        image_free(&old_image);
    }
    m->configs[m->count - 1].next = NULL;
}

static void free_module(struct module *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        simflash_free(m->flash + i);
    }
}

// These errors show only after the first chunk has been asked for.
static bool is_late(enum dfp_status status)
{
    return status == DFP_ERR_DATA || status == DFP_ERR_DIGEST ||
           status == DFP_ERR_VERIFY;
}

static void check_images(const struct module *m, const struct vector *v)
{
    char name[64];

    for (uint32_t i = 0; i < m->count; i++) {
        struct image new_image;

        assert_true(find_name(v->new_images, i, name));
        new_image = read_image(name);
        check_area(m->flash + i, DFP_NEW, new_image.data, new_image.size);
        image_free(&new_image);
    }
}

static void run_vector(const struct vector *v, const struct image *package,
                       struct sim_update *u, bool one_slot, uint32_t erase)
{
    enum dfp_status status = find_status(v->status);
    struct sim_result result;
    struct module m;

    make_module(&m, v, package, one_slot, erase);
    u->config.part_id = m.configs[0].part_id;
    u->config.next = m.configs[0].next;
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
        check_images(&m, v);
    }
    free_module(&m);
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

// On the module that the package is for. In place the flash may also have
// blocks as large as those of the package; a full image goes with one slot,
// too.
static void check_vector(const struct vector *v, const struct image *package,
                         struct sim_update *u)
{
    bool one_slot =
        (package->data[DFOTA_PRE_FEATURES] & DFOTA_FEATURE_IN_PLACE) != 0;
    struct dfp_info info;
    size_t wanted;

    run_vector(v, package, u, one_slot, ERASE);
    if (one_slot && strcmp(v->status, "DFP_DONE") == 0 &&
        dfp_peek(package->data, package->size, &info, &wanted) == DFP_OK &&
        info.parts == 1) {
        run_vector(v, package, u, true, info.block_size);
    }
    if (starts_with(v->package, "good-full-")) {
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
    strcpy(refused.status, "DFP_ERR_MEMORY");
    check_vector(&refused, package, u);
}

// Each vector of this kind in one piece, byte by byte, and with a step budget;
// good ones also with just enough memory.
static void walk(const char *kind, size_t least)
{
    size_t count = 0;

    for (size_t i = 0; i < vector_count; i++) {
        const struct vector *v = &vectors[i];
        struct image package;
        struct dfp_key key;
        struct sim_update u;

        if (!starts_with(v->package, kind)) {
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
        check_vector(v, &package, &u);
        u.piece = 1;
        check_vector(v, &package, &u);
        u.piece = 100;
        u.config.step_bytes = 33;
        check_vector(v, &package, &u);
        if (strcmp(v->status, "DFP_DONE") == 0) {
            check_memory(v, &package, &u);
        }
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

// The module has images of other ids.
static void parts_must_be_those_of_the_module(void **state)
{
    static const struct vector v[] = {
        {"good-stored.dfota", "plain-old.bin", "-", "-", "-"},
        {"good-parts-two.dfota", "code-old.bin,plain-old.bin", "-", "-", "-"},
    };

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct image package = read_image(v[i].package);
        struct sim_update u = {.package = package.data,
                               .package_size = package.size,
                               .work_size = WORK};
        struct sim_result result;
        struct module m;

        make_module(&m, &v[i], &package, false, ERASE);
        m.configs[i].part_id = 7;
        u.config.part_id = m.configs[0].part_id;
        u.config.next = m.configs[0].next;
        sim_run(&u, m.flash, &result);
        check_status(&result, DFP_ERR_PART);
        check_slots_untouched(m.flash);
        free_module(&m);
        image_free(&package);
    }
}

// What stays as it is must be there: also if nothing else of the old slot is
// needed.
static void unmanaged_bytes_lie_in_the_old_slot(void **state)
{
    static const struct vector v = {"good-unmanaged-full.dfota",
                                    "unmanaged-part-1-old.bin", "-", "-", "-"};
    struct image package = read_image(v.package);
    struct sim_result result;
    struct sim_update u;
    struct module m;

    (void)state;
    memset(&u, 0, sizeof(u));
    u.package = package.data;
    u.package_size = package.size;
    make_module(&m, &v, &package, false, ERASE);
    u.config = m.configs[0];
    u.keep_flash_fields = true;
    u.config.old_size = 127; // ranges end at 3 and at 128
    sim_run(&u, m.flash, &result);
    check_status(&result, DFP_ERR_SLOT);
    check_slots_untouched(m.flash);
    u.config.old_size = 128;
    sim_run(&u, m.flash, &result);
    check_status(&result, DFP_DONE);
    free_module(&m);
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
