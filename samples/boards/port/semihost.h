// SPDX-License-Identifier: MIT
// Calls to the host by ARM semihosting.

#ifndef BOARDS_SEMIHOST_H
#define BOARDS_SEMIHOST_H

#include <stdint.h>

// Open for reading and writing what exists; -1: cannot.
int32_t semihost_open(const char *name);

// False: not all of it. Each write is one of the host's, without a buffer.
int semihost_read(int32_t file, uint32_t at, void *data, uint32_t size);
int semihost_write(int32_t file, uint32_t at, const void *data, uint32_t size);

// Ends the emulator with this status.
_Noreturn void semihost_exit(int status);

#endif
