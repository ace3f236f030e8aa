// SPDX-License-Identifier: MIT
// Devices: what they run, what they asked, what became of their upgrades.

#include <time.h>

#include "apipart.h"
#include "identity.h"
#include "jsonfields.h"
#include "limits.h"
#include "outcome.h"
#include "routes.h"
#include "rows.h"

#define COLUMNS                                                               \
    "id:i project_id:i identity:s identity_kind:s firmware_name:s version:s " \
    "core_version:s is_reporting:b first_seen:i last_seen:i forbidden_at:i"
#define SELECT                                                                 \
    "SELECT id, project_id, identity, identity_kind, firmware_name, version, " \
    "core_version, is_reporting, first_seen, last_seen, forbidden_at FROM "    \
    "devices "

// ?search=, ?forbidden=1, ?after=ID
void api_devices(struct call *call)
{
    char pattern[PATTERN_SIZE];
    char identity[PATTERN_SIZE];

    if (!exists(call, "SELECT id FROM projects WHERE id = $1")) {
        return;
    }
    query_pattern(call, pattern);
    query_identity(call, identity);
    answer_rows(
        call, COLUMNS,
        SELECT "WHERE project_id = $1 AND id > $2 AND "
               "(lower(identity) LIKE lower($3) ESCAPE '!' OR "
               "lower(identity) LIKE lower($6) ESCAPE '!' OR "
               "version LIKE $3 ESCAPE '!') AND "
               "(CAST($4 AS BIGINT) = 0 OR forbidden_at IS NOT NULL) "
               "ORDER BY id LIMIT $5",
        DB_WITH(db_int(call_id(call)), db_int(query_number(call, "after", 0)),
                db_text(pattern), db_int(query_number(call, "forbidden", 0)),
                db_int(rows_limit(call)), db_text(identity)));
}

// ?identity=: of whatever project it is; no row or one.
void api_device_find(struct call *call)
{
    const char *given = call_query(call, "identity");
    char identity[CALL_PARAMETER_SIZE];

    if (given == NULL) {
        call_answer_error(call, 400, "identity: is missing");
        return;
    }
    (void)identity_normal(identity, sizeof(identity), given);
    answer_rows(call, COLUMNS, SELECT "WHERE identity = $1",
                DB_WITH(db_text(identity)));
}

void api_device(struct call *call)
{
    answer_row(call, COLUMNS, SELECT "WHERE id = $1",
               DB_WITH(db_int(call_id(call))));
}

// --- Changes ---------------------------------------------------------------

struct move {
    const struct call *call;
    int64_t project;
    bool is_missing; // the project
};

static enum db_status move_in(struct db_conn *c, void *context)
{
    struct move *move = context;
    const struct call *call = move->call;
    int64_t there = 0;
    int64_t moved = 0;
    enum db_status status =
        db_query_int(c, &there, 0, "SELECT id FROM projects WHERE id = $1",
                     DB_WITH(db_int(move->project)));

    move->is_missing = there == 0;
    if (status != DB_OK || move->is_missing) {
        return status;
    }
    status =
        db_query_int(c, &moved, 0,
                     "UPDATE devices SET project_id = $2 WHERE id = $1 "
                     "AND project_id <> $2 RETURNING id",
                     DB_WITH(db_int(call_id(call)), db_int(move->project)));
    if (status == DB_OK && moved != 0) {
        status = outcome_leave(c, moved, time(NULL));
    }
    return status == DB_OK ? note_of(c, call, "move device", TITLE_OF_DEVICE,
                                     call_id(call), call->body)
                           : status;
}

// {"project_id"}: one that has asked with another project's key.
void api_device_change(struct call *call)
{
    static const char *const names[] = {"project_id", NULL};
    struct move move = {call, 0, false};
    struct fields f;

    if (!exists(call, "SELECT id FROM devices WHERE id = $1") ||
        !fields_begin(&f, call)) {
        return;
    }
    move.project = fields_int(&f, "project_id", 0, 1, INT32_MAX);
    bool is_good = fields_good(&f, names);
    if (is_good && move.project == 0) {
        is_good = false;
        call_answer_error(call, 400, "project_id: is missing");
    }
    if (is_good) {
        enum db_status status = db_transact(call->db, move_in, &move);

        if (status != DB_OK) {
            call_answer_db(call, status);
        } else if (move.is_missing) {
            call_answer_error(call, 422, "there is no such project");
        } else {
            api_device(call);
        }
    }
    fields_end(&f);
}

