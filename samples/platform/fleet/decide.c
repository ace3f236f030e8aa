// SPDX-License-Identifier: MIT
// What a module gets that asks for an upgrade.

#include "decide.h"

#include <stdio.h>
#include <string.h>

#include "choose.h"
#include "identity.h"
#include "limits.h"
#include "outcome.h"

struct decision {
    const struct device_request *request; // in its normal form
    struct device_answer *answer;
    struct device device;
    struct choice choice;
    bool is_counted;
    bool is_version; // the request's is one
};

// The project of the key. Its settings are read with each request: changes
// count at once, on every instance.
static enum db_status find_project(struct db_conn *c, struct decision *d)
{
    struct db_rows rows;
    enum db_status status =
        db_query(c, &rows,
                 "SELECT id, area_size, hour_count, hour_seconds, day_count, "
                 "day_seconds FROM projects WHERE project_key = $1",
                 DB_WITH(db_text(d->request->project_key)));

    d->answer->code = CODE_BAD_PROJECT;
    if (status == DB_OK && db_next(&rows)) {
        d->answer->code = CODE_PACKAGE;
        d->device.project_id = db_int_at(&rows, 0);
        d->choice.area_size = db_int_at(&rows, 1);
        d->device.limits[0] =
            (struct limit){db_int_at(&rows, 2), db_int_at(&rows, 3)};
        d->device.limits[1] =
            (struct limit){db_int_at(&rows, 4), db_int_at(&rows, 5)};
    }
    return db_end(&rows, status);
}

// Enter or find the device. Its row is this transaction's from here on, so that
// two requests of one device are decided one after the other. A device of
// another project stays as it is.
static enum db_status find_device(struct db_conn *c, struct decision *d)
{
    const struct device_request *r = d->request;
    struct db_rows rows;
    enum db_status status = db_query(
        c, &rows,
        "INSERT INTO devices (project_id, identity, identity_kind, "
        "firmware_name, version, core_version, first_seen, last_seen) "
        "VALUES ($1, $2, $3, $4, '', $5, $6, $6) "
        "ON CONFLICT (identity) DO UPDATE SET last_seen = CASE "
        "WHEN devices.project_id = $1 THEN $6 ELSE devices.last_seen END "
        "RETURNING id, project_id, version, forbidden_at, counted_from, "
        "is_after_success, is_reporting",
        DB_WITH(db_int(d->device.project_id), db_text(r->identity),
                db_text(r->identity_kind), db_text(r->firmware_name),
                db_text(r->core_version[0] != 0 ? r->core_version : NULL),
                db_int(r->now)));

    if (status == DB_OK && db_next(&rows)) {
        d->device.id = db_int_at(&rows, 0);
        if (db_int_at(&rows, 1) != d->device.project_id) {
            d->answer->code = CODE_NO_RIGHT;
        }
        snprintf(d->device.version, sizeof(d->device.version), "%s",
                 db_text_at(&rows, 2));
        d->device.is_forbidden = !db_null_at(&rows, 3);
        d->device.counted_from = db_int_at(&rows, 4);
        d->device.is_after_success = db_int_at(&rows, 5) != 0;
        d->device.is_reporting = db_int_at(&rows, 6) != 0;
    }
    return db_end(&rows, status);
}

// What is no version, or of no firmware, says nothing of what the device runs.
static enum db_status note_device(struct db_conn *c, const struct decision *d)
{
    const struct device_request *r = d->request;
    bool is_known = d->is_version && r->firmware_name[0] != 0;
    int64_t rank;

    (void)version_rank(&rank, r->version);

