// SPDX-License-Identifier: MIT
// Which firmware a device gets.

#include "choose.h"

#include <stdio.h>
#include <string.h>

#define SECONDS_OF_DAY 86400
#define HOUR 3600
#define ROLLOUTS_MAX 16u // that are looked at; the newest

// A roll-out that could be for the device.
struct rollout {
    int64_t firmware_id;
    int64_t generation; // 0: any
    int64_t percent;
    int64_t hourly_rate; // 0: any number
    int64_t day_from, day_to;
    bool has_window;
    bool is_held;
    bool is_named; // the device is in its list
};

// FNV-1a, and its bits mixed once more: identities differ in their last digits.
unsigned choose_share(int64_t firmware_id, const char *identity)
{
    uint64_t hash = 14695981039346656037u ^ (uint64_t)firmware_id;

    for (; *identity != 0; identity++) {
        hash = (hash ^ (unsigned char)*identity) * 1099511628211u;
    }
    hash = (hash ^ (hash >> 32)) * 0x9e3779b97f4a7c15u;
    return (unsigned)((hash >> 32) % 100);
}

// --- The firmware ----------------------------------------------------------

// Running ones of this name that lead on, those that name the device first, then
// the newest.
static enum db_status find_rollouts(struct db_conn *c,
                                    const struct choice *choice,
                                    struct rollout rollouts[ROLLOUTS_MAX],
                                    size_t *count)
{
    const struct device_request *r = choice->request;
    struct db_rows rows;
    int64_t rank;

    (void)version_rank(&rank, r->version);
    *count = 0;
    enum db_status status = db_query(
        c, &rows,
        "SELECT f.id, f.core_generation, f.percent, f.hourly_rate, "
        "f.day_from, f.day_to, f.is_held, t.identity IS NOT NULL "
        "FROM firmware f LEFT JOIN targets t ON t.firmware_id = f.id AND "
        "t.identity = $1 "
        "WHERE f.project_id = $2 AND f.firmware_name = $3 AND "
        "f.state = 'running' AND f.version_rank > $4 AND "
        "(f.is_whole = 1 OR t.identity IS NOT NULL) AND "
        "coalesce(f.starts_at, 0) <= $5 AND "
        "(f.ends_at IS NULL OR f.ends_at > $5) "
        "ORDER BY t.identity IS NULL, f.version_rank DESC LIMIT $6",
        DB_WITH(db_text(r->identity), db_int(choice->device->project_id),
                db_text(r->firmware_name), db_int(rank), db_int(r->now),
                db_int(ROLLOUTS_MAX)));
    while (status == DB_OK && *count < ROLLOUTS_MAX && db_next(&rows)) {
        rollouts[(*count)++] = (struct rollout){
            .firmware_id = db_int_at(&rows, 0),
            .generation = db_int_at(&rows, 1),
            .percent = db_int_at(&rows, 2),
            .hourly_rate = db_int_at(&rows, 3),
            .day_from = db_int_at(&rows, 4),
            .day_to = db_int_at(&rows, 5),
            .has_window = !db_null_at(&rows, 4) && !db_null_at(&rows, 5),
            .is_held = db_int_at(&rows, 6) != 0,
            .is_named = strchr("1t", db_text_at(&rows, 7)[0]) != NULL,
        };
    }
    return db_end(&rows, status);
}

static bool is_in_window(const struct rollout *rollout, int64_t now)
{
    int64_t second = now % SECONDS_OF_DAY;

    if (!rollout->has_window) {
        return true;
    }
    return rollout->day_from <= rollout->day_to
               ? second >= rollout->day_from && second < rollout->day_to
               : second >= rollout->day_from || second < rollout->day_to;
}

// Upgrades begun within the last hour; those that go on are no new ones. The
// firmware's row is taken, so that two devices are not both the last.
static enum db_status is_within_rate(struct db_conn *c, bool *is_within,
                                     const struct choice *choice,
                                     const struct rollout *rollout)
{
    int64_t begun = 0;
    int64_t own = 0;

    *is_within = true;
    if (rollout->hourly_rate == 0) {
        return DB_OK;
    }
    enum db_status status =
        db_run(c, "UPDATE firmware SET state = state WHERE id = $1",
               DB_WITH(db_int(rollout->firmware_id)));
    if (status == DB_OK) {
        status = db_query_int(
            c, &begun, 0,
            "SELECT count(*) FROM upgrades WHERE firmware_id = $1 AND "
            "started_at > $2",
            DB_WITH(db_int(rollout->firmware_id),
                    db_int(choice->request->now - HOUR)));
    }
    if (status == DB_OK) { // by the index of the device, for "+ 0"
        status = db_query_int(
            c, &own, 0,
            "SELECT count(*) FROM upgrades WHERE device_id = $2 AND "
            "firmware_id + 0 = $1 AND state = 'running'",
            DB_WITH(db_int(rollout->firmware_id), db_int(choice->device->id)));
    }
    *is_within = own > 0 || begun < rollout->hourly_rate;
    return status;
}

