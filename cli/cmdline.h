// SPDX-License-Identifier: MIT
// Reads the command line.

#ifndef MKDFOTA_CMDLINE_H
#define MKDFOTA_CMDLINE_H

#include "cli.h"

// Fill in cli. Messages have been printed when this is not CLI_DONE.
enum cli_exit cmdline_parse(struct cli *cli, int argc, char *const argv[]);

// Decimal, or hexadecimal behind 0x, below 2^32; *end is what follows.
bool cmdline_number(uint32_t *value, const char *text, const char **end);

// "make", "apply" ...
const char *command_name(enum cli_command command);

#endif
