// SPDX-License-Identifier: MIT
// The seam between framing and coding: from two images to one part's stream.

#ifndef DELTA_ENCODE_H
#define DELTA_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cursor.h"
#include "delta.h"
#include "delta_image.h"
#include "geometry.h"
#include "rangecode.h"

// Two images and what is known of them.
struct delta_pair {
    const uint8_t *old_data;
    uint32_t old_size; // 0..DFOTA_IMAGE_MAX; 0: a full image
    const uint8_t *new_data;
    uint32_t new_size;                               // 1..DFOTA_IMAGE_MAX
    const struct delta_image *old_image, *new_image; // NULL: only the bytes
};

// Work memory that a module may have.
struct delta_budget {
    uint32_t ram;        // in all
    uint32_t memory;     // of that for tables and model (or window and inflate)
    uint32_t chunk_size; // of the package
    uint32_t digest_size; // of each chunk
    uint32_t more;        // of ram: what features add
};

#define DELTA_BUDGETS_MAX 16u

// What to make of them.
struct delta_coding {
    uint8_t codec; // DFOTA_CODEC_DEFLATE or DFOTA_CODEC_RANGE
    int level;     // 1..9
    const struct delta_budget *budgets; // ascending; the best one is taken
    uint32_t budget_count;              // 1..DELTA_BUDGETS_MAX
    bool base_given;                    // else the load address is searched for
    uint32_t base;                      // of both images
    bool arch_given;                    // else found, or as files say
    uint32_t arch;                      // of all code in both images
    const struct delta_place_limits *place; // NULL: two slots
    bool trace;       // tell what was spent on each byte; codec range
    uint32_t threads; // at least 1
    void (*progress)(void *context, unsigned permille); // may be NULL
    void *context;
};

// One part's stream and the fields of its record that the coding decides.
struct delta_stream {
    uint8_t *data; // malloc'ed, the caller's
    uint32_t size;
    uint8_t codec, codec_version, arch;
    uint16_t table_entries, param;
    struct delta_budget budget;   // that it was made for
    struct delta_inplace inplace; // all 0 for two slots; nothing is kept in it
    uint16_t map_entries;
    uint32_t base, new_base; // 0 when there is none
    bool has_base;           // given or found
    uint32_t regions;        // of the old image
    // Where the bytes went, for reports: rounded, their sum is about size.
    // All 0 for codec deflate, which cannot tell them apart.
    uint32_t bytes_map, bytes_hits, bytes_corrections, bytes_sources,
        bytes_literals;
    // Codec range, if coding asks for it.
    struct delta_tally tally;
    struct delta_trace trace; // malloc'ed, the caller's
};

// One region in each image, and what the manifest says of them is enough.
static inline bool delta_is_plain(const struct dfc_space *space)
{
    return space->old_regions.count == 1 && space->new_regions.count == 1 &&
           space->old_regions.list->arch == space->new_regions.list->arch;
}

// The least memory that a codec works with.
uint32_t delta_encode_least(uint8_t codec);

// Errors: DELTA_ERR_NOMEM; DELTA_ERR_LIMIT when a budget has less memory than
// delta_encode_least. On failure out is zeroed.
enum delta_status delta_encode(struct delta_stream *out,
                               const struct delta_pair *pair,
                               const struct delta_coding *coding);

#endif
