// SPDX-License-Identifier: MIT
// What became of upgrades.

#include "outcome.h"

#include <string.h>

#include "identity.h"

#define SENT_MAX 2
#define BEGUN_MAX 5
#define SILENT_SECONDS (7 * 86400)
#define GIVE_UP_ROWS 500 // in one transaction, which requests wait for

// The device's running upgrade.
struct running {
    int64_t id; // 0: none
    int64_t firmware_id;
    char from[VERSION_SIZE];
    char to[VERSION_SIZE];
    char firmware_name[FIRMWARE_NAME_SIZE];
    int64_t begun, sent;
    bool has_copy; // elsewhere
};

static void copy(char *to, size_t to_size, const char *from)
{
    size_t size = strnlen(from, to_size - 1);

    memcpy(to, from, size);
    to[size] = 0;
}

static enum db_status find_running(struct db_conn *c, struct running *running,
                                   int64_t device_id)
{
    struct db_rows rows;
    enum db_status status = db_query(
        c, &rows,
        "SELECT u.id, u.firmware_id, u.from_version, f.version, u.begun, "
        "u.sent, f.firmware_name, CASE WHEN k.url IS NULL THEN 0 ELSE 1 END "
        "FROM upgrades u JOIN firmware f ON f.id = u.firmware_id LEFT JOIN "
        "packages k ON k.id = u.package_id WHERE u.device_id = $1 AND "
        "u.state = 'running' ORDER BY u.id DESC LIMIT 1",
        DB_WITH(db_int(device_id)));

    memset(running, 0, sizeof(*running));
    if (status == DB_OK && db_next(&rows)) {
        running->id = db_int_at(&rows, 0);
        running->firmware_id = db_int_at(&rows, 1);
        copy(running->from, VERSION_SIZE, db_text_at(&rows, 2));
        copy(running->to, VERSION_SIZE, db_text_at(&rows, 3));
        running->begun = db_int_at(&rows, 4);
        running->sent = db_int_at(&rows, 5);
        copy(running->firmware_name, FIRMWARE_NAME_SIZE, db_text_at(&rows, 6));
        running->has_copy = db_int_at(&rows, 7) != 0;
    }
    return db_end(&rows, status);
}

// Pauses a roll-out that fails too often, for reasons of its own, since somebody
// has resumed it last.
#define COUNT_SINCE(what)                                        \
    "(SELECT count(*) FROM upgrades WHERE firmware_id = $1 AND " \
    "updated_at >= coalesce(firmware.resumed_at, 0) AND " what ")"
#define FAILED                                                           \
    COUNT_SINCE("state = 'failed' AND NOT (is_reported = 0 AND phase = " \
                "'download')")
#define DONE COUNT_SINCE("state = 'done'")
static enum db_status watch_failures(struct db_conn *c, int64_t firmware_id)
{
    return db_run(
        c,
        "UPDATE firmware SET state = 'paused', pause_reason = 'failures' "
        "WHERE id = $1 AND state = 'running' AND fail_percent IS NOT NULL "
        "AND " FAILED " >= fail_least AND " FAILED
        " * 100 > fail_percent * (" FAILED " + " DONE ")",
        DB_WITH(db_int(firmware_id)));
}

// The firmware is taken before its upgrades, by everybody.
static enum db_status take_firmware(struct db_conn *c, int64_t firmware_id)
{
    return db_run(c, "UPDATE firmware SET state = state WHERE id = $1",
                  DB_WITH(db_int(firmware_id)));
}

static enum db_status end_upgrade(struct db_conn *c,
                                  const struct running *running,
                                  const char *state, bool is_reported,
                                  const char *phase, const char *reason,
                                  int64_t now)
{
    bool is_failure = strcmp(state, "failed") == 0;
    enum db_status status =
        is_failure ? take_firmware(c, running->firmware_id) : DB_OK;

    if (status == DB_OK) {
        status = db_run(
            c,
            "UPDATE upgrades SET state = $2, is_reported = $3, phase = $4, "
            "reason = $5, updated_at = $6 WHERE id = $1 AND state = 'running'",
            DB_WITH(db_int(running->id), db_text(state), db_int(is_reported),
                    db_text(phase), db_text(reason), db_int(now)));
    }
    return status == DB_OK && is_failure
               ? watch_failures(c, running->firmware_id)
               : status;
}

