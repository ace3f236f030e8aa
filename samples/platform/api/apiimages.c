// SPDX-License-Identifier: MIT
// Images of versions: what packages are made of.

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "apipart.h"
#include "approval.h"
#include "decide.h"
#include "delta_parts.h"
#include "packagequeue.h"
#include "routes.h"
#include "rows.h"

void api_images(struct call *call)
{
    if (!exists(call, "SELECT id FROM projects WHERE id = $1")) {
        return;
    }
    answer_rows(call,
                "firmware_name:s version:s part:i sha256:s size:i created_at:i",
                "SELECT firmware_name, version, part, sha256, size, created_at "
                "FROM images WHERE project_id = $1 ORDER BY firmware_name, "
                "created_at DESC, version, part LIMIT $2",
                DB_WITH(db_int(call_id(call)), db_int(rows_limit(call))));
}

struct image_work {
    const struct call *call;
    const char *name;
    char sha256[BLOB_NAME_SIZE];
    char version[VERSION_SIZE]; // as x.y.z
    int64_t part, size;
};

static enum db_status check_approval(struct db_conn *c,
                                     const struct image_work *w)
{
    return approval_change_image(c, call_id(w->call), w->name, w->version,
                                 &w->call->person);
}

// Packages of it, and the note.
static enum db_status follow(struct db_conn *c, const struct image_work *w,
                             const char *action)
{
    char title[FIRMWARE_NAME_SIZE + VERSION_SIZE + 1];
    char part[32];
    enum db_status status =
        queue_images_changed(c, call_id(w->call), w->name, w->version);

    snprintf(title, sizeof(title), "%s %s", w->name, w->version);
    snprintf(part, sizeof(part), "part %lld", (long long)w->part);
    return status == DB_OK ? people_note(c, &w->call->person, w->call->address,
                                         action, title, part)
                           : status;
}

// The same again is no change; another content under a version that is there
// is refused, for devices may run it.
static enum db_status write_image(struct db_conn *c, void *context)
{
    const struct image_work *w = context;
    char there[BLOB_NAME_SIZE];
    enum db_status status =
        db_query_text(c, there, sizeof(there),
                      "SELECT sha256 FROM images WHERE project_id = $1 AND "
                      "firmware_name = $2 AND version = $3 AND part = $4",
                      DB_WITH(db_int(call_id(w->call)), db_text(w->name),
                              db_text(w->version), db_int(w->part)));

    if (status != DB_OK || there[0] != 0) {
        return status == DB_OK && strcmp(there, w->sha256) != 0 ? DB_TAKEN
                                                                : status;
    }
    status = check_approval(c, w);
    if (status == DB_OK) {
        status = db_run(
            c,
            "INSERT INTO images (project_id, firmware_name, version, part, "
            "sha256, size, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            DB_WITH(db_int(call_id(w->call)), db_text(w->name),
                    db_text(w->version), db_int(w->part), db_text(w->sha256),
                    db_int(w->size), db_int(time(NULL))));
    }
    if (status == DB_TAKEN) {
        return DB_AGAIN; // by another upload, at the same time: see which
    }
    return status == DB_OK ? follow(c, w, "upload image") : status;
}

static void answer_done(struct call *call, const struct image_work *w,
                        enum db_status status)
{
    if (status == DB_TAKEN) {
        call_answer_error(call, 409, "%s %s has another image already", w->name,
                          w->version);
    } else if (status == DB_REFUSED) {
        call_answer_error(call, 409, APPROVAL_CHANGE);
    } else if (status != DB_OK) {
        call_answer_db(call, status);
    } else {
        call_answer_empty(call, 204);
    }
}

// Project, name, version in its normal form, part; 404 or 400 is the answer when
// false.
static bool read_query(struct call *call, struct image_work *w)
{
    const char *version = call_query(call, "version");

    memset(w, 0, sizeof(*w));
    w->call = call;
    w->name = call_query(call, "firmware_name");
    w->part = query_number(call, "part", 0);
    if (!exists(call, "SELECT id FROM projects WHERE id = $1") ||
        !is_firmware_name(call, w->name)) {
        return false;
    }
    if (version == NULL || strlen(version) >= VERSION_SIZE ||
        !version_normal(w->version, version)) {
        call_answer_error(call, 400, "version: expected x.y.z");
        return false;
    }
    if (w->part >= DELTA_PARTS_MAX) {
        call_answer_error(call, 400, "part: expected 0 to %u",
                          DELTA_PARTS_MAX - 1u);
        return false;
    }
    return true;
}

// PUT ...?firmware_name=...&version=...&part=0
void api_image_put(struct call *call)
{
    struct image_work w;

    if (!read_query(call, &w)) {
        return;
    }
    w.size = (int64_t)call->file.size;
    if (call->file.fd < 0 || w.size == 0) {
        call_answer_error(call, 400, "the image is empty");
        return;
    }
    enum blob_status kept = blob_keep(&call->file, w.sha256);
    if (kept != BLOB_OK) {
        call_answer_blob(call, kept);
        return;
    }
    answer_done(call, &w, db_transact(call->db, write_image, &w));
}

// --- Removal ---------------------------------------------------------------

static enum db_status remove_image(struct db_conn *c, void *context)
{
    struct image_work *w = context;
    enum db_status status = check_approval(c, w);

    if (status == DB_OK) {
        status = db_query_text(
            c, w->sha256, sizeof(w->sha256),
            "DELETE FROM images WHERE project_id = $1 AND firmware_name = $2 "
            "AND version = $3 AND part = $4 RETURNING sha256",
            DB_WITH(db_int(call_id(w->call)), db_text(w->name),
                    db_text(w->version), db_int(w->part)));
    }
    return status == DB_OK && w->sha256[0] != 0 ? follow(c, w, "remove image")
                                                : status;
}

// DELETE, the same: one that was uploaded by mistake.
void api_image_remove(struct call *call)
{
    struct image_work w;

    if (!read_query(call, &w)) {
        return;
    }
    enum db_status status = db_transact(call->db, remove_image, &w);
    if (status == DB_OK && w.sha256[0] == 0) {
        call_answer_error(call, 404, "there is no such image");
    } else {
        answer_done(call, &w, status);
    }
}
