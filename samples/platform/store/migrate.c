// SPDX-License-Identifier: MIT
// Migrations of the tables.

#include "migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbkind.h"
#include "embedded.h"

static int64_t newest(void)
{
    int64_t count = 0;

    while (schema_files[count].name != NULL) {
        count++;
    }
    return count;
}

// A file's SQL with the words of this database; free it.
static char *with_words(struct db_conn *c, const struct embedded_file *file)
{
    static const char word[] = "@ID@";
    const char *text = (const char *)file->data;
    size_t room = file->size + 1;

    for (const char *at = text; (at = strstr(at, word)) != NULL; at++) {
        room += strlen(c->kind->id_column);
    }
    char *sql = malloc(room);
    char *to = sql;
    while (sql != NULL) {
        const char *at = strstr(text, word);
        size_t size = at != NULL ? (size_t)(at - text) : strlen(text);

        memcpy(to, text, size);
        to += size;
        if (at == NULL) {
            *to = 0;
            break;
        }
        to += sprintf(to, "%s", c->kind->id_column);
        text = at + strlen(word);
    }
    return sql;
}

static enum db_status run_file(struct db_conn *c, int64_t number)
{
    char *sql = with_words(c, &schema_files[number]);

    if (sql == NULL) {
        db_set_message(c, "out of memory");
        return DB_ERROR;
    }
    enum db_status status = c->kind->execute(c, sql);
    free(sql);
    return status == DB_OK ? db_run(c, "UPDATE schema_version SET version = $1",
                                    DB_WITH(db_int(number + 1)))
                           : status;
}

static enum db_status bring(struct db_conn *c, void *context)
{
    int64_t version = 0;

    (void)context;
    enum db_status status = c->kind->execute(c, c->kind->schema_lock);
    if (status == DB_OK) {
        status = c->kind->execute(
            c, "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT "
               "NULL);"
               "INSERT INTO schema_version SELECT 0 WHERE NOT EXISTS (SELECT "
               "1 FROM schema_version)");
    }
    if (status == DB_OK) {
        status = db_query_int(c, &version, 0,
                              "SELECT version FROM schema_version", DB_NOTHING);
    }
    if (status == DB_OK && version > newest()) {
        char text[DB_MESSAGE_SIZE];

        snprintf(text, sizeof(text),
                 "the database is of a later program (found version %lld, "
                 "expected at most %lld)",
                 (long long)version, (long long)newest());
        db_set_message(c, text);
        return DB_ERROR;
    }
    for (; status == DB_OK && version < newest(); version++) {
        status = run_file(c, version);
    }
    return status;
}

enum db_status migrate(struct db_conn *c)
{
    return db_transact(c, bring, NULL);
}
