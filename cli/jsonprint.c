// SPDX-License-Identifier: MIT
// JSON on stdout.

#include "jsonprint.h"

#include <stdio.h>

#include "report.h"

enum cli_exit json_print(cJSON *json, bool for_people)
{
    char *text = for_people ? cJSON_Print(json) : cJSON_PrintUnformatted(json);

    cJSON_Delete(json);
    if (text == NULL) {
        report_error("--json", "out of memory");
        return CLI_IO;
    }
    puts(text);
    cJSON_free(text);
    return CLI_DONE;
}
