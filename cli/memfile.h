// SPDX-License-Identifier: MIT
// A file to print to whose content ends up in memory.

#ifndef MKDFOTA_MEMFILE_H
#define MKDFOTA_MEMFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct memfile {
    FILE *file;
    char *data; // after memfile_close; to be freed
    size_t size;
};

// false: it cannot be had.
bool memfile_open(struct memfile *memory);

// false: not everything that was printed is there. data may be NULL then.
bool memfile_close(struct memfile *memory);

#endif
