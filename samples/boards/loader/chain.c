// SPDX-License-Identifier: MIT
// A staged package as a whole: docs/FORMAT.md, sections 2 and 4.

#include "chain.h"

#include <bearssl.h>
#include <string.h>

#include "dfota/format.h"
#include "flash_layout.h"
#include "nor.h"

static bool hash_chunk(uint8_t digest[32], uint32_t at, uint32_t size)
{
    br_sha256_context sha;
    uint8_t piece[256];

    br_sha256_init(&sha);
    for (uint32_t done = 0; done < size; done += sizeof(piece)) {
        uint32_t part = size - done;

        if (part > sizeof(piece)) {
            part = sizeof(piece);
        }
        if (nor_read(FLASH_STAGING + at + done, piece, part) != 0) {
            return false;
        }
        br_sha256_update(&sha, piece, part);
    }
    br_sha256_out(&sha, digest);
    return true;
}

static uint32_t get16(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8;
}

bool chain_holds(uint32_t package_size)
{
    uint8_t head[DFOTA_PREAMBLE_SIZE + DFOTA_MAN_DIGEST + DFOTA_DIGEST_SHA256];
    uint8_t expected[DFOTA_DIGEST_SHA256];
    uint8_t found[32];
    const uint8_t *manifest = head + DFOTA_PREAMBLE_SIZE;
    uint32_t at = DFOTA_PREAMBLE_SIZE + DFOTA_SEAL_ECDSA_SIZE;
    uint32_t size;

    if (nor_read(FLASH_STAGING, head, sizeof(head)) != 0) {
        return false;
    }
    at += get16(head + DFOTA_PRE_MANIFEST_SIZE);
    size = get16(manifest + DFOTA_MAN_CHUNK_SIZE);
    memcpy(expected, manifest + DFOTA_MAN_DIGEST, sizeof(expected));
    if (size < DFOTA_CHUNK_MIN || at >= package_size) {
        return false;
    }
    for (; at < package_size; at += size) {
        if (size > package_size - at) {
            size = package_size - at;
        }
        if (!hash_chunk(found, at, size) ||
            memcmp(found, expected, sizeof(expected)) != 0 ||
            nor_read(FLASH_STAGING + at, expected, sizeof(expected)) != 0) {
            return false;
        }
    }
    return true;
}
