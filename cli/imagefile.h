// SPDX-License-Identifier: MIT
// Image files of any format, by path.

#ifndef MKDFOTA_IMAGEFILE_H
#define MKDFOTA_IMAGEFILE_H

#include "cli.h"

// Read an image. Messages have been printed when this is not CLI_DONE; image
// is then zeroed.
enum cli_exit image_read(struct delta_image *image, const char *path,
                         enum delta_file_format format);

#endif
