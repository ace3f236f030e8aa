// SPDX-License-Identifier: MIT
// mkdfota make: from images to a package. And mkdfota convert: from an image and
// a patch of bsdiff.

#include <string.h>

#include "cmdline.h"
#include "fileio.h"
#include "imagefile.h"
#include "keyfile.h"
#include "layoutfile.h"
#include "partoptions.h"
#include "patchfile.h"
#include "placereport.h"
#include "report.h"

static void tell(const struct cli *cli, const struct delta_report *reports,
                 const struct delta_flash_layout *layout)
{
    if (cli->is_quiet) {
        return;
    }
    for (int i = 0; i < cli->new_count; i++) {
        const struct delta_report *report = &reports[i];

        if (report->is_same) {
            report_warning(report_name(cli->new_paths[i]),
                           "equal to the old image, the package changes "
                           "nothing");
        }
        if (cli->is_verbose) {
            report_decisions(report, cli->has_base);
        }
        if (cli->new_count > 1) {
            report_part(report_name(cli->new_paths[i]), &report->info);
        }
    }
    place_report_flash(reports);
    if (cli->layout_path != NULL && cli->new_count == 1) {
        place_report_time(&reports[0], layout->profile);
    }
    report_summary(cli->output_paths[0], reports);
    report_reason(&reports[0]);
}

// Each part is made for its slots of --layout, if that is given.
static enum cli_exit use_layout(const struct cli *cli,
                                const struct delta_flash_layout *layout,
                                struct delta_options *options)
{
    if (cli->layout_path == NULL) {
        return CLI_DONE;
    }
    if (cli->mode == DELTA_IN_PLACE && layout->parts[0].new_slot.size != 0) {
        report_error("--in-place", "the layout has two slots (found new_slot, "
                                   "expected none)");
        return CLI_USAGE;
    }
    for (int i = cli->old_count; i-- > 0;) {
        const struct delta_flash_part *part =
            delta_layout_part(layout, part_id(cli, i));

        if (part == NULL || (i > 0 && !layout->is_list)) {
            report_error(report_name(cli->layout_path),
                         "parts: found none with id %u, expected one for %s",
                         (unsigned)part_id(cli, i),
                         report_name(cli->new_paths[i]));
            return CLI_REFUSED;
        }
        options[i] = options[0];
        delta_layout_options(&options[i], layout, part);
    }
    return CLI_DONE;
}

static enum delta_status check_layout(const struct cli *cli,
                                      const struct delta_flash_layout *layout,
                                      const struct delta_report *reports,
                                      struct delta_error *error)
{
    enum delta_status status = DELTA_OK;

    for (int i = 0;
         status == DELTA_OK && i < cli->old_count && cli->layout_path != NULL;
         i++) {
        status = delta_layout_check(layout, &reports[i].info, error);
    }
    return status;
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

static struct delta_options options_of(const struct cli *cli,
                                       const struct delta_key *key,
                                       struct report_bar *bar)
{
    return (struct delta_options){
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
        .context = bar,
        .threads = cli->threads,
        .mode = cli->mode,
        .in_place = cli->in_place,
    };
}

static enum delta_status
make_parts(struct delta_bytes *package, struct delta_report *reports,
           const struct cli *cli, const struct delta_image *old_images,
           const struct delta_image *new_images,
           const struct delta_options *options, struct delta_error *error)
{
    struct delta_span spans[DELTA_PARTS_MAX][DELTA_UNMANAGED_MAX];
    struct delta_part_input parts[DELTA_PARTS_MAX];

    memset(parts, 0, sizeof(parts));
    for (int i = 0; i < cli->old_count; i++) {
        parts[i] = (struct delta_part_input){
            .id = part_id(cli, i),
            .old_image = old_images[i].data != NULL ? &old_images[i] : NULL,
            .new_image = &new_images[i],
            .options = cli->layout_path != NULL ? &options[i] : NULL,
            .unmanaged = spans[i],
            .unmanaged_count = part_ranges(spans[i], cli, i),
        };
    }
    return delta_make_parts(package, reports, parts, (size_t)cli->old_count,
                            options, error);
}

static enum cli_exit make(const struct cli *cli, struct file_output *output,
                          const struct delta_key *key,
                          const struct delta_flash_layout *layout,
                          const struct delta_image *old_images,
                          const struct delta_image *new_images)
{
    struct report_bar bar = {0};
    struct delta_bytes package;
    struct delta_report reports[DELTA_PARTS_MAX];
    struct delta_error error;
    struct delta_options options[DELTA_PARTS_MAX] = {
        options_of(cli, key, &bar)};
    enum cli_exit status = use_layout(cli, layout, options);

    if (status != CLI_DONE) {
        file_discard(output);
        return status;
    }
    enum delta_status made = make_parts(&package, reports, cli, old_images,
                                        new_images, options, &error);

    report_progress_end(&bar);
    if (made == DELTA_OK) {
        made = check_layout(cli, layout, reports, &error);
    }
    if (made != DELTA_OK) {
        delta_free(&package);
        return fail(cli, output, &error);
    }
    status = file_commit(output, package.data, package.size);
    delta_free(&package);
    if (status == CLI_DONE) {
        tell(cli, reports, layout);
    }
    return status;
}

// Nothing is written over what is read.
static enum cli_exit create(struct file_output *output, const struct cli *cli)
{
    const char *inputs[2 * DELTA_PARTS_MAX + 2] = {cli->key_paths[0],
                                                   cli->layout_path};
    size_t count = 2;

    for (int i = 0; i < cli->old_count; i++) {
        inputs[count++] = cli->old_paths[i];
        inputs[count++] = cli->new_paths[i];
    }
    return file_create(output, cli->output_paths[0], cli->is_forced, inputs,
                       count);
}

enum cli_exit cmd_make(const struct cli *cli)
{
    struct delta_key keys[CLI_KEYS_MAX];
    struct delta_image old_images[DELTA_PARTS_MAX] = {{.data = NULL}};
    struct delta_image new_images[DELTA_PARTS_MAX] = {{.data = NULL}};
    struct delta_flash_layout layout = {.part_count = 0};
    struct file_output output;

    if (cli->output_count == 0) {
        report_error("--output", "is missing; see mkdfota %s --help",
                     command_name(cli->command));
        return CLI_USAGE;
    }
    enum cli_exit status = keyfile_read(keys, cli, true);
    if (status == CLI_DONE && cli->layout_path != NULL) {
        status = layoutfile_read(&layout, cli->layout_path);
    }
    if (status == CLI_DONE) {
        status = images_read(old_images, cli->old_paths, cli->old_count,
                             cli->format, true);
    }
    if (status == CLI_DONE) {
        status = cli->command == CLI_CONVERT
                     ? patch_read(new_images, cli)
                     : images_read(new_images, cli->new_paths, cli->new_count,
                                   cli->format, false);
    }
    if (status == CLI_DONE) {
        status = create(&output, cli);
    }
    if (status == CLI_DONE) {
        status = make(cli, &output, cli->key_count > 0 ? &keys[0] : NULL,
                      &layout, old_images, new_images);
    }
    images_free(old_images, cli->old_count);
    images_free(new_images, cli->new_count);
    return status;
}
