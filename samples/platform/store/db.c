// SPDX-License-Identifier: MIT
// The pool of connections, transactions, and what the kinds of databases have
// in common.

#include "db.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dbkind.h"
#include "migrate.h"

#define TRIES_MAX 20u

struct db {
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct db_conn *free;
    struct db_conn *all;
    unsigned count;
};

static const struct db_kind *const kinds[] = {&db_kind_sqlite,
                                              &db_kind_postgres};

static const struct db_kind *find_kind(const char *place)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strncmp(place, kinds[i]->prefix, strlen(kinds[i]->prefix)) == 0) {
            return kinds[i];
        }
    }
    return NULL;
}

// --- The pool --------------------------------------------------------------

static bool connect_all(struct db *db, const struct db_kind *kind,
                        const char *place, char message[DB_MESSAGE_SIZE])
{
    for (unsigned i = 0; i < db->count; i++) {
        struct db_conn *c = &db->all[i];

        c->db = db;
        c->kind = kind;
        if (!kind->connect(c, place)) {
            snprintf(message, DB_MESSAGE_SIZE, "%s", c->message);
            return false;
        }
        if (i == 0 && migrate(c) != DB_OK) {
            snprintf(message, DB_MESSAGE_SIZE, "%s", c->message);
            return false;
        }
        c->next_free = db->free;
        db->free = c;
    }
    return true;
}

struct db *db_open(const char *place, unsigned connections,
                   char message[DB_MESSAGE_SIZE])
{
    const struct db_kind *kind = find_kind(place);

    if (kind == NULL) {
        snprintf(message, DB_MESSAGE_SIZE,
                 "no kind of database (found \"%.60s\", expected sqlite:PATH "
                 "or postgresql://...)",
                 place);
        return NULL;
    }
    struct db *db = calloc(1, sizeof(*db));
    struct db_conn *all = calloc(connections, sizeof(*all));
    if (db == NULL || all == NULL) {
        snprintf(message, DB_MESSAGE_SIZE, "out of memory");
        free(db);
        free(all);
        return NULL;
    }
    pthread_mutex_init(&db->lock, NULL);
    pthread_cond_init(&db->given, NULL);
    db->all = all;
    db->count = connections;
    if (!connect_all(db, kind, place, message)) {
        db_close(db);
        return NULL;
    }
    return db;
}

void db_close(struct db *db)
{
    for (unsigned i = 0; db != NULL && i < db->count; i++) {
        if (db->all[i].handle != NULL) {
            db->all[i].kind->disconnect(&db->all[i]);
        }
    }
    if (db != NULL) {
        pthread_cond_destroy(&db->given);
        pthread_mutex_destroy(&db->lock);
        free(db->all);
        free(db);
    }
}

struct db_conn *db_take(struct db *db)
{
    pthread_mutex_lock(&db->lock);
    while (db->free == NULL) {
        pthread_cond_wait(&db->given, &db->lock);
    }
    struct db_conn *c = db->free;
    db->free = c->next_free;
    pthread_mutex_unlock(&db->lock);
    return c;
}

void db_give(struct db_conn *c)
{
    struct db *db = c->db;

    pthread_mutex_lock(&db->lock);
    c->next_free = db->free;
    db->free = c;
    pthread_cond_signal(&db->given);
    pthread_mutex_unlock(&db->lock);
}

// --- Statements ------------------------------------------------------------

struct db_statement *db_statement_find(struct db_conn *c, const char *sql)
{
    size_t at = ((uintptr_t)sql >> 3) * 2654435761u % DB_STATEMENTS_MAX;

    for (size_t i = 0; i < DB_STATEMENTS_MAX; i++) {
        struct db_statement *s = &c->statements[(at + i) % DB_STATEMENTS_MAX];

        if (s->sql == sql || s->sql == NULL) {
            return s;
        }
    }
    db_set_message(c, "too many statements");
    return NULL;
}

enum db_status db_query(struct db_conn *c, struct db_rows *rows,
                        const char *sql, const struct db_value *values,
                        size_t count)
{
    struct db_rows ignored;
    struct db_rows *used = rows != NULL ? rows : &ignored;

    *used = (struct db_rows){.conn = c};
    enum db_status status = c->kind->query(c, used, sql, values, count);
    if (rows == NULL && status == DB_OK) {
        while (db_next(used)) {
        }
        status = db_end(used, status);
    }
    return status;
}

bool db_next(struct db_rows *rows)
{
    return rows->conn->kind->next(rows);
}

int64_t db_int_at(const struct db_rows *rows, int column)
{
    return rows->conn->kind->int_at(rows, column);
}

const char *db_text_at(const struct db_rows *rows, int column)
{
    return rows->conn->kind->text_at(rows, column);
}

bool db_null_at(const struct db_rows *rows, int column)
{
    return rows->conn->kind->null_at(rows, column);
}

enum db_status db_end(struct db_rows *rows, enum db_status status)
{
    if (status != DB_OK) {
        return status; // there are no rows
    }
    rows->conn->kind->end(rows);
    return rows->status;
}

enum db_status db_query_int(struct db_conn *c, int64_t *value,
                            int64_t otherwise, const char *sql,
                            const struct db_value *values, size_t count)
{
    struct db_rows rows;
    enum db_status status = db_query(c, &rows, sql, values, count);

    *value = otherwise;
    if (status == DB_OK && db_next(&rows) && !db_null_at(&rows, 0)) {
        *value = db_int_at(&rows, 0);
    }
    return db_end(&rows, status);
}

enum db_status db_query_text(struct db_conn *c, char *text, size_t size,
                             const char *sql, const struct db_value *values,
                             size_t count)
{
    struct db_rows rows;
    enum db_status status = db_query(c, &rows, sql, values, count);

    text[0] = 0;
    if (status == DB_OK && db_next(&rows) && !db_null_at(&rows, 0)) {
        snprintf(text, size, "%s", db_text_at(&rows, 0));
    }
    return db_end(&rows, status);
}

// --- Transactions ----------------------------------------------------------

static void wait_a_little(unsigned tries)
{
    struct timespec pause = {0, (long)(tries + 1) * 2000000};

    nanosleep(&pause, NULL);
}

static enum db_status transact_once(struct db_conn *c, db_work *work,
                                    void *context)
{
    enum db_status status = c->kind->begin(c);

    if (status != DB_OK) {
        return status;
    }
    status = work(c, context);
    if (status == DB_OK) {
        return c->kind->commit(c);
    }
    c->kind->rollback(c);
    return status;
}

enum db_status db_transact(struct db_conn *c, db_work *work, void *context)
{
    enum db_status status = transact_once(c, work, context);

    for (unsigned tries = 0; status == DB_AGAIN && tries < TRIES_MAX; tries++) {
        wait_a_little(tries);
        status = transact_once(c, work, context);
    }
    return status;
}

struct change {
    const char *sql;
    const struct db_value *values;
    size_t count;
};

static enum db_status change_in(struct db_conn *c, void *context)
{
    const struct change *change = context;

    return db_run(c, change->sql, change->values, change->count);
}

enum db_status db_change(struct db_conn *c, const char *sql,
                         const struct db_value *values, size_t count)
{
    struct change change = {sql, values, count};

    return db_transact(c, change_in, &change);
}

// --- Messages --------------------------------------------------------------

void db_set_message(struct db_conn *c, const char *text)
{
    snprintf(c->message, sizeof(c->message), "%s", text);
    c->message[strcspn(c->message, "\n")] = 0;
}

const char *db_message(const struct db_conn *c)
{
    return c->message;
}

const char *db_id_column(const struct db_conn *c)
{
    return c->kind->id_column;
}
