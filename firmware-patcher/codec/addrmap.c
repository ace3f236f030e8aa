// SPDX-License-Identifier: MIT
// Address map lookup, FORMAT.md section 6.3.

#include "addrmap.h"

uint32_t dfc_map(const struct dfc_map_entry *map, uint32_t count,
                 uint32_t address)
{
    uint32_t low = 0; // entries [0, low) start at or below address
    uint32_t high = count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (map[middle].start <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? address : address + map[low - 1].shift;
}

uint32_t dfc_unmap(const struct dfc_map_entry *map, uint32_t count,
                   uint32_t address)
{
    uint32_t last = 0xFFFFFFFFu; // address of the piece
    uint32_t i;

    for (i = count; i-- > 0;) {
        uint32_t old = address - map[i].shift;

        if (old >= map[i].start && old <= last) {
            return old;
        }
        last = map[i].start - 1u;
    }
    return address;
}
