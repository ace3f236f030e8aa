// SPDX-License-Identifier: MIT
// The image that runs, as image.ld places it.

#ifndef FIRMWARE_OWNIMAGE_H
#define FIRMWARE_OWNIMAGE_H

#include <stddef.h>
#include <stdint.h>

extern const uint8_t image_start[], image_end[];

static inline size_t image_size(void)
{
    return (size_t)((uintptr_t)image_end - (uintptr_t)image_start);
}

#endif
