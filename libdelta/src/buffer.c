// SPDX-License-Identifier: MIT
// A growing byte buffer.

#include "buffer.h"

#include <stdlib.h>
#include <string.h>

static bool make_room(struct delta_buffer *b, size_t size)
{
    size_t room = b->room;
    uint8_t *data;

    if (b->failed || size <= room - b->size) {
        return !b->failed;
    }
    room = room < 256 ? 256 : room;
    while (room - b->size < size) {
        room *= 2;
    }
    data = realloc(b->data, room);
    if (data == NULL) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->room = room;
    return true;
}

void delta_buffer_put(struct delta_buffer *b, uint8_t byte)
{
    if (make_room(b, 1)) {
        b->data[b->size++] = byte;
    }
}

void delta_buffer_append(struct delta_buffer *b, const void *data, size_t size)
{
    if (size > 0 && make_room(b, size)) {
        memcpy(b->data + b->size, data, size);
        b->size += size;
    }
}

void delta_buffer_varint(struct delta_buffer *b, uint32_t value)
{
    while (value >= 0x80u) {
        delta_buffer_put(b, (uint8_t)(value | 0x80u));
        value >>= 7;
    }
    delta_buffer_put(b, (uint8_t)value);
}

void delta_buffer_svarint(struct delta_buffer *b, uint32_t value)
{
    delta_buffer_varint(b, value << 1 ^ (value >> 31 ? 0xFFFFFFFFu : 0));
}

void delta_buffer_free(struct delta_buffer *b)
{
    free(b->data);
    memset(b, 0, sizeof(*b));
}
