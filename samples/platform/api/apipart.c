// SPDX-License-Identifier: MIT
// What the parts of the operators' interface have in common.

#include "apipart.h"

#include <string.h>

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

bool is_firmware_name(struct call *call, const char *name)
{
    size_t size = name != NULL ? strlen(name) : 0;

    for (size_t i = 0; i < size; i++) {
        size = (unsigned char)name[i] <= ' ' || name[i] == 0x7f ? 0 : size;
    }
    if (size == 0 || size >= FIRMWARE_NAME_SIZE) {
        call_answer_error(call, 400,
                          "firmware_name: expected 1 to %u bytes without "
                          "blanks",
                          FIRMWARE_NAME_SIZE - 1);
        return false;
    }
    return true;
}

bool query_firmware(struct call *call, const char **name,
                    char version[VERSION_SIZE], const char *version_name)
{
    const char *given = call_query(call, version_name);

    *name = call_query(call, "firmware_name");
    if (!is_firmware_name(call, *name)) {
        return false;
    }
    if (given == NULL || strlen(given) >= VERSION_SIZE ||
        !version_normal(version, given)) {
        call_answer_error(call, 400, "%s: expected x.y.z", version_name);
        return false;
    }
    return true;
}
