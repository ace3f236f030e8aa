// SPDX-License-Identifier: MIT
// A growing byte buffer that remembers when memory ran out.

#ifndef DELTA_BUFFER_H
#define DELTA_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Zero it to begin. After a failed growth nothing more is appended.
struct delta_buffer {
    uint8_t *data;
    size_t size;
    size_t room;
    bool failed;
};

void delta_buffer_put(struct delta_buffer *b, uint8_t byte);
void delta_buffer_append(struct delta_buffer *b, const void *data, size_t size);
void delta_buffer_varint(struct delta_buffer *b, uint32_t value);
void delta_buffer_svarint(struct delta_buffer *b, uint32_t value);
void delta_buffer_free(struct delta_buffer *b);

#endif