static enum db_status release_in(struct db_conn *c, void *context)
{
    const struct call *call = context;
    enum db_status status = limits_release(c, call_id(call));

    return status == DB_OK ? note_of(c, call, "release device", TITLE_OF_DEVICE,
                                     call_id(call), NULL)
                           : status;
}

void api_device_release(struct call *call)
{
    if (!exists(call, "SELECT id FROM devices WHERE id = $1")) {
        return;
    }
    enum db_status status = db_transact(call->db, release_in, call);
    if (status != DB_OK) {
        call_answer_db(call, status);
    } else {
        call_answer_empty(call, 204);
    }
}

void api_device_requests(struct call *call)
{
    if (!exists(call, "SELECT id FROM devices WHERE id = $1")) {
        return;
    }
    answer_rows(call,
                "id:i at:i version:s code:i is_counted:b range_from:i "
                "address:s",
                "SELECT id, at, version, code, is_counted, range_from, address "
                "FROM requests WHERE device_id = $1 AND id < $2 ORDER BY id "
                "DESC LIMIT $3",
                DB_WITH(db_int(call_id(call)),
                        db_int(query_number(call, "before", INT64_MAX)),
                        db_int(rows_limit(call))));
}

// --- Upgrades --------------------------------------------------------------

#define UPGRADE_COLUMNS                                          \
    "id:i device_id:i identity:s firmware_id:i firmware_name:s " \
    "from_version:s to_version:s state:s is_reported:b phase:s " \
    "reason:s started_at:i updated_at:i"
#define UPGRADES(which)                                                        \
    "SELECT u.id, u.device_id, d.identity, u.firmware_id, f.firmware_name, "   \
    "u.from_version, f.version, u.state, u.is_reported, u.phase, u.reason, "   \
    "u.started_at, u.updated_at FROM upgrades u JOIN devices d ON d.id = "     \
    "u.device_id JOIN firmware f ON f.id = u.firmware_id WHERE " which " AND " \
    "u.id < $2 AND ($3 = '' OR u.state = $3) AND ($4 = '' OR u.phase = $4) "   \
    "AND (CAST($5 AS BIGINT) = 0 OR u.firmware_id = $5) AND "                  \
    "(CAST($6 AS BIGINT) = 0 OR u.device_id = $6) AND "                        \
    "(lower(d.identity) LIKE lower($7) ESCAPE '!' OR "                         \
    "lower(d.identity) LIKE lower($9) ESCAPE '!' OR "                          \
    "lower(coalesce(u.reason, '')) LIKE lower($7) ESCAPE '!') "                \
    "ORDER BY u.id DESC LIMIT $8"

static void answer_upgrades(struct call *call, const char *sql)
{
    char pattern[PATTERN_SIZE];
    char identity[PATTERN_SIZE];
    const char *state = call_query(call, "state");
    const char *phase = call_query(call, "phase");

    query_pattern(call, pattern);
    query_identity(call, identity);
    answer_rows(call, UPGRADE_COLUMNS, sql,
                DB_WITH(db_int(call_id(call)),
                        db_int(query_number(call, "before", INT64_MAX)),
                        db_text(state != NULL ? state : ""),
                        db_text(phase != NULL ? phase : ""),
                        db_int(query_number(call, "firmware", 0)),
                        db_int(query_number(call, "device", 0)),
                        db_text(pattern), db_int(rows_limit(call)),
                        db_text(identity)));
}

// ?state=failed, ?phase=, ?firmware=ID, ?device=ID, ?search= in identity and
// reason, ?before=ID; newest first, read in the order of an index: a fleet leaves
// millions of them. ("+ 0" keeps SQLite from the project's.)
void api_upgrades(struct call *call)
{
    if (!exists(call, "SELECT id FROM projects WHERE id = $1")) {
        return;
    }
    if (query_number(call, "device", 0) != 0) {
        answer_upgrades(call,
                        UPGRADES("u.project_id + 0 = $1 AND u.device_id = $6"));
    } else if (query_number(call, "firmware", 0) != 0) {
        answer_upgrades(
            call, UPGRADES("u.project_id + 0 = $1 AND u.firmware_id = $5"));
    } else {
        answer_upgrades(call, UPGRADES("u.project_id = $1"));
    }
}

// Of one device, also in projects that it has left.
void api_device_upgrades(struct call *call)
{
    if (exists(call, "SELECT id FROM devices WHERE id = $1")) {
        answer_upgrades(call, UPGRADES("u.device_id = $1"));
    }
}
