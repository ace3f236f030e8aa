// SPDX-License-Identifier: MIT
// What a kind of database has to do. Only db.c and the kinds see this.

#ifndef PLATFORM_DBKIND_H
#define PLATFORM_DBKIND_H

#include "db.h"

struct db_kind {
    const char *prefix; // of places
    const char *id_column;
    const char *schema_lock; // held while tables change, to a commit
    bool (*connect)(struct db_conn *c, const char *place);
    void (*disconnect)(struct db_conn *c);
    // Statements without parameters, any number; not kept.
    enum db_status (*execute)(struct db_conn *c, const char *sql);
    enum db_status (*query)(struct db_conn *c, struct db_rows *rows,
                            const char *sql, const struct db_value *values,
                            size_t count);
    bool (*next)(struct db_rows *rows);
    int64_t (*int_at)(const struct db_rows *rows, int column);
    const char *(*text_at)(const struct db_rows *rows, int column);
    bool (*null_at)(const struct db_rows *rows, int column);
    void (*end)(struct db_rows *rows); // sets rows->status
    enum db_status (*begin)(struct db_conn *c);
    enum db_status (*commit)(struct db_conn *c);
    void (*rollback)(struct db_conn *c);
};

extern const struct db_kind db_kind_sqlite;
extern const struct db_kind db_kind_postgres;

// Statements by the address of their text.
#define DB_STATEMENTS_MAX 256u
struct db_statement {
    const char *sql;
    void *prepared; // of the kind
};

struct db_conn {
    struct db *db;
    const struct db_kind *kind;
    struct db_conn *next_free;
    void *handle; // of the kind
    struct db_statement statements[DB_STATEMENTS_MAX];
    char message[DB_MESSAGE_SIZE];
};

// Where a statement is or would be; NULL when there is no room for more.
struct db_statement *db_statement_find(struct db_conn *c, const char *sql);

void db_set_message(struct db_conn *c, const char *text);

#endif
