// SPDX-License-Identifier: MIT
// Two people for a roll-out.

#include "approval.h"

// It leads to this version, or has a package from it.
#define IS_OF_IMAGE                                                      \
    "project_id = $1 AND firmware_name = $2 AND (version = $3 OR id IN " \
    "(SELECT firmware_id FROM packages WHERE from_version = $3))"

enum db_status approval_change(struct db_conn *c, int64_t firmware_id,
                               const struct person *person)
{
    int64_t changed = 0;
    enum db_status status = db_query_int(
        c, &changed, 0,
        "UPDATE firmware SET changed_by = $2 WHERE id = $1 AND (state = "
        "'draft' OR (SELECT p.needs_approval FROM projects p WHERE p.id = "
        "firmware.project_id) = 0) RETURNING id",
        DB_WITH(db_int(firmware_id), person_user(person)));

    return status == DB_OK && changed == 0 ? DB_REFUSED : status;
}

enum db_status approval_change_image(struct db_conn *c, int64_t project_id,
                                     const char *firmware_name,
                                     const char *version,
                                     const struct person *person)
{
    int64_t approved = 0;
    enum db_status status =
        db_run(c, "UPDATE firmware SET changed_by = $4 WHERE " IS_OF_IMAGE,
               DB_WITH(db_int(project_id), db_text(firmware_name),
                       db_text(version), person_user(person)));

    if (status == DB_OK) {
        status = db_query_int(
            c, &approved, 0,
            "SELECT count(*) FROM firmware WHERE " IS_OF_IMAGE
            " AND state <> 'draft' AND (SELECT p.needs_approval FROM projects "
            "p WHERE p.id = firmware.project_id) <> 0",
            DB_WITH(db_int(project_id), db_text(firmware_name),
                    db_text(version)));
    }
    return status == DB_OK && approved > 0 ? DB_REFUSED : status;
}

enum db_status approval_start(struct db_conn *c, int64_t firmware_id,
                              const struct person *person, bool *is_approval)
{
    int64_t is_own = 0;
    int64_t is_needed = 0;
    // Who changes it at the same time holds the row.
    enum db_status status =
        db_run(c, "UPDATE firmware SET state = state WHERE id = $1",
               DB_WITH(db_int(firmware_id)));

    if (status == DB_OK) {
        status = db_query_int(
            c, &is_needed, 0,
            "SELECT p.needs_approval FROM projects p JOIN firmware f ON "
            "f.project_id = p.id WHERE f.id = $1 AND f.state = 'draft'",
            DB_WITH(db_int(firmware_id)));
    }
    if (status == DB_OK) {
        status = db_query_int(
            c, &is_own, 0,
            "SELECT 1 FROM firmware WHERE id = $1 AND changed_by = $2",
            DB_WITH(db_int(firmware_id), db_int(person->user)));
    }
    *is_approval = is_needed != 0;
    return status == DB_OK && is_needed != 0 &&
                   (is_own != 0 || !person_is_user(person))
               ? DB_REFUSED
               : status;
}
