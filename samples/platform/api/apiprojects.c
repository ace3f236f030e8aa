// SPDX-License-Identifier: MIT
// Projects: a key, what packages must be, and how often devices may ask.

#include <string.h>
#include <time.h>

#include "apipart.h"
#include "delta.h"
#include "packagequeue.h"
#include "routes.h"
#include "rows.h"
#include "settings.h"

#define COLUMNS                                                     \
    "id:i name:s project_key:s product:s public_key:s area_size:i " \
    "ram:i is_in_place:b scratch_size:i block_size:i hour_count:i " \
    "hour_seconds:i day_count:i day_seconds:i needs_approval:b created_at:i"
#define SELECT                                                            \
    "SELECT id, name, project_key, product, public_key, area_size, ram, " \
    "is_in_place, scratch_size, block_size, "                             \
    "hour_count, hour_seconds, day_count, day_seconds, needs_approval, "  \
    "created_at FROM "                                                    \
    "projects "
#define SET(column)                                                 \
    "UPDATE projects SET " column " = $2 WHERE id = $1 AND " column \
    " IS DISTINCT FROM $2 RETURNING id"
#define YEAR (366 * 86400)

// What another value means for packages.
enum effect { PACKAGES_STAY, PACKAGES_CHECKED, PACKAGES_ANEW };

