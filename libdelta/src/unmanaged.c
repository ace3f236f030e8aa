// SPDX-License-Identifier: MIT
// Bytes of an image that are the module's own.

#include "unmanaged.h"

#include <stdlib.h>
#include <string.h>

void delta_unmanaged_hide(uint8_t *data, const struct delta_span *spans,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        memset(data + spans[i].start, 0xFF, spans[i].end - spans[i].start);
    }
}

uint8_t *delta_unmanaged_copy(const void *data, size_t size,
                              const struct delta_span *spans, size_t count)
{
    uint8_t *copy = malloc(size);

    if (copy != NULL) {
        memcpy(copy, data, size);
        delta_unmanaged_hide(copy, spans, count);
    }
    return copy;
}
