// SPDX-License-Identifier: MIT
// A simulation as one JSON object.

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "jsonprint.h"
#include "report.h"
#include "simview.h"

static void add_number(cJSON *json, const char *name, double value)
{
    cJSON_AddNumberToObject(json, name, value);
}

static cJSON *json_blocks(const uint8_t *blocks, uint32_t count)
{
    cJSON *array = cJSON_CreateArray();

    for (uint32_t i = 0; i < count; i++) {
        cJSON_AddItemToArray(array, cJSON_CreateNumber(blocks[i]));
    }
    return array;
}

static cJSON *json_wear(const struct delta_wear *w)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "area", w->area);
    add_number(json, "block_size", w->block_size);
    add_number(json, "blocks", w->block_count);
    add_number(json, "erased", w->erased);
    add_number(json, "erased_worst", w->erased_worst);
    add_number(json, "programmed", w->programmed);
    add_number(json, "programmed_worst", w->programmed_worst);
    add_number(json, "block_erases", w->most);
    add_number(json, "block_erases_worst", w->most_worst);
    cJSON_AddItemToObject(json, "erases_by_block",
                          json_blocks(w->blocks, w->block_count));
    cJSON_AddItemToObject(json, "erases_by_block_worst",
                          json_blocks(w->blocks_worst, w->block_count));
    return json;
}

static cJSON *json_part(const struct delta_info *info)
{
    cJSON *json = cJSON_CreateObject();
    char hex[REPORT_HEX_SIZE];

    add_number(json, "id", info->part_id);
    add_number(json, "old_size", info->old_size);
    add_number(json, "new_size", info->new_size);
    cJSON_AddStringToObject(json, "old_sha256",
                            report_hex(hex, info->old_sha256, 32));
    cJSON_AddStringToObject(json, "new_sha256",
                            report_hex(hex, info->new_sha256, 32));
    return json;
}

enum cli_exit simview_json(const struct simview *view)
{
    const struct delta_simulation *s = view->s;
    cJSON *json = cJSON_CreateObject();
    cJSON *wear = cJSON_CreateArray();
    cJSON *parts = cJSON_CreateArray();
    char hex[REPORT_HEX_SIZE];
    struct simview_time time;

    cJSON_AddBoolToObject(json, "passed", s->failures == 0);
    add_number(json, "package_size", s->parts[0].package_size);
    cJSON_AddStringToObject(json, "package_sha256",
                            report_hex(hex, s->package_sha256, 32));
    cJSON_AddStringToObject(json, "old_sha256",
                            report_hex(hex, s->parts[0].old_sha256, 32));
    cJSON_AddStringToObject(json, "new_sha256",
                            report_hex(hex, s->parts[0].new_sha256, 32));
    cJSON_AddStringToObject(json, "mode",
                            s->is_in_place ? "in-place" : "two-slot");
    cJSON_AddBoolToObject(json, "signed", s->parts[0].is_signed);
    cJSON_AddBoolToObject(json, "trusted", s->is_trusted);
    cJSON_AddBoolToObject(json, "exhaustive", s->is_exhaustive);
    add_number(json, "seed", view->cli->seed);
    add_number(json, "operations", s->operations);
    add_number(json, "cuts", (double)s->cuts);
    add_number(json, "resumed", s->runs);
    add_number(json, "bricks", s->failures);
    if (s->failures != 0) {
        cJSON_AddStringToObject(json, "failure", s->failure);
    } else {
        cJSON_AddNullToObject(json, "failure");
    }
    add_number(json, "fetched_again", s->refetched);
    if (simview_time(&time, view)) {
        cJSON_AddStringToObject(json, "profile", view->layout->profile);
        add_number(json, "time_ms", (double)time.ms);
        add_number(json, "time_worst_ms", (double)time.ms_worst);
    } else {
        cJSON_AddNullToObject(json, "profile");
        cJSON_AddNullToObject(json, "time_ms");
        cJSON_AddNullToObject(json, "time_worst_ms");
    }
    for (size_t i = 0; i < s->part_count; i++) {
        cJSON_AddItemToArray(parts, json_part(&s->parts[i]));
    }
    cJSON_AddItemToObject(json, "parts", parts);
    for (size_t i = 0; i < s->wear_count; i++) {
        cJSON_AddItemToArray(wear, json_wear(&s->wear[i]));
    }
    cJSON_AddItemToObject(json, "wear", wear);
    return json_print(json, false);
}
