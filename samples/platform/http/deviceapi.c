// SPDX-License-Identifier: MIT
// What modules ask: the interface of those in the field, and a report of the
// result for those that can send one.

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "decide.h"
#include "devicemessage.h"
#include "log.h"
#include "outcome.h"
#include "range.h"
#include "routes.h"

static void answer_code(struct call *call, unsigned code)
{
    call_answer(call, device_status(code), "application/json",
                device_message(code));
}

// --- The request -----------------------------------------------------------

// A text of printable characters that fits; empty otherwise.
static void copy(char *to, size_t size, const char *from)
{
    size_t length = from != NULL ? strlen(from) : size;

    to[0] = 0;
    if (length >= size) {
        return;
    }
    for (size_t i = 0; i < length; i++) {
        if (from[i] <= ' ' || from[i] == 0x7f) {
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

// Which of the identities is there, and one. An IMEI has 15 digits, some
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
            if (!is_made_of(r->identity, kinds[i].least, kinds[i].most,
                            kinds[i].is_one)) {
                r->identity[0] = 0;
            }
            return;
        }
    }
}

static void read_request(struct device_request *r, const struct call *call)
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
    r->now = time(NULL);
}

// --- The package -----------------------------------------------------------

// Let nginx send it, by the path below its prefix.
static void answer_by_proxy(struct call *call, const char *sha256)
{
    char path[BLOBS_PATH_MAX + 80];

    snprintf(path, sizeof(path), "%s/%.2s/%s",
             call->platform->settings.accel_prefix, sha256, sha256);
    call_answer_empty(call, 200);
    call_add_header(call, "X-Accel-Redirect", path);
}

static void add_range_headers(struct call *call, const struct range *range,
                              uint64_t size)
{
    char text[96];

    if (range->kind == RANGE_PART) {
        snprintf(text, sizeof(text), "bytes %llu-%llu/%llu",
                 (unsigned long long)range->from,
                 (unsigned long long)(range->from + range->size - 1),
                 (unsigned long long)size);
        call_add_header(call, "Content-Range", text);
    } else if (range->kind == RANGE_NOT_THERE) {
        snprintf(text, sizeof(text), "bytes */%llu", (unsigned long long)size);
        call_add_header(call, "Content-Range", text);
    }
}

// A file as the Range header wants it. True if its last byte is sent.
static bool answer_package(struct call *call, const char *sha256)
{
    char etag[BLOB_NAME_SIZE + 2];
    uint64_t size;
    int fd;

    if (call->platform->settings.accel_prefix != NULL) {
        answer_by_proxy(call, sha256);
        return false; // it is not seen from here
    }
    if (blob_read(&call->platform->blobs, sha256, &fd, &size) != BLOB_OK) {
        log_line("package %.64s: cannot be read", sha256);
        call_answer_error(call, 500, "the package cannot be read");
        return false;
    }
    snprintf(etag, sizeof(etag), "\"%.64s\"", sha256);
    struct range range = range_of(call_header(call, "Range"),
                                  call_header(call, "If-Range"), etag, size);
    if (range.kind == RANGE_NOT_THERE) {
        close(fd);
        call_answer_error(call, 416, "the package has %llu bytes",
                          (unsigned long long)size);
    } else {
        call_answer_file(call, range.kind == RANGE_PART ? 206u : 200u, fd,
                         range.from, range.size);
    }
    add_range_headers(call, &range, size);
    call_add_header(call, "Accept-Ranges", "bytes");
    call_add_header(call, "ETag", etag);
    return range.kind != RANGE_NOT_THERE && range.from + range.size == size;
}

static bool wants_copy(const struct call *call,
                       const struct device_answer *answer)
{
    const char *value = call_query(call, "need_oss_url");

    return value != NULL && strcmp(value, "1") == 0 && answer->url[0] != 0;
}

void device_upgrade(struct call *call)
{
    struct device_request request;
    struct device_answer answer;

    read_request(&request, call);
    enum db_status status = decide(call->db, &request, &answer);
    if (status != DB_OK) {
        call_answer_db(call, status);
        return;
    }
    if ((unsigned)answer.code < METRICS_CODES) {
        atomic_fetch_add(&call->platform->metrics.codes[answer.code], 1);
    }
    if (answer.code != CODE_PACKAGE) {
        answer_code(call, answer.code);
    } else if (wants_copy(call, &answer)) {
        call_answer_empty(call, 302);
        call_add_header(call, "Location", answer.url);
    } else if (answer_package(call, answer.sha256)) {
        call->upgrade_id = answer.upgrade_id;
    }
    // What a device gets depends on what it has got before.
    call_add_header(call, "Cache-Control", "no-store");
}

// By content, for caches and copies: whoever knows the digest has been given
// it.
void device_package(struct call *call)
{
    uint64_t size;
    int fd;

    if (blob_read(&call->platform->blobs, call->parameter, &fd, &size) !=
        BLOB_OK) {
        call_answer_error(call, 404, "there is no such package");
        return;
    }
    close(fd);
    (void)answer_package(call, call->parameter);
    call_add_header(call, "Cache-Control",
                    "public, max-age=31536000, immutable");
}

// --- The result ------------------------------------------------------------

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

static bool read_report(struct outcome_report *report, const struct call *call)
{
    cJSON *json = call->body != NULL
                      ? cJSON_ParseWithLength(call->body, call->body_size)
                      : NULL;
    const cJSON *result = cJSON_GetObjectItemCaseSensitive(json, "success");
    bool ok = cJSON_IsObject(json) && cJSON_IsBool(result);

    memset(report, 0, sizeof(*report));
    if (ok) {
        copy_field(report->project_key, sizeof(report->project_key), json,
                   "project_key");
        copy_field(report->identity, sizeof(report->identity), json, "imei");
        copy_field(report->version, sizeof(report->version), json, "version");
        copy_field(report->phase, sizeof(report->phase), json, "phase");
        copy_field(report->reason, sizeof(report->reason), json, "error");
        report->is_success = cJSON_IsTrue(result);
        report->now = time(NULL);
    }
    cJSON_Delete(json);
    return ok;
}

void device_result(struct call *call)
{
    struct outcome_report report;
    enum outcome_taken taken;

    if (!read_report(&report, call)) {
        call_answer_error(call, 400,
                          "expected a JSON object with project_key, imei, "
                          "version, success (true or false), and for failures "
                          "phase and error");
        return;
    }
    enum db_status status = outcome_report(call->db, &taken, &report);
    if (status != DB_OK) {
        call_answer_db(call, status);
    } else if (taken == OUTCOME_TAKEN) {
        atomic_fetch_add(&call->platform->metrics.results[report.is_success],
                         1);
        call_answer(call, 200, "application/json", "{\"code\":0}");
    } else {
        answer_code(call, taken == OUTCOME_NO_PROJECT ? CODE_BAD_PROJECT
                                                      : CODE_BAD_DEVICE);
    }
}
