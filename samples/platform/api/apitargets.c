// SPDX-License-Identifier: MIT
// The devices that a firmware is for, when it is not for all.

#include <stdio.h>
#include <string.h>

#include "apipart.h"
#include "approval.h"
#include "routes.h"
#include "rows.h"
#include "targetlist.h"

#define FAULTS_MAX 100 // that are told
#define LINES_MAX 1000000u

void api_targets(struct call *call)
{
    char pattern[PATTERN_SIZE];

    if (!exists(call, "SELECT id FROM firmware WHERE id = $1")) {
        return;
    }
    query_identity(call, pattern);
    answer_rows(call, "identity:s seen:b version:s",
                "SELECT t.identity, CASE WHEN d.id IS NULL THEN 0 ELSE 1 END, "
                "d.version FROM targets t LEFT JOIN devices d ON d.identity = "
                "t.identity WHERE t.firmware_id = $1 AND lower(t.identity) "
                "LIKE lower($2) ESCAPE '!' ORDER BY t.identity LIMIT $3",
                DB_WITH(db_int(call_id(call)), db_text(pattern),
                        db_int(rows_limit(call))));
}

struct list {
    struct call *call;
    cJSON *faults; // objects of line, text and error
    int64_t lines, bad;
    int64_t before, devices; // in the list
};

static void add_fault(struct list *list, size_t line,
                      const struct target *target)
{
    cJSON *fault = cJSON_CreateObject();

    cJSON_AddNumberToObject(fault, "line", (double)line);
    cJSON_AddStringToObject(fault, "text", target->identity);
    cJSON_AddStringToObject(fault, "error", target->fault);
    cJSON_AddItemToArray(list->faults, fault);
}

static void check_lines(struct list *list)
{
    struct target_list lines = {.text = list->call->body};
    struct target target;

    while (target_next(&target, &lines)) {
        list->lines++;
        if (target.fault != NULL && list->bad++ < FAULTS_MAX) {
            add_fault(list, lines.line, &target);
        }
    }
}

static enum db_status write_lines(struct list *list, struct db_conn *c)
{
    struct target_list lines = {.text = list->call->body};
    struct target target;
    enum db_status status = DB_OK;

    while (status == DB_OK && target_next(&target, &lines)) {
        status = db_run(
            c,
            "INSERT INTO targets (identity, firmware_id) VALUES ($1, $2) "
            "ON CONFLICT (identity, firmware_id) DO NOTHING",
            DB_WITH(db_text(target.identity), db_int(call_id(list->call))));
    }
    return status;
}

static enum db_status count(struct db_conn *c, const struct list *list,
                            int64_t *devices)
{
    return db_query_int(c, devices, 0,
                        "SELECT count(*) FROM targets WHERE firmware_id = $1",
                        DB_WITH(db_int(call_id(list->call))));
}

static enum db_status note(struct db_conn *c, const struct list *list)
{
    char detail[64];

    snprintf(detail, sizeof(detail), "%lld devices, before %lld",
             (long long)list->devices, (long long)list->before);
    return note_of(c, list->call, "set devices", TITLE_OF_FIRMWARE,
                   call_id(list->call), detail);
}

static enum db_status replace(struct db_conn *c, void *context)
{
    struct list *list = context;
    enum db_status status =
        approval_change(c, call_id(list->call), &list->call->person);

    if (status == DB_OK) {
        status = count(c, list, &list->before);
    }
    if (status == DB_OK && query_number(list->call, "append", 0) == 0) {
        status = db_run(c, "DELETE FROM targets WHERE firmware_id = $1",
                        DB_WITH(db_int(call_id(list->call))));
    }
    if (status == DB_OK) {
        status = write_lines(list, c);
    }
    if (status == DB_OK) {
        status = count(c, list, &list->devices);
    }
    return status == DB_OK ? note(c, list) : status;
}

static void answer_faults(struct list *list)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(
        json, "error", "some lines are no identities; nothing was changed");
    cJSON_AddNumberToObject(json, "faults", (double)list->bad);
    cJSON_AddItemToObject(json, "lines", list->faults);
    list->faults = NULL;
    call_answer_json(list->call, 422, json);
}

static void answer_counts(struct list *list)
{
    bool is_added = query_number(list->call, "append", 0) != 0;
    cJSON *json = cJSON_CreateObject();

    cJSON_AddNumberToObject(json, "devices", (double)list->devices);
    cJSON_AddNumberToObject(
        json, "added", (double)(list->devices - (is_added ? list->before : 0)));
    call_answer_json(list->call, 200, json);
}

// PUT ...?append=1 adds to those that are there; without, they are replaced.
// All lines are right, or nothing is changed.
void api_targets_put(struct call *call)
{
    struct list list = {.call = call};

    if (!exists(call, "SELECT id FROM firmware WHERE id = $1")) {
        return;
    }
    if (call->body == NULL || strlen(call->body) != call->body_size) {
        call_answer_error(call, 400, "the list is empty, or not a text");
        return;
    }
    list.faults = cJSON_CreateArray();
    check_lines(&list);
    if (list.bad > 0) {
        answer_faults(&list);
    } else if (list.lines > (int64_t)LINES_MAX) {
        call_answer_error(call, 413, "more than %u devices", LINES_MAX);
    } else {
        enum db_status status = db_transact(call->db, replace, &list);

        if (status == DB_REFUSED) {
            call_answer_error(call, 409, APPROVAL_CHANGE);
        } else if (status != DB_OK) {
            call_answer_db(call, status);
        } else {
            answer_counts(&list);
        }
    }
    cJSON_Delete(list.faults);
}
