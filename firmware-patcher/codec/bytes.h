// SPDX-License-Identifier: MIT
// Little-endian access to byte arrays of any alignment.

#ifndef DFOTA_BYTES_H
#define DFOTA_BYTES_H

#include <stdint.h>

// Where a word of any alignment is one instruction, a call is never shorter;
// compilers see too late that it is.
#if defined(__GNUC__) && defined(__ARM_FEATURE_UNALIGNED) && \
    !defined(__ARM_BIG_ENDIAN)
#define DFC_BYTES inline __attribute__((always_inline))
#define DFC_ONE_STORE
#else
#define DFC_BYTES inline
#endif

static DFC_BYTES uint32_t dfc_get16(const uint8_t *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8;
}

static DFC_BYTES uint32_t dfc_get32(const uint8_t *b)
{
    return dfc_get16(b) | dfc_get16(b + 2) << 16;
}

// From a word to one that lies in memory little-endian, and back.
static inline uint32_t dfc_little(uint32_t v)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return v;
#else
    return dfc_get32((const uint8_t *)&v);
#endif
}

static DFC_BYTES void dfc_put16(uint8_t *b, uint32_t v)
{
    b[0] = (uint8_t)v;
    b[1] = (uint8_t)(v >> 8);
}

static DFC_BYTES void dfc_put32(uint8_t *b, uint32_t v)
{
#ifdef DFC_ONE_STORE
    __builtin_memcpy(b, &v, 4);
#else
    dfc_put16(b, v);
    dfc_put16(b + 2, v >> 16);
#endif
}

#endif
