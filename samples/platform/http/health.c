// SPDX-License-Identifier: MIT
// Whether the platform works, for whatever watches it.

#include "routes.h"

void health(struct call *call)
{
    int64_t version = 0;
    enum db_status status =
        db_query_int(call->db, &version, 0,
                     "SELECT version FROM schema_version", DB_NOTHING);

    if (status == DB_OK && version > 0) {
        call_answer(call, 200, "application/json", "{\"status\":\"ok\"}");
    } else {
        call_answer_db(call, status == DB_OK ? DB_ERROR : status);
    }
}
