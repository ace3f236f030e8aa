// SPDX-License-Identifier: MIT
// Firmware: versions that devices are to get, and their roll-outs.

#include <string.h>
#include <time.h>

#include "apipart.h"
#include "approval.h"
#include "outcome.h"
#include "packagequeue.h"
#include "routes.h"
#include "rows.h"
#include "settings.h"

#define COLUMNS                                                             \
    "id:i project_id:i firmware_name:s version:s core_generation:i "        \
    "is_whole:b state:s pause_reason:s percent:i hourly_rate:i day_from:i " \
    "day_to:i starts_at:i ends_at:i is_held:b fail_percent:i fail_least:i " \
    "created_at:i created_by:s changed_by:s needs_approval:b running:i "    \
    "done:i failed:i targets:i"
#define SELECT                                                              \
    "SELECT f.id, f.project_id, f.firmware_name, f.version, "               \
    "f.core_generation, f.is_whole, f.state, f.pause_reason, f.percent, "   \
    "f.hourly_rate, f.day_from, f.day_to, f.starts_at, f.ends_at, "         \
    "f.is_held, f.fail_percent, f.fail_least, f.created_at, f.created_by, " \
    "coalesce((SELECT name FROM users WHERE id = f.changed_by), ''), "      \
    "p.needs_approval, (SELECT count(*) FROM upgrades u WHERE "             \
    "u.firmware_id = f.id AND u.state = 'running'), (SELECT count(*) FROM " \
    "upgrades u WHERE u.firmware_id = f.id AND u.state = 'done'), (SELECT " \
    "count(*) FROM upgrades u WHERE u.firmware_id = f.id AND u.state = "    \
    "'failed'), (SELECT count(*) FROM targets t WHERE t.firmware_id = "     \
    "f.id)"
#define FROM " FROM firmware f JOIN projects p ON p.id = f.project_id "
// Of one, what is too much for a list: devices named that run it, or newer.
#define TARGETS_DONE                                                    \
    ", (SELECT count(*) FROM targets t JOIN devices d ON d.identity = " \
    "t.identity WHERE t.firmware_id = f.id AND d.version_rank >= "      \
    "f.version_rank AND d.firmware_name = f.firmware_name)"
#define SET(column) \
    "UPDATE firmware SET " column " = $2 WHERE id = $1 RETURNING id"
#define DAY 86400
#define TIME_MAX INT64_C(253402300799) // the year 9999

