// SPDX-License-Identifier: MIT
// Flash partitions in memory, for the stubs of a platform.

#include "fakeflash.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_area fake_areas[FAKE_AREAS];
jmp_buf fake_boot;

static unsigned long power, done;

static void require(bool kept, const char *rule)
{
    if (!kept) {
        fprintf(stderr, "flash rule broken: %s\n", rule);
        exit(1);
    }
}

void fake_make(unsigned id, uint32_t size, uint32_t erase_size, uint32_t unit)
{
    struct fake_area *area = &fake_areas[id];

    *area = (struct fake_area){malloc(size), size, erase_size, unit};
    require(area->bytes != NULL, "memory");
    memset(area->bytes, 0xFF, size);
}

void fake_free(void)
{
    for (unsigned id = 0; id < FAKE_AREAS; id++) {
        free(fake_areas[id].bytes);
        fake_areas[id].bytes = NULL;
    }
}

void fake_power(unsigned long operations)
{
    power = operations;
    done = 0;
}

unsigned long fake_operations(void)
{
    return done;
}

_Noreturn void fake_reset(void)
{
    longjmp(fake_boot, 1);
}

static bool power_fails(void)
{
    return done++ == power;
}

void fake_tick(void)
{
    if (power_fails()) {
        fake_reset();
    }
}

static bool is_within(const struct fake_area *area, uint32_t offset,
                      uint32_t size)
{
    return area->bytes != NULL && size <= area->size &&
           offset <= area->size - size;
}

int fake_read(unsigned id, uint32_t offset, void *data, uint32_t size)
{
    const struct fake_area *area = &fake_areas[id];

    if (!is_within(area, offset, size)) {
        return -1;
    }
    memcpy(data, area->bytes + offset, size);
    return 0;
}

int fake_program(unsigned id, uint32_t offset, const void *data, uint32_t size)
{
    const struct fake_area *area = &fake_areas[id];

    require(is_within(area, offset, size), "a program within the area");
    require(offset % area->unit == 0 && size % area->unit == 0,
            "whole program units");
    for (uint32_t i = 0; i < size; i++) {
        require(area->bytes[offset + i] == 0xFF, "only erased bytes");
    }
    if (power_fails()) {
        memcpy(area->bytes + offset, data, size / 2);
        fake_reset();
    }
    memcpy(area->bytes + offset, data, size);
    return 0;
}

int fake_erase(unsigned id, uint32_t offset, uint32_t size)
{
    const struct fake_area *area = &fake_areas[id];
    uint32_t block = area->erase_size;

    require(is_within(area, offset, size), "an erase within the area");
    require(offset % block == 0 && size % block == 0, "whole erase blocks");
    for (uint32_t at = offset; at < offset + size; at += block) {
        if (power_fails()) { // anything may stand there now
            for (uint32_t i = 0; i < block; i++) {
                area->bytes[at + i] &= (uint8_t)(i * 2654435761u >> 24);
            }
            fake_reset();
        }
        memset(area->bytes + at, 0xFF, block);
    }
    return 0;
}
