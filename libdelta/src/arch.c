// SPDX-License-Identifier: MIT
// Architectures by name, as callers choose them.

#include <stddef.h>

#include "dfota/format.h"
#include "identify.h"

static const struct {
    const char *name;
    uint8_t value;
} archs[] = {
    [DELTA_ARCH_AUTO] = {"auto", DFOTA_ARCH_NONE},
    [DELTA_ARCH_NONE] = {"none", DFOTA_ARCH_NONE},
    [DELTA_ARCH_THUMB] = {"thumb", DFOTA_ARCH_THUMB},
    [DELTA_ARCH_A32] = {"a32", DFOTA_ARCH_A32},
    [DELTA_ARCH_A64] = {"a64", DFOTA_ARCH_A64},
    [DELTA_ARCH_RISCV] = {"riscv", DFOTA_ARCH_RISCV},
    [DELTA_ARCH_XTENSA] = {"xtensa", DFOTA_ARCH_XTENSA},
    [DELTA_ARCH_AVR] = {"avr", DFOTA_ARCH_AVR},
    [DELTA_ARCH_BIG] = {"big-endian", DFOTA_ARCH_BIG},
};

static bool is_known(enum delta_arch arch)
{
    return (unsigned)arch < sizeof(archs) / sizeof(*archs);
}

const char *delta_arch_name(enum delta_arch arch)
{
    return is_known(arch) ? archs[arch].name : NULL;
}

uint8_t delta_arch_value(enum delta_arch arch)
{
    return is_known(arch) ? archs[arch].value : DFOTA_ARCH_NONE;
}