static const struct setting settings[] = {
    {"is_whole", SET("is_whole"), SETTING_BOOL, 0, 0, false, 0},
    {"core_generation", SET("core_generation"), SETTING_INT, 1, 999, true, 0},
    {"percent", SET("percent"), SETTING_INT, 0, 100, false, 0},
    {"hourly_rate", SET("hourly_rate"), SETTING_INT, 1, 1000000, true, 0},
    {"day_from", SET("day_from"), SETTING_INT, 0, DAY - 1, true, 0},
    {"day_to", SET("day_to"), SETTING_INT, 0, DAY, true, 0},
    {"starts_at", SET("starts_at"), SETTING_INT, 0, TIME_MAX, true, 0},
    {"ends_at", SET("ends_at"), SETTING_INT, 0, TIME_MAX, true, 0},
    {"is_held", SET("is_held"), SETTING_BOOL, 0, 0, false, 0},
    {"fail_percent", SET("fail_percent"), SETTING_INT, 0, 100, true, 0},
    {"fail_least", SET("fail_least"), SETTING_INT, 1, 1000000, false, 0},
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

void api_firmware_list(struct call *call)
{
    if (!exists(call, "SELECT id FROM projects WHERE id = $1")) {
        return;
    }
    answer_rows(call, COLUMNS,
                SELECT FROM "WHERE f.project_id = $1 ORDER BY f.firmware_name, "
                            "f.version_rank DESC LIMIT $2",
                DB_WITH(db_int(call_id(call)), db_int(rows_limit(call))));
}

static void answer_one(struct call *call, int64_t id)
{
    answer_row(call, COLUMNS " targets_done:i",
               SELECT TARGETS_DONE FROM "WHERE f.id = $1", DB_WITH(db_int(id)));
}

void api_firmware(struct call *call)
{
    answer_one(call, call_id(call));
}

// --- Changes ---------------------------------------------------------------

struct firmware_work {
    const struct call *call;
    const struct fields *fields;
    int64_t id; // 0: a new one
    const char *name, *state;
    char version[VERSION_SIZE]; // as x.y.z
    int64_t rank;
    enum {
        REFUSED_NOT,
        REFUSED_STATE,  // that change of it cannot be
        REFUSED_START,  // somebody else must do that
        REFUSED_CHANGE, // what was approved stays
        REFUSED_DAY,    // one end of the daily window only, or both the same
        REFUSED_ENDING, // not after its beginning
    } refused;          // nothing is changed then
};

static enum db_status insert(struct db_conn *c, struct firmware_work *w)
{
    return db_query_int(
        c, &w->id, 0,
        "INSERT INTO firmware (project_id, firmware_name, version, "
        "version_rank, is_whole, state, created_at, created_by) VALUES "
        "($1, $2, $3, $4, 0, 'draft', $5, $6) RETURNING id",
        DB_WITH(db_int(call_id(w->call)), db_text(w->name), db_text(w->version),
                db_int(w->rank), db_int(time(NULL)),
                db_text(w->call->person.name)));
}

// Whoever may.
static enum db_status check_start(struct db_conn *c, struct firmware_work *w)
{
    bool is_approval = false;
    enum db_status status =
        approval_start(c, w->id, &w->call->person, &is_approval);

    if (status == DB_REFUSED) {
        w->refused = REFUSED_START;
    }
    return status == DB_OK && is_approval
               ? note_of(c, w->call, "approve firmware", TITLE_OF_FIRMWARE,
                         w->id, NULL)
               : status;
}

// What was aborted does not run again at once: devices may be half on their way
// back. It may become a draft, to be rolled out anew.
static enum db_status change_state(struct db_conn *c, struct firmware_work *w)
{
    int64_t changed = 0;
    enum db_status status = db_query_int(
        c, &changed, 0,
        "UPDATE firmware SET state = $2, pause_reason = CASE WHEN $2 = "
        "'paused' THEN 'by hand' END, resumed_at = CASE WHEN $2 = 'running' "
        "AND state <> 'running' THEN $3 ELSE resumed_at END WHERE id = $1 AND "
        "(state <> 'running' OR $2 <> 'draft') AND (state <> 'draft' OR $2 <> "
        "'paused') AND (state <> 'aborted' OR $2 = 'draft') RETURNING 1",
        DB_WITH(db_int(w->id), db_text(w->state), db_int(time(NULL))));

    if (status == DB_OK && changed == 0) {
        w->refused = REFUSED_STATE;
        return DB_REFUSED;
    }
    return status;
}

static enum db_status set_state(struct db_conn *c, struct firmware_work *w)
{
    bool is_start = strcmp(w->state, "running") == 0;
    enum db_status status = is_start ? check_start(c, w) : DB_OK;

    if (status == DB_OK) {
        status = change_state(c, w);
    }
    if (status == DB_OK && strcmp(w->state, "aborted") == 0) {
        status = outcome_abort(c, w->id, time(NULL));
    }
    return status == DB_OK && is_start ? queue_order(c, w->id, time(NULL))
                                       : status;
}

// As they are together: a change may be of one of them.
static enum db_status check_times(struct db_conn *c, struct firmware_work *w)
{
    int64_t refused = REFUSED_NOT;
    enum db_status status = db_query_int(
        c, &refused, REFUSED_NOT,
        "SELECT CASE WHEN (day_from IS NULL) <> (day_to IS NULL) OR day_from = "
        "day_to THEN CAST($2 AS BIGINT) WHEN ends_at <= starts_at THEN CAST($3 "
        "AS BIGINT) ELSE CAST($4 AS BIGINT) END FROM "
        "firmware WHERE id = $1",
        DB_WITH(db_int(w->id), db_int(REFUSED_DAY), db_int(REFUSED_ENDING),
                db_int(REFUSED_NOT)));

    w->refused = refused == REFUSED_DAY      ? REFUSED_DAY
                 : refused == REFUSED_ENDING ? REFUSED_ENDING
                                             : REFUSED_NOT;
    return status == DB_OK && w->refused != REFUSED_NOT ? DB_REFUSED : status;
}

// All but the state, which is checked for itself.
static enum db_status write_settings(struct db_conn *c, struct firmware_work *w)
{
    bool has_state = w->state != NULL;
    unsigned effect = 0; // none has any
    enum db_status status = DB_OK;

    if (cJSON_GetArraySize(w->fields->json) > (has_state ? 1 : 0)) {
        status = approval_change(c, w->id, &w->call->person);
    }
    if (status == DB_REFUSED) {
        w->refused = REFUSED_CHANGE;
    }
    if (status == DB_OK) {
        status =
            settings_write(c, w->fields, settings, SETTINGS, w->id, &effect);
    }
    return status == DB_OK ? check_times(c, w) : status;
}

static enum db_status write_firmware(struct db_conn *c, void *context)
{
    struct firmware_work *w = context;
    bool is_new = w->id == 0;
    w->refused = REFUSED_NOT;
    enum db_status status = is_new ? insert(c, w) : DB_OK;

    if (status == DB_OK) {
        status = write_settings(c, w);
    }
    if (status == DB_OK && w->state != NULL) {
        status = set_state(c, w);
    }
    if (status == DB_OK) {
        status =
            note_of(c, w->call, is_new ? "add firmware" : "change firmware",
                    TITLE_OF_FIRMWARE, w->id, w->call->body);
    }
    if (status != DB_OK && is_new) {
        w->id = 0; // it may be run again
    }
    return status;
}

static bool check_state(struct fields *f, struct firmware_work *w)
{
    w->state = fields_has(f, "state") ? fields_text(f, "state", 1, 16) : NULL;
    if (w->state != NULL && strcmp(w->state, "draft") != 0 &&
        strcmp(w->state, "running") != 0 && strcmp(w->state, "paused") != 0 &&
        strcmp(w->state, "aborted") != 0) {
        call_answer_error(f->call, 400,
                          "state: expected draft, running, paused or aborted");
        return false;
    }
    return !f->is_bad;
}

static bool check_new(struct fields *f, struct firmware_work *w)
{
    w->name = fields_text(f, "firmware_name", 1, FIRMWARE_NAME_SIZE - 1);
    const char *version = fields_text(f, "version", 1, VERSION_SIZE - 1);
    if (!f->is_bad && !is_firmware_name(f->call, w->name)) {
        return false;
    }
    if (!f->is_bad && (!version_rank(&w->rank, version) ||
                       !version_normal(w->version, version))) {
        call_answer_error(f->call, 400, "version: expected x.y.z");
        return false;
    }
    return !f->is_bad;
}

static void answer_refused(struct call *call, const struct firmware_work *w)
{
    if (w->refused == REFUSED_STATE) {
        call_answer_error(call, 409, "the firmware cannot become %s now",
                          w->state);
    } else if (w->refused == REFUSED_START) {
        call_answer_error(call, 409, APPROVAL_START);
    } else if (w->refused == REFUSED_CHANGE) {
        call_answer_error(call, 409, APPROVAL_CHANGE);
    } else if (w->refused == REFUSED_DAY) {
        call_answer_error(call, 400,
                          "day_from, day_to: expected two that differ, or "
                          "neither");
    } else {
        call_answer_error(call, 400, "ends_at: expected later than starts_at");
    }
}

static void write_fields(struct call *call, struct firmware_work *w)
{
    enum db_status status = db_transact(call->db, write_firmware, w);

    if (status == DB_REFUSED) {
        answer_refused(call, w);
    } else if (status != DB_OK) {
        call_answer_db(call, status);
    } else {
        answer_one(call, w->id);
    }
}

void api_firmware_add(struct call *call)
{
    static const char *const others[] = {"firmware_name", "version", "state",
                                         NULL};
    struct fields f;
    struct firmware_work w = {.call = call, .fields = &f};

    if (!exists(call, "SELECT id FROM projects WHERE id = $1") ||
        !fields_begin(&f, call)) {
        return;
    }
    if (settings_check(&f, settings, SETTINGS, others) && check_new(&f, &w) &&
        check_state(&f, &w)) {
        write_fields(call, &w);
    }
    fields_end(&f);
}

void api_firmware_change(struct call *call)
{
    static const char *const others[] = {"state", NULL};
    struct fields f;
    struct firmware_work w = {.call = call, .fields = &f, .id = call_id(call)};

    if (!exists(call, "SELECT id FROM firmware WHERE id = $1") ||
        !fields_begin(&f, call)) {
        return;
    }
    if (settings_check(&f, settings, SETTINGS, others) && check_state(&f, &w)) {
        write_fields(call, &w);
    }
    fields_end(&f);
}
