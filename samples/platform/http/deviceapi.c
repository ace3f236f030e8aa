// SPDX-License-Identifier: MIT
// What modules ask: the interface of those in the field, and a report of the
// result for those that can send one.

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "devicemessage.h"
#include "devicerequest.h"
#include "log.h"
#include "packagequeue.h"
#include "range.h"
#include "routes.h"

static void answer_code(struct call *call, unsigned code)
{
    call_answer(call, device_status(code), "application/json",
                device_message(code));
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

// A file as the Range header wants it. True if that is all from BEGIN on.
static bool answer_package(struct call *call, const char *sha256,
                           uint64_t begin)
{
    char etag[BLOB_NAME_SIZE + 2];
    uint64_t size;
    int fd;

    if (call->platform->settings.accel_prefix != NULL) {
        answer_by_proxy(call, sha256);
        return false; // it is not seen from here
    }
    enum blob_status status =
        blob_read(&call->platform->blobs, sha256, &fd, &size);
    if (status != BLOB_OK) {
        log_line("package %.64s: cannot be read", sha256);
        if (status == BLOB_MISSING) {
            (void)queue_lost(call->db, sha256);
        }
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
    return range.kind != RANGE_NOT_THERE && range.from == begin &&
           range.from + range.size == size;
}

static bool takes_copy(const struct call *call)
{
    const char *value = call_query(call, "need_oss_url");

    return value != NULL && strcmp(value, "1") == 0;
}

void device_upgrade(struct call *call)
{
    struct device_request request;
    struct device_answer answer;
    const struct platform_settings *settings = &call->platform->settings;

    device_request_read(&request, call);
    request.is_unseen =
        settings->is_behind_proxy || settings->accel_prefix != NULL;
    request.takes_copy = takes_copy(call);
    // The proxy's own tags are compared by the proxy.
    if (settings->accel_prefix != NULL && strcmp(request.if_range, "-") == 0) {
        request.if_range[0] = '?';
    }
    enum db_status status = decide(call->db, &request, &answer);
    // Another package than the one that it has a part of comes whole.
    uint64_t begin =
        request.if_range[0] == 0 || strcmp(request.if_range, answer.sha256) == 0
            ? (uint64_t)request.range_from
            : 0;
    if (status != DB_OK) {
        call_answer_db(call, status);
        return;
    }
    if ((unsigned)answer.code < METRICS_CODES) {
        atomic_fetch_add(&call->platform->metrics.codes[answer.code], 1);
    }
    if (answer.code != CODE_PACKAGE) {
        answer_code(call, answer.code);
    } else if (request.takes_copy && answer.url[0] != 0) {
        call_answer_empty(call, 302);
        call_add_header(call, "Location", answer.url);
    } else if (answer_package(call, answer.sha256, begin) &&
               !settings->is_behind_proxy) {
        call->upgrade_id = answer.upgrade_id;
        call->asked = answer.asked;
    }
    // What a device gets depends on what it has got before.
    call_add_header(call, "Cache-Control", "no-store");
}

// By content, for caches and copies: whoever knows the digest has been given
// it. That does not go for images, whose digests are in each package.
void device_package(struct call *call)
{
    int64_t count = 0;
    enum db_status status = db_query_int(
        call->db, &count, 0,
        "SELECT count(*) FROM packages WHERE sha256 = $1 AND state = 'ready'",
        DB_WITH(db_text(call->parameter)));

    if (status != DB_OK) {
        call_answer_db(call, status);
        return;
    }
    if (count == 0) {
        call_answer_error(call, 404, "there is no such package");
        return;
    }
    (void)answer_package(call, call->parameter, 0);
    call_add_header(call, "Cache-Control",
                    "public, max-age=31536000, immutable");
}

// --- The result ------------------------------------------------------------

void device_result(struct call *call)
{
    struct outcome_report report;
    enum outcome_taken taken;

    if (!device_report_read(&report, call)) {
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
