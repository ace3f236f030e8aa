// SPDX-License-Identifier: MIT
// Reads the command line.

#ifndef MKDFOTA_CMDLINE_H
#define MKDFOTA_CMDLINE_H

#include "cli.h"

// Fill in cli. Messages have been printed when this is not CLI_DONE.
enum cli_exit cmdline_parse(struct cli *cli, int argc, char *const argv[]);

// "make", "apply" ...
const char *command_name(enum cli_command command);

#endif
