// SPDX-License-Identifier: MIT
// What libdelta's parser looks at, made from any two images.

#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include "parse.h"

// Zero it, set what is known of the images: architecture and bases here, or
// several regions in space; ranges and map. Then open it. The images must
// outlive it, and it must stay where it is.
struct scene {
    uint32_t arch, old_base, new_base; // unless space has regions
    struct dfc_space space;
    struct dfc_region whole[2]; // each image as one region
    struct delta_scene delta;
    struct delta_candidates candidates;
    struct delta_nearby nearby[2];
    struct delta_field *fields;
    uint32_t *mapped;
    uint8_t *text; // both images in neutral form
};

// Make each image one region, as opening does; for use before that.
void scene_regions(struct scene *s, uint32_t old_size, uint32_t new_size);

// False when memory runs out.
bool scene_open(struct scene *s, const uint8_t *old_data, uint32_t old_size,
                const uint8_t *new_data, uint32_t new_size);
void scene_close(struct scene *s);

#endif
