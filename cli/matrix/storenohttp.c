// SPDX-License-Identifier: MIT
// No store behind HTTP: built without libcurl.

#include <string.h>

#include "report.h"
#include "store.h"

static bool is_http(const char *place)
{
    return strncmp(place, "http://", 7) == 0 ||
           strncmp(place, "https://", 8) == 0;
}

static enum cli_exit nohttp_open(struct store *store)
{
    (void)store;
    report_error("--cache", "this mkdfota was built without HTTP (expected a "
                            "folder)");
    return CLI_USAGE;
}

static void nohttp_close(struct store *store)
{
    (void)store;
}

const struct store_kind store_http = {
    .is_place = is_http,
    .open = nohttp_open,
    .close = nohttp_close,
};

void cmd_matrix_library(char *text, size_t size)
{
    if (size > 0) {
        text[0] = 0;
    }
}
