// SPDX-License-Identifier: MIT
// mkdfota apply: from an old image and a package to the new image.

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

static enum cli_exit apply(const struct cli *cli, struct file_output *output,
                           const struct delta_key *keys,
                           const struct delta_image *old_image,
                           const struct file_bytes *package)
{
    char number[REPORT_NUMBER_SIZE];
    struct delta_bytes new_image;
    struct delta_error error;
    enum delta_status applied =
        delta_apply(&new_image, old_image->data, old_image->size, package->data,
                    package->size, keys, (size_t)cli->key_count, &error);

    if (applied != DELTA_OK) {
        file_discard(output);
        return report_failure(cli, &error);
    }
    uint32_t size = (uint32_t)new_image.size;
    enum cli_exit status = file_commit(output, new_image.data, new_image.size);
    delta_free(&new_image);
    if (status == CLI_DONE && !cli->is_quiet) {
        fprintf(stderr, "%s: %s bytes, digest verified%s\n",
                report_output_name(cli->output_path),
                report_number(number, size),
                cli->key_count > 0 ? ", signed by a key given" : "");
    }
    return status;
}

enum cli_exit cmd_apply(const struct cli *cli)
{
    const char *inputs[] = {cli->old_path, cli->package_path};
    struct delta_key keys[CLI_KEYS_MAX];
    struct delta_image old_image = {.data = NULL};
    struct file_bytes package = {NULL, 0};
    struct file_output output;

    if (cli->output_path == NULL) {
        report_error("--output", "is missing; see mkdfota apply --help");
        return CLI_USAGE;
    }
    enum cli_exit status = keyfile_read(keys, cli, false);
    if (status == CLI_DONE) {
        status = image_read(&old_image, cli->old_path, cli->format);
    }
    if (status == CLI_DONE) {
        status = file_read(&package, cli->package_path, DELTA_PACKAGE_MAX);
    }
    if (status == CLI_DONE && cli->mode == DELTA_IN_PLACE) {
        status = check_mode(cli, &package);
    }
    if (status == CLI_DONE) {
        status = file_create(&output, cli->output_path, cli->is_forced, inputs,
                             sizeof(inputs) / sizeof(inputs[0]));
    }
    if (status == CLI_DONE) {
        status = apply(cli, &output, keys, &old_image, &package);
    }
    delta_image_free(&old_image);
    file_free(&package);
    return status;
}
