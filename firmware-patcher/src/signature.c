// SPDX-License-Identifier: MIT
// Seal of a manifest: keys, signatures and the digest of unsigned packages.

#include "signature.h"

#include <string.h>

#include "decoder.h"
#include "digest.h"
#include "fault.h"
#include "source.h"

#if DFP_WITH_SIGNATURE

// The configured key with the manifest's key id, NULL if there is none.
static const struct dfp_key *find_key(struct dfp *p)
{
    uint8_t digest[DFP_DIGEST_MAX];
    uint32_t i;

    for (i = 0; i < p->config->key_count; i++) {
        const struct dfp_key *key = &p->config->keys[i];

        dfp_digest_once(dfp_digest_room(p), DFP_SHA256, key->point,
                        sizeof(key->point), digest);
        if (memcmp(digest, p->s.part.key_id, 4) == 0) {
            return key;
        }
    }
    return NULL;
}

enum dfp_status dfp_seal_allowed(struct dfp *p)
{
    if (p->config->key_count == 0) {
        return DFP_OK;
    }
    if (p->s.part.seal != DFOTA_SEAL_ECDSA) {
        return dfp_fail(p, DFP_ERR_UNSIGNED, "seal", DFOTA_SEAL_ECDSA,
                        p->s.part.seal);
    }
    if (find_key(p) == NULL) {
        uint8_t digest[DFP_DIGEST_MAX]; // of the first of our keys

        dfp_digest_once(dfp_digest_room(p), DFP_SHA256,
                        p->config->keys[0].point,
                        sizeof(p->config->keys[0].point), digest);
        return dfp_fail(p, DFP_ERR_KEY, "key id", dfp_first4(digest),
                        dfp_first4(p->s.part.key_id));
    }
    return DFP_OK;
}

static DFP_APART enum dfp_status
verify_signature(struct dfp *p, const uint8_t *head, uint32_t size)
{
    const struct dfp_key *key = find_key(p);
    uint8_t digest[DFP_DIGEST_MAX];
    uint8_t point[sizeof(key->point)]; // BearSSL wants it writable
    br_ec_public_key public_key;

    if (key == NULL) {
        return DFP_OK; // no keys configured: nothing to compare with
    }
    memcpy(point, key->point, sizeof(point));
    public_key.curve = BR_EC_secp256r1;
    public_key.q = point;
    public_key.qlen = sizeof(point);
    dfp_digest_once(dfp_digest_room(p), DFP_SHA256, head, size, digest);
    if (br_ecdsa_i31_vrfy_raw(&br_ec_p256_m31, digest, sizeof(digest),
                              &public_key, head + size,
                              DFOTA_SEAL_ECDSA_SIZE) != 1) {
        return dfp_fail(p, DFP_ERR_SIGNATURE, "signature", dfp_first4(digest),
                        dfp_first4(head + size));
    }
    return DFP_OK;
}

#else

enum dfp_status dfp_seal_allowed(struct dfp *p)
{
    if (p->s.part.seal != DFOTA_SEAL_XXH64) {
        return dfp_fail(p, DFP_ERR_SIGNATURE, "seal (built without signatures)",
                        DFOTA_SEAL_XXH64, p->s.part.seal);
    }
    return DFP_OK;
}

#endif

enum dfp_status dfp_seal_verify(struct dfp *p, const uint8_t *head,
                                uint32_t size)
{
    enum dfp_status status = dfp_seal_allowed(p);
    uint8_t digest[DFOTA_DIGEST_XXH64];

    if (status != DFP_OK) {
        return status;
    }
#if DFP_WITH_SIGNATURE
    if (p->s.part.seal == DFOTA_SEAL_ECDSA) {
        return verify_signature(p, head, size);
    }
#endif
    dfp_digest_once(dfp_digest_room(p), DFP_XXH64, head, size, digest);
    if (memcmp(digest, head + size, DFOTA_SEAL_XXH64_SIZE) != 0) {
        return dfp_fail(p, DFP_ERR_DIGEST, "manifest digest",
                        dfp_first4(digest), dfp_first4(head + size));
    }
    return DFP_OK;
}
