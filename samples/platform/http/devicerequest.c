// SPDX-License-Identifier: MIT
// What a module says when it asks or reports.

#include "devicerequest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "range.h"

// --- An upgrade ------------------------------------------------------------

// A text of printable characters that fits; empty otherwise.
static void copy(char *to, size_t size, const char *from)
{
    size_t length = from != NULL ? strlen(from) : size;

    to[0] = 0;
    if (length >= size) {
        return;
    }
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)from[i] <= ' ' || from[i] == 0x7f) {
            to[0] = 0;
            return;
        }
        to[i] = from[i];
    }
    to[length] = 0;
}

static bool is_made_of(const char *text, size_t least, size_t most,
                       int (*is_one)(int))
{
    size_t size = strlen(text);
    size_t i = 0;

    while (i < size && is_one((unsigned char)text[i])) {
        i++;
    }
    return i == size && size >= least && size <= most;
}

static int is_uid_character(int c)
{
    return isalnum(c) || c == '-' || c == '_' || c == ':' || c == '.';
}

// The first of the identities that is there, and one. An IMEI has 15 digits, some
// modules leave the check digit away or add two for the software's version.
static void read_identity(struct device_request *r, const struct call *call)
{
    static const struct {
        const char *kind;
        size_t least, most;
        int (*is_one)(int);
    } kinds[] = {
        {"imei", 14, 17, isdigit},
        {"mac", 12, 17, is_uid_character},
        {"uid", 4, IDENTITY_SIZE - 1, is_uid_character},
    };

    r->identity_kind = "imei";
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const char *value = call_query(call, kinds[i].kind);

        if (value != NULL) {
            copy(r->identity, sizeof(r->identity), value);
            r->identity_kind = kinds[i].kind;
            if (is_made_of(r->identity, kinds[i].least, kinds[i].most,
                           kinds[i].is_one)) {
                return;
            }
            r->identity[0] = 0;
        }
    }
}

// The digest of an ETag of ours.
static void read_if_range(char digest[SHA256_SIZE], const char *value)
{
    const char *hex = "0123456789abcdef";

    if (value == NULL) {
        return;
    }
    if (value[0] == '"' && strspn(value + 1, hex) == SHA256_SIZE - 1 &&
        strcmp(value + SHA256_SIZE, "\"") == 0) {
        memcpy(digest, value + 1, SHA256_SIZE - 1);
    } else {
        copy(digest, SHA256_SIZE, "-");
    }
}

void device_request_read(struct device_request *r, const struct call *call)
{
    memset(r, 0, sizeof(*r));
    copy(r->project_key, sizeof(r->project_key),
         call_query(call, "project_key"));
    copy(r->firmware_name, sizeof(r->firmware_name),
         call_query(call, "firmware_name"));
    copy(r->version, sizeof(r->version), call_query(call, "version"));
    copy(r->core_version, sizeof(r->core_version),
         call_query(call, "core_version"));
    read_identity(r, call);
    snprintf(r->address, sizeof(r->address), "%s", call->address);
    r->range_from = range_begin(call_header(call, "Range"));
    read_if_range(r->if_range, call_header(call, "If-Range"));
    r->now = time(NULL);
}

// --- A result --------------------------------------------------------------

static void copy_field(char *to, size_t size, const cJSON *object,
                       const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    const char *text = cJSON_IsString(item) ? item->valuestring : "";
    size_t length = strnlen(text, size - 1);

    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) {
        length--; // not in the middle of a character
    }
    memcpy(to, text, length);
    to[length] = 0;
    for (char *at = to; *at != 0; at++) {
        *at = (unsigned char)*at < ' ' || *at == 0x7f ? '?' : *at;
    }
}

bool device_report_read(struct outcome_report *report, const struct call *call)
{
    cJSON *json = call_body(call);
    const cJSON *result = cJSON_GetObjectItemCaseSensitive(json, "success");
    bool ok = cJSON_IsObject(json) && cJSON_IsBool(result);

    memset(report, 0, sizeof(*report));
    if (ok) {
        copy_field(report->project_key, sizeof(report->project_key), json,
                   "project_key");
        copy_field(report->identity, sizeof(report->identity), json, "imei");
        copy_field(report->version, sizeof(report->version), json, "version");
        copy_field(report->to_version, sizeof(report->to_version), json,
                   "to_version");
        copy_field(report->phase, sizeof(report->phase), json, "phase");
        copy_field(report->reason, sizeof(report->reason), json, "error");
        report->is_success = cJSON_IsTrue(result);
        report->now = time(NULL);
    }
    if (report->project_key[0] == 0 || report->identity[0] == 0 ||
        report->version[0] == 0) {
        memset(report, 0, sizeof(*report));
        ok = false;
    }
    cJSON_Delete(json);
    return ok;
}
