// SPDX-License-Identifier: MIT
// The build attributes of an ELF file for ARM (section .ARM.attributes).

#ifndef DELTA_ARMATTRIBUTES_H
#define DELTA_ARMATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whether they say that there are only Thumb instructions: profile M, or no
// use of the ARM instruction set.
bool delta_arm_is_thumb(const uint8_t *data, size_t size, bool is_big_endian);

#endif
