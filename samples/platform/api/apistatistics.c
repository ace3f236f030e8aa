// SPDX-License-Identifier: MIT
// Counts of a project, and how they went over time.

#include <time.h>

#include "apipart.h"
#include "routes.h"
#include "rows.h"

#define DAY 86400
#define DAYS_DEFAULT 30
#define DAYS_MAX 366

// Add the rows of a statement under a name; false when a fault was answered.
static bool add_rows(struct call *call, cJSON *json, const char *name,
                     const char *columns, const char *sql,
                     const struct db_value *values, size_t count)
{
    cJSON *rows = rows_array(call, columns, sql, values, count);

    return rows != NULL && cJSON_AddItemToObject(json, name, rows) != 0;
}

// ?days=: of the times.
void api_statistics(struct call *call)
{
    int64_t id = call_id(call);
    int64_t days = query_number(call, "days", DAYS_DEFAULT);
    int64_t from;
    cJSON *json;

    if (!exists(call, "SELECT id FROM projects WHERE id = $1")) {
        return;
    }
    days = days < 1 ? 1 : days > DAYS_MAX ? DAYS_MAX : days;
    from = (time(NULL) / DAY - days + 1) * DAY;
    json = row_of(call, "devices:i forbidden:i reporting:i",
                  "SELECT count(*), count(forbidden_at), "
                  "coalesce(sum(is_reporting), 0) FROM devices WHERE "
                  "project_id = $1",
                  DB_WITH(db_int(id)));
    bool ok =
        json != NULL &&
        add_rows(call, json, "versions", "firmware_name:s version:s devices:i",
                 "SELECT firmware_name, version, count(*) FROM devices WHERE "
                 "project_id = $1 GROUP BY firmware_name, version ORDER BY 3 "
                 "DESC, 1, 2 LIMIT 100",
                 DB_WITH(db_int(id))) &&
        add_rows(call, json, "states", "state:s is_reported:b upgrades:i",
                 "SELECT state, is_reported, count(*) FROM upgrades WHERE "
                 "project_id = $1 GROUP BY state, is_reported ORDER BY 1, 2",
                 DB_WITH(db_int(id))) &&
        add_rows(call, json, "reasons", "phase:s reason:s upgrades:i",
                 "SELECT phase, reason, count(*) FROM upgrades WHERE "
                 "project_id = $1 AND state = 'failed' GROUP BY phase, reason "
                 "ORDER BY 3 DESC, 1, 2 LIMIT 50",
                 DB_WITH(db_int(id))) &&
        add_rows(call, json, "days", "day:i state:s upgrades:i",
                 "SELECT updated_at / 86400 * 86400, state, count(*) FROM "
                 "upgrades WHERE project_id = $1 AND updated_at >= $2 GROUP BY "
                 "1, 2 ORDER BY 1, 2",
                 DB_WITH(db_int(id), db_int(from)));
    if (ok) {
        call_answer_json(call, 200, json);
    } else {
        cJSON_Delete(json);
    }
}
