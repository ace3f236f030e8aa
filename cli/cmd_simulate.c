// SPDX-License-Identifier: MIT
// mkdfota simulate: cuts power to an update, on the user's own flash.

#include <stdlib.h>
#include <string.h>

#include "fileio.h"
#include "htmlpage.h"
#include "imagefile.h"
#include "keyfile.h"
#include "layoutfile.h"
#include "report.h"
#include "simview.h"

// Everything that is read.
struct inputs {
    struct delta_key keys[CLI_KEYS_MAX];
    struct delta_flash_layout layout;
    struct delta_image old_images[DELTA_PARTS_MAX];
    struct file_bytes package;
};

static void put_page(FILE *out, const void *view)
{
    simview_html(out, view);
}

static enum cli_exit show(const struct simview *view,
                          struct file_output *output)
{
    const struct cli *cli = view->cli;
    enum cli_exit status = CLI_DONE;

    if (cli->html_path != NULL) {
        status = html_write(cli, output, put_page, view);
    }
    if (status == CLI_DONE && cli->is_json) {
        status = simview_json(view);
    } else if (status == CLI_DONE && cli->html_path == NULL) {
        simview_text(view);
    }
    if (status == CLI_DONE && view->s->failures != 0) {
        report_error(report_name(cli->package_path), "%s", view->s->failure);
        status = CLI_REFUSED;
    }
    return status;
}

static enum cli_exit simulate(const struct cli *cli, const struct inputs *in,
                              struct file_output *output)
{
    struct report_bar bar = {0};
    struct delta_simulation_options options = {
        .schedules = cli->schedules,
        .seed = cli->seed,
        .threads = cli->threads,
        .keys = in->keys,
        .key_count = (size_t)cli->key_count,
        .progress = cli->is_quiet ? NULL : report_progress,
        .context = &bar,
    };
    struct delta_content images[DELTA_PARTS_MAX];
    struct delta_simulation s;
    struct delta_error error;

    for (int i = 0; i < cli->old_count; i++) {
        images[i] = (struct delta_content){in->old_images[i].data,
                                           in->old_images[i].size};
    }
    enum delta_status status = delta_simulate_parts(
        &s, images, (size_t)cli->old_count, in->package.data, in->package.size,
        &in->layout, &options, &error);

    report_progress_end(&bar);
    if (status != DELTA_OK) {
        if (cli->html_path != NULL) {
            file_discard(output);
        }
        return report_failure(cli, &error);
    }
    struct simview view = {cli, &in->layout, &s};
    enum cli_exit shown = show(&view, output);
    delta_simulation_free(&s);
    return shown;
}

static enum cli_exit check_usage(const struct cli *cli)
{
    if (cli->old_paths[0] == NULL || cli->layout_path == NULL) {
        report_error(cli->old_paths[0] == NULL ? "--old" : "--layout",
                     "is missing; see mkdfota simulate --help");
        return CLI_USAGE;
    }
    if (cli->is_json && cli->html_path != NULL &&
        strcmp(cli->html_path, "-") == 0) {
        report_error("--html", "is stdout, and so is --json");
        return CLI_USAGE;
    }
    return CLI_DONE;
}

enum cli_exit cmd_simulate(const struct cli *cli)
{
    const char *names[DELTA_PARTS_MAX + 2] = {cli->package_path,
                                              cli->layout_path};
    struct inputs in = {.package = {NULL, 0}};
    struct file_output output;
    enum cli_exit status = check_usage(cli);

    if (status == CLI_DONE) {
        status = keyfile_read(in.keys, cli, false);
    }
    if (status == CLI_DONE) {
        status = layoutfile_read(&in.layout, cli->layout_path);
    }
    if (status == CLI_DONE) {
        status = images_read(in.old_images, cli->old_paths, cli->old_count,
                             cli->format, true);
    }
    if (status == CLI_DONE) {
        status = file_read(&in.package, cli->package_path, DELTA_PACKAGE_MAX);
    }
    if (status == CLI_DONE && cli->html_path != NULL) {
        memcpy(names + 2, cli->old_paths,
               (size_t)cli->old_count * sizeof(names[0]));
        status = file_create(&output, cli->html_path, cli->is_forced, names,
                             (size_t)cli->old_count + 2);
    }
    if (status == CLI_DONE) {
        status = simulate(cli, &in, &output);
    }
    images_free(in.old_images, cli->old_count);
    file_free(&in.package);
    return status;
}
