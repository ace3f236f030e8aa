// SPDX-License-Identifier: MIT
// What info says of a file that is no dfota package but something known.

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "foreignview.h"
#include "jsonprint.h"
#include "report.h"

static enum cli_exit print_json(const struct delta_foreign *f, size_t size)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "foreign", f->name);
    cJSON_AddNumberToObject(json, "size", (double)size);
    if (f->compression != NULL) {
        cJSON_AddStringToObject(json, "compression", f->compression);
    }
    for (uint32_t i = 0; i < f->field_count; i++) {
        cJSON_AddNumberToObject(json, f->fields[i].name,
                                (double)f->fields[i].value);
    }
    return json_print(json, true);
}

static void print_text(const struct delta_foreign *f, const char *path,
                       size_t size)
{
    printf("%-20s %s, %zu bytes\n", "file", report_name(path), size);
    printf("%-20s %s\n", "format", f->title);
    if (f->compression != NULL) {
        printf("%-20s %s\n", "compression", f->compression);
    }
    for (uint32_t i = 0; i < f->field_count; i++) {
        printf("%-20s %" PRIu64 "\n", f->fields[i].name, f->fields[i].value);
    }
}

// What mkdfota can do with it, if it can.
static const char *advice(const struct delta_foreign *f)
{
    if (strcmp(f->name, "zip") == 0) {
        return ": see mkdfota extract";
    }
    return strncmp(f->name, "bsdiff", 6) == 0 ? ": see mkdfota convert" : "";
}

enum cli_exit foreign_report(const struct delta_foreign *foreign,
                             const struct cli *cli, size_t size)
{
    enum cli_exit status = CLI_DONE;

    if (cli->is_json) {
        status = print_json(foreign, size);
    } else {
        print_text(foreign, cli->package_path, size);
    }
    if (status == CLI_DONE) {
        report_error(report_name(cli->package_path),
                     "not a dfota package (found %s%s)", foreign->title,
                     advice(foreign));
        status = CLI_REFUSED;
    }
    return status;
}
