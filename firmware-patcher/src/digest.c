// SPDX-License-Identifier: MIT
// Digests: a common face for BearSSL's SHA-256 and xxHash's XXH64.

// Even for size gcc unfolds xxHash's rounds: a quarter of this file's text.
#if defined(__OPTIMIZE_SIZE__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("no-inline")
#define ROUNDS_ARE_CALLED
#endif

#include "digest.h"

#ifdef ROUNDS_ARE_CALLED
#pragma GCC pop_options
#endif

#include "bytes.h"

void dfp_digest_init(struct dfp_digest *d, enum dfp_digest_kind kind)
{
    d->kind = kind;
#if DFP_WITH_SIGNATURE
    if (kind == DFP_SHA256) {
        br_sha256_init(&d->u.sha);
        return;
    }
#endif
    (void)XXH64_reset(&d->u.xxh, 0);
}

void dfp_digest_update(struct dfp_digest *d, const void *data, uint32_t size)
{
#if DFP_WITH_SIGNATURE
    if (d->kind == DFP_SHA256) {
        br_sha256_update(&d->u.sha, data, size);
        return;
    }
#endif
    (void)XXH64_update(&d->u.xxh, data, size);
}

void dfp_digest_final(struct dfp_digest *d, uint8_t *out)
{
    uint64_t value;

#if DFP_WITH_SIGNATURE
    if (d->kind == DFP_SHA256) {
        br_sha256_out(&d->u.sha, out);
        return;
    }
#endif
    value = XXH64_digest(&d->u.xxh);
    dfc_put32(out, (uint32_t)value);
    dfc_put32(out + 4, (uint32_t)(value >> 32));
}

void dfp_digest_once(struct dfp_digest *d, enum dfp_digest_kind kind,
                     const void *data, uint32_t size, uint8_t *out)
{
    dfp_digest_init(d, kind);
    dfp_digest_update(d, data, size);
    dfp_digest_final(d, out);
}

uint32_t dfp_check32(struct dfp_digest *d, const void *data, uint32_t size)
{
    uint8_t digest[DFOTA_DIGEST_XXH64];

    dfp_digest_once(d, DFP_XXH64, data, size, digest);
    return dfc_get32(digest);
}