    return db_run(
        c,
        "UPDATE devices SET firmware_name = CASE WHEN $8 = 0 THEN "
        "firmware_name ELSE $2 END, version = CASE WHEN $8 = 0 THEN version "
        "ELSE $3 END, version_rank = CASE WHEN $8 = 0 THEN version_rank ELSE "
        "$9 END, core_version = CASE WHEN $8 = 0 THEN core_version ELSE "
        "$4 END, is_after_success = $5, forbidden_at = CASE WHEN $6 = 0 THEN "
        "NULL ELSE coalesce(forbidden_at, $7) END WHERE id = $1",
        DB_WITH(db_int(d->device.id), db_text(r->firmware_name),
                db_text(r->version),
                db_text(r->core_version[0] != 0 ? r->core_version : NULL),
                db_int(d->device.is_after_success),
                db_int(d->device.is_forbidden), db_int(r->now),
                db_int(is_known), db_int(rank)));
}

static enum db_status note_request(struct db_conn *c, const struct decision *d)
{
    const struct device_request *r = d->request;

    return db_run(c,
                  "INSERT INTO requests (device_id, at, version, code, "
                  "is_counted, range_from, address) VALUES ($1, $2, $3, $4, "
                  "$5, $6, $7)",
                  DB_WITH(db_int(d->device.id), db_int(r->now),
                          db_text(r->version), db_int(d->answer->code),
                          db_int(d->is_counted), db_int(r->range_from),
                          db_text(r->address)));
}

// The answer of a device that may ask.
static enum db_status choose_answer(struct db_conn *c, struct decision *d)
{
    d->choice.device = &d->device;
    d->choice.request = d->request;
    d->choice.answer = d->answer;
    return choose(c, &d->choice);
}

// Resumed downloads, waiting, and the question that follows a success are no
// loop. The latter counts for one request only.
static bool counts(const struct decision *d)
{
    return !d->choice.is_resumed && d->answer->code != CODE_WAIT &&
           !(d->answer->code == CODE_NEWEST && d->device.is_after_success);
}

// A version that is none settles nothing, but counts: it may be a loop too.
static enum db_status settle_and_choose(struct db_conn *c, struct decision *d)
{
    if (!d->is_version) {
        d->answer->code = CODE_BAD_FIRMWARE;
        return DB_OK;
    }
    enum db_status status = outcome_conclude(c, &d->device, d->request);
    return status == DB_OK && !d->device.is_forbidden ? choose_answer(c, d)
                                                      : status;
}

static enum db_status decide_in(struct db_conn *c, void *context)
{
    struct decision *d = context;

    // It may be the second time: nothing of the first counts.
    *d = (struct decision){.request = d->request,
                           .answer = d->answer,
                           .is_version = d->is_version};
    *d->answer = (struct device_answer){.code = CODE_PACKAGE};
    enum db_status status = find_project(c, d);
    if (status != DB_OK || d->answer->code != CODE_PACKAGE) {
        return status;
    }
    if (d->request->identity[0] == 0) {
        d->answer->code = CODE_BAD_DEVICE;
        return DB_OK;
    }
    status = find_device(c, d);
    if (status != DB_OK || d->answer->code != CODE_PACKAGE) {
        return status;
    }
    status = settle_and_choose(c, d);
    d->is_counted = !d->device.is_forbidden && counts(d);
    if (status == DB_OK && d->is_counted) {
        status = limits_check(c, &d->device, d->request);
    }
    if (d->device.is_forbidden) {
        d->answer->code = CODE_FORBIDDEN;
    }
    if (status == DB_OK && d->answer->code == CODE_PACKAGE) {
        status = outcome_begin(c, &d->choice);
    }
    if (d->is_counted || d->answer->code == CODE_NEWEST) {
        d->device.is_after_success = false;
    }
    if (status == DB_OK) {
        status = note_device(c, d);
    }
    return status == DB_OK ? note_request(c, d) : status;
}

enum db_status decide(struct db_conn *c, const struct device_request *request,
                      struct device_answer *answer)
{
    struct device_request normal = *request;
    struct decision d = {.request = &normal, .answer = answer};

    (void)identity_normal(normal.identity, sizeof(normal.identity),
                          request->identity);
    d.is_version = version_normal(normal.version, request->version);
    if (!d.is_version) { // kept as it was said
        memcpy(normal.version, request->version, VERSION_SIZE);
    }
    return db_transact(c, decide_in, &d);
}
