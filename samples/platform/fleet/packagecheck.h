// SPDX-License-Identifier: MIT
// Whether a package is one that modules of a project can take.

#ifndef PLATFORM_PACKAGECHECK_H
#define PLATFORM_PACKAGECHECK_H

#include <stddef.h>
#include <stdint.h>

#include "delta.h"

#define PACKAGE_REASON_SIZE 320u

// What the project demands.
struct package_demands {
    const char *product;    // NULL: any
    const char *public_key; // PEM; NULL: it may be unsigned
    uint64_t area_size;     // bytes that modules have for it
    const char *version;    // that it must lead to
};

// Look at a package with libdelta: damaged, unsigned or by another key, for
// another product, too large, or to another version. False with the reason, a
// sentence for the operator. INFO is what the package says.
bool package_check(const struct package_demands *demands, const void *package,
                   size_t size, struct delta_info *info,
                   char reason[PACKAGE_REASON_SIZE]);

#endif
