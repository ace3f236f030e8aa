// SPDX-License-Identifier: MIT
// What a package says, as the patcher itself reads it.

#ifndef DELTA_INSPECT_H
#define DELTA_INSPECT_H

#include "delta.h"
#include "dfota/patcher.h"

// delta_inspect that also gives the patcher's own view.
enum delta_status delta_examine(struct delta_info *info, struct dfp_info *raw,
                                const uint8_t *package, size_t package_size,
                                struct delta_error *error);

#endif
