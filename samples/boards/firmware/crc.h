// SPDX-License-Identifier: MIT
// CRC-32 as in zip files.

#ifndef FIRMWARE_CRC_H
#define FIRMWARE_CRC_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32_of(const void *data, size_t size);

#endif
