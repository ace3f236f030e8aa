// SPDX-License-Identifier: MIT
// Reads the new image out of a patch of another tool.

#ifndef MKDFOTA_PATCHFILE_H
#define MKDFOTA_PATCHFILE_H

#include "cli.h"
#include "delta_image.h"

// The image that the patch cli->new_paths[0] makes of the file
// cli->old_paths[0]. Free it with delta_image_free.
enum cli_exit patch_read(struct delta_image *image, const struct cli *cli);

#endif
