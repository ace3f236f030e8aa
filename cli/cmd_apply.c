// SPDX-License-Identifier: MIT
// mkdfota apply: from old images and a package to the new ones.

#include <stdio.h>

#include "fileio.h"
#include "imagefile.h"
#include "keyfile.h"
#include "report.h"

// What --in-place asks for.
static enum cli_exit check_mode(const struct cli *cli,
                                const struct file_bytes *package)
{
    struct delta_info info;
    struct delta_error error;

    if (delta_inspect(&info, package->data, package->size, &error) !=
        DELTA_OK) {
        return report_failure(cli, &error);
    }
    if (info.block_size == 0) {
        report_error(report_name(cli->package_path),
                     "made for another kind of module (found mode %s, expected "
                     "in-place)",
                     info.mode_name);
        return CLI_REFUSED;
    }
    return CLI_DONE;
}

static enum cli_exit create(struct file_output *output, const struct cli *cli,
                            int part)
{
    const char *inputs[DELTA_PARTS_MAX + 1] = {cli->package_path};
    size_t count = 1;

    for (int i = 0; i < cli->old_count; i++) {
        inputs[count++] = cli->old_paths[i];
    }
    return file_create(output, cli->output_paths[part], cli->is_forced, inputs,
                       count);
}

// The first output is open already.
static enum cli_exit write_images(const struct cli *cli,
                                  struct file_output *output,
                                  const struct delta_bytes *new_images)
{
    char number[REPORT_NUMBER_SIZE];

    for (int i = 0; i < cli->output_count; i++) {
        enum cli_exit status = i == 0 ? CLI_DONE : create(output, cli, i);

        if (status == CLI_DONE) {
            status =
                file_commit(output, new_images[i].data, new_images[i].size);
        }
        if (status != CLI_DONE) {
            return status;
        }
        if (!cli->is_quiet) {
            fprintf(stderr, "%s: %s bytes, digest verified%s\n",
                    report_output_name(cli->output_paths[i]),
                    report_number(number, (uint32_t)new_images[i].size),
                    cli->key_count > 0 ? ", signed by a key given" : "");
        }
    }
    return CLI_DONE;
}

static enum cli_exit apply(const struct cli *cli, struct file_output *output,
                           const struct delta_key *keys,
                           const struct delta_image *old_images,
                           const struct file_bytes *package)
{
    struct delta_content contents[DELTA_PARTS_MAX];
    struct delta_bytes new_images[DELTA_PARTS_MAX];
    struct delta_error error;

    for (int i = 0; i < cli->old_count; i++) {
        contents[i] =
            (struct delta_content){old_images[i].data, old_images[i].size};
    }
    if (delta_apply_parts(new_images, contents, (size_t)cli->old_count,
                          package->data, package->size, keys,
                          (size_t)cli->key_count, &error) != DELTA_OK) {
        file_discard(output);
        return report_failure(cli, &error);
    }
    enum cli_exit status = write_images(cli, output, new_images);
    for (int i = 0; i < cli->old_count; i++) {
        delta_free(&new_images[i]);
    }
    return status;
}

enum cli_exit cmd_apply(const struct cli *cli)
{
    struct delta_key keys[CLI_KEYS_MAX];
    struct delta_image old_images[DELTA_PARTS_MAX] = {{.data = NULL}};
    struct file_bytes package = {NULL, 0};
    struct file_output output;

    if (cli->output_count == 0) {
        report_error("--output", "is missing; see mkdfota apply --help");
        return CLI_USAGE;
    }
    enum cli_exit status = keyfile_read(keys, cli, false);
    if (status == CLI_DONE) {
        status = images_read(old_images, cli->old_paths, cli->old_count,
                             cli->format, true);
    }
    if (status == CLI_DONE) {
        status = file_read(&package, cli->package_path, DELTA_PACKAGE_MAX);
    }
    if (status == CLI_DONE && cli->mode == DELTA_IN_PLACE) {
        status = check_mode(cli, &package);
    }
    if (status == CLI_DONE) {
        status = create(&output, cli, 0);
    }
    if (status == CLI_DONE) {
        status = apply(cli, &output, keys, old_images, &package);
    }
    images_free(old_images, cli->old_count);
    file_free(&package);
    return status;
}
