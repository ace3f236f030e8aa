// SPDX-License-Identifier: MIT
// Ready packages for tests.

#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "delta_image.h"
#include "package.h"
#include "sign.h"

#define CHUNK_SIZE 128u

// Made for these tests and known to everybody: it protects nothing.
static const char case_pem[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEIOjbVC+iqbsvElizW8vgEV7c05SmcszKCutUy++ionahoAoGCCqGSM49\n"
    "AwEHoUQDQgAEhnPUqmWM0R042Gt0ZmZNkPuzwX+fx62/mxsgoyro0FU00iY5LO3S\n"
    "qSd9UrVtA/s3XgLJn2wuHJqrL8k9lmFcFg==\n"
    "-----END EC PRIVATE KEY-----\n";

const struct dfp_key case_key = {{
    0x04, 0x86, 0x73, 0xd4, 0xaa, 0x65, 0x8c, 0xd1, 0x1d, 0x38, 0xd8,
    0x6b, 0x74, 0x66, 0x66, 0x4d, 0x90, 0xfb, 0xb3, 0xc1, 0x7f, 0x9f,
    0xc7, 0xad, 0xbf, 0x9b, 0x1b, 0x20, 0xa3, 0x2a, 0xe8, 0xd0, 0x55,
    0x34, 0xd2, 0x26, 0x39, 0x2c, 0xed, 0xd2, 0xa9, 0x27, 0x7d, 0x52,
    0xb5, 0x6d, 0x03, 0xfb, 0x37, 0x5e, 0x02, 0xc9, 0x9f, 0x6c, 0x2e,
    0x1c, 0x9a, 0xab, 0x2f, 0xc9, 0x3d, 0x96, 0x61, 0x5c, 0x16,
}};

const struct dfp_key case_other_key = {{
    0x04, 0x79, 0xde, 0xad, 0x68, 0x30, 0x18, 0x3b, 0xea, 0xed, 0x65,
    0xe2, 0x8c, 0xf4, 0x27, 0xb1, 0xe6, 0x5a, 0x48, 0xfc, 0x7a, 0x81,
    0x7d, 0x5b, 0x16, 0xcc, 0xbe, 0xf1, 0x5a, 0xe7, 0x81, 0x0f, 0xb2,
    0x08, 0xc0, 0xee, 0x58, 0x61, 0x0c, 0xb0, 0x42, 0xb9, 0xdb, 0x00,
    0x65, 0x07, 0x2f, 0x24, 0x7e, 0xa3, 0xc7, 0x50, 0x15, 0x43, 0x69,
    0xf7, 0x92, 0x8b, 0xd5, 0x0f, 0xc9, 0xf6, 0x15, 0xec, 0xa4,
}};

bool case_signing_key(struct delta_key *key)
{
    return delta_key_read(key, case_pem, strlen(case_pem), NULL) == DELTA_OK;
}

// --- Packages --------------------------------------------------------------

struct image image_noise(uint32_t seed, uint32_t size)
{
    struct image image = image_make(seed, 0, size);
    uint64_t random = seed;

    for (uint32_t i = 0; i < image.size; i++) {
        image.data[i] = (uint8_t)sim_random(&random);
    }
    return image;
}

// What is known of the images but their bytes: NULL, or regions.
static bool pack(struct update_case *c, const struct delta_image *old_image,
                 const struct delta_image *new_image)
{
    struct delta_options options;
    struct delta_key key;
    struct delta_error error;
    enum delta_status status;

    memset(&options, 0, sizeof(options));
    options.codec = c->codec == CASE_DEFLATE ? DELTA_DEFLATE : DELTA_RANGE;
    options.ram = c->codec == CASE_DEFLATE ? 24576 : 16384;
    options.has_base = old_image == NULL;
    options.base = IMAGES_BASE;
    options.product = CASE_PRODUCT;
    options.from_version = "1.0";
    options.to_version = "1.1";
    options.counter = CASE_COUNTER;
    options.key = c->is_signed ? &key : NULL;
    options.mode = c->is_in_place ? DELTA_IN_PLACE : DELTA_TWO_SLOT;
    options.in_place = c->in_place;
    if (c->is_signed && !case_signing_key(&key)) {
        return false;
    }
    if (old_image != NULL) {
        status = delta_make_images(&c->package, NULL, old_image, new_image,
                                   &options, &error);
    } else {
        status =
            delta_make(&c->package, NULL, c->old_image.data, c->old_image.size,
                       c->new_image.data, c->new_image.size, &options, &error);
    }
    if (status != DELTA_OK) {
        fprintf(stderr, "%s: %s: %s\n", c->name, error.subject, error.text);
    }
    return status == DELTA_OK;
}

// Cut the stream anew, into chunks smaller than libdelta chooses, so that even
// small packages have many.
static bool rechunk(struct update_case *c, uint32_t chunk_size)
{
    struct delta_draft draft;
    struct delta_bytes stream;
    struct delta_key key;
    enum delta_status status;

    status = delta_package_open(&draft, &stream, c->package.data, NULL);
    if (status != DELTA_OK || (c->is_signed && !case_signing_key(&key))) {
        return false;
    }
    delta_free(&c->package);
    draft.ram -= draft.chunk_size - chunk_size;
    draft.chunk_size = chunk_size;
    status = delta_seal(&c->package, &draft, c->is_signed ? &key : NULL, NULL);
    delta_free(&stream);
    return status == DELTA_OK;
}

// The codec asked for, not the stored form that a useless delta gives way to.
static bool has_codec(const struct update_case *c)
{
    static const uint8_t codecs[CASE_CODECS] = {
        DFOTA_CODEC_STORED,
        DFOTA_CODEC_DEFLATE,
        DFOTA_CODEC_RANGE,
    };
    struct dfp_info info;
    size_t wanted;

    if (dfp_peek(c->package.data, c->package.size, &info, &wanted) != DFP_OK ||
        wanted != 0 || info.codec != codecs[c->codec]) {
        fprintf(stderr, "%s: package of another codec\n", c->name);
        return false;
    }
    return true;
}

static bool pack_images(struct update_case *c, uint32_t kind,
                        struct image old_image, struct image new_image,
                        const struct delta_in_place *in_place)
{
    static const char *const names[CASE_CODECS] = {
        "stored",
        "deflate",
        "range",
    };

    memset(c, 0, sizeof(*c));
    c->codec = (enum case_codec)(kind % CASE_CODECS);
    c->is_signed = kind >= CASE_CODECS;
    c->old_image = old_image;
    c->new_image = new_image;
    if (in_place != NULL) {
        c->is_in_place = true;
        c->in_place = *in_place;
    }
    snprintf(c->name, sizeof(c->name), "%s%s", names[c->codec],
             c->is_signed ? "-signed" : "");
    if (old_image.data == NULL || new_image.data == NULL ||
        !pack(c, NULL, NULL) || !has_codec(c)) {
        case_free(c);
        return false;
    }
    return true;
}

bool case_pack(struct update_case *c, uint32_t kind, struct image old_image,
               struct image new_image)
{
    return pack_images(c, kind, old_image, new_image, NULL);
}

bool case_in_place(struct update_case *c, uint32_t kind, struct image old_image,
                   struct image new_image,
                   const struct delta_in_place *in_place)
{
    return pack_images(c, kind, old_image, new_image, in_place);
}

bool case_make(struct update_case *c, uint32_t kind, uint32_t seed,
               uint32_t size)
{
    bool noise = kind % CASE_CODECS == CASE_STORED;
    struct image old_image = image_make(seed, 0, size);
    struct image new_image =
        noise ? image_noise(seed, size) : image_make(seed, 1, size);

    if (!case_pack(c, kind, old_image, new_image)) {
        return false;
    }
    if (!rechunk(c, CHUNK_SIZE)) {
        case_free(c);
        return false;
    }
    return true;
}

// Vectors, code, and the rest, which is somewhere else.
static struct delta_image three_regions(const struct image *image,
                                        uint32_t base)
{
    struct delta_image stated;

    memset(&stated, 0, sizeof(stated));
    stated.data = image->data;
    stated.size = image->size;
    stated.has_addresses = true;
    stated.region_count = 3;
    stated.regions[0] =
        (struct delta_region){0, IMAGES_BASE, DFOTA_ARCH_NONE, false};
    stated.regions[1] =
        (struct delta_region){64, IMAGES_BASE + 64, DFOTA_ARCH_THUMB, true};
    stated.regions[2] =
        (struct delta_region){image->size / 2, base, DFOTA_ARCH_THUMB, true};
    return stated;
}

bool case_regions(struct update_case *c, uint32_t seed, uint32_t size)
{
    struct delta_image old_image, new_image;

    memset(c, 0, sizeof(*c));
    c->codec = CASE_RANGE;
    c->old_image = image_make(seed, 0, size);
    c->new_image = image_make(seed, 1, size);
    snprintf(c->name, sizeof(c->name), "range-regions");
    old_image = three_regions(&c->old_image, 0x60000000);
    new_image = three_regions(&c->new_image, 0x70000000);
    if (old_image.data == NULL || new_image.data == NULL ||
        !pack(c, &old_image, &new_image) || !has_codec(c) ||
        !rechunk(c, CHUNK_SIZE)) {
        case_free(c);
        return false;
    }
    return true;
}

void case_free(struct update_case *c)
{
    image_free(&c->old_image);
    image_free(&c->new_image);
    delta_free(&c->package);
}

// --- Modules ---------------------------------------------------------------

static uint32_t round_up(uint32_t size, uint32_t unit)
{
    return (size + unit - 1) / unit * unit;
}

struct sim_geometry case_geometry(const struct update_case *c, uint32_t erase,
                                  uint32_t program, uint32_t journal_blocks)
{
    uint32_t size = c->old_image.size > c->new_image.size ? c->old_image.size
                                                          : c->new_image.size;
    struct sim_geometry g = {.slot_size = round_up(size, erase),
                             .slot_erase = erase,
                             .slot_program = program,
                             .journal_size = journal_blocks * erase,
                             .journal_erase = erase,
                             .journal_program = program};

    if (c->is_in_place) {
        g.one_slot = true;
        g.scratch_size = c->in_place.scratch_size;
        g.scratch_erase = erase;
        g.scratch_program = program;
    }
    return g;
}

struct sim_geometry case_least_geometry(const struct update_case *c,
                                        uint32_t erase, uint32_t program,
                                        uint32_t checkpoint_bytes,
                                        uint32_t journal_program)
{
    struct sim_geometry g = case_geometry(c, erase, program, 2);
    struct dfp_config config;
    struct dfp_info info;
    size_t wanted;

    memset(&config, 0, sizeof(config));
    config.old_size = g.slot_size;
    config.new_size = g.slot_size;
    config.new_erase_size = erase;
    config.new_program_size = program;
    config.journal_size = g.journal_size;
    config.journal_erase_size = erase;
    config.journal_program_size = journal_program;
    g.journal_program = journal_program;
    config.scratch_size = g.scratch_size;
    config.scratch_erase_size = g.scratch_erase;
    config.scratch_program_size = g.scratch_program;
    config.checkpoint_bytes = checkpoint_bytes;
    if (dfp_peek(c->package.data, c->package.size, &info, &wanted) == DFP_OK) {
        g.journal_size = dfp_journal_size(&info, &config);
    }
    return g;
}

bool case_module(struct simflash *flash, const struct update_case *c,
                 const struct sim_geometry *geometry)
{
    if (!simflash_new(flash, geometry, 1)) {
        return false;
    }
    simflash_load(flash, DFP_OLD, c->old_image.data, c->old_image.size);
    return true;
}

struct sim_update case_update(const struct update_case *c)
{
    struct sim_update u;

    memset(&u, 0, sizeof(u));
    u.package = c->package.data;
    u.package_size = (uint32_t)c->package.size;
    u.config.product = CASE_PRODUCT;
    u.config.counter = CASE_COUNTER;
    if (c->is_signed) {
        u.config.keys = &case_key;
        u.config.key_count = 1;
    }
    return u;
}
