// SPDX-License-Identifier: MIT
// Little-endian access to byte arrays of any alignment.

#ifndef DFOTA_BYTES_H
#define DFOTA_BYTES_H

#include <stdint.h>

static inline uint32_t dfc_get16(const uint8_t *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8;
}

static inline uint32_t dfc_get32(const uint8_t *b)
{
    return dfc_get16(b) | dfc_get16(b + 2) << 16;
}

static inline void dfc_put16(uint8_t *b, uint32_t v)
{
    b[0] = (uint8_t)v;
    b[1] = (uint8_t)(v >> 8);
}

static inline void dfc_put32(uint8_t *b, uint32_t v)
{
    dfc_put16(b, v);
    dfc_put16(b + 2, v >> 16);
}

#endif
