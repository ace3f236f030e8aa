// SPDX-License-Identifier: MIT
// The references of a whole image, byte by byte, and its neutral form.

#ifndef DELTA_FIELDS_H
#define DELTA_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "cursor.h"

// What one byte of an image belongs to.
struct delta_field {
    uint32_t target; // absolute address; 0 for plain bytes
    uint8_t kind;    // enum dfc_kind
    uint8_t offset;  // of this byte in the field
    uint8_t size;    // of the field
    uint8_t arch;    // DFOTA_ARCH_* of the region
};

// Fill fields[0 .. view->size). The view shows the whole image.
void delta_fields_find(struct delta_field *fields,
                       const struct dfc_regions *regions,
                       const struct dfc_range *ranges, uint32_t range_count,
                       const struct dfc_view *view);

// The same for other ranges, where the fields were found for the same regions:
// most of the code need not be looked at again.
void delta_fields_update(struct delta_field *fields,
                         const struct dfc_regions *regions,
                         const struct dfc_range *ranges, uint32_t range_count,
                         const struct dfc_view *view);

// An address map that can be asked backwards.
struct delta_inverse {
    struct delta_inverse_piece {
        uint32_t first, last; // new addresses, inclusive
        uint32_t shift;       // new - old
    } * pieces;               // ascending by first
    uint32_t count;
};

// false: out of memory.
bool delta_inverse_make(struct delta_inverse *inverse,
                        const struct dfc_map_entry *map, uint32_t count);
void delta_inverse_free(struct delta_inverse *inverse);

// The neutral form of an image, for finding matches only: references are
// written as if they stood at address 0 and referred to their targets in old
// coordinates, so that moved code is equal byte for byte. With inverse NULL the image is the old one; with blank, calls
// and branches are made all alike, for when no map is known yet.
void delta_neutral(uint8_t *out, const struct dfc_view *view,
                   const struct delta_field *fields,
                   const struct delta_inverse *inverse, bool blank);

#endif
