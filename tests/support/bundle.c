// SPDX-License-Identifier: MIT
// Packages of three parts, and modules for them.

#include "bundle.h"

#include <stdio.h>
#include <string.h>

#include "package.h"
#include "sign.h"

const uint8_t bundle_ids[BUNDLE_PARTS] = {0, 3, 7};
const struct delta_span bundle_ranges[BUNDLE_RANGES] = {
    {5, 9}, {250, 270}, {512, 768}, {1000, 1003}};
const struct delta_span bundle_whole[1] = {{256, 512}};

// Chunks smaller than libdelta chooses, so that there are many.
static bool rechunk(struct delta_bytes *package)
{
    struct delta_draft draft;
    struct delta_bytes stream;
    bool ok =
        delta_package_open(&draft, &stream, package->data, NULL) == DELTA_OK;

    delta_free(package);
    draft.ram -= draft.chunk_size - BUNDLE_CHUNK;
    draft.chunk_size = BUNDLE_CHUNK;
    ok = ok && delta_seal(package, &draft, NULL, NULL) == DELTA_OK;
    delta_free(&stream);
    return ok;
}

static void find_starts(struct bundle *b)
{
    uint32_t at = delta_body_at(b->package.data);

    for (uint32_t i = 0; i < BUNDLE_PARTS; i++) {
        struct delta_chunks chunks = delta_package_cut(b->package.data, i);

        b->starts[i] = at;
        at += (chunks.count - 1) * BUNDLE_CHUNK + chunks.last_size;
    }
}

bool bundle_pack(struct bundle *b, struct delta_part_input *parts,
                 const struct delta_options *options)
{
    struct delta_image images[2 * BUNDLE_PARTS];
    struct delta_error error = {DELTA_OK, "", ""};
    bool ok = true;

    delta_free(&b->package);
    for (uint32_t i = 0; i < 2 * BUNDLE_PARTS; i++) {
        const struct image *image =
            i % 2 == 0 ? &b->old_images[i / 2] : &b->new_images[i / 2];

        ok = delta_image_read(&images[i], image->data, image->size,
                              DELTA_FILE_RAW, &error) == DELTA_OK &&
             ok;
    }
    for (uint32_t i = 0; i < BUNDLE_PARTS; i++) {
        parts[i].old_image = b->is_full[i] ? NULL : &images[2 * i];
        parts[i].new_image = &images[2 * i + 1];
    }
    ok = ok && delta_make_parts(&b->package, NULL, parts, BUNDLE_PARTS, options,
                                &error) == DELTA_OK;
    if (!ok) {
        fprintf(stderr, "%s: %s\n", error.subject, error.text);
    }
    for (uint32_t i = 0; i < 2 * BUNDLE_PARTS; i++) {
        delta_image_free(&images[i]);
    }
    return ok;
}

static void keep_ranges(struct image *expected, const struct image *old_image,
                        const struct delta_span *spans, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        memcpy(expected->data + spans[i].start,
               old_image->data + spans[i].start, spans[i].end - spans[i].start);
    }
}

static bool make_images(struct bundle *b)
{
    static const uint32_t sizes[BUNDLE_PARTS] = {1900, 1300, 1100};
    bool ok = true;

    for (uint32_t i = 0; i < BUNDLE_PARTS; i++) {
        b->old_images[i] = image_make(40 + i, 0, sizes[i]);
        b->new_images[i] = image_make(40 + i, 1, sizes[i]);
        b->expected[i] =
            image_copy(b->new_images[i].data, b->new_images[i].size);
        ok = ok && b->old_images[i].data != NULL &&
             b->new_images[i].data != NULL && b->expected[i].data != NULL;
    }
    return ok;
}

struct delta_options bundle_options(bool in_place)
{
    return (struct delta_options){
        .ram = 12288,
        .level = 3,
        .product = BUNDLE_PRODUCT,
        .mode = in_place ? DELTA_IN_PLACE : DELTA_TWO_SLOT,
        .in_place = {.scratch_size = BUNDLE_SCRATCH,
                     .block_size = BUNDLE_BLOCK},
    };
}

