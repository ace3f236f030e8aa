// SPDX-License-Identifier: MIT
// The seam between framing and coding: from two images to one part's stream.

#ifndef DELTA_ENCODE_H
#define DELTA_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "delta.h"

// Two images and what is known of them.
struct delta_pair {
    const uint8_t *old_data;
    uint32_t old_size; // 1..DFOTA_IMAGE_MAX
    const uint8_t *new_data;
    uint32_t new_size; // 1..DFOTA_IMAGE_MAX
};

// What to make of them.
struct delta_coding {
    uint8_t codec;   // DFOTA_CODEC_DEFLATE or DFOTA_CODEC_RANGE
    int level;       // 1..9
    uint32_t ram;    // bytes for map and model (or window and inflate)
    bool base_given; // else the load address is searched for
    uint32_t base;   // of both images
    void (*progress)(void *context, unsigned permille); // may be NULL
    void *context;
};

// One part's stream and the fields of its record that the coding decides.
struct delta_stream {
    uint8_t *data; // malloc'ed, the caller's
    uint32_t size;
    uint8_t codec, codec_version, arch;
    uint16_t map_entries, param;
    uint32_t base; // 0 when there is none
    bool has_base; // given or found
    // Where the bytes went, for reports: rounded, their sum is about size.
    // All 0 for codec deflate, which cannot tell them apart.
    uint32_t bytes_map, bytes_hits, bytes_corrections, bytes_sources,
        bytes_literals;
};

// Errors: DELTA_ERR_NOMEM; DELTA_ERR_LIMIT when ram is too small for the
// codec, *need then is the least that works. On failure out is zeroed.
enum delta_status delta_encode(struct delta_stream *out,
                               const struct delta_pair *pair,
                               const struct delta_coding *coding,
                               uint32_t *need);

#endif
