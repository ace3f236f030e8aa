// SPDX-License-Identifier: MIT
// The database of the platform: one SQL for SQLite and PostgreSQL.
//
// Statements are string literals in the SQL that both speak, with parameters
// $1, $2 ...; each is prepared once for a connection and known by its address.
// Values are integers of 64 bits, texts in UTF-8, or nothing. Times are seconds
// since 1970, truth is 0 or 1.
//
//     struct db_rows rows;
//     enum db_status status = db_query(c, &rows, "SELECT name FROM projects "
//                                      "WHERE id = $1", DB_WITH(db_int(id)));
//     while (status == DB_OK && db_next(&rows)) {
//         puts(db_text_at(&rows, 0));
//     }
//     status = db_end(&rows, status);
//
// What has to be decided at once is one function given to db_transact: it sees
// no other transaction's half, and may be run again from its beginning. A row
// that it has inserted or updated is its own until the end. After DB_GONE it was
// done or not.

#ifndef PLATFORM_DB_H
#define PLATFORM_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DB_MESSAGE_SIZE 256u
#define DB_PARAMETERS_MAX 16u

enum db_status {
    DB_OK,
    DB_TAKEN,   // a unique value is there already; nothing was changed
    DB_FULL,    // no room on the disk; nothing was changed
    DB_AGAIN,   // another transaction was first; db_transact begins anew
    DB_GONE,    // the server cannot be reached, or was restarted
    DB_ERROR,   // a fault of ours; the message is for the log
    DB_REFUSED, // by the function given to db_transact; nothing was changed
};

struct db;      // a pool of connections, for all threads
struct db_conn; // one of them, for one thread at a time

struct db_value {
    enum { DB_NULL, DB_INT, DB_TEXT } kind;
    int64_t number;
    const char *text; // the caller's until the query has returned
};

static inline struct db_value db_int(int64_t number)
{
    return (struct db_value){DB_INT, number, NULL};
}

static inline struct db_value db_text(const char *text)
{
    return (struct db_value){text != NULL ? DB_TEXT : DB_NULL, 0, text};
}

static inline struct db_value db_null(void)
{
    return (struct db_value){DB_NULL, 0, NULL};
}

// The parameters of a statement, as two arguments.
#define DB_WITH(...)                                     \
    (const struct db_value[]){__VA_ARGS__},              \
        sizeof((const struct db_value[]){__VA_ARGS__}) / \
            sizeof(struct db_value)
#define DB_NOTHING NULL, 0

struct db_rows {
    struct db_conn *conn;
    void *result;  // of the kind of database
    int64_t at;    // of PostgreSQL: the next row
    int64_t count; // rows changed, for statements that return none
    enum db_status status;
};

// Open PLACE, "sqlite:PATH" or "postgresql://...", with so many connections at
// most, and bring its tables to this version (see migrate.h). NULL with a
// sentence when that fails.
struct db *db_open(const char *place, unsigned connections,
                   char message[DB_MESSAGE_SIZE]);
void db_close(struct db *db);

// A connection; waits for one. Give it back soon.
struct db_conn *db_take(struct db *db);
void db_give(struct db_conn *c);

// Run a statement. Without rows (NULL) its results are thrown away.
enum db_status db_query(struct db_conn *c, struct db_rows *rows,
                        const char *sql, const struct db_value *values,
                        size_t count);
static inline enum db_status db_run(struct db_conn *c, const char *sql,
                                    const struct db_value *values, size_t count)
{
    return db_query(c, NULL, sql, values, count);
}

// To the next row, from before the first on. Texts are valid until then; NULL
// and 0 stand for nothing.
bool db_next(struct db_rows *rows);
int64_t db_int_at(const struct db_rows *rows, int column);
const char *db_text_at(const struct db_rows *rows, int column);
bool db_null_at(const struct db_rows *rows, int column);

// Every query with rows that was begun as DB_OK ends here, read to its end or
// not. Gives what went wrong, STATUS if nothing did.
enum db_status db_end(struct db_rows *rows, enum db_status status);

// The first column of the first row; OTHERWISE when there is none.
enum db_status db_query_int(struct db_conn *c, int64_t *value,
                            int64_t otherwise, const char *sql,
                            const struct db_value *values, size_t count);

// The same of a text, as much as fits; empty when there is none.
enum db_status db_query_text(struct db_conn *c, char *text, size_t size,
                             const char *sql, const struct db_value *values,
                             size_t count);

// Run WORK as one transaction: what it returns decides, DB_OK commits. After
// DB_AGAIN it is run again, a few times.
typedef enum db_status db_work(struct db_conn *c, void *context);
enum db_status db_transact(struct db_conn *c, db_work *work, void *context);

// One statement as a transaction of its own: every change outside of
// db_transact, where a query that finds its connection lost is run again.
enum db_status db_change(struct db_conn *c, const char *sql,
                         const struct db_value *values, size_t count);

// What the last status that was not DB_OK was about, for the log.
const char *db_message(const struct db_conn *c);

// As SQL: a column that numbers the rows by itself.
const char *db_id_column(const struct db_conn *c);

#endif
