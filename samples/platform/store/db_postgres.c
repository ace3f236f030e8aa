// SPDX-License-Identifier: MIT
// PostgreSQL: for several instances that share the load.
//
// Transactions are READ COMMITTED: the first thing that each does is to write
// the row that it is about, which holds others back until it ends.

#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbkind.h"

#define NUMBER_SIZE 24u

static enum db_status status_of(struct db_conn *c, const PGresult *result)
{
    static const struct {
        const char *state;
        enum db_status status;
    } states[] = {
        {"23505", DB_TAKEN}, // unique_violation
        {"40001", DB_AGAIN}, // serialization_failure
        {"40P01", DB_AGAIN}, // deadlock_detected
        {"53100", DB_FULL},  // disk_full
        {"57P01", DB_GONE},  // admin_shutdown
        {"57P02", DB_GONE},  // crash_shutdown
        {"57P03", DB_GONE},  // cannot_connect_now
    };
    ExecStatusType type = PQresultStatus(result);

    if (type == PGRES_COMMAND_OK || type == PGRES_TUPLES_OK) {
        return DB_OK;
    }
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    db_set_message(c, text != NULL ? text : PQerrorMessage(c->handle));
    for (size_t i = 0; state != NULL && i < sizeof(states) / sizeof(states[0]);
         i++) {
        if (strcmp(state, states[i].state) == 0) {
            return states[i].status;
        }
    }
    return PQstatus(c->handle) == CONNECTION_BAD ? DB_GONE : DB_ERROR;
}

static bool postgres_connect(struct db_conn *c, const char *place)
{
    c->handle = PQconnectdb(place);
    if (PQstatus(c->handle) != CONNECTION_OK) {
        db_set_message(c, PQerrorMessage(c->handle));
        return false;
    }
    return true;
}

static void postgres_disconnect(struct db_conn *c)
{
    PQfinish(c->handle);
    c->handle = NULL;
}

static enum db_status postgres_execute(struct db_conn *c, const char *sql)
{
    PGresult *result = PQexec(c->handle, sql);
    enum db_status status = status_of(c, result);

    PQclear(result);
    return status;
}

// A connection that was lost is made anew, and its statements with it. Inside
// of a transaction the caller learns it first (DB_GONE).
static bool revive(struct db_conn *c)
{
    if (PQstatus(c->handle) == CONNECTION_OK) {
        return true;
    }
    memset(c->statements, 0, sizeof(c->statements));
    PQreset(c->handle);
    if (PQstatus(c->handle) == CONNECTION_OK) {
        return true;
    }
    db_set_message(c, PQerrorMessage(c->handle));
    return false;
}

static enum db_status prepare(struct db_conn *c, char name[NUMBER_SIZE],
                              const char *sql)
{
    struct db_statement *s = db_statement_find(c, sql);

    if (s == NULL) {
        return DB_ERROR;
    }
    snprintf(name, NUMBER_SIZE, "s%zu", (size_t)(s - c->statements));
    if (s->sql != NULL) {
        return DB_OK;
    }
    PGresult *result = PQprepare(c->handle, name, sql, 0, NULL);
    enum db_status status = status_of(c, result);
    PQclear(result);
    if (status == DB_OK) {
        s->sql = sql;
    }
    return status;
}

static enum db_status postgres_query(struct db_conn *c, struct db_rows *rows,
                                     const char *sql,
                                     const struct db_value *values,
                                     size_t count)
{
    const char *texts[DB_PARAMETERS_MAX];
    char numbers[DB_PARAMETERS_MAX][NUMBER_SIZE];
    char name[NUMBER_SIZE];
    enum db_status status = revive(c) ? prepare(c, name, sql) : DB_GONE;

    if (status != DB_OK) {
        return status;
    }
    for (size_t i = 0; i < count && i < DB_PARAMETERS_MAX; i++) {
        texts[i] = values[i].text; // NULL for nothing
        if (values[i].kind == DB_INT) {
            snprintf(numbers[i], NUMBER_SIZE, "%lld",
                     (long long)values[i].number);
            texts[i] = numbers[i];
        }
    }
    PGresult *result =
        PQexecPrepared(c->handle, name, (int)count, texts, NULL, NULL, 0);
    status = status_of(c, result);
    if (status != DB_OK) {
        PQclear(result);
        return status;
    }
    rows->result = result;
    rows->at = -1;
    rows->count = strtoll(PQcmdTuples(result), NULL, 10);
    return DB_OK;
}

static bool postgres_next(struct db_rows *rows)
{
    return ++rows->at < PQntuples(rows->result);
}

static bool postgres_null_at(const struct db_rows *rows, int column)
{
    return PQgetisnull(rows->result, (int)rows->at, column) != 0;
}

static const char *postgres_text_at(const struct db_rows *rows, int column)
{
    return postgres_null_at(rows, column)
               ? NULL
               : PQgetvalue(rows->result, (int)rows->at, column);
}

static int64_t postgres_int_at(const struct db_rows *rows, int column)
{
    return strtoll(PQgetvalue(rows->result, (int)rows->at, column), NULL, 10);
}

static void postgres_end(struct db_rows *rows)
{
    PQclear(rows->result);
}

// --- Transactions ----------------------------------------------------------

static enum db_status postgres_begin(struct db_conn *c)
{
    return revive(c) ? postgres_execute(c, "BEGIN") : DB_GONE;
}

// COMMIT of a transaction that has failed says ROLLBACK, and no error.
static enum db_status postgres_commit(struct db_conn *c)
{
    PGresult *result = PQexec(c->handle, "COMMIT");
    enum db_status status = status_of(c, result);

    if (status == DB_OK && strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        db_set_message(c, "the transaction had failed");
        status = DB_ERROR;
    }
    PQclear(result);
    return status;
}

static void postgres_rollback(struct db_conn *c)
{
    PQclear(PQexec(c->handle, "ROLLBACK"));
}

const struct db_kind db_kind_postgres = {
    .prefix = "postgresql://",
    .id_column = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
    .schema_lock = "SELECT pg_advisory_xact_lock(724)",
    .connect = postgres_connect,
    .disconnect = postgres_disconnect,
    .execute = postgres_execute,
    .query = postgres_query,
    .next = postgres_next,
    .int_at = postgres_int_at,
    .text_at = postgres_text_at,
    .null_at = postgres_null_at,
    .end = postgres_end,
    .begin = postgres_begin,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
};
