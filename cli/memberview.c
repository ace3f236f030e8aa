// SPDX-License-Identifier: MIT
// What the members of an archive are.

#include "memberview.h"

#include <cjson/cJSON.h>
#include <stdio.h>

#include "delta_foreign.h"
#include "delta_image.h"
#include "jsonprint.h"
#include "report.h"

// Only that which says so itself is more than raw bytes.
const char *member_kind(const struct archive_member *member)
{
    struct delta_info info;
    struct delta_image image;
    struct delta_foreign foreign;
    struct delta_error error;

    if (member->size == 0) {
        return "empty";
    }
    (void)delta_inspect(&info, member->data, member->size, NULL);
    if (info.package_size > 0) {
        return "dfota";
    }
    if (delta_image_read(&image, member->data, member->size, DELTA_FILE_AUTO,
                         &error) != DELTA_OK) {
        return error.status == DELTA_ERR_NOMEM ? "unknown" : "unusable";
    }
    const char *name = delta_file_format_name(image.format);

    if (image.format == DELTA_FILE_RAW &&
        delta_foreign_identify(&foreign, member->data, member->size)) {
        name = foreign.name;
    }
    delta_image_free(&image);
    return name;
}

void member_list(const struct archive *archive)
{
    char number[REPORT_NUMBER_SIZE];

    for (size_t i = 0; i < archive->count; i++) {
        const struct archive_member *m = &archive->members[i];

        printf("%12s  %-10s  %s\n", report_number(number, (uint32_t)m->size),
               member_kind(m), m->name);
    }
}

enum cli_exit member_list_json(const struct archive *archive)
{
    cJSON *json = cJSON_CreateObject();
    cJSON *members = cJSON_AddArrayToObject(json, "members");

    for (size_t i = 0; i < archive->count; i++) {
        const struct archive_member *m = &archive->members[i];
        cJSON *member = cJSON_CreateObject();

        cJSON_AddStringToObject(member, "name", m->name);
        cJSON_AddNumberToObject(member, "size", (double)m->size);
        cJSON_AddStringToObject(member, "kind", member_kind(m));
        cJSON_AddItemToArray(members, member);
    }
    return json_print(json, true);
}
