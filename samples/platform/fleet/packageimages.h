// SPDX-License-Identifier: MIT
// Whether a package is of the images that are here, as far as they are.

#ifndef PLATFORM_PACKAGEIMAGES_H
#define PLATFORM_PACKAGEIMAGES_H

#include "blobs.h"
#include "db.h"
#include "packagecheck.h"

struct package_images {
    int64_t firmware_id;
    const char *from; // version; empty: it has no base
    const char *to;
};

// Each part whose digests are of whole images is compared; bytes that are the
// module's own count as others there. REASON is empty, or a sentence for the
// operator.
enum db_status package_check_images(struct db_conn *c,
                                    const struct blobs *blobs,
                                    const struct package_images *images,
                                    const void *package, size_t size,
                                    char reason[PACKAGE_REASON_SIZE]);

#endif
