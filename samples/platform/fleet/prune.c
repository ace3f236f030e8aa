// SPDX-License-Identifier: MIT
// Old requests and notes go.

#include "prune.h"

#define DAY 86400

struct batch {
    const char *sql;
    int64_t before;
    int64_t count;
};

static enum db_status remove_some(struct db_conn *c, void *context)
{
    struct batch *batch = context;
    struct db_rows rows;
    enum db_status status =
        db_query(c, &rows, batch->sql, DB_WITH(db_int(batch->before)));

    batch->count = 0;
    while (status == DB_OK && db_next(&rows)) {
        batch->count++;
    }
    return db_end(&rows, status);
}

enum db_status prune(struct db_conn *c, int64_t now, int64_t days)
{
    static const char *const statements[] = {
        "DELETE FROM requests WHERE id IN (SELECT id FROM requests WHERE at < "
        "$1 ORDER BY at LIMIT 1000) RETURNING 1",
        "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < $1 "
        "ORDER BY at LIMIT 1000) RETURNING 1",
        "DELETE FROM sessions WHERE secret_hash IN (SELECT secret_hash FROM "
        "sessions WHERE expires_at < $1 LIMIT 1000) RETURNING 1",
    };
    enum db_status status = DB_OK;

    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        struct batch batch = {statements[i], now - days * DAY, 1};

        while (status == DB_OK && batch.count > 0) {
            status = db_transact(c, remove_some, &batch);
        }
    }
    return status;
}

// Downloads that go on may be of a package that was replaced.
static bool is_needless(void *context, const char *name)
{
    int64_t uses = 1;
    enum db_status status = db_query_int(
        context, &uses, 1,
        "SELECT (SELECT count(*) FROM images WHERE sha256 = $1) + (SELECT "
        "count(*) FROM packages WHERE sha256 = $1) + (SELECT count(*) FROM "
        "upgrades WHERE sha256 = $1 AND state = 'running')",
        DB_WITH(db_text(name)));

    return status == DB_OK && uses == 0;
}

unsigned prune_files(struct db_conn *c, const struct blobs *blobs)
{
    return blobs_prune(blobs, is_needless, c);
}
