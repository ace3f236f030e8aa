// SPDX-License-Identifier: MIT
// mkdfota make: from two images to a package.

#include "fileio.h"
#include "imagefile.h"
#include "keyfile.h"
#include "layoutfile.h"
#include "placereport.h"
#include "report.h"

static void tell(const struct cli *cli, const struct delta_report *report,
                 const struct delta_flash_layout *layout)
{
    if (cli->is_quiet) {
        return;
    }
    if (report->is_same) {
        report_warning(report_name(cli->new_path),
                       "equal to the old image, the package changes nothing");
    }
    if (cli->is_verbose) {
        report_decisions(report, cli->has_base);
    }
    place_report_flash(report);
    if (cli->layout_path != NULL) {
        place_report_time(report, layout->profile);
    }
    report_summary(cli->output_path, &report->info);
    report_reason(report);
}

// The package is made for the flash of --layout, if that is given.
static enum cli_exit use_layout(const struct cli *cli,
                                const struct delta_flash_layout *layout,
                                struct delta_options *options)
{
    if (cli->layout_path == NULL) {
        return CLI_DONE;
    }
    if (cli->mode == DELTA_IN_PLACE && layout->new_slot.size != 0) {
        report_error("--in-place", "the layout has two slots (found new_slot, "
                                   "expected none)");
        return CLI_USAGE;
    }
    delta_layout_options(options, layout);
    return CLI_DONE;
}

static enum cli_exit fail(const struct cli *cli, struct file_output *output,
                          const struct delta_error *error)
{
    file_discard(output);
    if (error->status == DELTA_ERR_LAYOUT) {
        report_error(report_name(cli->layout_path), "%s", error->text);
        return CLI_REFUSED;
    }
    return report_failure(cli, error);
}

static enum cli_exit make(const struct cli *cli, struct file_output *output,
                          const struct delta_key *key,
                          const struct delta_flash_layout *layout,
                          const struct delta_image *old_image,
                          const struct delta_image *new_image)
{
    struct report_bar bar = {0};
    struct delta_bytes package;
    struct delta_report report;
    struct delta_error error;
    struct delta_options options = {
        .codec = cli->codec,
        .level = cli->level,
        .ram = cli->ram,
        .has_base = cli->has_base,
        .base = cli->base,
        .arch = cli->arch,
        .key = key,
        .product = cli->product,
        .from_version = cli->from_version,
        .to_version = cli->to_version,
        .counter = cli->counter,
        .progress = cli->is_quiet ? NULL : report_progress,
        .context = &bar,
        .threads = cli->threads,
        .mode = cli->mode,
        .in_place = cli->in_place,
    };
    enum cli_exit status = use_layout(cli, layout, &options);

    if (status != CLI_DONE) {
        file_discard(output);
        return status;
    }
    enum delta_status made = delta_make_images(&package, &report, old_image,
                                               new_image, &options, &error);
    report_progress_end(&bar);
    if (made == DELTA_OK && cli->layout_path != NULL) {
        made = delta_layout_check(layout, &report.info, &error);
    }
    if (made != DELTA_OK) {
        delta_free(&package);
        return fail(cli, output, &error);
    }
    status = file_commit(output, package.data, package.size);
    delta_free(&package);
    if (status == CLI_DONE) {
        tell(cli, &report, layout);
    }
    return status;
}

enum cli_exit cmd_make(const struct cli *cli)
{
    const char *inputs[] = {cli->old_path, cli->new_path, cli->key_paths[0],
                            cli->layout_path};
    struct delta_key keys[CLI_KEYS_MAX];
    struct delta_image old_image = {.data = NULL};
    struct delta_image new_image = {.data = NULL};
    struct delta_flash_layout layout;
    struct file_output output;

    if (cli->output_path == NULL) {
        report_error("--output", "is missing; see mkdfota make --help");
        return CLI_USAGE;
    }
    enum cli_exit status = keyfile_read(keys, cli, true);
    if (status == CLI_DONE && cli->layout_path != NULL) {
        status = layoutfile_read(&layout, cli->layout_path);
    }
    if (status == CLI_DONE) {
        status = image_read(&old_image, cli->old_path, cli->format);
    }
    if (status == CLI_DONE) {
        status = image_read(&new_image, cli->new_path, cli->format);
    }
    if (status == CLI_DONE) {
        status = file_create(&output, cli->output_path, cli->is_forced, inputs,
                             sizeof(inputs) / sizeof(inputs[0]));
    }
    if (status == CLI_DONE) {
        status = make(cli, &output, cli->key_count > 0 ? &keys[0] : NULL,
                      &layout, &old_image, &new_image);
    }
    delta_image_free(&old_image);
    delta_image_free(&new_image);
    return status;
}