// --- The package -----------------------------------------------------------

static enum db_status find_package(struct db_conn *c, struct choice *choice,
                                   const char *from, bool *is_there)
{
    struct db_rows rows;
    enum db_status status = db_query(
        c, &rows,
        "SELECT id, state, sha256, size, url FROM packages WHERE firmware_id "
        "= $1 AND from_version = $2",
        DB_WITH(db_int(choice->firmware_id), db_text(from)));

    *is_there = status == DB_OK && db_next(&rows);
    if (*is_there) {
        const char *state = db_text_at(&rows, 1);

        choice->package_id = db_int_at(&rows, 0);
        choice->answer->code = CODE_BASE_MISSING; // failed
        if (strcmp(state, "ready") == 0) {
            choice->answer->code = CODE_PACKAGE;
            snprintf(choice->answer->sha256, SHA256_SIZE, "%s",
                     db_text_at(&rows, 2));
            choice->answer->size = db_int_at(&rows, 3);
            snprintf(choice->answer->url, URL_SIZE, "%s",
                     db_null_at(&rows, 4) ? "" : db_text_at(&rows, 4));
        } else if (strcmp(state, "failed") != 0) {
            choice->answer->code = CODE_WAIT;
        }
    }
    status = db_end(&rows, status);
    if (status == DB_OK && choice->answer->code == CODE_PACKAGE && *is_there &&
        choice->answer->size > choice->area_size) {
        choice->answer->code = CODE_BASE_MISSING; // it could not be stored
    }
    return status;
}

// A package that nobody has made yet: it can be, when both images are here.
static enum db_status order_package(struct db_conn *c, struct choice *choice)
{
    const struct device_request *r = choice->request;
    int64_t images = 0;
    enum db_status status = db_query_int(
        c, &images, 0,
        "SELECT count(DISTINCT i.version) FROM images i JOIN firmware f ON "
        "f.project_id = i.project_id AND f.firmware_name = i.firmware_name "
        "WHERE f.id = $1 AND i.version IN (f.version, $2)",
        DB_WITH(db_int(choice->firmware_id), db_text(r->version)));

    choice->answer->code = images == 2 ? CODE_WAIT : CODE_BASE_MISSING;
    if (status == DB_OK && images == 2) {
        status = db_run(c,
                        "INSERT INTO packages (firmware_id, from_version, "
                        "state, created_at) VALUES ($1, $2, 'waiting', $3) "
                        "ON CONFLICT (firmware_id, from_version) DO NOTHING",
                        DB_WITH(db_int(choice->firmware_id),
                                db_text(r->version), db_int(r->now)));
    }
    return status;
}

static enum db_status is_any_unready(struct db_conn *c, bool *is_unready,
                                     const struct rollout *rollout)
{
    int64_t count = 0;

    *is_unready = false;
    if (!rollout->is_held) {
        return DB_OK;
    }
    enum db_status status =
        db_query_int(c, &count, 0,
                     "SELECT count(*) FROM packages WHERE firmware_id = $1 "
                     "AND state IN ('waiting', 'building')",
                     DB_WITH(db_int(rollout->firmware_id)));
    *is_unready = count > 0;
    return status;
}

// The delta from the device's version; where there is none, or none that can
// serve, the full image.
static enum db_status find_either(struct db_conn *c, struct choice *choice,
                                  bool *is_there)
{
    bool has_full = false;
    enum db_status status =
        find_package(c, choice, choice->request->version, is_there);

    if (status == DB_OK &&
        (!*is_there || choice->answer->code == CODE_BASE_MISSING)) {
        choice->answer->code = CODE_PACKAGE;
        status = find_package(c, choice, "", &has_full);
        if (*is_there && !has_full) {
            choice->answer->code = CODE_BASE_MISSING;
        }
        *is_there = *is_there || has_full;
    }
    return status;
}

static enum db_status choose_package(struct db_conn *c, struct choice *choice,
                                     const struct rollout *rollout)
{
    bool is_there = false;
    bool is_unready = false;
    enum db_status status = find_either(c, choice, &is_there);

    if (status == DB_OK && !is_there) {
        return order_package(c, choice);
    }
    if (status == DB_OK && choice->answer->code == CODE_PACKAGE) {
        status = is_any_unready(c, &is_unready, rollout);
    }
    if (is_unready) {
        choice->answer->code = CODE_WAIT;
    }
    return status;
}

