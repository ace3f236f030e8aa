// SPDX-License-Identifier: MIT
// Packages of a firmware: those made elsewhere are uploaded here.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apipart.h"
#include "approval.h"
#include "decide.h"
#include "delta_parts.h"
#include "packagequeue.h"
#include "packagecheck.h"
#include "packageimages.h"
#include "routes.h"
#include "rows.h"

void api_packages(struct call *call)
{
    if (!exists(call, "SELECT id FROM firmware WHERE id = $1")) {
        return;
    }
    answer_rows(call,
                "id:i from_version:s state:s sha256:s size:i url:s reason:s "
                "created_at:i",
                "SELECT id, from_version, state, sha256, size, url, reason, "
                "created_at FROM packages WHERE firmware_id = $1 ORDER BY id "
                "LIMIT $2",
                DB_WITH(db_int(call_id(call)), db_int(rows_limit(call))));
}

struct retry {
    const struct call *call;
    int64_t count;
};

static enum db_status retry_in(struct db_conn *c, void *context)
{
    struct retry *retry = context;
    const struct call *call = retry->call;
    enum db_status status = queue_again(c, call_id(call), &retry->count);

    return status == DB_OK ? note_of(c, call, "retry packages",
                                     TITLE_OF_FIRMWARE, call_id(call), NULL)
                           : status;
}

// Those that could not be made, once more.
void api_packages_retry(struct call *call)
{
    struct retry retry = {call, 0};

    if (!exists(call, "SELECT id FROM firmware WHERE id = $1")) {
        return;
    }
    enum db_status status = db_transact(call->db, retry_in, &retry);
    if (status != DB_OK) {
        call_answer_db(call, status);
    } else {
        cJSON *json = cJSON_CreateObject();

        cJSON_AddNumberToObject(json, "packages", (double)retry.count);
        call_answer_json(call, 200, json);
    }
}

// --- Uploads ---------------------------------------------------------------

struct package_work {
    const struct call *call;
    char from_version[VERSION_SIZE];
    char sha256[BLOB_NAME_SIZE];
    const char *url;
    int64_t size;
};

// In place of one that was there: also of one that could not be made.
static enum db_status insert_package(struct db_conn *c,
                                     const struct package_work *w)
{
    return db_run(
        c,
        "INSERT INTO packages (firmware_id, from_version, state, sha256, size, "
        "url, is_uploaded, created_at) VALUES ($1, $2, 'ready', $3, $4, $5, 1, "
        "$6) ON CONFLICT (firmware_id, from_version) DO UPDATE SET state = "
        "'ready', sha256 = $3, size = $4, url = $5, reason = NULL, is_uploaded "
        "= 1, created_at = $6",
        DB_WITH(db_int(call_id(w->call)), db_text(w->from_version),
                db_text(w->sha256), db_int(w->size), db_text(w->url),
                db_int(time(NULL))));
}

static enum db_status write_package(struct db_conn *c, void *context)
{
    const struct package_work *w = context;
    enum db_status status =
        approval_change(c, call_id(w->call), &w->call->person);

    if (status == DB_OK) {
        status = insert_package(c, w);
    }
    return status == DB_OK
               ? note_of(c, w->call, "upload package", TITLE_OF_FIRMWARE,
                         call_id(w->call), w->from_version)
               : status;
}

static void keep(struct call *call, struct package_work *w)
{
    cJSON *json;
    enum blob_status kept = blob_keep(&call->file, w->sha256);

    if (kept != BLOB_OK) {
        call_answer_blob(call, kept);
        return;
    }
    enum db_status status = db_transact(call->db, write_package, w);
    if (status == DB_REFUSED) {
        call_answer_error(call, 409, APPROVAL_CHANGE);
        return;
    }
    if (status != DB_OK) {
        call_answer_db(call, status);
        return;
    }
    json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "sha256", w->sha256);
    cJSON_AddStringToObject(json, "from_version", w->from_version);
    cJSON_AddNumberToObject(json, "size", (double)w->size);
    call_answer_json(call, 201, json);
}

// --- Its base --------------------------------------------------------------

struct candidate {
    struct call *call;
    const char *data;
    size_t size;
    const char *version; // of the firmware
    int64_t rank;
};

static bool has_base(const struct candidate *p)
{
    struct delta_info info;
    bool has = false;

    for (size_t i = 0;
         delta_inspect_part(&info, p->data, p->size, i, NULL) == DELTA_OK;
         i++) {
        has = has || info.old_size > 0;
    }
    return has;
}

