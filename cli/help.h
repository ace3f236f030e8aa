// SPDX-License-Identifier: MIT
// The texts of --help and --version.

#ifndef MKDFOTA_HELP_H
#define MKDFOTA_HELP_H

#include "cli.h"

// The tool as a whole, on stdout.
void help_print(void);

// One command, on stdout.
void help_print_command(enum cli_command command);

void help_print_version(void);

#endif
