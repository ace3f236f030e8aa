// SPDX-License-Identifier: MIT
// Reads image files; what is wrong is said with the file's name.

#include "imagefile.h"

#include <string.h>

#include "fileio.h"
#include "report.h"

enum cli_exit image_read(struct delta_image *image, const char *path,
                         enum delta_file_format format)
{
    struct file_bytes bytes;
    struct delta_error error;

    memset(image, 0, sizeof(*image));
    enum cli_exit status = file_read(&bytes, path, DELTA_IMAGE_MAX);
    if (status != CLI_DONE) {
        return status;
    }
    if (bytes.size == 0) {
        report_error(report_name(path),
                     "image is empty (found 0 bytes, expected 1 to %lu)",
                     (unsigned long)DELTA_IMAGE_MAX);
        status = CLI_REFUSED;
    } else if (delta_image_read(image, bytes.data, bytes.size, format,
                                &error) != DELTA_OK) {
        report_error(report_name(path), "%s", error.text);
        status = (enum cli_exit)(-error.status / 100);
    }
    file_free(&bytes);
    return status;
}
