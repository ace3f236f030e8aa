// SPDX-License-Identifier: MIT
// Reads the key files that --key names.

#ifndef MKDFOTA_KEYFILE_H
#define MKDFOTA_KEYFILE_H

#include "cli.h"

// Read all of cli->key_paths into keys. A key of the other kind is refused:
// private keys belong where packages are made, nowhere else. Messages have
// been printed when this is not CLI_DONE.
enum cli_exit keyfile_read(struct delta_key keys[CLI_KEYS_MAX],
                           const struct cli *cli, bool want_private);

#endif
