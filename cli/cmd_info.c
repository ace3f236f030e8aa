// SPDX-License-Identifier: MIT
// mkdfota info: what a package says of itself.

#include "estimateview.h"
#include "fileio.h"
#include "report.h"

// A damaged package takes no time: it is refused.
static enum cli_exit show(const struct cli *cli, const struct delta_info *info,
                          struct estimate_view *view, bool is_intact)
{
    bool has_estimate = cli->profile != NULL && is_intact;
    enum cli_exit status =
        has_estimate ? estimate_package(view, cli, info) : CLI_DONE;

    if (status != CLI_DONE) {
        return status;
    }
    if (cli->is_json) {
        return report_json(info, is_intact, has_estimate ? view : NULL);
    }
    report_info(cli->package_path, info, is_intact);
    if (has_estimate) {
        estimate_text(view);
    }
    return CLI_DONE;
}

enum cli_exit cmd_info(const struct cli *cli)
{
    struct file_bytes package;
    struct delta_info info;
    struct delta_error error;
    struct estimate_view view;
    enum cli_exit status = CLI_DONE;

    if (cli->profile != NULL) {
        status = estimate_profile(&view, cli);
    }
    if (status == CLI_DONE) {
        status = file_read(&package, cli->package_path, DELTA_PACKAGE_MAX);
    }
    if (status != CLI_DONE) {
        return status;
    }
    bool is_intact =
        delta_inspect(&info, package.data, package.size, &error) == DELTA_OK;
    if (info.package_size > 0) {
        status = show(cli, &info, &view, is_intact);
    }
    if (!is_intact) {
        status = report_failure(cli, &error);
    }
    file_free(&package);
    return status;
}
