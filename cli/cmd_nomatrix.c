// SPDX-License-Identifier: MIT
// mkdfota matrix on systems without fork.

#include "cli.h"
#include "report.h"

enum cli_exit cmd_matrix(const struct cli *cli)
{
    (void)cli;
    report_error("matrix", "is not available on this system");
    return CLI_USAGE;
}

void cmd_matrix_library(char *text, size_t size)
{
    if (size > 0) {
        text[0] = 0;
    }
}
