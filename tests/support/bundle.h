// SPDX-License-Identifier: MIT
// A package of three parts for tests, one of each kind, and the module that it
// is for.

#ifndef TESTS_BUNDLE_H
#define TESTS_BUNDLE_H

#include "delta_parts.h"
#include "images.h"
#include "slots.h"

#define BUNDLE_PARTS 3u
#define BUNDLE_BLOCK 256u
#define BUNDLE_SCRATCH (3u * BUNDLE_BLOCK)
#define BUNDLE_CHUNK 128u
#define BUNDLE_PRODUCT "bundle"

// 0: a delta of codec range, 1: one of codec deflate, 2: an image of its own.
extern const uint8_t bundle_ids[BUNDLE_PARTS];

// The module's own bytes in part 0: unaligned, over two blocks, a whole block.
#define BUNDLE_RANGES 4u
extern const struct delta_span bundle_ranges[BUNDLE_RANGES];
// In part 2 a whole block, as a full image needs it in one slot.
extern const struct delta_span bundle_whole[1];

struct bundle {
    struct image old_images[BUNDLE_PARTS], new_images[BUNDLE_PARTS];
    struct image expected[BUNDLE_PARTS]; // new ones with the module's own bytes
    bool is_full[BUNDLE_PARTS];
    struct delta_bytes package;
    bool in_place;
    uint32_t starts[BUNDLE_PARTS]; // of each part's chunks in the package
};

// False when libdelta fails: the reason is then on stderr.
bool bundle_make(struct bundle *b, bool in_place);
void bundle_free(struct bundle *b);

// Make another package of the same images: parts say all but the images.
struct delta_options bundle_options(bool in_place);
bool bundle_pack(struct bundle *b, struct delta_part_input *parts,
                 const struct delta_options *options);

// A module that runs the old images, with the least journal that serves; and
// the update to feed it with. False when memory runs out.
bool bundle_module(struct slots *s, const struct bundle *b, bool one_slot);
struct sim_update bundle_update(const struct bundle *b);

#endif