static const struct setting settings[] = {
    {"name", SET("name"), SETTING_TEXT, 1, 100, false, PACKAGES_STAY},
    {"project_key", SET("project_key"), SETTING_TEXT, 32, 32, false,
     PACKAGES_STAY},
    {"product", SET("product"), SETTING_TEXT, 1, 64, true, PACKAGES_CHECKED},
    {"area_size", SET("area_size"), SETTING_INT, 1, UINT32_MAX, false,
     PACKAGES_CHECKED},
    {"ram", SET("ram"), SETTING_INT, 4096, 1048576, false, PACKAGES_ANEW},
    {"is_in_place", SET("is_in_place"), SETTING_BOOL, 0, 0, false,
     PACKAGES_ANEW},
    {"scratch_size", SET("scratch_size"), SETTING_INT, 64, 16777216, false,
     PACKAGES_ANEW},
    {"block_size", SET("block_size"), SETTING_INT, 64, 16777216, false,
     PACKAGES_ANEW},
    {"hour_count", SET("hour_count"), SETTING_INT, 1, 1000000, false,
     PACKAGES_STAY},
    {"hour_seconds", SET("hour_seconds"), SETTING_INT, 1, YEAR, false,
     PACKAGES_STAY},
    {"day_count", SET("day_count"), SETTING_INT, 1, 1000000, false,
     PACKAGES_STAY},
    {"day_seconds", SET("day_seconds"), SETTING_INT, 1, YEAR, false,
     PACKAGES_STAY},
    {"needs_approval", SET("needs_approval"), SETTING_BOOL, 0, 0, false,
     PACKAGES_STAY},
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

void api_projects(struct call *call)
{
    answer_rows(call, COLUMNS, SELECT "ORDER BY name LIMIT $1",
                DB_WITH(db_int(rows_limit(call))));
}

void api_project(struct call *call)
{
    answer_row(call, COLUMNS, SELECT "WHERE id = $1",
               DB_WITH(db_int(call_id(call))));
}

// --- Changes ---------------------------------------------------------------

static bool is_key(const char *key)
{
    return strspn(key, "0123456789abcdefghijklmnopqrstuvwxyz"
                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 32;
}

static bool is_public_key(const cJSON *pem)
{
    struct delta_key key;

    return cJSON_IsString(pem) &&
           delta_key_read(&key, pem->valuestring, strlen(pem->valuestring),
                          NULL) == DELTA_OK &&
           !key.is_private;
}

static bool check(struct fields *f)
{
    static const char *const others[] = {"public_key", NULL};
    const cJSON *key = cJSON_GetObjectItemCaseSensitive(f->json, "project_key");
    const cJSON *pem = cJSON_GetObjectItemCaseSensitive(f->json, "public_key");

    if (!settings_check(f, settings, SETTINGS, others)) {
        return false;
    }
    if (key != NULL && !is_key(key->valuestring)) {
        call_answer_error(f->call, 400,
                          "project_key: expected 32 letters and digits");
        return false;
    }
    if (pem != NULL && !cJSON_IsNull(pem) && !is_public_key(pem)) {
        call_answer_error(f->call, 400,
                          "public_key: expected a P-256 public key in PEM");
        return false;
    }
    return true;
}

struct project_work {
    const struct call *call;
    const struct fields *fields;
    int64_t id; // 0: a new one
};

static enum db_status insert(struct db_conn *c, struct project_work *w)
{
    const cJSON *name =
        cJSON_GetObjectItemCaseSensitive(w->fields->json, "name");
    char secret[SECRET_SIZE];

    if (!secret_make(secret)) {
        return DB_ERROR;
    }
    secret[32] = 0; // 128 bits, in the form that modules know
    return db_query_int(
        c, &w->id, 0,
        "INSERT INTO projects (name, project_key, area_size, created_at) "
        "VALUES ($1, $2, $3, $4) RETURNING id",
        DB_WITH(db_text(name->valuestring), db_text(secret), db_int(UINT32_MAX),
                db_int(time(NULL))));
}

static enum db_status write_key(struct db_conn *c, struct project_work *w,
                                unsigned *effect)
{
    const cJSON *pem =
        cJSON_GetObjectItemCaseSensitive(w->fields->json, "public_key");
    int64_t changed = 0;
    enum db_status status = DB_OK;

    if (pem != NULL) {
        status = db_query_int(
            c, &changed, 0, SET("public_key"),
            DB_WITH(db_int(w->id), db_text(cJSON_GetStringValue(pem))));
    }
    if (changed != 0 && *effect < PACKAGES_CHECKED) {
        *effect = PACKAGES_CHECKED;
    }
    return status;
}

// Packages that did not fit may do so now, and the other way round.
static enum db_status write_and_check(struct db_conn *c, struct project_work *w)
{
    unsigned effect = PACKAGES_STAY;
    enum db_status status =
        settings_write(c, w->fields, settings, SETTINGS, w->id, &effect);

    if (status == DB_OK) {
        status = write_key(c, w, &effect);
    }
    return status == DB_OK && effect != PACKAGES_STAY
               ? queue_check(c, w->id, effect == PACKAGES_ANEW)
               : status;
}

static enum db_status write_project(struct db_conn *c, void *context)
{
    struct project_work *w = context;
    bool is_new = w->id == 0;
    enum db_status status = is_new ? insert(c, w) : DB_OK;

    if (status == DB_OK) {
        status = write_and_check(c, w);
    }
    if (status == DB_OK) {
        status = note_of(c, w->call, is_new ? "add project" : "change project",
                         TITLE_OF_PROJECT, w->id, w->call->body);
    }
    if (status != DB_OK && is_new) {
        w->id = 0; // it may be run again
    }
    return status;
}

static void change(struct call *call, int64_t id)
{
    struct fields f;

    if (!fields_begin(&f, call)) {
        return;
    }
    bool is_good = check(&f);
    if (is_good && id == 0 && !fields_has(&f, "name")) {
        is_good = false;
        call_answer_error(call, 400, "name: is missing");
    }
    if (is_good) {
        struct project_work w = {call, &f, id};
        enum db_status status = db_transact(call->db, write_project, &w);

        if (status != DB_OK) {
            call_answer_db(call, status);
        } else {
            answer_row(call, COLUMNS, SELECT "WHERE id = $1",
                       DB_WITH(db_int(w.id)));
        }
    }
    fields_end(&f);
}

void api_project_add(struct call *call)
{
    change(call, 0);
}

void api_project_change(struct call *call)
{
    if (exists(call, "SELECT id FROM projects WHERE id = $1")) {
        change(call, call_id(call));
    }
}
