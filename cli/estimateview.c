// SPDX-License-Identifier: MIT
// Reads the profile of --estimate and shows what it comes to.

#include "estimateview.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fileio.h"
#include "report.h"

#define PROFILE_FILE_MAX 65536u

enum cli_exit estimate_profile(struct estimate_view *view,
                               const struct cli *cli)
{
    const struct delta_profile *found = delta_profile_find(cli->profile);
    struct file_bytes json;
    struct delta_error error;

    if (found != NULL) {
        view->profile = *found;
        return CLI_DONE;
    }
    if (strcmp(cli->profile, "-") != 0 && access(cli->profile, F_OK) != 0 &&
        errno == ENOENT) {
        report_error("--estimate",
                     "no profile and no file (found \"%s\", expected %s or a "
                     "JSON file)",
                     cli->profile, delta_profile_names());
        return CLI_IO;
    }
    enum cli_exit status = file_read(&json, cli->profile, PROFILE_FILE_MAX);
    if (status != CLI_DONE) {
        return status;
    }
    if (delta_profile_read(&view->profile, json.data, json.size, &error) !=
        DELTA_OK) {
        status = report_failure(cli, &error);
    }
    file_free(&json);
    return status;
}

enum cli_exit estimate_package(struct estimate_view *view,
                               const struct cli *cli,
                               const struct delta_info *info)
{
    struct delta_work work;
    struct delta_error error;

    if (delta_estimate_package(&work, info, &view->profile, &error) !=
            DELTA_OK ||
        delta_estimate(&view->time, &work, &view->profile, &error) !=
            DELTA_OK) {
        return report_failure(cli, &error);
    }
    return CLI_DONE;
}

static void print_seconds(const char *title, uint64_t ms, const char *end)
{
    char number[REPORT_NUMBER_SIZE];

    printf("  %-12s %s s%s", title, report_tenths(number, (double)ms / 1000),
           end);
}

void estimate_text(const struct estimate_view *view)
{
    const struct delta_estimate *e = &view->time;
    char number[REPORT_NUMBER_SIZE];

    printf("%-14s %s, an estimate:\n", "time", view->profile.name);
    print_seconds("download", e->download_ms, "\n");
    print_seconds("erase", e->erase_ms, "");
    printf(", %s blocks\n", report_number(number, (uint32_t)e->erased_blocks));
    print_seconds("program", e->program_ms, "");
    printf(", %s bytes\n", report_number(number, (uint32_t)e->programmed));
    print_seconds("read", e->read_ms, "");
    printf(", %s bytes\n", report_number(number, (uint32_t)e->read_size));
    print_seconds("compute", e->compute_ms, "");
    printf(": decoding %s", report_tenths(number, (double)e->decode_ms / 1000));
    printf(", digests %s", report_tenths(number, (double)e->hash_ms / 1000));
    printf(", signature %s\n",
           report_tenths(number, (double)e->signature_ms / 1000));
    print_seconds("total", e->total_ms, "");
    printf(", of these %s s beside the download\n",
           report_tenths(number, (double)e->overlap_ms / 1000));
}

void estimate_json(cJSON *json, const struct estimate_view *view)
{
    if (view == NULL) {
        cJSON_AddNullToObject(json, "estimate");
        return;
    }
    const struct delta_estimate *e = &view->time;
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"download_ms", e->download_ms},
        {"erase_ms", e->erase_ms},
        {"program_ms", e->program_ms},
        {"read_ms", e->read_ms},
        {"decode_ms", e->decode_ms},
        {"hash_ms", e->hash_ms},
        {"signature_ms", e->signature_ms},
        {"compute_ms", e->compute_ms},
        {"overlap_ms", e->overlap_ms},
        {"total_ms", e->total_ms},
        {"erased_blocks", e->erased_blocks},
        {"programmed", e->programmed},
        {"read", e->read_size},
    };
    cJSON *object = cJSON_AddObjectToObject(json, "estimate");

    cJSON_AddStringToObject(object, "profile", view->profile.name);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        cJSON_AddNumberToObject(object, numbers[i].name,
                                (double)numbers[i].value);
    }
}
