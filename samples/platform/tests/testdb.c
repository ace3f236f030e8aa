// SPDX-License-Identifier: MIT
// The database of the tests.

#include "testdb.h"

#include <stdio.h>
#include <stdlib.h>

static void empty(struct db_conn *c)
{
    static const char *const statements[] = {
        "DELETE FROM upgrades", "DELETE FROM requests", "DELETE FROM devices",
        "DELETE FROM packages", "DELETE FROM targets",  "DELETE FROM firmware",
        "DELETE FROM images",   "DELETE FROM projects", "DELETE FROM sessions",
        "DELETE FROM users",    "DELETE FROM tokens",   "DELETE FROM setup",
        "DELETE FROM audit",
    };

    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        assert_int_equal(db_run(c, statements[i], DB_NOTHING), DB_OK);
    }
}

struct db *testdb_open(void)
{
    char message[DB_MESSAGE_SIZE];
    const char *place = getenv("PLATFORM_DB");

    assert_non_null(place);
    struct db *db = db_open(place, TESTDB_CONNECTIONS, message);
    if (db == NULL) {
        fail_msg("%s: %s", place, message);
    }
    struct db_conn *c = db_take(db);
    empty(c);
    db_give(c);
    return db;
}

int64_t testdb_int(struct db_conn *c, const char *sql)
{
    int64_t value;

    assert_int_equal(db_query_int(c, &value, -1, sql, DB_NOTHING), DB_OK);
    return value;
}
