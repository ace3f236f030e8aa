// SPDX-License-Identifier: MIT
// mkdfota extract, built without libzip.

#include "cli.h"
#include "report.h"

enum cli_exit cmd_extract(const struct cli *cli)
{
    (void)cli;
    report_error("extract", "is not in this build, which is without libzip");
    return CLI_USAGE;
}

void cmd_extract_library(char *text, size_t size)
{
    if (size > 0) {
        text[0] = 0;
    }
}
