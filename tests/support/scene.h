// SPDX-License-Identifier: MIT
// What libdelta's parser looks at, made from any two images.

#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include "parse.h"

// Zero it, set in space what is known of the images (architecture, bases,
// ranges, map), then open it. The images must outlive it.
struct scene {
    struct dfc_space space;
    struct delta_scene delta;
    struct delta_candidates candidates;
    struct delta_field *fields;
    uint32_t *mapped;
    uint8_t *text; // both images in neutral form
};

// False when memory runs out.
bool scene_open(struct scene *s, const uint8_t *old_data, uint32_t old_size,
                const uint8_t *new_data, uint32_t new_size);
void scene_close(struct scene *s);

#endif
