// SPDX-License-Identifier: MIT
// What an image begins with; each board's firmware_start.S has it.

#ifndef BOARDS_IMAGEHEAD_H
#define BOARDS_IMAGEHEAD_H

#include <stdint.h>

#define IMAGEHEAD_MAGIC 0x31474D49u // "IMG1"

struct imagehead {
    uint32_t magic;
    uint32_t size; // of the whole image
    uint32_t load; // where it runs
    uint32_t entry;
};

#endif
