// SPDX-License-Identifier: MIT
// Reads the flash layout that --layout names.

#include "layoutfile.h"

#include "fileio.h"
#include "report.h"

enum cli_exit layoutfile_read(struct delta_flash_layout *layout,
                              const char *path)
{
    struct file_bytes json;
    struct delta_error error;
    enum cli_exit status = file_read(&json, path, DELTA_LAYOUT_MAX);

    if (status == CLI_DONE &&
        delta_layout_read(layout, json.data, json.size, &error) != DELTA_OK) {
        report_error(report_name(path), "%s", error.text);
        status = (enum cli_exit)(-error.status / 100);
    }
    file_free(&json);
    return status;
}
