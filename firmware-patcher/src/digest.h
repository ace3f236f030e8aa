// SPDX-License-Identifier: MIT
// Digests over bytes that come in pieces: SHA-256 (BearSSL) or XXH64 (xxHash).

#ifndef DFOTA_DIGEST_H
#define DFOTA_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "dfota/config.h"
#include "dfota/format.h"

#define XXH_INLINE_ALL // the struct's definition, and no library to link
#include <xxhash.h>

#if DFP_WITH_SIGNATURE
#include <bearssl.h>
#endif

enum dfp_digest_kind {
    DFP_XXH64,
    DFP_SHA256, // only with DFP_WITH_SIGNATURE
};

#define DFP_DIGEST_MAX 32u // bytes of the longest one

// How this build compares images.
#define DFP_IMAGE_DIGEST (DFP_WITH_SIGNATURE ? DFP_SHA256 : DFP_XXH64)

struct dfp_digest {
    union {
        XXH64_state_t xxh;
#if DFP_WITH_SIGNATURE
        br_sha256_context sha;
#endif
    } u;
    enum dfp_digest_kind kind;
};

void dfp_digest_init(struct dfp_digest *d, enum dfp_digest_kind kind);
void dfp_digest_update(struct dfp_digest *d, const void *data, uint32_t size);

// Writes 32 bytes, or for XXH64 the 8 bytes of a u64.
void dfp_digest_final(struct dfp_digest *d, uint8_t *out);

// All in one call. d is room for it: stacks are small.
void dfp_digest_once(struct dfp_digest *d, enum dfp_digest_kind kind,
                     const void *data, uint32_t size, uint8_t *out);

// XXH64, cut to 32 bits: the check of small records.
uint32_t dfp_check32(struct dfp_digest *d, const void *data, uint32_t size);

// Bytes of a chunk digest, by the package's seal.
static inline uint32_t dfp_chunk_digest_size(uint8_t seal)
{
    return seal == DFOTA_SEAL_XXH64 ? DFOTA_DIGEST_XXH64 : DFOTA_DIGEST_SHA256;
}

static inline enum dfp_digest_kind dfp_chunk_digest_kind(uint8_t seal)
{
    return seal == DFOTA_SEAL_XXH64 ? DFP_XXH64 : DFP_SHA256;
}

#endif
