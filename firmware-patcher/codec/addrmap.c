// SPDX-License-Identifier: MIT
// Address map lookup, FORMAT.md section 6.3.

#include "addrmap.h"

uint32_t dfc_map(const struct dfc_map_entry *map, uint32_t count,
                 uint32_t address)
{
    if (count == 0 || address < map->start) {
        return address;
    }
    while (count > 1) { // the entry is one of map[0 .. count)
        uint32_t half = count / 2;

        if (map[half].start <= address) {
            map += half;
        }
        count -= half;
    }
    return address + map->shift;
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
