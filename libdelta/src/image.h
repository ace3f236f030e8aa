// SPDX-License-Identifier: MIT
// Facts about a raw image: what code it holds, and where it is loaded.

#ifndef DELTA_IMAGE_H
#define DELTA_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "reference.h"

// DFOTA_ARCH_THUMB when Thumb code calls functions in it, else
// DFOTA_ARCH_NONE.
uint32_t delta_image_arch(const uint8_t *data, uint32_t size);

// Is a data image at this base big-endian? Far more of its words are addresses
// in it when read that way.
bool delta_image_is_big(uint32_t base, const uint8_t *data, uint32_t size);

// Where functions begin, ascending: in Thumb code as compilers begin them, else
// where calls go. Room for DELTA_FUNCTIONS_MAX; returns their number.
#define DELTA_FUNCTIONS_MAX 262144u
uint32_t delta_image_functions(uint32_t *list, uint32_t arch,
                               const uint8_t *data, uint32_t size);

// The load address on which most pointers to functions agree: odd words minus
// positions where functions begin vote for a base in multiples of 256. The
// image has one architecture; the bases of its regions are relative to the one
// that is looked for. false: no base stands out.
bool delta_image_base(uint32_t *base, const struct dfc_regions *regions,
                      const uint8_t *data, uint32_t size);

#endif
