// SPDX-License-Identifier: MIT
// The database: values, transactions, races, and what goes wrong.

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "testdb.h"

static enum db_status add_project(struct db_conn *conn, const char *name)
{
    return db_run(
        conn,
        "INSERT INTO projects (name, project_key, product, "
        "area_size, created_at) VALUES ($1, $1, $2, $3, $4)",
        DB_WITH(db_text(name), db_null(), db_int(INT64_MAX), db_int(-1)));
}

static void test_values(void **state)
{
    struct db_rows rows;

    (void)state;
    assert_int_equal(add_project(c, "模块 'x' $1"), DB_OK);
    enum db_status status =
        db_query(c, &rows,
                 "SELECT name, product, area_size, created_at FROM projects "
                 "WHERE name = $2 AND $1 = 7",
                 DB_WITH(db_int(7), db_text("模块 'x' $1")));
    assert_int_equal(status, DB_OK);
    assert_true(db_next(&rows));
    assert_string_equal(db_text_at(&rows, 0), "模块 'x' $1");
    assert_true(db_null_at(&rows, 1));
    assert_null(db_text_at(&rows, 1));
    assert_true(db_int_at(&rows, 2) == INT64_MAX);
    assert_int_equal(db_int_at(&rows, 3), -1);
    assert_false(db_next(&rows));
    assert_int_equal(db_end(&rows, status), DB_OK);
}

static void test_returning_and_counts(void **state)
{
    struct db_rows rows;
    int64_t id;

    (void)state;
    assert_int_equal(add_project(c, "a"), DB_OK);
    assert_int_equal(add_project(c, "b"), DB_OK);
    assert_int_equal(db_query_int(c, &id, 0,
                                  "UPDATE projects SET hour_count = 7 WHERE "
                                  "name = 'b' RETURNING hour_count",
                                  DB_NOTHING),
                     DB_OK);
    assert_int_equal(id, 7);
    enum db_status status =
        db_query(c, &rows, "UPDATE projects SET hour_count = 8", DB_NOTHING);
    assert_int_equal(status, DB_OK);
    assert_false(db_next(&rows));
    assert_int_equal(db_end(&rows, status), DB_OK);
    assert_int_equal(rows.count, 2);
    assert_int_equal(db_query_int(c, &id, 99,
                                  "SELECT id FROM projects WHERE name = 'c'",
                                  DB_NOTHING),
                     DB_OK);
    assert_int_equal(id, 99);
}

static void test_taken(void **state)
{
    (void)state;
    assert_int_equal(add_project(c, "a"), DB_OK);
    assert_int_equal(add_project(c, "a"), DB_TAKEN);
    assert_int_equal(testdb_int("SELECT count(*) FROM projects"), 1);
}

static void test_fault(void **state)
{
    (void)state;
    assert_int_equal(db_run(c, "SELECT wrong FROM nowhere", DB_NOTHING),
                     DB_ERROR);
    assert_non_null(strstr(db_message(c), "nowhere"));
    assert_int_equal(testdb_int("SELECT 5"), 5);
}

// --- Transactions ----------------------------------------------------------

static enum db_status add_two(struct db_conn *conn, void *second)
{
    enum db_status status = add_project(conn, "first");

    return status == DB_OK ? add_project(conn, second) : status;
}

static void test_all_or_nothing(void **state)
{
    (void)state;
    assert_int_equal(db_transact(c, add_two, "first"), DB_TAKEN);
    assert_int_equal(testdb_int("SELECT count(*) FROM projects"), 0);
    assert_int_equal(db_transact(c, add_two, "second"), DB_OK);
    assert_int_equal(testdb_int("SELECT count(*) FROM projects"), 2);
}

static enum db_status ask_again(struct db_conn *conn, void *context)
{
    int *runs = context;

    if (++*runs < 3) {
        enum db_status status = add_project(conn, "again");
        return status == DB_OK ? DB_AGAIN : status;
    }
    return add_project(conn, "again");
}

static void test_again(void **state)
{
    int runs = 0;

    (void)state;
    assert_int_equal(db_transact(c, ask_again, &runs), DB_OK);
    assert_int_equal(runs, 3);
    assert_int_equal(testdb_int("SELECT count(*) FROM projects"), 1);
}

// A counter that is read and then written: only the row that the transaction
// has taken first keeps others from the same number.
static enum db_status count_up(struct db_conn *conn, void *context)
{
    int64_t value;

