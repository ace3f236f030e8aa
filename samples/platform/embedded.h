// SPDX-License-Identifier: MIT
// Files that are part of the program; made by embed.cmake.

#ifndef PLATFORM_EMBEDDED_H
#define PLATFORM_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
    const char *name;          // without folder; NULL ends a list
    const unsigned char *data; // a zero byte follows
    size_t size;
};

extern const struct embedded_file schema_files[]; // migrations, in order
extern const struct embedded_file web_files[];    // of the operators' page

#endif
