// SPDX-License-Identifier: MIT
// No patches of bsdiff: built without libbz2.

#include <string.h>

#include "delta_foreign.h"
#include "errors.h"
#include "files.h"

enum delta_status delta_bsdiff_apply(struct delta_bytes *new_image,
                                     const void *patch, size_t patch_size,
                                     const void *old_data, size_t old_size,
                                     struct delta_error *error)
{
    (void)patch;
    (void)patch_size;
    (void)old_data;
    (void)old_size;
    memset(new_image, 0, sizeof(*new_image));
    return delta_fail(error, DELTA_ERR_PATCH, "patch",
                      "this build reads no patches of bsdiff, for it has no "
                      "bzip2");
}

const char *delta_bzip2_version(void)
{
    return NULL;
}
