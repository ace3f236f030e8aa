// SPDX-License-Identifier: MIT
// SQLite: a file beside the packages, for one instance.
//
// WAL, and each commit is on the disk before it is answered. Writers queue at a
// lock of ours, which is fair, rather than at SQLite's, which is not.

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbkind.h"

static pthread_mutex_t writer = PTHREAD_MUTEX_INITIALIZER;

struct sqlite {
    sqlite3 *db;
    bool is_writer; // holds the lock
};

static sqlite3 *db_of(const struct db_conn *c)
{
    return ((struct sqlite *)c->handle)->db;
}

static enum db_status status_of(struct db_conn *c, int result)
{
    if (result == SQLITE_OK || result == SQLITE_ROW || result == SQLITE_DONE) {
        return DB_OK;
    }
    db_set_message(c, sqlite3_errmsg(db_of(c)));
    switch (result & 0xff) {
    case SQLITE_CONSTRAINT:
        return sqlite3_extended_errcode(db_of(c)) == SQLITE_CONSTRAINT_UNIQUE ||
                       sqlite3_extended_errcode(db_of(c)) ==
                           SQLITE_CONSTRAINT_PRIMARYKEY
                   ? DB_TAKEN
                   : DB_ERROR;
    case SQLITE_FULL: return DB_FULL;
    case SQLITE_IOERR:
        return sqlite3_system_errno(db_of(c)) == ENOSPC ? DB_FULL : DB_ERROR;
    case SQLITE_BUSY: return DB_AGAIN;
    default: return DB_ERROR;
    }
}

static bool sqlite_connect(struct db_conn *c, const char *place)
{
    struct sqlite *s = calloc(1, sizeof(*s));

    c->handle = s;
    if (s == NULL) {
        db_set_message(c, "out of memory");
        return false;
    }
    int result = sqlite3_open_v2(
        place + strlen("sqlite:"), &s->db,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (result == SQLITE_OK) {
        sqlite3_busy_timeout(s->db, 10000);
        sqlite3_extended_result_codes(s->db, 1);
        result = sqlite3_exec(s->db,
                              "PRAGMA journal_mode = WAL;"
                              "PRAGMA synchronous = FULL;"
                              "PRAGMA foreign_keys = ON;",
                              NULL, NULL, NULL);
    }
    if (result != SQLITE_OK) {
        snprintf(c->message, sizeof(c->message), "%.120s: %.120s", place,
                 s->db != NULL ? sqlite3_errmsg(s->db) : "out of memory");
        return false;
    }
    return true;
}

static void sqlite_disconnect(struct db_conn *c)
{
    struct sqlite *s = c->handle;

    for (size_t i = 0; i < DB_STATEMENTS_MAX; i++) {
        sqlite3_finalize(c->statements[i].prepared);
    }
    sqlite3_close(s->db);
    free(s);
    c->handle = NULL;
}

static int prepare(struct db_conn *c, sqlite3_stmt **statement, const char *sql)
{
    struct db_statement *s = db_statement_find(c, sql);

    *statement = NULL;
    if (s == NULL) {
        return SQLITE_NOMEM;
    }
    if (s->sql == NULL) {
        int result = sqlite3_prepare_v3(
            db_of(c), sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);

        if (result != SQLITE_OK) {
            return result;
        }
        *s = (struct db_statement){sql, *statement};
    }
    *statement = s->prepared;
    return SQLITE_OK;
}

static enum db_status sqlite_execute(struct db_conn *c, const char *sql)
{
    return status_of(c, sqlite3_exec(db_of(c), sql, NULL, NULL, NULL));
}

// $1 is a name to SQLite, numbered as it appears; unused ones have no number.
static int bind(sqlite3_stmt *statement, const struct db_value *value,
                size_t number)
{
    char name[24];

    snprintf(name, sizeof(name), "$%zu", number);
    int at = sqlite3_bind_parameter_index(statement, name);
    if (at == 0) {
        return SQLITE_OK;
    }
    switch (value->kind) {
    case DB_INT: return sqlite3_bind_int64(statement, at, value->number);
    case DB_TEXT:
        return sqlite3_bind_text(statement, at, value->text, -1,
                                 SQLITE_TRANSIENT);
    default: return sqlite3_bind_null(statement, at);
    }
}

static enum db_status sqlite_query(struct db_conn *c, struct db_rows *rows,
                                   const char *sql,
                                   const struct db_value *values, size_t count)
{
    sqlite3_stmt *statement;
    int result = prepare(c, &statement, sql);

    for (size_t i = 0; result == SQLITE_OK && i < count; i++) {
        result = bind(statement, &values[i], i + 1);
    }
    if (result != SQLITE_OK) {
        return status_of(c, result);
    }
    rows->result = statement;
    return DB_OK;
}

static bool sqlite_next(struct db_rows *rows)
{
    int result = sqlite3_step(rows->result);

    if (result == SQLITE_ROW) {
        return true;
    }
    rows->count = sqlite3_changes64(db_of(rows->conn));
    rows->status = status_of(rows->conn, result);
    return false;
}

static int64_t sqlite_int_at(const struct db_rows *rows, int column)
{
    return sqlite3_column_int64(rows->result, column);
}

static const char *sqlite_text_at(const struct db_rows *rows, int column)
{
    return (const char *)sqlite3_column_text(rows->result, column);
}

static bool sqlite_null_at(const struct db_rows *rows, int column)
{
    return sqlite3_column_type(rows->result, column) == SQLITE_NULL;
}

static void sqlite_end(struct db_rows *rows)
{
    sqlite3_reset(rows->result);
    sqlite3_clear_bindings(rows->result);
}

// --- Transactions ----------------------------------------------------------

static void release(struct db_conn *c)
{
    struct sqlite *s = c->handle;

    if (s->is_writer) {
        s->is_writer = false;
        pthread_mutex_unlock(&writer);
    }
}

static enum db_status sqlite_begin(struct db_conn *c)
{
    struct sqlite *s = c->handle;

    pthread_mutex_lock(&writer);
    s->is_writer = true;
    enum db_status status = db_run(c, "BEGIN IMMEDIATE", DB_NOTHING);
    if (status != DB_OK) {
        release(c);
    }
    return status;
}

static void sqlite_rollback(struct db_conn *c)
{
    if (sqlite3_get_autocommit(db_of(c)) == 0) {
        char message[DB_MESSAGE_SIZE];

        memcpy(message, c->message, sizeof(message)); // the cause's
        (void)db_run(c, "ROLLBACK", DB_NOTHING);
        memcpy(c->message, message, sizeof(message));
    }
    release(c);
}

static enum db_status sqlite_commit(struct db_conn *c)
{
    enum db_status status = db_run(c, "COMMIT", DB_NOTHING);

    if (status != DB_OK) {
        sqlite_rollback(c);
    }
    release(c);
    return status;
}

const struct db_kind db_kind_sqlite = {
    .prefix = "sqlite:",
    .id_column = "INTEGER PRIMARY KEY AUTOINCREMENT",
    .schema_lock = "", // BEGIN IMMEDIATE is one
    .connect = sqlite_connect,
    .disconnect = sqlite_disconnect,
    .execute = sqlite_execute,
    .query = sqlite_query,
    .next = sqlite_next,
    .int_at = sqlite_int_at,
    .text_at = sqlite_text_at,
    .null_at = sqlite_null_at,
    .end = sqlite_end,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
};
