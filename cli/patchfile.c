// SPDX-License-Identifier: MIT
// Reads the new image out of a patch of bsdiff. The patch was made for the
// bytes of the old file, whatever format that has: both are read once more.

#include "patchfile.h"

#include <string.h>

#include "delta_foreign.h"
#include "fileio.h"
#include "report.h"

static enum cli_exit apply(struct delta_image *image, const struct cli *cli,
                           const struct file_bytes *patch,
                           const struct file_bytes *old)
{
    struct delta_bytes made;
    struct delta_error error;
    enum delta_status status = delta_bsdiff_apply(
        &made, patch->data, patch->size, old->data, old->size, &error);

    if (status == DELTA_OK) {
        status =
            delta_image_read(image, made.data, made.size, cli->format, &error);
    }
    delta_free(&made);
    if (status == DELTA_OK) {
        return CLI_DONE;
    }
    report_error(report_name(cli->new_paths[0]), "%s", error.text);
    return (enum cli_exit)(-status / 100);
}

enum cli_exit patch_read(struct delta_image *image, const struct cli *cli)
{
    struct file_bytes patch;
    struct file_bytes old;

    memset(image, 0, sizeof(*image));
    if (strcmp(cli->old_paths[0], "-") == 0) {
        report_error("convert", "the old image cannot be stdin (expected a "
                                "file)");
        return CLI_USAGE;
    }
    enum cli_exit status =
        file_read(&patch, cli->new_paths[0], DELTA_PACKAGE_MAX);
    if (status != CLI_DONE) {
        return status;
    }
    status = file_read(&old, cli->old_paths[0], DELTA_IMAGE_MAX);
    if (status == CLI_DONE) {
        status = apply(image, cli, &patch, &old);
        file_free(&old);
    }
    file_free(&patch);
    return status;
}
