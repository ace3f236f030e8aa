// SPDX-License-Identifier: MIT
// Synthetic firmware: images that look to a delta tool like Thumb-2 releases.
//
// An image has a vector table, functions with BL calls and literal pools, and
// data with pointer tables. The next release of it has functions inserted,
// dropped, moved and edited, so that addresses shift through all of it. The
// same seed gives the same bytes everywhere.

#ifndef TESTS_IMAGES_H
#define TESTS_IMAGES_H

#include <stdint.h>

#define IMAGES_BASE 0x08004000u // load address of every image

struct image {
    uint8_t *data; // malloc'ed
    uint32_t size;
};

// Release `release` (0, 1, ...) of a firmware of about `size` bytes, at least
// 512. NULL data when memory runs out.
struct image image_make(uint32_t seed, uint32_t release, uint32_t size);

// A copy of any bytes.
struct image image_copy(const void *data, uint32_t size);

// A file; NULL data when it cannot be read or is empty.
struct image image_read(const char *path);

void image_free(struct image *image);

#endif
