// SPDX-License-Identifier: MIT
// The table of packages, as a queue.

#include "packagequeue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STALE_SECONDS 60

// --- In --------------------------------------------------------------------

// Both images of a package are here, without the old one a full image would be
// made; or what was uploaded is, to be checked once more.
#define CAN_BE_MADE                                                            \
    "(packages.is_uploaded = 1 OR ("                                           \
    "EXISTS (SELECT 1 FROM images i WHERE i.project_id = f.project_id AND "    \
    "i.firmware_name = f.firmware_name AND i.version = f.version) AND EXISTS " \
    "(SELECT 1 FROM images i WHERE i.project_id = f.project_id AND "           \
    "i.firmware_name = f.firmware_name AND i.version = "                       \
    "packages.from_version)))"

enum db_status queue_again(struct db_conn *c, int64_t firmware_id,
                           int64_t *count)
{
    struct db_rows rows;
    enum db_status status = db_query(
        c, &rows,
        "UPDATE packages SET state = 'waiting', reason = NULL, worked_at = "
        "NULL, orders = packages.orders + 1 FROM firmware f WHERE f.id = "
        "packages.firmware_id AND f.id = $1 "
        "AND (packages.state = 'failed' OR (packages.state = 'waiting' AND "
        "packages.reason IS NOT NULL)) AND " CAN_BE_MADE
        " RETURNING packages.id",
        DB_WITH(db_int(firmware_id)));

    *count = 0;
    while (status == DB_OK && db_next(&rows)) {
        (*count)++;
    }
    return db_end(&rows, status);
}

enum db_status queue_check(struct db_conn *c, int64_t project_id, bool is_anew)
{
    return db_run(
        c,
        "UPDATE packages SET state = 'waiting', reason = NULL, worked_at = "
        "NULL, orders = packages.orders + 1, sha256 = CASE WHEN is_uploaded = "
        "1 OR CAST($2 AS BIGINT) = 0 "
        "THEN sha256 END FROM firmware f WHERE f.id = packages.firmware_id AND "
        "f.project_id = $1 AND " CAN_BE_MADE,
        DB_WITH(db_int(project_id), db_int(is_anew)));
}

enum db_status queue_images_changed(struct db_conn *c, int64_t project_id,
                                    const char *firmware_name,
                                    const char *version)
{
    return db_run(
        c,
        "UPDATE packages SET state = CASE WHEN " CAN_BE_MADE
        " THEN 'waiting' ELSE 'failed' END, reason = CASE WHEN " CAN_BE_MADE
        " THEN NULL ELSE 'an image was removed' END, worked_at = NULL, sha256 "
        "= CASE WHEN is_uploaded = 1 THEN sha256 END, orders = packages.orders "
        "+ 1 FROM firmware f WHERE f.id = "
        "packages.firmware_id AND f.project_id = $1 AND f.firmware_name = $2 "
        "AND (f.version = $3 OR packages.from_version = $3)",
        DB_WITH(db_int(project_id), db_text(firmware_name), db_text(version)));
}

enum db_status queue_lost(struct db_conn *c, const char *sha256)
{
    return db_change(
        c,
        "UPDATE packages SET state = CASE WHEN packages.is_uploaded = 0 AND "
        "" CAN_BE_MADE " THEN 'waiting' ELSE 'failed' END, reason = CASE WHEN "
        "packages.is_uploaded = 0 AND " CAN_BE_MADE
        " THEN NULL ELSE 'its file is lost' END, sha256 = NULL, worked_at = "
        "NULL, orders = packages.orders + 1 FROM firmware f WHERE f.id = "
        "packages.firmware_id AND packages.sha256 = $1 AND packages.state = "
        "'ready'",
        DB_WITH(db_text(sha256)));
}

enum db_status queue_order(struct db_conn *c, int64_t firmware_id, int64_t now)
{
    int64_t count;
    enum db_status status = queue_again(c, firmware_id, &count);

    if (status != DB_OK) {
        return status;
    }
    return db_run(
        c,
        "INSERT INTO packages (firmware_id, from_version, state, created_at) "
        "SELECT DISTINCT f.id, d.version, 'waiting', CAST($2 AS BIGINT) FROM "
        "firmware f JOIN devices d ON d.project_id = f.project_id AND "
        "d.firmware_name = f.firmware_name AND d.version_rank < f.version_rank "
        "JOIN images o ON o.project_id = f.project_id AND o.firmware_name = "
        "f.firmware_name AND o.version = d.version JOIN images n ON "
        "n.project_id = f.project_id AND n.firmware_name = f.firmware_name AND "
        "n.version = f.version WHERE f.id = $1 "
        "ON CONFLICT (firmware_id, from_version) DO NOTHING",
        DB_WITH(db_int(firmware_id), db_int(now)));
}

// --- Out -------------------------------------------------------------------

static void copy(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from != NULL ? from : "");
}

