// SPDX-License-Identifier: MIT
// The devices that a firmware is for, when it is not for all: a list of
// identities, one a line, or the first column of a CSV file.

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apipart.h"
#include "decide.h"
#include "routes.h"
#include "rows.h"

#define FAULTS_MAX 100u // that are told
#define LINES_MAX 1000000u

void api_targets(struct call *call)
{
    char pattern[PATTERN_SIZE];

    query_pattern(call, pattern);
    answer_rows(call, "identity:s seen:b version:s",
                "SELECT t.identity, CASE WHEN d.id IS NULL THEN 0 ELSE 1 END, "
                "d.version FROM targets t LEFT JOIN devices d ON d.identity = "
                "t.identity WHERE t.firmware_id = $1 AND t.identity LIKE $2 "
                "ESCAPE '!' ORDER BY t.identity LIMIT $3",
                DB_WITH(db_int(call_id(call)), db_text(pattern),
                        db_int(rows_limit(call))));
}

struct list {
    struct call *call;
    cJSON *faults; // objects of line and error
    int64_t lines, added;
};

static void add_fault(struct list *list, size_t line, const char *text,
                      const char *error)
{
    cJSON *fault = cJSON_CreateObject();

    cJSON_AddNumberToObject(fault, "line", (double)line);
    cJSON_AddStringToObject(fault, "text", text);
    cJSON_AddStringToObject(fault, "error", error);
    cJSON_AddItemToArray(list->faults, fault);
}

static const char *fault_of(const char *identity)
{
    size_t size = strlen(identity);

    for (size_t i = 0; i < size; i++) {
        if (!isalnum((unsigned char)identity[i]) &&
            strchr("-_:.", identity[i]) == NULL) {
            return "expected letters and digits only";
        }
    }
    if (size == strspn(identity, "0123456789")) {
        return size >= 14 && size <= 17 ? NULL : "an IMEI has 14 to 17 digits";
    }
    return size >= 4 ? NULL : "expected 4 characters at least";
}

// The first field of the line at *text, without quotes and blanks; empty for
// nothing. Moves on to the next line.
static void take_line(char identity[IDENTITY_SIZE], char **text)
{
    char *line = *text;
    size_t size = strcspn(line, "\n");

    *text = line + size + (line[size] == '\n');
    line[size] = 0;
    line += strspn(line, " \t\"\xef\xbb\xbf");
    size = strcspn(line, ",;\" \t\r");
    snprintf(identity, IDENTITY_SIZE, "%.*s",
             size < IDENTITY_SIZE ? (int)size : (int)IDENTITY_SIZE - 1, line);
}

// Calls WORK for each identity; the lines are used up.
static enum db_status each(struct list *list, char *text,
                           enum db_status (*work)(struct list *, size_t line,
                                                  const char *identity,
                                                  struct db_conn *c),
                           struct db_conn *c)
{
    enum db_status status = DB_OK;
    char identity[IDENTITY_SIZE];

    for (size_t line = 1; status == DB_OK && *text != 0; line++) {
        take_line(identity, &text);
        bool is_title = line == 1 && strpbrk(identity, "0123456789") == NULL;

        if (identity[0] != 0 && identity[0] != '#' && !is_title) {
            status = work(list, line, identity, c);
        }
    }
    return status;
}

static enum db_status check_line(struct list *list, size_t line,
                                 const char *identity, struct db_conn *c)
{
    const char *fault = fault_of(identity);

    (void)c;
    list->lines++;
    if (fault != NULL && cJSON_GetArraySize(list->faults) < (int)FAULTS_MAX) {
        add_fault(list, line, identity, fault);
    }
    return DB_OK;
}

static enum db_status write_line(struct list *list, size_t line,
                                 const char *identity, struct db_conn *c)
{
    (void)line;
    list->added++;
    return db_run(c,
                  "INSERT INTO targets (identity, firmware_id) VALUES ($1, $2) "
                  "ON CONFLICT (identity, firmware_id) DO NOTHING",
                  DB_WITH(db_text(identity), db_int(call_id(list->call))));
}

static enum db_status replace(struct db_conn *c, void *context)
{
    struct list *list = context;
    char *copy = strdup(list->call->body);
    enum db_status status = copy != NULL ? DB_OK : DB_ERROR;

    list->added = 0;
    if (status == DB_OK && query_number(list->call, "append", 0) == 0) {
        status = db_run(c, "DELETE FROM targets WHERE firmware_id = $1",
                        DB_WITH(db_int(call_id(list->call))));
    }
    if (status == DB_OK) {
        status = each(list, copy, write_line, c);
    }
    if (status == DB_OK) {
        char detail[64];

        snprintf(detail, sizeof(detail), "%lld devices",
                 (long long)list->added);
        status = people_note(c, &list->call->person, list->call->address,
                             "set devices", list->call->parameter, detail);
    }
    free(copy);
    return status;
}

static void answer_faults(struct list *list)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(
        json, "error", "some lines are no identities; nothing was changed");
    cJSON_AddItemToObject(json, "lines", list->faults);
    list->faults = NULL;
    call_answer_json(list->call, 422, json);
}

// PUT ...?append=1 adds to those that are there; without, they are replaced.
// All lines are right, or nothing is changed.
void api_targets_put(struct call *call)
{
    struct list list = {.call = call};
    char *copy = call->body != NULL ? strdup(call->body) : NULL;

    if (!exists(call, "SELECT id FROM firmware WHERE id = $1")) {
        free(copy);
        return;
    }
    if (copy == NULL || strlen(copy) != call->body_size) {
        free(copy);
        call_answer_error(call, 400, "the list is empty, or not a text");
        return;
    }
    list.faults = cJSON_CreateArray();
    (void)each(&list, copy, check_line, call->db);
    free(copy);
    if (cJSON_GetArraySize(list.faults) > 0) {
        answer_faults(&list);
    } else if (list.lines > (int64_t)LINES_MAX) {
        call_answer_error(call, 413, "more than %u devices", LINES_MAX);
    } else {
        enum db_status status = db_transact(call->db, replace, &list);

        if (status != DB_OK) {
            call_answer_db(call, status);
        } else {
            cJSON *json = cJSON_CreateObject();

            cJSON_AddNumberToObject(json, "devices", (double)list.added);
            call_answer_json(call, 200, json);
        }
    }
    cJSON_Delete(list.faults);
}