    (void)context;
    enum db_status status =
        db_query_int(conn, &value, -1,
                     "UPDATE projects SET created_at = 1 WHERE name = 'a' "
                     "RETURNING hour_count",
                     DB_NOTHING);
    return status == DB_OK
               ? db_run(conn,
                        "UPDATE projects SET hour_count = $1 WHERE name = 'a'",
                        DB_WITH(db_int(value + 1)))
               : status;
}

// The connection ends in the middle; whoever takes no notice of it gets nothing
// written either, and no half. It is never run again: a COMMIT that ends so may
// have been done.
struct loss {
    bool takes_notice;
    int runs;
};

static enum db_status lose(struct db_conn *conn, void *context)
{
    struct loss *loss = context;
    enum db_status status = add_project(conn, "first");

    loss->runs++;
    assert_int_equal(status, DB_OK);
    status = db_run(conn, "SELECT pg_terminate_backend(pg_backend_pid())",
                    DB_NOTHING);
    assert_int_equal(status, DB_GONE);
    assert_int_equal(add_project(conn, "second"), DB_GONE);
    return loss->takes_notice ? status : DB_OK;
}

static void test_lost_connection(void **state)
{
    const char *place = getenv("PLATFORM_DB");

    (void)state;
    if (place == NULL || strncmp(place, "postgresql", 10) != 0) {
        skip();
    }
    for (int i = 0; i < 2; i++) {
        struct loss loss = {.takes_notice = i == 0};

        assert_int_equal(db_transact(c, lose, &loss), DB_GONE);
        assert_int_equal(loss.runs, 1);
        assert_int_equal(testdb_int("SELECT count(*) FROM projects"), 0);
        assert_int_equal(db_transact(c, lose, &loss), DB_GONE);
        assert_int_equal(db_change(c, "DELETE FROM projects", DB_NOTHING),
                         DB_OK);
    }
}

#define THREADS 6u
#define ROUNDS 40u

static void *count_often(void *context)
{
    (void)context;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct db_conn *own = db_take(db);
        enum db_status status = db_transact(own, count_up, NULL);

        db_give(own);
        if (status != DB_OK) {
            return "failed";
        }
    }
    return NULL;
}

static void test_races(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    assert_int_equal(add_project(c, "a"), DB_OK);
    assert_int_equal(
        db_run(c, "UPDATE projects SET hour_count = 0", DB_NOTHING), DB_OK);
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, count_often, NULL),
                         0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        void *result;

        pthread_join(threads[i], &result);
        assert_null(result);
    }
    assert_int_equal(testdb_int("SELECT hour_count FROM projects"),
                     THREADS * ROUNDS);
}

static void test_later_program(void **state)
{
    char message[DB_MESSAGE_SIZE];

    (void)state;
    int64_t version = testdb_int("SELECT version FROM schema_version");
    assert_int_equal(
        db_run(c, "UPDATE schema_version SET version = 1000", DB_NOTHING),
        DB_OK);
    assert_null(db_open(getenv("PLATFORM_DB"), 1, message));
    assert_non_null(strstr(message, "found version 1000"));
    assert_int_equal(db_run(c, "UPDATE schema_version SET version = $1",
                            DB_WITH(db_int(version))),
                     DB_OK);
    assert_null(db_open("mysql://x", 1, message));
    assert_non_null(strstr(message, "mysql"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values, testdb_set_up,
                                        testdb_tear_down),
        cmocka_unit_test_setup_teardown(test_returning_and_counts,
                                        testdb_set_up, testdb_tear_down),
        cmocka_unit_test_setup_teardown(test_taken, testdb_set_up,
                                        testdb_tear_down),
        cmocka_unit_test_setup_teardown(test_fault, testdb_set_up,
                                        testdb_tear_down),
        cmocka_unit_test_setup_teardown(test_all_or_nothing, testdb_set_up,
                                        testdb_tear_down),
        cmocka_unit_test_setup_teardown(test_again, testdb_set_up,
                                        testdb_tear_down),
        cmocka_unit_test_setup_teardown(test_lost_connection, testdb_set_up,
                                        testdb_tear_down),
        cmocka_unit_test_setup_teardown(test_races, testdb_set_up,
                                        testdb_tear_down),
        cmocka_unit_test_setup_teardown(test_later_program, testdb_set_up,
                                        testdb_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
