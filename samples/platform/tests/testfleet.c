// SPDX-License-Identifier: MIT
// A project with firmware, and a device that asks.

#include "testfleet.h"

#include <stdio.h>

struct device_request request;
struct device_answer answer;

int64_t fleet_insert(const char *sql)
{
    int64_t id;

    assert_int_equal(db_query_int(c, &id, 0, sql, DB_NOTHING), DB_OK);
    return id;
}

void fleet_run(const char *sql)
{
    assert_int_equal(db_run(c, sql, DB_NOTHING), DB_OK);
}

int fleet_set_up(void **state)
{
    (void)testdb_set_up(state);
    fleet_insert(
        "INSERT INTO projects (name, project_key, area_size, created_at) "
        "VALUES ('ours', '" KEY "', 491520, 1) RETURNING id");
    fleet_insert(
        "INSERT INTO projects (name, project_key, area_size, created_at) "
        "VALUES ('theirs', '" OTHER_KEY "', 491520, 1) RETURNING id");
    request = (struct device_request){
        .project_key = KEY,
        .identity = "866714041234567",
        .identity_kind = "imei",
        .firmware_name = "TEMP_Luat_RDA8910",
        .version = "1.0.0",
        .address = "127.0.0.1",
        .now = 1000000,
    };
    return 0;
}

static enum db_status add_firmware_in(struct db_conn *conn, const char *version,
                                      bool is_whole, int64_t *id)
{
    int64_t rank;

    assert_true(version_rank(&rank, version));
    return db_query_int(
        conn, id, 0,
        "INSERT INTO firmware (project_id, firmware_name, version, "
        "version_rank, is_whole, state, created_at) SELECT id, "
        "'TEMP_Luat_RDA8910', $1, $2, $3, 'running', 1 FROM projects WHERE "
        "name = 'ours' RETURNING id",
        DB_WITH(db_text(version), db_int(rank), db_int(is_whole)));
}

int64_t add_firmware(const char *version, bool is_whole)
{
    int64_t id;

    assert_int_equal(add_firmware_in(c, version, is_whole, &id), DB_OK);
    return id;
}

void add_package(int64_t firmware, const char *from, const char *state,
                 int64_t size)
{
    assert_int_equal(
        db_run(c,
               "INSERT INTO packages (firmware_id, from_version, state, "
               "sha256, size, created_at) VALUES ($1, $2, $3, $4, $5, 1)",
               DB_WITH(db_int(firmware), db_text(from), db_text(state),
                       db_text(DIGEST), db_int(size))),
        DB_OK);
}

void add_target(int64_t firmware, const char *identity)
{
    assert_int_equal(
        db_run(c, "INSERT INTO targets (identity, firmware_id) VALUES ($1, $2)",
               DB_WITH(db_text(identity), db_int(firmware))),
        DB_OK);
}

void add_image(const char *version)
{
    assert_int_equal(
        db_run(c,
               "INSERT INTO images (project_id, firmware_name, version, part, "
               "sha256, size, created_at) SELECT id, 'TEMP_Luat_RDA8910', $1, "
               "0, $2, 5, 1 FROM projects WHERE name = 'ours'",
               DB_WITH(db_text(version), db_text(DIGEST))),
        DB_OK);
}

// Ask; the code.
enum device_code ask(void)
{
    assert_int_equal(decide(c, &request, &answer), DB_OK);
    return answer.code;
}

enum device_code ask_from(const char *version)
{
    snprintf(request.version, sizeof(request.version), "%s", version);
    return ask();
}
