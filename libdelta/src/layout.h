// SPDX-License-Identifier: MIT
// Lays out pieces of data by address, as the flash holds them.

#ifndef DELTA_LAYOUT_H
#define DELTA_LAYOUT_H

#include "buffer.h"
#include "delta_image.h"

// The pieces: address, and position and size of their bytes in a buffer.
struct delta_piece {
    uint64_t address;
    size_t at, size;
};

// Zero it to begin.
struct delta_layout {
    struct delta_buffer bytes;
    struct delta_piece *pieces;
    size_t count, room;
    bool failed;    // out of memory
    bool too_large; // more bytes than an image may span
};

void delta_layout_add(struct delta_layout *l, uint64_t address,
                      const void *data, size_t size);

// Make the image's data of all pieces; *base is its lowest address. The name
// of the format is for the text of an error.
enum delta_status delta_layout_make(struct delta_layout *l,
                                    struct delta_image *image, uint64_t *base,
                                    const char *name,
                                    struct delta_error *error);

void delta_layout_free(struct delta_layout *l);

#endif