bool bundle_make(struct bundle *b, bool in_place)
{
    struct delta_options options = bundle_options(in_place);
    struct delta_options deflate = options;
    struct delta_part_input parts[BUNDLE_PARTS];

    memset(b, 0, sizeof(*b));
    memset(parts, 0, sizeof(parts));
    b->in_place = in_place;
    b->is_full[2] = true;
    deflate.codec = DELTA_DEFLATE;
    for (uint32_t i = 0; i < BUNDLE_PARTS; i++) {
        parts[i].id = bundle_ids[i];
    }
    parts[0].unmanaged = bundle_ranges;
    parts[0].unmanaged_count = BUNDLE_RANGES;
    parts[1].options = &deflate;
    parts[2].unmanaged = bundle_whole;
    parts[2].unmanaged_count = 1;
    if (!make_images(b) || !bundle_pack(b, parts, &options) ||
        !rechunk(&b->package)) {
        return false;
    }
    keep_ranges(&b->expected[0], &b->old_images[0], bundle_ranges,
                BUNDLE_RANGES);
    keep_ranges(&b->expected[2], &b->old_images[2], bundle_whole, 1);
    find_starts(b);
    return true;
}

void bundle_free(struct bundle *b)
{
    for (uint32_t i = 0; i < BUNDLE_PARTS; i++) {
        image_free(&b->old_images[i]);
        image_free(&b->new_images[i]);
        image_free(&b->expected[i]);
    }
    delta_free(&b->package);
}

// --- Modules ---------------------------------------------------------------

static uint32_t slot_size(const struct bundle *b, uint32_t part)
{
    uint32_t a = b->old_images[part].size;
    uint32_t size = b->new_images[part].size;

    size = a > size ? a : size;
    return (size + BUNDLE_BLOCK - 1) / BUNDLE_BLOCK * BUNDLE_BLOCK;
}

static uint32_t journal_size(const struct bundle *b,
                             const struct dfp_config *config)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < BUNDLE_PARTS; i++) {
        struct dfp_info info;
        size_t wanted;
        uint32_t size;

        (void)dfp_peek_part(b->package.data, b->package.size, i, &info,
                            &wanted);
        size = dfp_journal_size(&info, config);
        most = size > most ? size : most;
    }
    return most;
}

bool bundle_module(struct slots *s, const struct bundle *b, bool one_slot)
{
    struct sim_geometry g[BUNDLE_PARTS];
    struct sim_update u = bundle_update(b);

    memset(g, 0, sizeof(g));
    for (uint32_t i = 0; i < BUNDLE_PARTS; i++) {
        g[i] = (struct sim_geometry){
            .slot_size = slot_size(b, i),
            .slot_erase = BUNDLE_BLOCK,
            .slot_program = 32,
            .journal_erase = 512,
            .journal_program = 8,
            .one_slot = one_slot,
        };
    }
    g[0].journal_size = 65536;
    if (one_slot) {
        g[0].scratch_size = BUNDLE_SCRATCH;
        g[0].scratch_erase = BUNDLE_BLOCK;
        g[0].scratch_program = 16;
    }
    if (!slots_new(s, g, BUNDLE_PARTS)) {
        return false;
    }
    s->config[0].checkpoint_bytes = u.config.checkpoint_bytes;
    g[0].journal_size = journal_size(b, &s->config[0]);
    slots_free(s);
    if (!slots_new(s, g, BUNDLE_PARTS)) {
        return false;
    }
    for (uint32_t i = 0; i < BUNDLE_PARTS; i++) {
        s->config[i].part_id = bundle_ids[i];
        simflash_load(&s->flash[i], DFP_OLD, b->old_images[i].data,
                      b->old_images[i].size);
    }
    return true;
}

struct sim_update bundle_update(const struct bundle *b)
{
    return (struct sim_update){
        .package = b->package.data,
        .package_size = (uint32_t)b->package.size,
        .config = {.product = BUNDLE_PRODUCT, .checkpoint_bytes = 200},
        .piece = 100,
    };
}
