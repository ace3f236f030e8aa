// SPDX-License-Identifier: MIT
// A device while a request of it is decided.

#ifndef PLATFORM_DEVICE_H
#define PLATFORM_DEVICE_H

#include "decide.h"

// So many requests within so many seconds forbid.
struct limit {
    int64_t count;
    int64_t seconds;
};

struct device {
    int64_t id;
    int64_t project_id;
    struct limit limits[2];
    char version[VERSION_SIZE]; // that it reported before
    int64_t counted_from;       // id of the last request that does not count
    bool is_forbidden;
    bool is_after_success;
    bool is_reporting; // it has sent results before
};

#endif
