// SPDX-License-Identifier: MIT
// What a build leaves in an image: dates, times, versions, build ids.

#ifndef DELTA_STAMPS_H
#define DELTA_STAMPS_H

#include <stdbool.h>
#include <stdint.h>

enum delta_stamp_kind {
    DELTA_STAMP_NONE = 0,
    DELTA_STAMP_TIME = 1,     // "Nov 24 2026", "2026-11-24", "09:30:00"
    DELTA_STAMP_VERSION = 2,  // "v1.4.2", "3.51"
    DELTA_STAMP_BUILD_ID = 3, // GNU build id; SHA-256 of an ESP program
};

struct delta_stamp {
    enum delta_stamp_kind kind;
    uint32_t start, size;
};

// The stamp that begins at position `at`, if one does.
bool delta_stamp_at(struct delta_stamp *stamp, const uint8_t *data,
                    uint32_t size, uint32_t at);

#endif
