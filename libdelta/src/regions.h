// SPDX-License-Identifier: MIT
// Gathers the regions of an image, in any order and number.

#ifndef DELTA_REGIONS_H
#define DELTA_REGIONS_H

#include "delta_image.h"

// Zero it to begin. After a failed growth nothing more is added.
struct delta_regions {
    struct delta_region *list;
    size_t count, room;
    bool failed;
};

void delta_regions_add(struct delta_regions *r, uint32_t start,
                       uint32_t address, uint8_t arch, bool has_code);

// Give them to an image that has its size: sorted, equal neighbours joined,
// the shortest ones joined to others until they fit. Frees the list.
enum delta_status delta_regions_finish(struct delta_regions *r,
                                       struct delta_image *image,
                                       struct delta_error *error);

#endif
