// SPDX-License-Identifier: MIT
// Signs packages, in one step or around a signature made elsewhere.

#include "sign.h"

#include <string.h>

#include "errors.h"
#include "inspect.h"
#include "key.h"

enum delta_status delta_seal(struct delta_bytes *package,
                             const struct delta_draft *draft,
                             const struct delta_key *key,
                             struct delta_error *error)
{
    uint8_t digest[32];
    enum delta_status status = delta_package_build(
        package, draft, key != NULL ? key->id : NULL, error);

    if (status != DELTA_OK || key == NULL) {
        return status;
    }
    delta_package_hash(digest, package->data);
    status = delta_key_sign(package->data + delta_seal_at(package->data), key,
                            digest, error);
    if (status != DELTA_OK) {
        delta_free(package);
    }
    return status;
}

enum delta_status delta_check_trust(const uint8_t *package,
                                    const struct dfp_info *info,
                                    const struct delta_key *keys,
                                    size_t key_count, struct delta_error *error)
{
    const char *others = key_count > 1 ? " or another one given" : "";
    uint8_t digest[32];
    bool is_known = false;

    if (key_count == 0) {
        return DELTA_OK;
    }
    if (info->seal != DFOTA_SEAL_ECDSA) {
        return delta_fail(error, DELTA_ERR_TRUST, "package",
                          "package is not signed (found no signature, "
                          "expected one by key %02x%02x%02x%02x%s)",
                          keys[0].id[0], keys[0].id[1], keys[0].id[2],
                          keys[0].id[3], others);
    }
    delta_package_hash(digest, package);
    for (size_t i = 0; i < key_count; i++) {
        if (memcmp(keys[i].id, info->key_id, sizeof(info->key_id)) == 0) {
            is_known = true;
            if (delta_key_verify(&keys[i], digest,
                                 package + delta_seal_at(package))) {
                return DELTA_OK;
            }
        }
    }
    if (is_known) {
        return delta_fail(error, DELTA_ERR_TRUST, "package",
                          "signature does not verify: manifest was changed or "
                          "is damaged");
    }
    return delta_fail(error, DELTA_ERR_TRUST, "package",
                      "signed with another key (found %02x%02x%02x%02x, "
                      "expected %02x%02x%02x%02x%s)",
                      info->key_id[0], info->key_id[1], info->key_id[2],
                      info->key_id[3], keys[0].id[0], keys[0].id[1],
                      keys[0].id[2], keys[0].id[3], others);
}

// A package taken apart, to be built again with a signature.
static enum delta_status take_apart(struct delta_draft *draft,
                                    struct delta_bytes *stream,
                                    const uint8_t *package, size_t package_size,
                                    struct delta_error *error)
{
    struct delta_info info;
    struct dfp_info raw;
    enum delta_status status =
        delta_examine(&info, &raw, package, package_size, 0, error);

    memset(stream, 0, sizeof(*stream));
    if (status != DELTA_OK) {
        return status;
    }
    return delta_package_open(draft, stream, package, error);
}

enum delta_status delta_sign(struct delta_bytes *out, const void *package,
                             size_t package_size, const struct delta_key *key,
                             struct delta_error *error)
{
    struct delta_draft draft;
    struct delta_bytes stream;
    enum delta_status status =
        take_apart(&draft, &stream, package, package_size, error);

    memset(out, 0, sizeof(*out));
    if (status == DELTA_OK) {
        status = delta_seal(out, &draft, key, error);
    }
    delta_free(&stream);
    return status;
}

// The package as it will be, but for the signature.
static enum delta_status build_unsealed(struct delta_bytes *out,
                                        uint8_t digest[32], const void *package,
                                        size_t package_size,
                                        const struct delta_key *key,
                                        struct delta_error *error)
{
    struct delta_draft draft;
    struct delta_bytes stream;
    enum delta_status status =
        take_apart(&draft, &stream, package, package_size, error);

    memset(out, 0, sizeof(*out));
    if (status == DELTA_OK) {
        status = delta_package_build(out, &draft, key->id, error);
    }
    delta_free(&stream);
    if (status == DELTA_OK) {
        delta_package_hash(digest, out->data);
    }
    return status;
}

enum delta_status delta_sign_digest(uint8_t digest[32], const void *package,
                                    size_t package_size,
                                    const struct delta_key *key,
                                    struct delta_error *error)
{
    struct delta_bytes unsealed;

    memset(digest, 0, 32);
    enum delta_status status =
        build_unsealed(&unsealed, digest, package, package_size, key, error);
    delta_free(&unsealed);
    return status;
}

// Raw or DER, whichever verifies: 64 bytes can be either.
static bool read_signature(uint8_t raw[DELTA_SIGNATURE_SIZE],
                           const uint8_t *signature, size_t size,
                           const struct delta_key *key,
                           const uint8_t digest[32])
{
    if (size == DELTA_SIGNATURE_SIZE) {
        memcpy(raw, signature, size);
        if (delta_key_verify(key, digest, raw)) {
            return true;
        }
    }
    return delta_signature_from_der(raw, signature, size) &&
           delta_key_verify(key, digest, raw);
}

enum delta_status delta_sign_attach(struct delta_bytes *out,
                                    const void *package, size_t package_size,
                                    const struct delta_key *key,
                                    const void *signature,
                                    size_t signature_size,
                                    struct delta_error *error)
{
    uint8_t digest[32];
    uint8_t raw[DELTA_SIGNATURE_SIZE];
    enum delta_status status =
        build_unsealed(out, digest, package, package_size, key, error);

    if (status != DELTA_OK) {
        return status;
    }
    if (!read_signature(raw, signature, signature_size, key, digest)) {
        delta_free(out);
        return delta_fail(error, DELTA_ERR_SIGNATURE, "signature",
                          "no signature of this package by this key (found "
                          "%zu bytes, expected DER or 64 raw bytes over "
                          "%02x%02x%02x%02x...)",
                          signature_size, digest[0], digest[1], digest[2],
                          digest[3]);
    }
    memcpy(out->data + delta_seal_at(out->data), raw, sizeof(raw));
    return DELTA_OK;
}
