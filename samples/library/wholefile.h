// SPDX-License-Identifier: MIT
// Reads a file into memory, for the examples: any error ends the program.

#ifndef WHOLEFILE_H
#define WHOLEFILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct wholefile {
    uint8_t *data;
    size_t size;
};

static inline struct wholefile wholefile_read(const char *path)
{
    struct wholefile f = {0};
    FILE *in = fopen(path, "rb");
    size_t room = 0;
    do {
        room += 65536;
        uint8_t *data = realloc(f.data, room);
        if (in == NULL || data == NULL) {
            perror(path);
            exit(3);
        }
        f.data = data;
        f.size += fread(f.data + f.size, 1, room - f.size, in);
    } while (f.size == room);
    if (ferror(in)) {
        perror(path);
        exit(3);
    }
    fclose(in);
    return f;
}

#endif
