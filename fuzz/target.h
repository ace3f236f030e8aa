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

// The same for a module of one slot.
static inline const struct update_case *target_case_in_place(uint32_t kind)
{
    static struct update_case cases[CASE_CODECS];
    struct update_case *c = cases + kind;

    if (c->package.data == NULL) {
        struct delta_options options = {
            .codec = kind == CASE_DEFLATE ? DELTA_DEFLATE : DELTA_RANGE,
            .ram = 24576,
            .has_base = true,
            .base = IMAGES_BASE,
            .product = CASE_PRODUCT,
            .counter = CASE_COUNTER,
            .mode = DELTA_IN_PLACE,
            .in_place = {.scratch_size = 256, .block_size = 64},
        };
        struct delta_error error;

        require(case_make(c, kind, TARGET_SEED, TARGET_IMAGE),
                "images can be made");
        delta_free(&c->package);
        if (delta_make(&c->package, NULL, c->old_image.data, c->old_image.size,
                       c->new_image.data, c->new_image.size, &options,
                       &error) != DELTA_OK) {
            require(false, error.text);
        }
    }
    return c;
}

static inline struct sim_geometry target_geometry(bool one_slot)
{
    struct sim_geometry g = {.slot_size = 4096,
                             .slot_erase = 256,
                             .slot_program = 16,
                             .journal_size = 65536,
                             .journal_erase = 256,
                             .journal_program = 16};

    if (one_slot) {
        g.one_slot = true;
        g.slot_erase = 64;
        g.scratch_size = 4096;
        g.scratch_erase = 64;
        g.scratch_program = 16;
    }
    return g;
}

static inline void target_slot(struct simflash *flash,
                               const struct image *old_image, bool one_slot)
{
    struct sim_geometry g = target_geometry(one_slot);

    require(simflash_new(flash, &g, 1), "memory for the module");
    simflash_load(flash, DFP_OLD, old_image->data, old_image->size);
}

static inline void target_module(struct simflash *flash,
                                 const struct image *old_image)
{
    target_slot(flash, old_image, false);
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

#endif
