// SPDX-License-Identifier: MIT
// What the parts of the operators' interface have in common.

#include "apipart.h"

#include "decide.h"
#include "rows.h"

void answer_row(struct call *call, const char *columns, const char *sql,
                const struct db_value *values, size_t count)
{
    cJSON *row = row_of(call, columns, sql, values, count);

    if (row != NULL) {
        call_answer_json(call, 200, row);
    } else if (call->status == 0) {
        call_answer_error(call, 404, "there is nothing of this id");
    }
}

bool exists(struct call *call, const char *sql)
{
    int64_t id = 0;
    enum db_status status =
        db_query_int(call->db, &id, 0, sql, DB_WITH(db_int(call_id(call))));

    if (status != DB_OK) {
        call_answer_db(call, status);
    } else if (id == 0) {
        call_answer_error(call, 404, "there is nothing of this id");
    }
    return status == DB_OK && id != 0;
}

enum db_status note_of(struct db_conn *c, const struct call *call,
                       const char *action, const char *title_sql, int64_t id,
                       const char *detail)
{
    char title[256];
    enum db_status status =
        db_query_text(c, title, sizeof(title), title_sql, DB_WITH(db_int(id)));

    return status == DB_OK ? people_note(c, &call->person, call->address,
                                         action, title, detail)
                           : status;
}

bool is_firmware_name(struct call *call, const char *name)
{
    size_t size = 0;

    while (name != NULL && (unsigned char)name[size] > ' ' &&
           name[size] != 0x7f) {
        size++;
    }
    if (size > 0 && size < FIRMWARE_NAME_SIZE && name[size] == 0) {
        return true;
    }
    call_answer_error(call, 400,
                      "firmware_name: expected 1 to %u bytes without blanks",
                      FIRMWARE_NAME_SIZE - 1);
    return false;
}
