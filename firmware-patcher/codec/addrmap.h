// SPDX-License-Identifier: MIT
// Address map: where an old address lives in the new firmware.
//
// A piecewise constant shift over the whole 32-bit address space: an address
// belongs to the last entry whose start is not above it; below the first
// entry nothing moves. Arithmetic is modulo 2^32.

#ifndef DFOTA_ADDRMAP_H
#define DFOTA_ADDRMAP_H

#include <stdint.h>

struct dfc_map_entry {
    uint32_t start; // first old address of the piece; strictly ascending
    uint32_t shift; // new address - old address
};

// The new address of an old one.
uint32_t dfc_map(const struct dfc_map_entry *map, uint32_t count,
                 uint32_t address);

// The old address of a new one: where pieces overlap the last one counts;
// what no piece reaches has not moved.
uint32_t dfc_unmap(const struct dfc_map_entry *map, uint32_t count,
                   uint32_t address);

#endif