// As the query says, else as the package does; both say the same, and it is
// older. A full image has none.
static bool find_base(const struct candidate *p, const struct delta_info *info,
                      struct package_work *w)
{
    const char *text = call_query(p->call, "from_version");
    int64_t rank, own;

    if (!has_base(p)) {
        return true;
    }
    text = text != NULL ? text : info->from_version;
    if (strlen(text) >= VERSION_SIZE || !version_rank(&rank, text)) {
        call_answer_error(p->call, 422,
                          "from_version: expected x.y.z, in the query or in "
                          "the package (found \"%.40s\")",
                          text);
        return false;
    }
    if (info->from_version[0] != 0 &&
        (!version_rank(&own, info->from_version) || own != rank)) {
        call_answer_error(p->call, 422,
                          "it is made from another version (found \"%s\", "
                          "expected \"%s\")",
                          info->from_version, text);
        return false;
    }
    if (rank >= p->rank) {
        call_answer_error(p->call, 422,
                          "from_version: expected an older one than %s (found "
                          "\"%s\")",
                          p->version, text);
        return false;
    }
    return version_normal(w->from_version, text);
}

// --- The whole -------------------------------------------------------------

static bool is_url(const char *url)
{
    return (strncmp(url, "http://", 7) == 0 ||
            strncmp(url, "https://", 8) == 0) &&
           strlen(url) < URL_SIZE && strpbrk(url, " \"\r\n\t<>") == NULL;
}

static void check_images_and_keep(struct call *call, struct package_work *w,
                                  const void *data, const char *to)
{
    char reason[PACKAGE_REASON_SIZE];
    struct package_images images = {
        .firmware_id = call_id(call), .from = w->from_version, .to = to};
    enum db_status status =
        package_check_images(call->db, &call->platform->blobs, &images, data,
                             (size_t)w->size, reason);

    if (status != DB_OK) {
        call_answer_db(call, status);
    } else if (reason[0] != 0) {
        call_answer_error(call, 422, "%s", reason);
    } else {
        keep(call, w);
    }
}

static void check_and_keep(struct call *call, const cJSON *firmware)
{
    const char *product = cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(firmware, "product"));
    const char *key = cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(firmware, "public_key"));
    struct package_demands demands = {
        product, key,
        (uint64_t)cJSON_GetNumberValue(
            cJSON_GetObjectItemCaseSensitive(firmware, "area_size")),
        cJSON_GetStringValue(
            cJSON_GetObjectItemCaseSensitive(firmware, "version"))};
    struct package_work w = {.call = call,
                             .url = call_query(call, "url"),
                             .size = (int64_t)call->file.size};
    struct delta_info info;
    char reason[PACKAGE_REASON_SIZE];
    char *data = blob_load(call->file.fd, call->file.size);

    if (data == NULL) {
        call_answer_error(call, 500, "the package cannot be read");
        return;
    }
    struct candidate candidate = {call, data, (size_t)w.size, demands.version,
                                  0};
    (void)version_rank(&candidate.rank, demands.version);
    if (!package_check(&demands, data, (size_t)w.size, &info, reason)) {
        call_answer_error(call, 422, "%s", reason);
    } else if (w.url != NULL && !is_url(w.url)) {
        call_answer_error(call, 400, "url: expected http:// or https://");
    } else if (find_base(&candidate, &info, &w)) {
        check_images_and_keep(call, &w, data, demands.version);
    }
    free(data);
}

// PUT ...?from_version=x.y.z&url=https://... Nothing is kept of a package that
// no module of the project could take: 422 with the reason.
void api_package_put(struct call *call)
{
    cJSON *firmware = row_of(
        call, "version:s product:s public_key:s area_size:i",
        "SELECT f.version, p.product, p.public_key, p.area_size FROM firmware "
        "f JOIN projects p ON p.id = f.project_id WHERE f.id = $1",
        DB_WITH(db_int(call_id(call))));

    if (firmware == NULL) {
        if (call->status == 0) {
            call_answer_error(call, 404, "there is nothing of this id");
        }
    } else if (call->file.fd < 0) {
        call_answer_error(call, 400, "the package is empty");
    } else {
        check_and_keep(call, firmware);
    }
    cJSON_Delete(firmware);
}
