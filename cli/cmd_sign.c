// SPDX-License-Identifier: MIT
// mkdfota sign: signs a package, with a key at hand or one elsewhere.

#include <stdio.h>

#include "fileio.h"
#include "keyfile.h"
#include "report.h"

#define SIGNATURE_FILE_MAX 4096u

static enum cli_exit check_usage(const struct cli *cli)
{
    if (cli->key_count == 0) {
        report_error("--key", "is missing; see mkdfota sign --help");
        return CLI_USAGE;
    }
    if (cli->is_digest && cli->signature_path != NULL) {
        report_error("--digest", "contradicts --signature");
        return CLI_USAGE;
    }
    if (cli->output_paths[0] == NULL && !cli->is_digest) {
        report_error("--output", "is missing; see mkdfota sign --help");
        return CLI_USAGE;
    }
    return CLI_DONE;
}

static enum cli_exit write_output(const struct cli *cli, const uint8_t *data,
                                  size_t size)
{
    const char *inputs[] = {cli->package_path, cli->signature_path,
                            cli->key_paths[0]};
    struct file_output output;
    enum cli_exit status =
        file_create(&output, cli->output_paths[0], cli->is_forced, inputs,
                    sizeof(inputs) / sizeof(inputs[0]));

    return status == CLI_DONE ? file_commit(&output, data, size) : status;
}

static enum cli_exit print_digest(const struct cli *cli,
                                  const struct file_bytes *package,
                                  const struct delta_key *key)
{
    char hex[REPORT_HEX_SIZE];
    uint8_t digest[32];
    struct delta_error error;

    if (delta_sign_digest(digest, package->data, package->size, key, &error) !=
        DELTA_OK) {
        return report_failure(cli, &error);
    }
    if (cli->output_paths[0] != NULL) {
        return write_output(cli, digest, sizeof(digest));
    }
    puts(report_hex(hex, digest, sizeof(digest)));
    return CLI_DONE;
}

static enum cli_exit sign(const struct cli *cli,
                          const struct file_bytes *package,
                          const struct file_bytes *signature,
                          const struct delta_key *key)
{
    char hex[REPORT_HEX_SIZE];
    char number[REPORT_NUMBER_SIZE];
    struct delta_bytes out;
    struct delta_error error;
    enum delta_status made =
        cli->signature_path != NULL
            ? delta_sign_attach(&out, package->data, package->size, key,
                                signature->data, signature->size, &error)
            : delta_sign(&out, package->data, package->size, key, &error);

    if (made != DELTA_OK) {
        return report_failure(cli, &error);
    }
    uint32_t size = (uint32_t)out.size;
    enum cli_exit status = write_output(cli, out.data, out.size);
    delta_free(&out);
    if (status == CLI_DONE && !cli->is_quiet) {
        fprintf(stderr, "%s: %s bytes, signed with key %s\n",
                report_output_name(cli->output_paths[0]),
                report_number(number, size),
                report_hex(hex, key->id, sizeof(key->id)));
    }
    return status;
}

enum cli_exit cmd_sign(const struct cli *cli)
{
    struct delta_key keys[CLI_KEYS_MAX];
    struct file_bytes package = {NULL, 0};
    struct file_bytes signature = {NULL, 0};
    bool want_private = !cli->is_digest && cli->signature_path == NULL;
    enum cli_exit status = check_usage(cli);

    if (status == CLI_DONE) {
        status = keyfile_read(keys, cli, want_private);
    }
    if (status == CLI_DONE) {
        status = file_read(&package, cli->package_path, DELTA_PACKAGE_MAX);
    }
    if (status == CLI_DONE && cli->signature_path != NULL) {
        status = file_read(&signature, cli->signature_path, SIGNATURE_FILE_MAX);
    }
    if (status == CLI_DONE && cli->is_digest) {
        status = print_digest(cli, &package, &keys[0]);
    } else if (status == CLI_DONE) {
        status = sign(cli, &package, &signature, &keys[0]);
    }
    file_free(&package);
    file_free(&signature);
    return status;
}
