// SPDX-License-Identifier: MIT
// Reads image files; what is wrong is said with the file's name.

#include "imagefile.h"

#include <string.h>

#include "delta_foreign.h"
#include "fileio.h"
#include "report.h"

// It would pass for a raw image, and make a package that nobody wants.
static bool is_archive(const struct delta_image *image,
                       const struct file_bytes *bytes,
                       enum delta_file_format format)
{
    struct delta_foreign foreign;

    return format == DELTA_FILE_AUTO && image->format == DELTA_FILE_RAW &&
           delta_foreign_identify(&foreign, bytes->data, bytes->size) &&
           strcmp(foreign.name, "zip") == 0;
}

static enum cli_exit read_one(struct delta_image *image, const char *path,
                              enum delta_file_format format, bool may_be_empty)
{
    struct file_bytes bytes;
    struct delta_error error;

    memset(image, 0, sizeof(*image));
    enum cli_exit status = file_read(&bytes, path, DELTA_IMAGE_MAX);
    if (status != CLI_DONE) {
        return status;
    }
    bool empty = bytes.size == 0;
    // (Nothing on stdin is a command before the pipe that has failed.)
    if (empty && (!may_be_empty || strcmp(path, "-") == 0)) {
        report_error(report_name(path),
                     "image is empty (found 0 bytes, expected 1 to %lu)",
                     (unsigned long)DELTA_IMAGE_MAX);
        status = CLI_REFUSED;
    } else if (!empty && delta_image_read(image, bytes.data, bytes.size, format,
                                          &error) != DELTA_OK) {
        report_error(report_name(path), "%s", error.text);
        status = (enum cli_exit)(-error.status / 100);
    } else if (!empty && is_archive(image, &bytes, format)) {
        report_error(report_name(path),
                     "is a ZIP archive; take the images out with mkdfota "
                     "extract");
        delta_image_free(image);
        status = CLI_REFUSED;
    }
    file_free(&bytes);
    return status;
}

enum cli_exit image_read(struct delta_image *image, const char *path,
                         enum delta_file_format format)
{
    return read_one(image, path, format, false);
}

enum cli_exit images_read(struct delta_image *images, const char *const *paths,
                          int count, enum delta_file_format format,
                          bool may_be_empty)
{
    enum cli_exit status = CLI_DONE;

    for (int i = 0; status == CLI_DONE && i < count; i++) {
        status = read_one(&images[i], paths[i], format, may_be_empty);
    }
    return status;
}

void images_free(struct delta_image *images, int count)
{
    for (int i = 0; i < count; i++) {
        delta_image_free(&images[i]);
    }
}
