// SPDX-License-Identifier: MIT
// The module that any bytes as a package are for: one slot or two, a slot for
// each part, in all of them the target's old image.

#ifndef FUZZ_TARGET_MODULE_H
#define FUZZ_TARGET_MODULE_H

#include "bytes.h"
#include "package.h"
#include "target.h"

// A part's flash; the first one has journal and scratch area.
struct module {
    uint32_t count;
    bool one_slot;
    struct simflash flash[DFOTA_PARTS_MAX];
    struct dfp_config configs[DFOTA_PARTS_MAX];
};

static inline uint8_t module_byte(const struct image *package, size_t at)
{
    return at < package->size ? package->data[at] : 0;
}

static inline uint32_t module_parts(const struct image *package)
{
    uint8_t parts = module_byte(package, DFOTA_PREAMBLE_SIZE + DFOTA_MAN_PARTS);

    if ((module_byte(package, DFOTA_PRE_FEATURES) & DFOTA_FEATURE_PARTS) == 0) {
        return 1;
    }
    return parts < 1 ? 1 : parts < DFOTA_PARTS_MAX ? parts : DFOTA_PARTS_MAX;
}

static inline uint8_t module_part_id(const struct image *package, uint32_t part)
{
    uint32_t digest = module_byte(package, DFOTA_PRE_SEAL) == DFOTA_SEAL_XXH64
                          ? DFOTA_DIGEST_XXH64
                          : DFOTA_DIGEST_SHA256;

    return module_byte(package, DFOTA_PREAMBLE_SIZE + DFOTA_MAN_DIGEST +
                                    digest + DFOTA_PART_SIZE * part +
                                    DFOTA_PART_ID);
}

// one_slot: also for packages that are not in place.
static inline void module_open(struct module *m, const struct image *package,
                               const struct image *old_image, bool one_slot)
{
    struct sim_geometry g;

    memset(m, 0, sizeof(*m));
    m->count = module_parts(package);
    m->one_slot = one_slot || (module_byte(package, DFOTA_PRE_FEATURES) &
                               DFOTA_FEATURE_IN_PLACE) != 0;
    g = target_geometry(m->one_slot);
    for (uint32_t i = 0; i < m->count; i++) {
        struct dfp_config *config = m->configs + i;

        require(simflash_new(m->flash + i, &g, 1 + i), "memory for a slot");
        simflash_load(m->flash + i, DFP_OLD, old_image->data, old_image->size);
        simflash_bind(m->flash + i, config);
        config->part_id = module_part_id(package, i);
        config->next = i + 1 < m->count ? config + 1 : NULL;
        g.journal_size = 512;
    }
}

static inline void module_close(struct module *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        simflash_free(m->flash + i);
    }
}

static inline void module_reboot(struct module *m, uint64_t seed)
{
    for (uint32_t i = 0; i < m->count; i++) {
        simflash_reboot(m->flash + i, seed);
    }
}

// The slot holds the image that the package promises for a part, and in it the
// module's own bytes as they were.
static inline bool module_has_part(const struct module *m,
                                   const struct sim_update *u,
                                   const struct image *old_image, uint32_t part)
{
    const uint8_t *found = simflash_area(m->flash + part, DFP_NEW);
    uint32_t slot_size = simflash_area_size(m->flash + part, DFP_NEW);
    struct image old_slot = {NULL, 0};
    struct image image;
    struct dfp_info info;
    size_t wanted;
    uint8_t digest[32];
    bool same;

    if (dfp_peek_part(u->package, u->package_size, part, &info, &wanted) !=
            DFP_OK ||
        wanted != 0 || info.new_size > slot_size) {
        return false;
    }
    image = image_copy(found, slot_size);
    old_slot = image_copy(found, slot_size);
    require(image.data != NULL && old_slot.data != NULL, "memory");
    memset(old_slot.data, 0xFF, slot_size);
    memcpy(old_slot.data, old_image->data, old_image->size);
    reseal_unmanaged(u->package, u->package_size, part, image.data, image.size,
                     NULL);
    delta_sha256(digest, image.data, info.new_size);
    reseal_unmanaged(u->package, u->package_size, part, image.data, image.size,
                     old_slot.data);
    same = memcmp(digest, info.new_sha256, sizeof(digest)) == 0 &&
           memcmp(image.data, found, slot_size) == 0;
    image_free(&image);
    image_free(&old_slot);
    return same;
}

// What must hold after any update, whatever the package is.
static inline void module_check(const struct module *m,
                                const struct sim_update *u,
                                const struct image *old_image,
                                const struct sim_result *r)
{
    require(r->status != DFP_ERR_ARGUMENT, "the config is sound");
    require(r->status != DFP_ERR_FLASH, "the flash does not fail");
    for (uint32_t i = 0; i < m->count; i++) {
        require(m->flash[i].breach[0] == '\0', m->flash[i].breach);
        require(m->one_slot || memcmp(simflash_area(m->flash + i, DFP_OLD),
                                      old_image->data, old_image->size) == 0,
                "the old image is untouched");
        require(r->status != DFP_DONE || module_has_part(m, u, old_image, i),
                "done only with the images that the package promises");
    }
}

#endif
