// SPDX-License-Identifier: MIT
// mkdfota verify: checks a package as far as the files given allow.

#include <stdio.h>

#include "fileio.h"
#include "imagefile.h"
#include "keyfile.h"
#include "report.h"

static void tell(const struct cli *cli, const struct delta_info *info)
{
    char hex[REPORT_HEX_SIZE];
    const char *trust = "not signed";

    if (cli->is_quiet) {
        return;
    }
    if (cli->key_count > 0) {
        trust = "signature verified";
    } else if (info->is_signed) {
        trust = "signature not checked without --key";
    }
    fprintf(stderr, "%s: all digests match, %s", report_name(cli->package_path),
            trust);
    if (info->is_signed) {
        fprintf(stderr, ", key %s",
                report_hex(hex, info->key_id, sizeof(info->key_id)));
    }
    if (cli->old_path != NULL) {
        fprintf(stderr, ", applies to %s", report_name(cli->old_path));
    }
    if (cli->new_path != NULL) {
        fprintf(stderr, ", makes %s", report_name(cli->new_path));
    }
    fputc('\n', stderr);
}

static enum cli_exit read_if_given(struct delta_image *image, const char *path,
                                   enum delta_file_format format)
{
    return path != NULL ? image_read(image, path, format) : CLI_DONE;
}

enum cli_exit cmd_verify(const struct cli *cli)
{
    struct delta_key keys[CLI_KEYS_MAX];
    struct file_bytes package = {NULL, 0};
    struct delta_image old_image = {.data = NULL};
    struct delta_image new_image = {.data = NULL};
    struct delta_info info;
    struct delta_error error;
    enum cli_exit status = keyfile_read(keys, cli, false);

    if (status == CLI_DONE) {
        status = file_read(&package, cli->package_path, DELTA_PACKAGE_MAX);
    }
    if (status == CLI_DONE) {
        status = read_if_given(&old_image, cli->old_path, cli->format);
    }
    if (status == CLI_DONE) {
        status = read_if_given(&new_image, cli->new_path, cli->format);
    }
    if (status == CLI_DONE) {
        if (delta_verify(&info, package.data, package.size, old_image.data,
                         old_image.size, new_image.data, new_image.size, keys,
                         (size_t)cli->key_count, &error) == DELTA_OK) {
            tell(cli, &info);
        } else {
            status = report_failure(cli, &error);
        }
    }
    file_free(&package);
    delta_image_free(&old_image);
    delta_image_free(&new_image);
    return status;
}
