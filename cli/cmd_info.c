// SPDX-License-Identifier: MIT
// mkdfota info: what a package says of itself.

#include "estimateview.h"
#include "fileio.h"
#include "foreignview.h"
#include "report.h"

// Several parts take the time that one image of all of them would.
static struct delta_info sum_up(const struct delta_info *infos)
{
    struct delta_info all = infos[0];

    for (uint32_t i = 1; i < all.part_count; i++) {
        all.old_size += infos[i].old_size;
        all.new_size += infos[i].new_size;
    }
    return all;
}

// A damaged package takes no time: it is refused.
static enum cli_exit show(const struct cli *cli, const struct delta_info *infos,
                          struct estimate_view *view, bool is_intact)
{
    bool has_estimate = cli->profile != NULL && is_intact;
    struct delta_info all = sum_up(infos);
    enum cli_exit status =
        has_estimate ? estimate_package(view, cli, &all) : CLI_DONE;

    if (status != CLI_DONE) {
        return status;
    }
    if (cli->is_json) {
        return report_json(infos, is_intact, has_estimate ? view : NULL);
    }
    report_info(cli->package_path, infos, is_intact);
    if (has_estimate) {
        estimate_text(view);
    }
    return CLI_DONE;
}

// No package: perhaps something else that can be named.
static enum cli_exit refuse(const struct cli *cli,
                            const struct file_bytes *package,
                            const struct delta_error *error)
{
    struct delta_foreign foreign;

    if (error->status == DELTA_ERR_FORMAT &&
        delta_foreign_identify(&foreign, package->data, package->size)) {
        return foreign_report(&foreign, cli, package->size);
    }
    return report_failure(cli, error);
}

enum cli_exit cmd_info(const struct cli *cli)
{
    struct file_bytes package;
    struct delta_info infos[DELTA_PARTS_MAX];
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
    bool is_intact = delta_inspect(&infos[0], package.data, package.size,
                                   &error) == DELTA_OK;
    for (uint32_t i = 1; i < infos[0].part_count; i++) {
        (void)delta_inspect_part(&infos[i], package.data, package.size, i,
                                 NULL);
    }
    if (infos[0].package_size > 0) {
        status = show(cli, infos, &view, is_intact);
    }
    if (!is_intact) {
        status = refuse(cli, &package, &error);
    }
    file_free(&package);
    return status;
}
