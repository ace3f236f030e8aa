// SPDX-License-Identifier: MIT
// The database of the tests.

#include "testdb.h"

#include <stdio.h>
#include <stdlib.h>

struct db *db;
struct db_conn *c;

static void empty(void)
{
    static const char *const statements[] = {
        "DELETE FROM upgrades", "DELETE FROM requests", "DELETE FROM devices",
        "DELETE FROM packages", "DELETE FROM targets",  "DELETE FROM firmware",
        "DELETE FROM images",   "DELETE FROM projects", "DELETE FROM sessions",
        "DELETE FROM tokens",   "DELETE FROM users",    "DELETE FROM setup",
        "DELETE FROM audit",
    };

    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        assert_int_equal(db_run(c, statements[i], DB_NOTHING), DB_OK);
    }
}

int testdb_set_up(void **state)
{
    char message[DB_MESSAGE_SIZE];
    const char *place = getenv("PLATFORM_DB");

    (void)state;
    assert_non_null(place);
    db = db_open(place, TESTDB_CONNECTIONS, message);
    if (db == NULL) {
        fail_msg("%s: %s", place, message);
    }
    c = db_take(db);
    empty();
    return 0;
}

int testdb_tear_down(void **state)
{
    (void)state;
    db_give(c);
    db_close(db);
    return 0;
}

int64_t testdb_int(const char *sql)
{
    int64_t value;

    assert_int_equal(db_query_int(c, &value, -1, sql, DB_NOTHING), DB_OK);
    return value;
}
