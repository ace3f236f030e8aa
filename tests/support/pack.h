// SPDX-License-Identifier: MIT
// A small package writer for tests, independent of libdelta: it writes what it
// is told, also what no encoder would.

#ifndef TESTS_PACK_H
#define TESTS_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dfota/patcher.h"

// Bytes that grow. Zero it to begin; running out of memory aborts.
struct pack_bytes {
    uint8_t *data;
    size_t size;
    size_t room;
};

void pack_free(struct pack_bytes *b);
void pack_append(struct pack_bytes *b, const void *data, size_t size);
void pack_u8(struct pack_bytes *b, uint32_t value);
void pack_u16(struct pack_bytes *b, uint32_t value);
void pack_u32(struct pack_bytes *b, uint32_t value);
void pack_varint(struct pack_bytes *b, uint32_t value);
void pack_svarint(struct pack_bytes *b, int32_t value);

// Append `size` bytes as one raw DEFLATE segment.
void pack_segment(struct pack_bytes *b, const void *data, size_t size,
                  int window_bits);

// A package of one part. Zero it for an unsigned package in two-slot mode with
// a codec that needs neither map nor parameter, then set what is needed.
struct pack {
    bool is_signed;      // with pack_key
    uint32_t chunk_size; // 0: 64
    uint32_t counter;
    uint32_t features;
    uint32_t mode;
    uint32_t codec, arch, map_entries, param;
    uint32_t codec_version;  // 0: the one of the codec
    uint32_t format_version; // 0: 1
    uint32_t ram;            // 0: as FORMAT.md 2.5 computes it
    uint32_t base, new_base; // new_base: written if it differs from base
    bool no_image_check;     // leave record 5 out
    const char *product, *from_version, *to_version; // NULL: left out
    struct pack_bytes records; // further optional records, with higher tags
    const uint8_t *old_data, *new_data;
    uint32_t old_size, new_size;
    const uint8_t *stream; // NULL: new_data, for codec stored
    uint32_t stream_size;
};

// The package, in bytes that are the caller's to free.
struct pack_bytes pack_make(const struct pack *p);

// Bytes before chunk 0 of a package.
size_t pack_head_size(const struct pack_bytes *package);

// Compute the seal again, after a change to preamble or manifest.
void pack_reseal(struct pack_bytes *package);

// The public half of the key that signs, and a key that signs nothing.
struct dfp_key pack_key(void);
struct dfp_key pack_other_key(void);

#endif
