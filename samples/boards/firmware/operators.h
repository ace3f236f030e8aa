// SPDX-License-Identifier: MIT
// Countries by their mobile country code (ITU-T E.212).

#ifndef FIRMWARE_OPERATORS_H
#define FIRMWARE_OPERATORS_H

#include <stdint.h>

struct country {
    uint16_t code;
    uint8_t band; // of LTE, the first to look at
    const char *name;
};

extern const struct country countries[]; // ascending, ends with code 0

#endif
