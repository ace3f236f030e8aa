// SPDX-License-Identifier: MIT
// What mkdfota says of updates in place.

#include "placereport.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "delta_estimate.h"
#include "report.h"

static bool is_in_place(const struct delta_info *info)
{
    return info->block_size != 0;
}

static const char *direction(const struct delta_info *info)
{
    return info->is_backwards ? "back to front" : "front to back";
}

void place_report_info(const struct delta_info *info)
{
    char number[REPORT_NUMBER_SIZE];

    if (!is_in_place(info)) {
        return;
    }
    printf("%-14s %s\n", "order", direction(info));
    printf("%-14s %s bytes\n", "erase blocks",
           report_number(number, info->block_size));
    printf("%-14s %lu blocks\n", "scratch area",
           (unsigned long)info->scratch_blocks);
    printf("%-14s each %lu blocks%s\n", "checkpoints",
           (unsigned long)info->epoch_blocks,
           info->is_fresh ? ", without the model" : "");
    printf("%-14s %lu blocks\n", "unchanged", (unsigned long)info->kept_blocks);
}

void place_report_json(cJSON *json, const struct delta_info *info)
{
    cJSON *place;

    if (!is_in_place(info)) {
        cJSON_AddNullToObject(json, "in_place");
        return;
    }
    place = cJSON_AddObjectToObject(json, "in_place");
    cJSON_AddBoolToObject(place, "backwards", info->is_backwards);
    cJSON_AddNumberToObject(place, "block_size", info->block_size);
    cJSON_AddNumberToObject(place, "scratch_blocks", info->scratch_blocks);
    cJSON_AddNumberToObject(place, "epoch_blocks", info->epoch_blocks);
    cJSON_AddBoolToObject(place, "fresh_model", info->is_fresh);
    cJSON_AddNumberToObject(place, "kept_blocks", info->kept_blocks);
}

// All parts: their slots together, and the largest need of the scratch area.
struct use {
    const struct delta_info *info; // of the part that needs most
    uint64_t slot, image;          // bytes programmed, and there are
    uint32_t erased_most;
};

static struct use sum_up(const struct delta_report *reports)
{
    struct use use = {.info = NULL};
    uint32_t i = 0;

    do {
        const struct delta_report *report = &reports[i];

        use.slot += report->slot.programmed;
        use.image += report->info.new_size;
        if (report->slot.erased_most > use.erased_most) {
            use.erased_most = report->slot.erased_most;
        }
        if (is_in_place(&report->info) &&
            (use.info == NULL ||
             (uint64_t)report->info.scratch_blocks * report->info.block_size >
                 (uint64_t)use.info->scratch_blocks * use.info->block_size)) {
            use.info = &report->info;
        }
    } while (++i < reports[0].info.part_count);
    return use;
}

void place_report_flash(const struct delta_report *reports)
{
    struct use use = sum_up(reports);
    bool is_one = reports[0].info.part_count == 1;
    uint64_t scratch = reports[0].scratch.programmed;
    uint64_t journal = reports[0].journal.programmed;
    unsigned long hundredths =
        (unsigned long)((use.slot + scratch + journal) * 100 / use.image);
    char a[REPORT_NUMBER_SIZE];
    char b[REPORT_NUMBER_SIZE];
    char c[REPORT_NUMBER_SIZE];

    if (use.info == NULL) {
        return;
    }
    fprintf(stderr,
            "in place%s%s, scratch area %lu x %s bytes; image blocks erased "
            "%lu x, scratch %lu x, journal %lu x\n",
            is_one ? " " : "", is_one ? direction(use.info) : "",
            (unsigned long)use.info->scratch_blocks,
            report_number(a, use.info->block_size),
            (unsigned long)use.erased_most,
            (unsigned long)reports[0].scratch.erased_most,
            (unsigned long)reports[0].journal.erased_most);
    fprintf(stderr,
            "programmed %lu.%02lu x the new image%s: image%s %s, scratch %s, "
            "journal %s\n",
            hundredths / 100, hundredths % 100, is_one ? "" : "s",
            is_one ? "" : "s", report_number(a, (uint32_t)use.slot),
            report_number(b, (uint32_t)scratch),
            report_number(c, (uint32_t)journal));
}

static void print_seconds(const char *before, uint64_t ms)
{
    char number[REPORT_NUMBER_SIZE];

    fprintf(stderr, "%s%s s", before, report_tenths(number, (double)ms / 1000));
}

void place_report_time(const struct delta_report *report, const char *name)
{
    const struct delta_profile *profile = delta_profile_find(name);
    struct delta_work work;
    struct delta_estimate e;

    if (profile == NULL ||
        delta_estimate_made(&work, report, profile, NULL) != DELTA_OK ||
        delta_estimate(&e, &work, profile, NULL) != DELTA_OK) {
        return;
    }
    fprintf(stderr, "%s", name);
    print_seconds(", an estimate: ", e.total_ms);
    print_seconds("; download ", e.download_ms);
    print_seconds(", erase ", e.erase_ms);
    print_seconds(", program ", e.program_ms);
    print_seconds(", compute ", e.compute_ms);
    fputc('\n', stderr);
}
