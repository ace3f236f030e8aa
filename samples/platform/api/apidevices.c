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

    query_pattern(call, pattern);
    answer_rows(
        call, COLUMNS,
        SELECT "WHERE project_id = $1 AND id > $2 AND "
               "(lower(identity) LIKE lower($3) ESCAPE '!' OR "
               "version LIKE $3 ESCAPE '!') AND "
               "(CAST($4 AS BIGINT) = 0 OR forbidden_at IS NOT NULL) "
               "ORDER BY id LIMIT $5",
        DB_WITH(db_int(call_id(call)), db_int(query_number(call, "after", 0)),
                db_text(pattern), db_int(query_number(call, "forbidden", 0)),
                db_int(rows_limit(call))));
}

// ?identity=: of whatever project it is; no row or one.
void api_device_find(struct call *call)
{
    const char *given = call_query(call, "identity");
    char identity[CALL_PARAMETER_SIZE];

    (void)identity_normal(identity, sizeof(identity),
                          given != NULL ? given : "");
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
    return status == DB_OK
               ? people_note(c, &call->person, call->address, "move device",
                             call->parameter, call->body)
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

void api_device_release(struct call *call)
{
    if (!exists(call, "SELECT id FROM devices WHERE id = $1")) {
        return;
    }
    enum db_status status = limits_release(call->db, call_id(call));
    if (status == DB_OK) {
        status = people_note_now(call->db, &call->person, call->address,
                                 "release device", call->parameter, NULL);
    }
    if (status != DB_OK) {
        call_answer_db(call, status);
    } else {
        call_answer_empty(call, 204);
    }
}

void api_device_requests(struct call *call)
{
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

#define UPGRADES(which)                                                        \
    "SELECT u.id, u.device_id, d.identity, u.firmware_id, f.firmware_name, "   \
    "u.from_version, f.version, u.state, u.is_reported, u.phase, u.reason, "   \
    "u.started_at, u.updated_at FROM upgrades u JOIN devices d ON d.id = "     \
    "u.device_id JOIN firmware f ON f.id = u.firmware_id WHERE " which " AND " \
    "u.id < $2 AND ($3 = '' OR u.state = $3) AND "                             \
    "(CAST($4 AS BIGINT) = 0 OR u.firmware_id = $4) AND "                      \
    "(CAST($5 AS BIGINT) = 0 OR u.device_id = $5) AND "                        \
    "(lower(d.identity) LIKE lower($6) ESCAPE '!' OR "                         \
    "lower(coalesce(u.reason, '')) LIKE lower($6) ESCAPE '!') "                \
    "ORDER BY u.id DESC LIMIT $7"

// ?state=failed, ?firmware=ID, ?device=ID, ?search= in identity and reason,
// ?before=ID; newest first, read in the order of an index: a fleet leaves
// millions of them.
void api_upgrades(struct call *call)
{
    char pattern[PATTERN_SIZE];
    const char *state = call_query(call, "state");
    int64_t firmware = query_number(call, "firmware", 0);
    int64_t device = query_number(call, "device", 0);
    const char *sql =
        device != 0 ? UPGRADES("u.project_id + 0 = $1 AND u.device_id = $5")
        : firmware != 0
            ? UPGRADES("u.project_id + 0 = $1 AND u.firmware_id = $4")
            : UPGRADES("u.project_id = $1");

    query_pattern(call, pattern);
    answer_rows(
        call,
        "id:i device_id:i identity:s firmware_id:i firmware_name:s "
        "from_version:s to_version:s state:s is_reported:b phase:s reason:s "
        "started_at:i updated_at:i",
        sql,
        DB_WITH(db_int(call_id(call)),
                db_int(query_number(call, "before", INT64_MAX)),
                db_text(state != NULL ? state : ""), db_int(firmware),
                db_int(device), db_text(pattern), db_int(rows_limit(call))));
}
