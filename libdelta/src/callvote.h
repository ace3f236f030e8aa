// SPDX-License-Identifier: MIT
// The regions of a raw image, from the calls between them.

#ifndef DELTA_CALLVOTE_H
#define DELTA_CALLVOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "reference.h"

// Pieces of one image that run at a distance from each other which is not that
// in the file: a call from one into another seems to miss its function by the
// difference, always the same for the same two pieces. Bases are relative:
// that of the longest region is 0. Writes at most room regions (room is at
// least 1) and returns their number, 1 when nothing speaks for more.
uint32_t delta_call_regions(struct dfc_region *regions, uint32_t room,
                            uint32_t arch, const uint8_t *data, uint32_t size);

#endif
