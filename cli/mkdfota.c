// SPDX-License-Identifier: MIT
// mkdfota: makes, applies, describes, checks, signs, explains and tries packages.

#include "help.h"
#include "cmdline.h"
#include "report.h"

#ifdef __GLIBC__
#include <malloc.h>

// From here on memory is given back to the system when it is freed, whatever
// was freed before.
#define MAPPED_SIZE (1 << 18)
#endif

static enum cli_exit run(const struct cli *cli)
{
    switch (cli->command) {
    case CLI_MAKE:
    case CLI_CONVERT: return cmd_make(cli);
    case CLI_APPLY: return cmd_apply(cli);
    case CLI_INFO: return cmd_info(cli);
    case CLI_VERIFY: return cmd_verify(cli);
    case CLI_SIGN: return cmd_sign(cli);
    case CLI_EXPLAIN: return cmd_explain(cli);
    case CLI_SIMULATE: return cmd_simulate(cli);
    case CLI_MATRIX: return cmd_matrix(cli);
    case CLI_EXTRACT: return cmd_extract(cli);
    }
    return CLI_INTERNAL;
}

int main(int argc, char *argv[])
{
    struct cli cli;

#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_SIZE);
#endif
    if (argc < 2) {
        report_error("command line", "nothing to do; see mkdfota --help");
        return CLI_USAGE;
    }
    enum cli_exit status = cmdline_parse(&cli, argc, argv);
    if (status != CLI_DONE) {
        return (int)status;
    }
    if (cli.wants_version) {
        help_print_version();
    } else if (cli.wants_help && cli.has_command) {
        help_print_command(cli.command);
    } else if (cli.wants_help) {
        help_print();
    } else {
        status = run(&cli);
    }
    enum cli_exit finished = report_finish();
    return (int)(status != CLI_DONE ? status : finished);
}
