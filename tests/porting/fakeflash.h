// SPDX-License-Identifier: MIT
// Flash partitions in memory, for the stubs of a platform. Stricter than
// hardware: whole blocks are erased, only erased bytes are programmed, in whole
// units; what breaks a rule ends the test. Power fails in the middle of an
// operation.

#ifndef FAKEFLASH_H
#define FAKEFLASH_H

#include <setjmp.h>
#include <stdint.h>

#define FAKE_AREAS 8

struct fake_area {
    uint8_t *bytes;
    uint32_t size, erase_size, unit;
};

extern struct fake_area fake_areas[FAKE_AREAS];

// Where a reset leads: the one who boots sets it.
extern jmp_buf fake_boot;

void fake_make(unsigned id, uint32_t size, uint32_t erase_size, uint32_t unit);
void fake_free(void);

// Power fails after so many operations from here, in the middle of the next.
void fake_power(unsigned long operations);
#define FAKE_NEVER 0xFFFFFFFFul

// Operations since fake_power.
unsigned long fake_operations(void);

// An operation of another kind, like writing a flag: may find no power.
void fake_tick(void);

_Noreturn void fake_reset(void);

// As the platforms' functions: 0, or -1 when out of bounds.
int fake_read(unsigned id, uint32_t offset, void *data, uint32_t size);
int fake_program(unsigned id, uint32_t offset, const void *data, uint32_t size);
int fake_erase(unsigned id, uint32_t offset, uint32_t size);

#endif
