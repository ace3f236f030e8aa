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
#include <time.h>

#include "dbkind.h"

#define NUMBER_SIZE 24u
#define RETRY_SECONDS 1
#define IDLE_OPTION "-c idle_in_transaction_session_timeout=5s"

struct postgres {
    PGconn *conn;
    bool is_transacting;
    bool is_lost; // to be made anew, but never within a transaction
};

// When the server was last not to be reached, in monotonic seconds.
static _Atomic time_t failed_at = -RETRY_SECONDS;

static struct postgres *postgres_of(const struct db_conn *c)
{
    return c->handle;
}

// Without a state the error is libpq's: nothing came from the server. PQstatus
// says so only once it has read to the end of what came before.
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
    struct postgres *p = postgres_of(c);
    ExecStatusType type = PQresultStatus(result);

    if (type == PGRES_COMMAND_OK || type == PGRES_TUPLES_OK) {
        return DB_OK;
    }
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    enum db_status status = state == NULL || PQstatus(p->conn) != CONNECTION_OK
                                ? DB_GONE
                                : DB_ERROR;
    db_set_message(c, text != NULL ? text : PQerrorMessage(p->conn));
    for (size_t i = 0; state != NULL && i < sizeof(states) / sizeof(states[0]);
         i++) {
        if (strcmp(state, states[i].state) == 0) {
            status = states[i].status;
        }
    }
    p->is_lost |= status == DB_GONE;
    return status;
}

// What the server says beside its answers is for its own log.
static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

// A server that does not answer is noticed before a module gives up, and a
// transaction of an instance that is gone does not keep its rows. What PLACE
// says goes before this.
static bool postgres_connect(struct db_conn *c, const char *place)
{
    static const char *const names[] = {"fallback_application_name",
                                        "connect_timeout",
                                        "keepalives_idle",
                                        "keepalives_interval",
                                        "keepalives_count",
                                        "tcp_user_timeout",
                                        "options",
                                        "dbname",
                                        NULL};
    const char *const values[] = {
        "dfota-platform", "3", "3", "1", "2", "5000", IDLE_OPTION, place, NULL};
    struct postgres *p = calloc(1, sizeof(*p));

    c->handle = p;
    if (p == NULL) {
        db_set_message(c, "out of memory");
        return false;
    }
    p->conn = PQconnectdbParams(names, values, 1);
    if (PQstatus(p->conn) != CONNECTION_OK) {
        db_set_message(c, PQerrorMessage(p->conn));
        return false;
    }
    PQsetNoticeReceiver(p->conn, ignore_notice, NULL);
    return true;
}

static void postgres_disconnect(struct db_conn *c)
{
    PQfinish(postgres_of(c)->conn);
    free(c->handle);
    c->handle = NULL;
}

static enum db_status postgres_execute(struct db_conn *c, const char *sql)
{
    PGresult *result = PQexec(postgres_of(c)->conn, sql);
    enum db_status status = status_of(c, result);

    PQclear(result);
    return status;
}

static time_t seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

// A connection that was lost is made anew, and its statements with it; not
// within a transaction, whose first half is lost too. While the server is away
// one try a second does: others would wait for theirs.
static bool revive(struct db_conn *c)
{
    struct postgres *p = postgres_of(c);

    if (!p->is_lost) {
        return true;
    }
    if (p->is_transacting || seconds() < failed_at + RETRY_SECONDS) {
        return false;
    }
    memset(c->statements, 0, sizeof(c->statements));
    PQreset(p->conn);
    p->is_lost = PQstatus(p->conn) != CONNECTION_OK;
    if (p->is_lost) {
        failed_at = seconds();
        db_set_message(c, PQerrorMessage(p->conn));
    }
    return !p->is_lost;
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
    PGresult *result = PQprepare(postgres_of(c)->conn, name, sql, 0, NULL);
    enum db_status status = status_of(c, result);
    PQclear(result);
    if (status == DB_OK) {
        s->sql = sql;
    }
    return status;
}

static enum db_status query_once(struct db_conn *c, struct db_rows *rows,
                                 const char *sql, const struct db_value *values,
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
    PGresult *result = PQexecPrepared(postgres_of(c)->conn, name, (int)count,
                                      texts, NULL, NULL, 0);
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

// What finds its connection lost, as after a restart, is begun anew on a new
// one: outside of transactions statements only read.
static enum db_status postgres_query(struct db_conn *c, struct db_rows *rows,
                                     const char *sql,
                                     const struct db_value *values,
                                     size_t count)
{
    enum db_status status = query_once(c, rows, sql, values, count);

    return status == DB_GONE && revive(c)
               ? query_once(c, rows, sql, values, count)
               : status;
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
    enum db_status status = revive(c) ? postgres_execute(c, "BEGIN") : DB_GONE;

    if (status == DB_GONE && revive(c)) {
        status = postgres_execute(c, "BEGIN"); // the first one found it lost
    }
    postgres_of(c)->is_transacting = status == DB_OK;
    return status;
}

// COMMIT of a transaction that has failed says ROLLBACK, and no error. When the
// connection is lost meanwhile, nobody knows whether it was done: DB_GONE, and
// never a second try.
static enum db_status postgres_commit(struct db_conn *c)
{
    struct postgres *p = postgres_of(c);

    p->is_transacting = false;
    if (p->is_lost) {
        return DB_GONE;
    }
    PGresult *result = PQexec(p->conn, "COMMIT");
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
    struct postgres *p = postgres_of(c);

    p->is_transacting = false;
    PQclear(PQexec(p->conn, "ROLLBACK"));
    p->is_lost |= PQtransactionStatus(p->conn) != PQTRANS_IDLE;
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
