// SPDX-License-Identifier: MIT
// NOR flash for a board that has none: a file of the host's. Every piece is
// written through before the next one, so that what was done is in the file
// when the emulator is killed, and an operation that was not finished is there
// in part.

#include "nor.h"

#include <string.h>

#include "flash_layout.h"
#include "semihost.h"

#define PROGRAM_PIECE 16u
#define ERASE_PIECE 256u

static int32_t file = -1;

int nor_open(void)
{
    file = semihost_open("flash.bin");
    return file >= 0 ? 0 : NOR_ERR_DEVICE;
}

int nor_read(uint32_t at, void *data, uint32_t size)
{
    return semihost_read(file, at, data, size) ? 0 : NOR_ERR_DEVICE;
}

int nor_program(uint32_t at, const void *data, uint32_t size)
{
    const uint8_t *from = data;
    uint32_t piece;

    for (uint32_t i = 0; i < size; i += piece) {
        piece = size - i < PROGRAM_PIECE ? size - i : PROGRAM_PIECE;
        if (!semihost_write(file, at + i, from + i, piece)) {
            return NOR_ERR_PROGRAM;
        }
    }
    return 0;
}

int nor_erase(uint32_t at)
{
    uint8_t erased[ERASE_PIECE];

    memset(erased, 0xFF, sizeof(erased));
    for (uint32_t i = 0; i < FLASH_BLOCK; i += ERASE_PIECE) {
        if (!semihost_write(file, at + i, erased, ERASE_PIECE)) {
            return NOR_ERR_ERASE;
        }
    }
    return 0;
}
