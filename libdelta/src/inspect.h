// SPDX-License-Identifier: MIT
// What a package says, as the patcher itself reads it.

#ifndef DELTA_INSPECT_H
#define DELTA_INSPECT_H

#include "delta_parts.h"
#include "dfota/patcher.h"

// delta_inspect_part that also gives the patcher's own view.
enum delta_status delta_examine(struct delta_info *info, struct dfp_info *raw,
                                const uint8_t *package, size_t package_size,
                                uint32_t part, struct delta_error *error);

// The unmanaged ranges of a part, at most DELTA_UNMANAGED_MAX; returns their
// number. For a package whose manifest has been found sound.
uint32_t delta_unmanaged(struct delta_span *spans, const uint8_t *package,
                         uint32_t part);

#endif
