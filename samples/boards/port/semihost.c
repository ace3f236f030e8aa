// SPDX-License-Identifier: MIT
// Calls to the host by ARM semihosting, for cores of profile M.

#include "semihost.h"

#include <stddef.h>
#include <string.h>

#define SYS_OPEN 0x01u
#define SYS_WRITE 0x05u
#define SYS_READ 0x06u
#define SYS_SEEK 0x0Au
#define SYS_EXIT_EXTENDED 0x20u

#define MODE_UPDATE 3u // "r+b"
#define APPLICATION_EXIT 0x20026u

static int32_t call(uint32_t number, const uint32_t *arguments)
{
    register uint32_t r0 __asm__("r0") = number;
    register const uint32_t *r1 __asm__("r1") = arguments;

    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return (int32_t)r0;
}

int32_t semihost_open(const char *name)
{
    const uint32_t arguments[] = {
        (uint32_t)(uintptr_t)name,
        MODE_UPDATE,
        (uint32_t)strlen(name),
    };

    return call(SYS_OPEN, arguments);
}

// Read and write return how many bytes were left.
static int transfer(uint32_t number, int32_t file, uint32_t at, uint32_t data,
                    uint32_t size)
{
    const uint32_t place[] = {(uint32_t)file, at};
    const uint32_t arguments[] = {(uint32_t)file, data, size};

    return call(SYS_SEEK, place) == 0 && call(number, arguments) == 0;
}

int semihost_read(int32_t file, uint32_t at, void *data, uint32_t size)
{
    return transfer(SYS_READ, file, at, (uint32_t)(uintptr_t)data, size);
}

int semihost_write(int32_t file, uint32_t at, const void *data, uint32_t size)
{
    return transfer(SYS_WRITE, file, at, (uint32_t)(uintptr_t)data, size);
}

_Noreturn void semihost_exit(int status)
{
    const uint32_t arguments[] = {APPLICATION_EXIT, (uint32_t)status};

    for (;;) {
        (void)call(SYS_EXIT_EXTENDED, arguments);
    }
}
