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

static bool has(const uint8_t *package, uint8_t feature)
{
    return (package[DFOTA_PRE_FEATURES] & feature) != 0;
}

static uint32_t part_count(const uint8_t *package)
{
    uint32_t parts = package[DFOTA_PREAMBLE_SIZE + DFOTA_MAN_PARTS];

    if (!has(package, DFOTA_FEATURE_PARTS) || parts < 1) {
        return 1;
    }
    return parts < DFOTA_PARTS_MAX ? parts : DFOTA_PARTS_MAX;
}

static uint32_t part_at(const uint8_t *package, uint32_t part)
{
    return DFOTA_PREAMBLE_SIZE + DFOTA_MAN_DIGEST + digest_size(package) +
           DFOTA_PART_SIZE * part;
}

// A record's place, as far as there are records; 0: there is none.
static uint32_t find_record(const uint8_t *package, uint8_t tag)
{
    uint32_t at = part_at(package, part_count(package));
    uint32_t end = delta_seal_at(package);

    while (at + 2 <= end && at + 2u + package[at + 1] <= end) {
        if (package[at] == tag) {
            return at;
        }
        at += 2u + package[at + 1];
    }
    return 0;
}

static void set_key_id(uint8_t *package, const struct delta_key *key)
{
    uint32_t at = find_record(package, DFOTA_TAG_KEY_ID);

    if (at != 0 && package[at + 1] == 4) {
        memcpy(package + at + 2, key->id, 4);
    }
}

void reseal_unmanaged(const uint8_t *package, uint32_t size, uint32_t part,
                      uint8_t *image, uint32_t image_size, const uint8_t *from)
{
    const uint8_t *record;
    uint32_t at;

    if (size < DFOTA_PREAMBLE_SIZE + DFOTA_MAN_CHUNK_SIZE ||
        delta_seal_at(package) > size ||
        !has(package, DFOTA_FEATURE_UNMANAGED)) {
        return;
    }
    at = find_record(package, DFOTA_TAG_UNMANAGED);
    record = package + at + 2;
    for (uint32_t i = 0; at != 0 && i + DFOTA_UNMANAGED_SIZE <= package[at + 1];
         i += DFOTA_UNMANAGED_SIZE, record += DFOTA_UNMANAGED_SIZE) {
        uint32_t end = dfc_get32(record + 5);

        end = end < image_size ? end : image_size;
        for (uint32_t k = dfc_get32(record + 1); record[0] == part && k < end;
             k++) {
            image[k] = from == NULL ? 0xFF : from[k];
        }
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

// Where chunks begin, and the package's end behind the last one. Parts other
// than the last one keep their stream sizes if these leave room for the rest.
// Returns their number, 0 if there is no room.
static uint32_t lay_out(uint8_t *package, uint32_t size, uint32_t *starts)
{
    uint32_t chunk_size =
        dfc_get16(package + DFOTA_PREAMBLE_SIZE + DFOTA_MAN_CHUNK_SIZE);
    uint32_t digest = digest_size(package);
    uint32_t at = head_size(package);
    uint32_t count = 0, part, first;

    for (part = 0; part + 1 < part_count(package); part++) {
        uint8_t *field =
            package + part_at(package, part) + DFOTA_PART_STREAM_SIZE;
        uint32_t stream = dfc_get32(field);

        if (stream == 0 || stream > size ||
            stream + (stream / (chunk_size - digest) + 1) * digest >=
                size - at) {
            stream = 1;
            dfc_put32(field, stream);
        }
        while (stream > 0) {
            uint32_t n =
                stream < chunk_size - digest ? stream : chunk_size - digest;

            starts[count++] = at;
            at += digest + n;
            stream -= n;
            if (at >= size) {
                return 0;
            }
        }
    }
    for (first = count; at < size; at += chunk_size) {
        starts[count++] = at;
    }
    starts[count] = size;
    dfc_put32(package + part_at(package, part) + DFOTA_PART_STREAM_SIZE,
              size - starts[first] - (count - first - 1) * digest);
    return count;
}

// Chain the chunks, the last one first. False if they do not fit.
static bool chain_chunks(uint8_t *package, uint32_t size)
{
    uint32_t *starts = calloc(size / DFOTA_DIGEST_XXH64 + 2, sizeof(*starts));
    uint32_t count;

    if (starts == NULL) {
        abort();
    }
    count = lay_out(package, size, starts);
    for (uint32_t i = count; i-- > 0;) {
        uint8_t *digest = i == 0
                              ? package + DFOTA_PREAMBLE_SIZE + DFOTA_MAN_DIGEST
                              : package + starts[i - 1];

        delta_chunk_digest(digest, package[DFOTA_PRE_SEAL], package + starts[i],
                           starts[i + 1] - starts[i]);
    }
    free(starts);
    return count > 0;
}

static void describe_old(uint8_t *package, uint32_t part,
                         const struct image *old_image)
{
    uint8_t *record = package + part_at(package, part);
    uint32_t size = dfc_get32(record + DFOTA_PART_OLD_SIZE);
    struct image image;

    if (size == 0 && has(package, DFOTA_FEATURE_FULL)) {
        return;
    }
    if (size == 0 || size > old_image->size) {
        size = old_image->size;
        dfc_put32(record + DFOTA_PART_OLD_SIZE, size);
    }
    image = image_copy(old_image->data, size);
    if (image.data == NULL) {
        abort();
    }
    reseal_unmanaged(package, delta_seal_at(package), part, image.data, size,
                     NULL);
    delta_sha256(record + DFOTA_PART_OLD_SHA256, image.data, size);
    image_free(&image);
}

bool reseal_package(uint8_t *package, uint32_t size,
                    const struct image *old_image)
{
    uint8_t *manifest = package + DFOTA_PREAMBLE_SIZE;
    uint32_t chunk_size;

    if (size < DFOTA_PREAMBLE_SIZE) {
        return false;
    }
    dfc_put32(package, DFOTA_MAGIC);
    package[DFOTA_PRE_VERSION] = DFOTA_FORMAT_VERSION;
    package[DFOTA_PRE_SEAL] &= 1;
    dfc_put32(package + DFOTA_PRE_PACKAGE_SIZE, size);
    dfc_put32(package + DFOTA_PRE_RAM, RAM);
    if (size <= head_size(package) ||
        delta_seal_at(package) < part_at(package, part_count(package))) {
        return false;
    }
    chunk_size = dfc_get16(manifest + DFOTA_MAN_CHUNK_SIZE);
    if (chunk_size < DFOTA_CHUNK_MIN || chunk_size > DFOTA_CHUNK_MAX) {
        dfc_put16(manifest + DFOTA_MAN_CHUNK_SIZE, DFOTA_CHUNK_MIN);
    }
    if (!chain_chunks(package, size)) {
        return false;
    }
    for (uint32_t i = 0; i < part_count(package); i++) {
        describe_old(package, i, old_image);
    }
    reseal_manifest(package);
    return true;
}
