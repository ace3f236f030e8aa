// SPDX-License-Identifier: MIT
// Image files of any format, by path.

#ifndef MKDFOTA_IMAGEFILE_H
#define MKDFOTA_IMAGEFILE_H

#include "cli.h"

// Read an image. Messages have been printed when this is not CLI_DONE; image
// is then zeroed.
enum cli_exit image_read(struct delta_image *image, const char *path,
                         enum delta_file_format format);

// The same of each part. Of those that may be empty (/dev/null) an empty file
// is no image.
enum cli_exit images_read(struct delta_image *images, const char *const *paths,
                          int count, enum delta_file_format format,
                          bool may_be_empty);
void images_free(struct delta_image *images, int count);

#endif
