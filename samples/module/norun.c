// SPDX-License-Identifier: MIT
// In place of run.c where there is no libcurl.

#include <stdio.h>

#include "run.h"

int run_module(const struct options *o, struct simflash *flash)
{
    (void)flash;
    fprintf(stderr,
            "dfota-module: %s: built without libcurl (DFOTA_BUILD_PLATFORM)\n",
            o->command);
    return EXIT_USAGE;
}
