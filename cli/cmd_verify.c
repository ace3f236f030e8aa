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
    for (int i = 0; i < cli->old_count; i++) {
        fprintf(stderr, "%s %s", i == 0 ? ", applies to" : " and",
                report_name(cli->old_paths[i]));
    }
    for (int i = 0; i < cli->new_count; i++) {
        fprintf(stderr, "%s %s", i == 0 ? ", makes" : " and",
                report_name(cli->new_paths[i]));
    }
    fputc('\n', stderr);
}

static enum delta_status verify(struct delta_info *info, const struct cli *cli,
                                const struct file_bytes *package,
                                const struct delta_image *old_images,
                                const struct delta_image *new_images,
                                const struct delta_key *keys,
                                struct delta_error *error)
{
    struct delta_content olds[DELTA_PARTS_MAX];
    struct delta_content news[DELTA_PARTS_MAX];
    int count =
        cli->old_count > cli->new_count ? cli->old_count : cli->new_count;

    for (int i = 0; i < count; i++) {
        olds[i] =
            (struct delta_content){old_images[i].data, old_images[i].size};
        news[i] =
            (struct delta_content){new_images[i].data, new_images[i].size};
    }
    return delta_verify_parts(info, package->data, package->size,
                              cli->old_count > 0 ? olds : NULL,
                              cli->new_count > 0 ? news : NULL, (size_t)count,
                              keys, (size_t)cli->key_count, error);
}

enum cli_exit cmd_verify(const struct cli *cli)
{
    struct delta_key keys[CLI_KEYS_MAX];
    struct file_bytes package = {NULL, 0};
    struct delta_image old_images[DELTA_PARTS_MAX] = {{.data = NULL}};
    struct delta_image new_images[DELTA_PARTS_MAX] = {{.data = NULL}};
    struct delta_info info;
    struct delta_error error;
    enum cli_exit status = keyfile_read(keys, cli, false);

    if (status == CLI_DONE) {
        status = file_read(&package, cli->package_path, DELTA_PACKAGE_MAX);
    }
    if (status == CLI_DONE) {
        status = images_read(old_images, cli->old_paths, cli->old_count,
                             cli->format, true);
    }
    if (status == CLI_DONE) {
        status = images_read(new_images, cli->new_paths, cli->new_count,
                             cli->format, false);
    }
    if (status == CLI_DONE) {
        if (verify(&info, cli, &package, old_images, new_images, keys,
                   &error) == DELTA_OK) {
            tell(cli, &info);
        } else {
            status = report_failure(cli, &error);
        }
    }
    file_free(&package);
    images_free(old_images, cli->old_count);
    images_free(new_images, cli->new_count);
    return status;
}
