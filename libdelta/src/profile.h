// SPDX-License-Identifier: MIT
// The fields of a profile by name, with what each may be.

#ifndef DELTA_PROFILE_H
#define DELTA_PROFILE_H

#include "delta_estimate.h"

struct delta_profile_field {
    const char *name;
    size_t offset; // of a uint32_t in struct delta_profile
    uint32_t min, max;
};

// All of them, in the struct's order; ends with a name that is NULL.
extern const struct delta_profile_field delta_profile_fields[];

// Every field in its range, and the large block a multiple of the small one.
enum delta_status delta_profile_check(const struct delta_profile *profile,
                                      struct delta_error *error);

#endif
