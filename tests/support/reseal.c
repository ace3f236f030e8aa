// SPDX-License-Identifier: MIT
// Digests and seals for packages whose bytes were changed.

#include "reseal.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "cases.h"
#include "key.h"
#include "package.h"

#define RAM 100000u // more than any of them needs

static uint32_t digest_size(const uint8_t *package)
{
    return package[DFOTA_PRE_SEAL] == DFOTA_SEAL_XXH64 ? DFOTA_DIGEST_XXH64
                                                       : DFOTA_DIGEST_SHA256;
}

static uint32_t head_size(const uint8_t *package)
{
    return delta_seal_at(package) + (package[DFOTA_PRE_SEAL] == DFOTA_SEAL_XXH64
                                         ? DFOTA_SEAL_XXH64_SIZE
                                         : DFOTA_SEAL_ECDSA_SIZE);
}

static void set_key_id(uint8_t *package, const struct delta_key *key)
{
    uint32_t at = DFOTA_PREAMBLE_SIZE + DFOTA_MAN_DIGEST +
                  digest_size(package) + DFOTA_PART_SIZE;
    uint32_t end = delta_seal_at(package);

    while (at + 6 <= end) {
        if (package[at] == DFOTA_TAG_KEY_ID && package[at + 1] == 4) {
            memcpy(package + at + 2, key->id, 4);
            return;
        }
        at += 2u + package[at + 1];
    }
}

void reseal_manifest(uint8_t *package)
{
    uint32_t end = delta_seal_at(package);
    struct delta_key key;
    uint8_t hash[32];

    if (package[DFOTA_PRE_SEAL] == DFOTA_SEAL_XXH64) {
        delta_xxh64(package + end, package, end);
        return;
    }
    if (!case_signing_key(&key)) {
        abort();
    }
    set_key_id(package, &key);
    delta_package_hash(hash, package);
    if (delta_key_sign(package + end, &key, hash, NULL) != DELTA_OK) {
        abort();
    }
}

// Chain the chunks, the last one first. Returns their number.
static uint32_t chain_chunks(uint8_t *package, uint32_t head, uint32_t size,
                             uint32_t chunk_size)
{
    uint32_t count = (size - head + chunk_size - 1) / chunk_size;
    uint32_t end = size;

    for (uint32_t i = count; i-- > 0;) {
        uint32_t at = head + i * chunk_size;
        uint8_t *digest = i == 0
                              ? package + DFOTA_PREAMBLE_SIZE + DFOTA_MAN_DIGEST
                              : package + at - chunk_size;

        delta_chunk_digest(digest, package[DFOTA_PRE_SEAL], package + at,
                           end - at);
        end = at;
    }
    return count;
}

static void describe_old(uint8_t *part, const struct image *old_image)
{
    uint32_t size = dfc_get32(part + DFOTA_PART_OLD_SIZE);

    if (size == 0 || size > old_image->size) {
        size = old_image->size;
        dfc_put32(part + DFOTA_PART_OLD_SIZE, size);
    }
    delta_sha256(part + DFOTA_PART_OLD_SHA256, old_image->data, size);
}

bool reseal_package(uint8_t *package, uint32_t size,
                    const struct image *old_image)
{
    uint8_t *manifest = package + DFOTA_PREAMBLE_SIZE;
    uint8_t *part;
    uint32_t head, chunk_size, count;

    if (size < DFOTA_PREAMBLE_SIZE) {
        return false;
    }
    dfc_put32(package, DFOTA_MAGIC);
    package[DFOTA_PRE_VERSION] = DFOTA_FORMAT_VERSION;
    package[DFOTA_PRE_SEAL] &= 1;
    dfc_put32(package + DFOTA_PRE_PACKAGE_SIZE, size);
    dfc_put32(package + DFOTA_PRE_RAM, RAM);
    head = head_size(package);
    if (size <= head ||
        delta_seal_at(package) < DFOTA_PREAMBLE_SIZE + DFOTA_MAN_DIGEST +
                                     DFOTA_DIGEST_MAX + DFOTA_PART_SIZE) {
        return false;
    }
    chunk_size = dfc_get16(manifest + DFOTA_MAN_CHUNK_SIZE);
    if (chunk_size < DFOTA_CHUNK_MIN || chunk_size > DFOTA_CHUNK_MAX) {
        chunk_size = DFOTA_CHUNK_MIN;
        dfc_put16(manifest + DFOTA_MAN_CHUNK_SIZE, chunk_size);
    }
    part = manifest + DFOTA_MAN_DIGEST + digest_size(package);
    count = chain_chunks(package, head, size, chunk_size);
    dfc_put32(part + DFOTA_PART_STREAM_SIZE,
              size - head - (count - 1) * digest_size(package));
    describe_old(part, old_image);
    reseal_manifest(package);
    return true;
}