// A download that goes on gets the bytes that it began with, also when there is
// something newer by now, or the roll-out pauses: parts of two packages together
// are none.
static enum db_status choose_resumed(struct db_conn *c, struct choice *choice)
{
    const struct device_request *r = choice->request;
    struct db_rows rows;
    enum db_status status = db_query(
        c, &rows,
        "SELECT u.firmware_id, u.package_id, u.sha256, u.size FROM upgrades u "
        "JOIN firmware f ON f.id = u.firmware_id WHERE u.device_id = $1 AND "
        "u.state = 'running' AND u.from_version = $2 AND u.size > $3 AND "
        "($4 IN ('', '?') OR u.sha256 = $4) AND f.firmware_name = $5 AND "
        "f.state <> 'aborted' ORDER BY u.id DESC LIMIT 1",
        DB_WITH(db_int(choice->device->id), db_text(r->version),
                db_int(r->range_from), db_text(r->if_range),
                db_text(r->firmware_name)));

    choice->is_resumed = status == DB_OK && db_next(&rows);
    if (choice->is_resumed) {
        choice->firmware_id = db_int_at(&rows, 0);
        choice->package_id = db_int_at(&rows, 1);
        snprintf(choice->answer->sha256, SHA256_SIZE, "%s",
                 db_text_at(&rows, 2));
        choice->answer->size = db_int_at(&rows, 3);
    }
    return db_end(&rows, status);
}

// --- The whole -------------------------------------------------------------

// Why a device gets nothing: the project does not know the name, or there is
// nothing newer.
static enum db_status explain_nothing(struct db_conn *c, struct choice *choice)
{
    int64_t known = 0;
    enum db_status status = db_query_int(
        c, &known, 0,
        "SELECT (SELECT count(*) FROM firmware WHERE project_id = $1 AND "
        "firmware_name = $2) + (SELECT count(*) FROM images WHERE project_id "
        "= $1 AND firmware_name = $2)",
        DB_WITH(db_int(choice->device->project_id),
                db_text(choice->request->firmware_name)));

    choice->answer->code = known > 0 ? CODE_NEWEST : CODE_BAD_FIRMWARE;
    return status;
}

// A package, if the roll-out takes the device; else the answer's code says why
// not.
static enum db_status try_rollout(struct db_conn *c, struct choice *choice,
                                  const struct rollout *rollout)
{
    const struct device_request *r = choice->request;
    int64_t generation = version_generation(r->core_version);
    bool is_within = true;
    bool is_chosen =
        rollout->is_named ||
        choose_share(rollout->firmware_id, r->identity) < rollout->percent;

    if (rollout->generation != 0 && generation != 0 &&
        rollout->generation != generation) {
        choice->answer->code = CODE_WRONG_GENERATION;
        return DB_OK;
    }
    choice->answer->code = CODE_NEWEST;
    if (!is_chosen || !is_in_window(rollout, r->now)) {
        return DB_OK;
    }
    enum db_status status = is_within_rate(c, &is_within, choice, rollout);
    if (status != DB_OK || !is_within) {
        return status;
    }
    choice->answer->code = CODE_PACKAGE;
    choice->firmware_id = rollout->firmware_id;
    return choose_package(c, choice, rollout);
}

// The first that takes the device. When none does, the first code that tells
// more than that there is nothing newer.
static enum db_status choose_anew(struct db_conn *c, struct choice *choice)
{
    struct rollout rollouts[ROLLOUTS_MAX];
    enum device_code refusal = CODE_NEWEST;
    size_t count;
    enum db_status status = find_rollouts(c, choice, rollouts, &count);

    if (status == DB_OK && count == 0) {
        return explain_nothing(c, choice);
    }
    for (size_t i = 0; status == DB_OK && i < count; i++) {
        status = try_rollout(c, choice, &rollouts[i]);
        if (choice->answer->code == CODE_PACKAGE ||
            choice->answer->code == CODE_WAIT) {
            return status;
        }
        refusal = refusal == CODE_NEWEST ? choice->answer->code : refusal;
    }
    choice->answer->code = refusal;
    return status;
}

enum db_status choose(struct db_conn *c, struct choice *choice)
{
    const struct device_request *r = choice->request;
    enum db_status status =
        r->range_from > 0 ? choose_resumed(c, choice) : DB_OK;

    if (status != DB_OK || choice->is_resumed) {
        return status;
    }
    // Who does not say what it has a part of would put the rest of any package
    // behind it. After a 27 it drops the part, and begins anew when it next asks;
    // a 43 would make it ask for the same again and again.
    return r->range_from > 0 && r->if_range[0] == 0 ? explain_nothing(c, choice)
                                                    : choose_anew(c, choice);
}