// --- Requests --------------------------------------------------------------

// The device's last upgrade has succeeded after all when it runs its version.
static enum db_status mend_last(struct db_conn *c, struct device *device,
                                const struct device_request *request)
{
    int64_t rank = 0;
    int64_t mended = 0;

    (void)version_rank(&rank, request->version);
    enum db_status status = db_query_int(
        c, &mended, 0,
        "UPDATE upgrades SET state = 'done', is_reported = 0, phase = 'boot', "
        "reason = NULL, updated_at = $3 WHERE id = (SELECT max(id) FROM "
        "upgrades WHERE device_id = $1) AND state = 'failed' AND NOT "
        "(is_reported = 1 AND phase = 'selftest') AND firmware_id IN (SELECT "
        "id FROM firmware WHERE version_rank = $2 AND firmware_name = $4) "
        "RETURNING id",
        DB_WITH(db_int(device->id), db_int(rank), db_int(request->now),
                db_text(request->firmware_name)));

    device->is_after_success = device->is_after_success || mended != 0;
    return status;
}

// Whether the end of its download is seen from here.
static bool is_seen(const struct device_request *request,
                    const struct running *running)
{
    return !request->is_unseen && !(request->takes_copy && running->has_copy);
}

enum db_status outcome_conclude(struct db_conn *c, struct device *device,
                                const struct device_request *request)
{
    struct running running;
    enum db_status status = find_running(c, &running, device->id);

    if (status == DB_OK && running.id == 0) {
        return mend_last(c, device, request);
    }
    if (status != DB_OK) {
        return status;
    }
    if (strcmp(request->firmware_name, running.firmware_name) != 0) {
        return end_upgrade(c, &running, "failed", false, "boot",
                           "it runs another firmware than meant", request->now);
    }
    if (version_is_same(request->version, running.to)) {
        device->is_after_success = true;
        return end_upgrade(c, &running, "done", false, "boot", NULL,
                           request->now);
    }
    if (!version_is_same(request->version, running.from)) {
        return end_upgrade(c, &running, "failed", false, "boot",
                           "it runs another version than meant", request->now);
    }
    if (request->range_from > 0 || device->is_reporting) {
        return DB_OK;
    }
    if (running.sent >= SENT_MAX) {
        return end_upgrade(c, &running, "failed", false, "apply",
                           "the package was sent whole twice, and the device "
                           "still runs the old version",
                           request->now);
    }
    if (running.begun >= BEGUN_MAX) {
        return end_upgrade(c, &running, "failed", false,
                           is_seen(request, &running) ? "download" : "apply",
                           "the download was begun 5 times, and the device "
                           "still runs the old version",
                           request->now);
    }
    return DB_OK;
}

// The package may be another one by now, which was never sent.
static enum db_status go_on(struct db_conn *c, const struct choice *choice,
                            const struct running *running)
{
    choice->answer->upgrade_id = running->id;
    enum db_status status = db_query_int(
        c, &choice->answer->asked, 0,
        "UPDATE upgrades SET updated_at = $2, phase = 'download', package_id = "
        "$3, sent = CASE WHEN sha256 = $4 THEN sent ELSE 0 END, sha256 = $4, "
        "size = $5, asked = asked + 1, begun = begun + $6 WHERE id = $1 "
        "AND state = 'running' RETURNING asked",
        DB_WITH(db_int(running->id), db_int(choice->request->now),
                db_int(choice->package_id), db_text(choice->answer->sha256),
                db_int(choice->answer->size), db_int(!choice->is_resumed)));

    return status == DB_OK && choice->answer->asked == 0 ? DB_AGAIN : status;
}

