// SPDX-License-Identifier: MIT
// What the fuzz targets have in common: a module with one old image.

#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <bearssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "reseal.h"
#include "simflash.h"
#include "simupdate.h"

#define TARGET_SEED 91u
#define TARGET_IMAGE 1500u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// A property does not hold: the fuzzer keeps the input.
static inline void require(bool holds, const char *property)
{
    if (!holds) {
        fprintf(stderr, "property broken: %s\n", property);
        abort();
    }
}

static inline struct image target_old_image(void)
{
    struct image image = image_make(TARGET_SEED, 0, TARGET_IMAGE);

    require(image.data != NULL, "memory for the old image");
    return image;
}

// The unsigned package of each codec for the old image, made once.
static inline const struct update_case *target_case(uint32_t kind)
{
    static struct update_case cases[CASE_CODECS];

    if (cases[kind].package.data == NULL) {
        require(case_make(cases + kind, kind, TARGET_SEED, TARGET_IMAGE),
                "a package can be made");
    }
    return cases + kind;
}

static inline void target_module(struct simflash *flash,
                                 const struct image *old_image)
{
    static const struct sim_geometry geometry = {.slot_size = 4096,
                                                 .slot_erase = 256,
                                                 .slot_program = 16,
                                                 .journal_size = 65536,
                                                 .journal_erase = 256,
                                                 .journal_program = 16};

    require(simflash_new(flash, &geometry, 1), "memory for the module");
    simflash_load(flash, DFP_OLD, old_image->data, old_image->size);
}

// Whether the new slot holds the image that the package promises.
static inline bool target_is_promised(const struct simflash *flash,
                                      const uint8_t *package, uint32_t size)
{
    struct dfp_info info;
    size_t wanted;
    br_sha256_context sha;
    uint8_t digest[32];

    if (dfp_peek(package, size, &info, &wanted) != DFP_OK || wanted != 0 ||
        info.new_size > simflash_area_size(flash, DFP_NEW)) {
        return false;
    }
    br_sha256_init(&sha);
    br_sha256_update(&sha, simflash_area(flash, DFP_NEW), info.new_size);
    br_sha256_out(&sha, digest);
    return memcmp(digest, info.new_sha256, sizeof(digest)) == 0;
}

// What must hold after any update, whatever the package is.
static inline void target_check(const struct simflash *flash,
                                const struct image *old_image,
                                const struct sim_update *u,
                                const struct sim_result *r)
{
    require(flash->breach[0] == '\0', flash->breach);
    require(r->status != DFP_ERR_ARGUMENT, "the config is sound");
    require(r->status != DFP_ERR_FLASH, "the flash does not fail");
    require(memcmp(simflash_area(flash, DFP_OLD), old_image->data,
                   old_image->size) == 0,
            "the old image is untouched");
    require(r->status != DFP_DONE ||
                target_is_promised(flash, u->package, u->package_size),
            "done only with the image that the package promises");
}

#endif
