// SPDX-License-Identifier: MIT
// mkdfota info: what a package says of itself.

#include "fileio.h"
#include "report.h"

enum cli_exit cmd_info(const struct cli *cli)
{
    struct file_bytes package;
    struct delta_info infos[DELTA_PARTS_MAX];
    struct delta_error error;
    enum cli_exit status =
        file_read(&package, cli->package_path, DELTA_PACKAGE_MAX);

    if (status != CLI_DONE) {
        return status;
    }
    bool is_intact = delta_inspect(&infos[0], package.data, package.size,
                                   &error) == DELTA_OK;
    for (uint32_t i = 1; i < infos[0].part_count; i++) {
        (void)delta_inspect_part(&infos[i], package.data, package.size, i,
                                 NULL);
    }
    if (infos[0].package_size > 0 && cli->is_json) {
        status = report_json(infos, is_intact);
    } else if (infos[0].package_size > 0) {
        report_info(cli->package_path, infos, is_intact);
    }
    if (!is_intact) {
        status = report_failure(cli, &error);
    }
    file_free(&package);
    return status;
}
