// SPDX-License-Identifier: MIT
// NOR flash with the Intel command set, found by its CFI table: two 16-bit
// chips side by side on a 32-bit bus, so that every command goes out twice.
// While a command runs the whole bank reads status: this file must not run
// from it. NOR_BASE, where the bank is, comes from the board's Makefile.

#include "nor.h"

#include <string.h>

#include "flash_layout.h"

#define READ_ARRAY 0xFFu
#define READ_QUERY 0x98u
#define CLEAR_STATUS 0x50u
#define UNLOCK 0x60u
#define ERASE 0x20u
#define BUFFER 0xE8u
#define CONFIRM 0xD0u

#define READY 0x00800080u
#define FAILED 0x003A003Au // erase, program, voltage, locked block

#define BUFFER_SIZE 64u // bytes of both chips; every part has at least that

static volatile uint32_t *cell(uint32_t at)
{
    return (volatile uint32_t *)(uintptr_t)(NOR_BASE + at);
}

static void command(volatile uint32_t *at, uint32_t value)
{
    *at = value | value << 16;
}

static uint32_t finish(volatile uint32_t *at)
{
    uint32_t status;

    do {
        status = *at;
    } while ((status & READY) != READY);
    return status & FAILED;
}

static uint32_t query(uint32_t word)
{
    return *cell(word * 4) & 0xFFu;
}

int nor_open(void)
{
    uint32_t block;
    int is_intel;

    command(cell(0x55 * 4), READ_QUERY);
    is_intel = query(0x10) == 'Q' && query(0x11) == 'R' && query(0x12) == 'Y' &&
               query(0x13) == 1;
    block = (query(0x2F) | query(0x30) << 8) * 256u * 2u; // of both chips
    command(cell(0), READ_ARRAY);
    return is_intel && block == FLASH_BLOCK ? 0 : NOR_ERR_DEVICE;
}

int nor_read(uint32_t at, void *data, uint32_t size)
{
    memcpy(data, (const void *)(uintptr_t)(NOR_BASE + at), size);
    return 0;
}

// At most a buffer, and not across the end of one.
static uint32_t program_buffer(uint32_t at, const uint8_t *data, uint32_t size)
{
    volatile uint32_t *to = cell(at);

    command(to, CLEAR_STATUS);
    do {
        command(to, BUFFER);
    } while ((*to & READY) != READY);
    command(to, size / 4 - 1);
    for (uint32_t i = 0; i < size; i += 4) {
        uint32_t word;

        memcpy(&word, data + i, 4);
        *cell(at + i) = word;
    }
    command(to, CONFIRM);
    return finish(to);
}

int nor_program(uint32_t at, const void *data, uint32_t size)
{
    const uint8_t *from = data;
    uint32_t failed = 0;
    uint32_t piece;

    for (uint32_t i = 0; i < size && failed == 0; i += piece) {
        piece = BUFFER_SIZE - (at + i) % BUFFER_SIZE;
        if (piece > size - i) {
            piece = size - i;
        }
        failed = program_buffer(at + i, from + i, piece);
    }
    command(cell(at), READ_ARRAY);
    return failed == 0 ? 0 : NOR_ERR_PROGRAM;
}

int nor_erase(uint32_t at)
{
    volatile uint32_t *to = cell(at);
    uint32_t failed;

    command(to, CLEAR_STATUS);
    command(to, UNLOCK);
    command(to, CONFIRM);
    command(to, ERASE);
    command(to, CONFIRM);
    failed = finish(to);
    command(to, READ_ARRAY);
    return failed == 0 ? 0 : NOR_ERR_ERASE;
}
