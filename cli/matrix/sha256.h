// SPDX-License-Identifier: MIT
// SHA-256 of bytes in memory, as hex digits.

#ifndef MKDFOTA_SHA256_H
#define MKDFOTA_SHA256_H

#include <bearssl.h>

#include "report.h"

static inline void sha256_bytes(uint8_t digest[32], const void *data,
                                size_t size)
{
    br_sha256_context sha;

    br_sha256_init(&sha);
    br_sha256_update(&sha, data, size);
    br_sha256_out(&sha, digest);
}

static inline void sha256_hex(char hex[REPORT_HEX_SIZE], const void *data,
                              size_t size)
{
    uint8_t digest[32];

    sha256_bytes(digest, data, size);
    report_hex(hex, digest, sizeof(digest));
}

#endif