static void read_row(struct queued *q, const struct db_rows *rows)
{
    q->id = db_int_at(rows, 0);
    q->firmware_id = db_int_at(rows, 1);
    q->project_id = db_int_at(rows, 2);
    copy(q->firmware_name, sizeof(q->firmware_name), db_text_at(rows, 3));
    copy(q->from, sizeof(q->from), db_text_at(rows, 4));
    copy(q->to, sizeof(q->to), db_text_at(rows, 5));
    copy(q->product, sizeof(q->product), db_text_at(rows, 6));
    q->public_key = db_null_at(rows, 7) ? NULL : strdup(db_text_at(rows, 7));
    q->area_size = db_int_at(rows, 8);
    q->ram = (uint32_t)db_int_at(rows, 9);
    q->is_in_place = db_int_at(rows, 10) != 0;
    q->in_place.scratch_size = (uint32_t)db_int_at(rows, 11);
    q->in_place.block_size = (uint32_t)db_int_at(rows, 12);
    q->orders = db_int_at(rows, 13);
    copy(q->sha256, sizeof(q->sha256), db_text_at(rows, 14));
    q->is_uploaded = db_int_at(rows, 15) != 0;
    q->size = db_int_at(rows, 16);
}

struct taking {
    struct queued *queued;
    int64_t now;
};

static enum db_status take_in(struct db_conn *c, void *context)
{
    const struct taking *t = context;
    struct db_rows rows;
    int64_t id = 0;
    enum db_status status = db_query_int(
        c, &id, 0,
        "UPDATE packages SET state = 'building', worked_at = $1 WHERE id = "
        "(SELECT id FROM packages WHERE state IN ('waiting', 'building') AND "
        "coalesce(worked_at, 0) < $2 ORDER BY id LIMIT 1) AND state IN "
        "('waiting', 'building') AND coalesce(worked_at, 0) < $2 RETURNING id",
        DB_WITH(db_int(t->now), db_int(t->now - STALE_SECONDS)));

    queue_free(t->queued); // of a first try
    if (status != DB_OK || id == 0) {
        return status;
    }
    status = db_query(
        c, &rows,
        "SELECT k.id, f.id, f.project_id, f.firmware_name, k.from_version, "
        "f.version, p.product, p.public_key, p.area_size, p.ram, "
        "p.is_in_place, p.scratch_size, p.block_size, k.orders, k.sha256, "
        "k.is_uploaded, k.size FROM packages k JOIN firmware f ON f.id = "
        "k.firmware_id JOIN projects p ON p.id = f.project_id WHERE k.id = $1",
        DB_WITH(db_int(id)));
    if (status == DB_OK && db_next(&rows)) {
        read_row(t->queued, &rows);
    }
    return db_end(&rows, status);
}

enum db_status queue_take(struct db_conn *c, struct queued *queued, int64_t now)
{
    struct taking taking = {queued, now};

    memset(queued, 0, sizeof(*queued));
    enum db_status status = db_transact(c, take_in, &taking);
    if (status != DB_OK) {
        queue_free(queued);
    }
    return status;
}

void queue_free(struct queued *queued)
{
    free(queued->public_key);
    memset(queued, 0, sizeof(*queued));
}

enum db_status queue_images(struct db_conn *c, const struct queued *queued,
                            struct queued_part parts[DELTA_PARTS_MAX],
                            size_t *count)
{
    struct db_rows rows;
    enum db_status status = db_query(
        c, &rows,
        "SELECT n.part, n.sha256, o.sha256 FROM images n LEFT JOIN images o ON "
        "o.project_id = n.project_id AND o.firmware_name = n.firmware_name AND "
        "o.part = n.part AND o.version = $4 WHERE n.project_id = $1 AND "
        "n.firmware_name = $2 AND n.version = $3 ORDER BY n.part",
        DB_WITH(db_int(queued->project_id), db_text(queued->firmware_name),
                db_text(queued->to), db_text(queued->from)));

    *count = 0;
    while (status == DB_OK && *count < DELTA_PARTS_MAX && db_next(&rows)) {
        struct queued_part *part = &parts[(*count)++];

        part->id = (uint8_t)db_int_at(&rows, 0);
        copy(part->new_sha256, BLOB_NAME_SIZE, db_text_at(&rows, 1));
        copy(part->old_sha256, BLOB_NAME_SIZE, db_text_at(&rows, 2));
    }
    return db_end(&rows, status);
}

enum db_status queue_say(struct db_conn *c, const struct queued *queued,
                         int64_t now)
{
    return db_change(c,
                     "UPDATE packages SET worked_at = $2 WHERE id = $1 AND "
                     "state = 'building'",
                     DB_WITH(db_int(queued->id), db_int(now)));
}

enum db_status queue_finish(struct db_conn *c, const struct queued *queued,
                            const char *state, const char *reason)
{
    bool has_file = queued->sha256[0] != 0;

    return db_change(
        c,
        "UPDATE packages SET state = $2, sha256 = $3, size = $4, reason = $5 "
        "WHERE id = $1 AND state = 'building' AND orders = $6",
        DB_WITH(db_int(queued->id), db_text(state),
                db_text(has_file ? queued->sha256 : NULL),
                has_file ? db_int(queued->size) : db_null(), db_text(reason),
                db_int(queued->orders)));
}
