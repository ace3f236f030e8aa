// SPDX-License-Identifier: MIT
// Images of versions: what packages are made of.

#include <string.h>
#include <time.h>

#include "apipart.h"
#include "decide.h"
#include "delta_parts.h"
#include "routes.h"
#include "rows.h"

void api_images(struct call *call)
{
    answer_rows(call,
                "firmware_name:s version:s part:i sha256:s size:i created_at:i",
                "SELECT firmware_name, version, part, sha256, size, created_at "
                "FROM images WHERE project_id = $1 ORDER BY firmware_name, "
                "created_at DESC, version, part LIMIT $2",
                DB_WITH(db_int(call_id(call)), db_int(rows_limit(call))));
}

bool query_firmware(struct call *call, const char **name,
                    char version[VERSION_SIZE], const char *version_name)
{
    const char *given = call_query(call, version_name);

    *name = call_query(call, "firmware_name");
    if (*name == NULL || (*name)[0] == 0 ||
        strlen(*name) >= FIRMWARE_NAME_SIZE) {
        call_answer_error(call, 400, "firmware_name: expected 1 to %u bytes",
                          FIRMWARE_NAME_SIZE - 1);
        return false;
    }
    if (given == NULL || strlen(given) >= VERSION_SIZE ||
        !version_normal(version, given)) {
        call_answer_error(call, 400, "%s: expected x.y.z", version_name);
        return false;
    }
    return true;
}

struct image_work {
    const struct call *call;
    const char *name, *sha256;
    char version[VERSION_SIZE]; // as x.y.z
    int64_t part, size;
    int64_t is_same;
};

// The same again is no change; another content under a version that is there
// is refused, for devices may run it.
static enum db_status write_image(struct db_conn *c, void *context)
{
    struct image_work *w = context;
    enum db_status status = db_query_int(
        c, &w->is_same, 0,
        "INSERT INTO images (project_id, firmware_name, version, part, sha256, "
        "size, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT "
        "(project_id, firmware_name, version, part) DO UPDATE SET size = "
        "images.size RETURNING CASE WHEN sha256 = $5 THEN 1 ELSE 0 END",
        DB_WITH(db_int(call_id(w->call)), db_text(w->name), db_text(w->version),
                db_int(w->part), db_text(w->sha256), db_int(w->size),
                db_int(time(NULL))));

    return status == DB_OK && w->is_same
               ? people_note(c, &w->call->person, w->call->address,
                             "upload image", w->name, w->version)
               : status;
}

// PUT ...?firmware_name=...&version=...&part=0
void api_image_put(struct call *call)
{
    char sha256[BLOB_NAME_SIZE];
    struct image_work w = {.call = call,
                           .sha256 = sha256,
                           .part = query_number(call, "part", 0),
                           .size = (int64_t)call->file.size};

    if (!exists(call, "SELECT id FROM projects WHERE id = $1") ||
        !query_firmware(call, &w.name, w.version, "version")) {
        return;
    }
    if (call->file.fd < 0 || w.size == 0 || w.part >= DELTA_PARTS_MAX) {
        call_answer_error(call, 400,
                          "the image is empty, or its part not 0 to 7");
        return;
    }
    enum blob_status kept = blob_keep(&call->file, sha256);
    if (kept != BLOB_OK) {
        call_answer_blob(call, kept);
        return;
    }
    enum db_status status = db_transact(call->db, write_image, &w);
    if (status != DB_OK) {
        call_answer_db(call, status);
    } else if (w.is_same == 0) {
        call_answer_error(call, 409, "%s %s has another image already", w.name,
                          w.version);
    } else {
        call_answer_empty(call, 204);
    }
}