// An abort may have come meanwhile: decide once more then.
static enum db_status check_running(struct db_conn *c, int64_t firmware_id)
{
    int64_t running = 0;
    enum db_status status = db_query_int(
        c, &running, 0,
        "UPDATE firmware SET state = state WHERE id = $1 AND state = 'running' "
        "RETURNING id",
        DB_WITH(db_int(firmware_id)));

    return status == DB_OK && running == 0 ? DB_AGAIN : status;
}

static enum db_status insert(struct db_conn *c, struct choice *choice)
{
    const struct device_request *r = choice->request;

    choice->answer->asked = 1;
    return db_query_int(
        c, &choice->answer->upgrade_id, 0,
        "INSERT INTO upgrades (device_id, project_id, firmware_id, package_id, "
        "from_version, sha256, size, state, phase, started_at, updated_at) "
        "VALUES ($1, $8, $2, $3, $4, $6, $7, 'running', 'download', $5, $5) "
        "RETURNING id",
        DB_WITH(db_int(choice->device->id), db_int(choice->firmware_id),
                db_int(choice->package_id), db_text(r->version), db_int(r->now),
                db_text(choice->answer->sha256), db_int(choice->answer->size),
                db_int(choice->device->project_id)));
}

enum db_status outcome_begin(struct db_conn *c, struct choice *choice)
{
    const struct device_request *r = choice->request;
    struct running running;
    enum db_status status = find_running(c, &running, choice->device->id);

    if (status != DB_OK) {
        return status;
    }
    if (running.id != 0 && running.firmware_id == choice->firmware_id) {
        return go_on(c, choice, &running);
    }
    if (running.id != 0) {
        status = end_upgrade(c, &running, "failed", false, "download",
                             "another firmware took its place", r->now);
    }
    if (status == DB_OK) {
        status = check_running(c, choice->firmware_id);
    }
    return status == DB_OK ? insert(c, choice) : status;
}

enum db_status outcome_sent(struct db_conn *c, int64_t upgrade_id,
                            int64_t asked, int64_t now)
{
    return db_change(
        c,
        "UPDATE upgrades SET phase = 'sent', sent = sent + 1, updated_at = $3 "
        "WHERE id = $1 AND state = 'running' AND phase = 'download' AND asked "
        "= $2",
        DB_WITH(db_int(upgrade_id), db_int(asked), db_int(now)));
}

enum db_status outcome_leave(struct db_conn *c, int64_t device_id, int64_t now)
{
    struct running running;
    enum db_status status = find_running(c, &running, device_id);

    return status == DB_OK && running.id != 0
               ? end_upgrade(c, &running, "failed", false, "download",
                             "it was moved to another project", now)
               : status;
}

enum db_status outcome_abort(struct db_conn *c, int64_t firmware_id,
                             int64_t now)
{
    return db_run(c,
                  "UPDATE upgrades SET state = 'failed', is_reported = 0, "
                  "phase = 'download', reason = 'the roll-out was aborted', "
                  "updated_at = $2 WHERE firmware_id = $1 AND state = "
                  "'running'",
                  DB_WITH(db_int(firmware_id), db_int(now)));
}

// --- Silence ---------------------------------------------------------------

struct giving_up {
    int64_t now;
    bool is_unseen;
    size_t count;
};

struct silent {
    int64_t id, firmware_id;
    bool has_package;
};

static enum db_status find_silent(struct db_conn *c, struct giving_up *g,
                                  struct silent silent[GIVE_UP_ROWS])
{
    struct db_rows rows;
    enum db_status status = db_query(
        c, &rows,
        "SELECT u.id, u.firmware_id, u.phase FROM firmware f JOIN upgrades u "
        "ON u.firmware_id = f.id JOIN devices d ON d.id = u.device_id WHERE "
        "u.state = 'running' AND u.updated_at < $1 AND d.last_seen < $1 "
        "LIMIT $2",
        DB_WITH(db_int(g->now - SILENT_SECONDS), db_int(GIVE_UP_ROWS)));

