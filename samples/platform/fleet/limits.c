// SPDX-License-Identifier: MIT
// Requests of one device from one version, within windows that slide.

#include "limits.h"

enum db_status limits_check(struct db_conn *c, struct device *device,
                            const struct device_request *request)
{
    enum db_status status = DB_OK;

    for (size_t i = 0; status == DB_OK && i < 2; i++) {
        const struct limit *limit = &device->limits[i];
        int64_t from = request->now - limit->seconds;
        int64_t before = 0;

        status = db_query_int(
            c, &before, 0,
            "SELECT count(*) FROM requests WHERE device_id = $1 AND at > $2 "
            "AND id > $3 AND is_counted = 1 AND version = $4",
            DB_WITH(db_int(device->id), db_int(from),
                    db_int(device->counted_from), db_text(request->version)));
        if (before + 1 >= limit->count) {
            device->is_forbidden = true;
        }
    }
    return status;
}

enum db_status limits_release(struct db_conn *c, int64_t device_id)
{
    return db_run(c,
                  "UPDATE devices SET forbidden_at = NULL, counted_from = "
                  "(SELECT coalesce(max(id), 0) FROM requests WHERE device_id "
                  "= $1) WHERE id = $1",
                  DB_WITH(db_int(device_id)));
}
