// SPDX-License-Identifier: MIT
// The golden vectors of tests/vectors, and modules that they are for.

#include "vectors.h"

#include "check.h"

#include "delta.h"

#define FOLDER TEST_SOURCE_DIR "/tests/vectors/"
#define SLOT 32768u

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

size_t vectors_read(struct vector *vectors, size_t room)
{
    FILE *file = fopen(FOLDER "vectors.txt", "r");
    struct vector *v = vectors;
    char status[64];

    assert_non_null(file);
    while (v < vectors + room &&
           fscanf(file, "%63s %255s %255s %63s %63s", v->package, v->old_images,
                  v->new_images, v->key, status) == 5) {
        v->status = find_status(status);
        v++;
    }
    assert_true(feof(file));
    fclose(file);
    return (size_t)(v - vectors);
}

bool vector_is(const struct vector *v, const char *kind)
{
    return strncmp(v->package, kind, strlen(kind)) == 0;
}

struct image vector_file(const char *name)
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
    struct image pem = vector_file(name);
    struct delta_key key;
    struct dfp_key point;

    assert_int_equal(delta_key_read(&key, pem.data, pem.size, NULL), DELTA_OK);
    memcpy(point.point, key.point, sizeof(point.point));
    image_free(&pem);
    return point;
}

void vector_open(struct vector_update *u, const struct vector *v)
{
    memset(u, 0, sizeof(*u));
    u->package = vector_file(v->package);
    u->update.package = u->package.data;
    u->update.package_size = u->package.size;
    u->update.work_size = VECTOR_WORK;
    if (strcmp(v->key, "-") != 0) {
        u->key = read_key(v->key);
        u->update.config.keys = &u->key;
        u->update.config.key_count = 1;
    }
}

void vector_close(struct vector_update *u)
{
    image_free(&u->package);
}

bool vector_one_slot(const struct image *package)
{
    return (package->data[DFOTA_PRE_FEATURES] & DFOTA_FEATURE_IN_PLACE) != 0;
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

struct sim_geometry vector_geometry(bool one_slot, uint32_t erase)
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

    return g;
}

void vector_module(struct vector_module *m, const struct vector *v,
                   const struct image *package, struct sim_geometry geometry)
{
    char name[64];

    memset(m, 0, sizeof(*m));
    for (; find_name(v->old_images, m->count, name); m->count++) {
        struct image old_image = vector_file(name);
        struct dfp_config *config = m->configs + m->count;

        assert_true(m->count < DFOTA_PARTS_MAX);
        assert_true(simflash_new(m->flash + m->count, &geometry, 3 + m->count));
        simflash_load(m->flash + m->count, DFP_OLD, old_image.data,
                      old_image.size);
        simflash_bind(m->flash + m->count, config);
        config->part_id = part_id(package, m->count);
        config->next = m->count + 1 < DFOTA_PARTS_MAX ? config + 1 : NULL;
        image_free(&old_image);
    }
    m->configs[m->count - 1].next = NULL;
}

void vector_bind(struct vector_module *m, struct sim_update *u)
{
    u->config.part_id = m->configs[0].part_id;
    u->config.next = m->configs[0].next;
}

void vector_module_free(struct vector_module *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        simflash_free(m->flash + i);
    }
}

void vector_check_images(const struct vector_module *m, const struct vector *v)
{
    char name[64];

    for (uint32_t i = 0; i < m->count; i++) {
        struct image new_image;

        assert_true(find_name(v->new_images, i, name));
        new_image = vector_file(name);
        check_area(m->flash + i, DFP_NEW, new_image.data, new_image.size);
        image_free(&new_image);
    }
}
