// SPDX-License-Identifier: MIT
// Reads the key files that --key names.

#include "keyfile.h"

#include "fileio.h"
#include "report.h"

#define KEY_FILE_MAX 65536u

static enum cli_exit read_key(struct delta_key *key, const char *path,
                              bool want_private)
{
    struct file_bytes pem;
    struct delta_error error;
    enum cli_exit status = file_read(&pem, path, KEY_FILE_MAX);

    if (status != CLI_DONE) {
        return status;
    }
    if (delta_key_read(key, pem.data, pem.size, &error) != DELTA_OK) {
        report_error(report_name(path), "%s", error.text);
        status = CLI_REFUSED;
    } else if (key->is_private != want_private) {
        report_error(report_name(path),
                     "wrong kind of key (found a %s key, expected a %s key)",
                     key->is_private ? "private" : "public",
                     want_private ? "private" : "public");
        status = CLI_REFUSED;
    }
    file_free(&pem);
    return status;
}

enum cli_exit keyfile_read(struct delta_key keys[CLI_KEYS_MAX],
                           const struct cli *cli, bool want_private)
{
    enum cli_exit status = CLI_DONE;

    for (int i = 0; i < cli->key_count && status == CLI_DONE; i++) {
        status = read_key(&keys[i], cli->key_paths[i], want_private);
    }
    return status;
}
