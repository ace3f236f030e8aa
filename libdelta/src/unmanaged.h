// SPDX-License-Identifier: MIT
// Bytes of an image that are the module's own, FORMAT.md section 12.3.

#ifndef DELTA_UNMANAGED_H
#define DELTA_UNMANAGED_H

#include "delta_parts.h"

// They count as 0xFF.
void delta_unmanaged_hide(uint8_t *data, const struct delta_span *spans,
                          size_t count);

// A copy of an image in which they do; NULL: out of memory. The caller frees
// it.
uint8_t *delta_unmanaged_copy(const void *data, size_t size,
                              const struct delta_span *spans, size_t count);

#endif