    g->count = 0;
    while (status == DB_OK && g->count < GIVE_UP_ROWS && db_next(&rows)) {
        struct silent *one = &silent[g->count++];

        one->id = db_int_at(&rows, 0);
        one->firmware_id = db_int_at(&rows, 1);
        one->has_package =
            g->is_unseen || strcmp(db_text_at(&rows, 2), "sent") == 0;
    }
    return db_end(&rows, status);
}

static enum db_status give_up_in(struct db_conn *c, void *context)
{
    struct giving_up *g = context;
    struct silent silent[GIVE_UP_ROWS];
    enum db_status status = find_silent(c, g, silent);

    for (size_t i = 0; status == DB_OK && i < g->count; i++) {
        struct running running = {.id = silent[i].id,
                                  .firmware_id = silent[i].firmware_id};

        status =
            end_upgrade(c, &running, "failed", false,
                        silent[i].has_package ? "apply" : "download",
                        "nothing was heard of the device for 7 days", g->now);
    }
    return status;
}

enum db_status outcome_give_up(struct db_conn *c, int64_t now, bool is_unseen)
{
    struct giving_up g = {now, is_unseen, GIVE_UP_ROWS};
    enum db_status status = DB_OK;

    while (status == DB_OK && g.count == GIVE_UP_ROWS) {
        status = db_transact(c, give_up_in, &g);
    }
    return status;
}

// --- Reports ---------------------------------------------------------------

struct reporting {
    const struct outcome_report *report;
    enum outcome_taken *taken;
};

static enum db_status find_reporter(struct db_conn *c,
                                    const struct reporting *r, int64_t *device)
{
    int64_t project = 0;
    enum db_status status = db_query_int(
        c, &project, 0, "SELECT id FROM projects WHERE project_key = $1",
        DB_WITH(db_text(r->report->project_key)));

    *device = 0;
    *r->taken = OUTCOME_NO_PROJECT;
    if (status != DB_OK || project == 0) {
        return status;
    }
    status = db_query_int(
        c, device, 0,
        "UPDATE devices SET is_reporting = 1, last_seen = $3 WHERE identity = "
        "$1 AND project_id = $2 RETURNING id",
        DB_WITH(db_text(r->report->identity), db_int(project),
                db_int(r->report->now)));
    *r->taken = *device != 0 ? OUTCOME_TAKEN : OUTCOME_NO_DEVICE;
    return status;
}

static enum db_status report_in(struct db_conn *c, void *context)
{
    const struct reporting *r = context;
    const struct outcome_report *report = r->report;
    struct running running;
    int64_t device;
    int64_t rank;
    enum db_status status = find_reporter(c, r, &device);

    if (status != DB_OK || device == 0) {
        return status;
    }
    status = find_running(c, &running, device);
    if (status != DB_OK || running.id == 0) {
        return status; // said before
    }
    if ((report->to_version[0] != 0 &&
         !version_is_same(report->to_version, running.to)) ||
        (report->is_success &&
         version_is_same(report->version, running.from))) {
        return DB_OK; // of another upgrade
    }
    // A success from another version than the one meant is none.
    bool is_success =
        report->is_success && version_is_same(report->version, running.to);
    const char *reason =
        report->is_success && !is_success
            ? "it reported success from another version than meant"
            : report->reason;
    status =
        end_upgrade(c, &running, is_success ? "done" : "failed", true,
                    report->phase, is_success ? NULL : reason, report->now);
    if (status == DB_OK && is_success) {
        (void)version_rank(&rank, report->version);
        status = db_run(
            c,
            "UPDATE devices SET version = $2, version_rank = $3, "
            "is_after_success = 1 WHERE id = $1",
            DB_WITH(db_int(device), db_text(report->version), db_int(rank)));
    }
    return status;
}

enum db_status outcome_report(struct db_conn *c, enum outcome_taken *taken,
                              const struct outcome_report *report)
{
    struct outcome_report normal = *report;
    struct reporting r = {&normal, taken};

    (void)identity_normal(normal.identity, sizeof(normal.identity),
                          report->identity);
    if (!version_normal(normal.version, report->version)) {
        memcpy(normal.version, report->version, VERSION_SIZE);
    }
    return db_transact(c, report_in, &r);
}
