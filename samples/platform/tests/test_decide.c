// SPDX-License-Identifier: MIT
// Who gets what: every code of the device interface, roll-outs, limits, and
// what became of upgrades.

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "choose.h"
#include "decide.h"
#include "generate.h"
#include "identity.h"
#include "limits.h"
#include "outcome.h"
#include "prune.h"
#include "testdb.h"

#define KEY "0123456789abcdefABCDEF0123456789"
#define OTHER_KEY "ffffffffffffffffffffffffffffffff"
#define DIGEST \
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static struct device_request request;
static struct device_answer answer;

static int64_t insert(const char *sql)
{
    int64_t id;

    assert_int_equal(db_query_int(c, &id, 0, sql, DB_NOTHING), DB_OK);
    return id;
}

static void run(const char *sql)
{
    assert_int_equal(db_run(c, sql, DB_NOTHING), DB_OK);
}

static int set_up(void **state)
{
    (void)testdb_set_up(state);
    insert("INSERT INTO projects (name, project_key, area_size, created_at) "
           "VALUES ('ours', '" KEY "', 491520, 1) RETURNING id");
    insert("INSERT INTO projects (name, project_key, area_size, created_at) "
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

static int64_t add_firmware(const char *version, bool is_whole)
{
    int64_t id;

    assert_int_equal(add_firmware_in(c, version, is_whole, &id), DB_OK);
    return id;
}

static void add_package(int64_t firmware, const char *from, const char *state,
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

static void add_target(int64_t firmware, const char *identity)
{
    assert_int_equal(
        db_run(c, "INSERT INTO targets (identity, firmware_id) VALUES ($1, $2)",
               DB_WITH(db_text(identity), db_int(firmware))),
        DB_OK);
}

static void add_image(const char *version)
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
static enum device_code ask(void)
{
    assert_int_equal(decide(c, &request, &answer), DB_OK);
    return answer.code;
}

static enum device_code ask_from(const char *version)
{
    snprintf(request.version, sizeof(request.version), "%s", version);
    return ask();
}

// --- Versions --------------------------------------------------------------

static void test_versions(void **state)
{
    static const char *const ascending[] = {"0",     "0.0.1",    "0.1",
                                            "1.0.0", "1.2.3",    "1.2.10",
                                            "1.10",  "2024.1.3", "999999"};
    static const char *const wrong[] = {"",
                                        ".",
                                        "1.",
                                        "1..2",
                                        ".1",
                                        "1.2.3.4",
                                        "a",
                                        "1.a",
                                        "-1.0.0",
                                        "1.2.3 ",
                                        "+1",
                                        "1000000.0.0",
                                        " 1",
                                        "1,2",
                                        "1.2.3-4",
                                        "1.2.3.",
                                        "9999999999999999999",
                                        "1.0x"};
    int64_t before = -1;
    int64_t rank;

    (void)state;
    for (size_t i = 0; i < sizeof(ascending) / sizeof(ascending[0]); i++) {
        assert_true(version_rank(&rank, ascending[i]));
        assert_true(rank > before);
        before = rank;
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(version_rank(&rank, wrong[i]));
    }
    static const char *const pairs[][2] = {
        {"2", "2.0.0"},
        {"01.2", "1.2.0"},
        {"1.002.03", "1.2.3"},
        {"999999.999999.999999", "999999.999999.999999"}};
    char normal[VERSION_SIZE];
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        assert_true(version_normal(normal, pairs[i][0]));
        assert_string_equal(normal, pairs[i][1]);
    }
    assert_false(version_normal(normal, "1.x"));
    assert_int_equal(version_generation("3032"), 3);
    assert_int_equal(version_generation("V3032"), 0);
    assert_int_equal(version_generation(NULL), 0);
}

static void test_identities(void **state)
{
    static const char *const pairs[][2] = {
        {"aabbccddeeff", "AABBCCDDEEFF"},
        {"aa:bb:cc:dd:ee:f0", "AABBCCDDEEF0"},
        {"AA-bb-CC-dd-EE-0f", "AABBCCDDEE0F"},
        {"aabb.ccdd.eeff", "AABBCCDDEEFF"},
        {"86671404123456", "86671404123456"},
        {"866714041234567", "866714041234567"},
        {"aa:bb:cc:dd:ee", "aa:bb:cc:dd:ee"},
        {"aa:bb:cc:dd:ee:ff:00", "aa:bb:cc:dd:ee:ff:00"},
        {"a:abbccddeeff", "a:abbccddeeff"},
        {"Sn-1234", "Sn-1234"},
    };
    char normal[IDENTITY_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        (void)identity_normal(normal, sizeof(normal), pairs[i][0]);
        assert_string_equal(normal, pairs[i][1]);
    }
}

// --- Codes -----------------------------------------------------------------

static void test_codes(void **state)
{
    (void)state;
    assert_int_equal(ask(), CODE_BAD_FIRMWARE);
    int64_t firmware = add_firmware("1.1.0", true);
    assert_int_equal(ask(), CODE_BASE_MISSING);
    add_image("1.0.0");
    assert_int_equal(ask(), CODE_BASE_MISSING);
    add_image("1.1.0");
    assert_int_equal(ask(), CODE_WAIT);
    assert_int_equal(testdb_int("SELECT count(*) FROM packages WHERE state "
                                "= 'waiting' AND from_version = '1.0.0'"),
                     1);
    assert_int_equal(ask(), CODE_WAIT);
    run("DELETE FROM packages");
    add_package(firmware, "1.0.0", "ready", 4096);
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_string_equal(answer.sha256, DIGEST);
    assert_int_equal(answer.size, 4096);
    assert_int_equal(ask_from("1.1.0"), CODE_NEWEST);
    assert_int_equal(ask_from("2.0.0"), CODE_NEWEST);
    assert_int_equal(ask_from("1.0.x"), CODE_BAD_FIRMWARE);
}

static void test_strangers(void **state)
{
    (void)state;
    (void)add_firmware("1.1.0", true);
    assert_int_equal(ask(), CODE_BASE_MISSING);
    snprintf(request.project_key, KEY_SIZE, "%s", OTHER_KEY);
    assert_int_equal(ask(), CODE_NO_RIGHT);
    assert_int_equal(testdb_int("SELECT count(*) FROM devices JOIN projects ON "
                                "projects.id = project_id WHERE name = 'ours'"),
                     1);
    snprintf(request.identity, IDENTITY_SIZE, "%s", "866714040000001");
    assert_int_equal(ask(), CODE_BAD_FIRMWARE); // that of the other project
    request.project_key[0] = 'x';
    assert_int_equal(ask(), CODE_BAD_PROJECT);
    snprintf(request.project_key, KEY_SIZE, "%s", KEY);
    request.identity[0] = 0;
    assert_int_equal(ask(), CODE_BAD_DEVICE);
    assert_int_equal(testdb_int("SELECT count(*) FROM devices"), 2);
}

static void test_generation(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    run("UPDATE firmware SET core_generation = 3");
    snprintf(request.core_version, VERSION_SIZE, "2015");
    assert_int_equal(ask(), CODE_WRONG_GENERATION);
    snprintf(request.core_version, VERSION_SIZE, "3015");
    assert_int_equal(ask(), CODE_PACKAGE);
}

static void test_too_large_for_area(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 491521);
    assert_int_equal(ask(), CODE_BASE_MISSING);
    run("UPDATE packages SET size = 491520");
    assert_int_equal(ask(), CODE_PACKAGE);
}

static void test_full_package(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "", "ready", 4096);
    assert_int_equal(ask_from("0.5.0"), CODE_PACKAGE);
    // Also in place of a delta that failed, or that is too large.
    add_package(firmware, "0.6.0", "failed", 0);
    assert_int_equal(ask_from("0.6.0"), CODE_PACKAGE);
    assert_int_equal(answer.size, 4096);
    add_package(firmware, "0.7.0", "ready", 491521);
    assert_int_equal(ask_from("0.7.0"), CODE_PACKAGE);
    assert_int_equal(answer.size, 4096);
    run("UPDATE packages SET state = 'failed' WHERE from_version = ''");
    assert_int_equal(ask_from("0.6.0"), CODE_BASE_MISSING);
    run("UPDATE packages SET from_version = '9.9.9' WHERE from_version = ''");
    assert_int_equal(ask_from("0.6.0"), CODE_BASE_MISSING);
    assert_int_equal(testdb_int("SELECT count(*) FROM packages WHERE state = "
                                "'waiting'"),
                     0);
}

// Packages lead forward only, from versions that devices have and we too.
static void test_order(void **state)
{
    static const char *const versions[] = {"1.0.0", "1.9.0", "1.10.0", "1.11.0",
                                           "1.2.0"};
    int64_t firmware = add_firmware("1.10.0", true);

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        snprintf(request.identity, IDENTITY_SIZE, "86671404%07zu", i);
        if (i < 4) {
            add_image(versions[i]);
        }
        run("UPDATE firmware SET state = 'draft'");
        assert_int_equal(ask_from(versions[i]), CODE_NEWEST);
    }
    assert_int_equal(ask_from("garbage"), CODE_BAD_FIRMWARE);
    assert_int_equal(generate_order(c, firmware, request.now), DB_OK);
    assert_int_equal(testdb_int("SELECT count(*) FROM packages WHERE "
                                "from_version IN ('1.0.0', '1.9.0')"),
                     2);
    assert_int_equal(testdb_int("SELECT count(*) FROM packages"), 2);
}

// --- Roll-outs -------------------------------------------------------------

static void test_named_first(void **state)
{
    int64_t newer = add_firmware("1.2.0", true);
    int64_t named = add_firmware("1.1.0", false);

    (void)state;
    add_package(newer, "1.0.0", "ready", 1200);
    add_package(named, "1.0.0", "ready", 1100);
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(answer.size, 1200);
    add_target(named, request.identity);
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(answer.size, 1100);
    snprintf(request.identity, IDENTITY_SIZE, "866714040000001");
    run("UPDATE firmware SET is_whole = 0");
    assert_int_equal(ask(), CODE_NEWEST); // not in the list
}

// A newer roll-out that does not take the device leaves it to the older one.
static void test_older_is_not_hidden(void **state)
{
    int64_t older = add_firmware("1.1.0", true);
    int64_t newer = add_firmware("1.2.0", true);

    (void)state;
    add_package(older, "1.0.0", "ready", 1100);
    add_package(newer, "1.0.0", "ready", 1200);
    static const char *const none[] = {
        "UPDATE firmware SET percent = 0 WHERE version = '1.2.0'",
        "UPDATE firmware SET percent = 100, day_from = 0, day_to = 49600 "
        "WHERE version = '1.2.0'",
        "UPDATE firmware SET day_from = NULL, core_generation = 5 "
        "WHERE version = '1.2.0'",
        "UPDATE firmware SET core_generation = NULL WHERE version = '1.2.0'",
    };
    snprintf(request.core_version, VERSION_SIZE, "3015");
    for (size_t i = 0; i < 3; i++) {
        run(none[i]);
        snprintf(request.identity, IDENTITY_SIZE, "86671404%07zu", i);
        assert_int_equal(ask(), CODE_PACKAGE);
        assert_int_equal(answer.size, 1100);
    }
    run(none[3]);
    run("UPDATE firmware SET hourly_rate = 1 WHERE version = '1.2.0'");
    for (unsigned i = 0; i < 2; i++) {
        snprintf(request.identity, IDENTITY_SIZE, "86671404%07u", 10 + i);
        assert_int_equal(ask(), CODE_PACKAGE);
        assert_int_equal(answer.size, i == 0 ? 1200 : 1100);
    }
    // From a version that the newer cannot be reached from, by way of the older.
    run("UPDATE firmware SET hourly_rate = NULL");
    run("UPDATE packages SET state = 'failed' WHERE size = 1200");
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(answer.size, 1100);
    // When none takes it, it gets to know what it can do something about.
    run("UPDATE firmware SET percent = 0 WHERE version = '1.1.0'");
    assert_int_equal(ask(), CODE_BASE_MISSING);
    run("UPDATE firmware SET percent = 0 WHERE version = '1.2.0'");
    assert_int_equal(ask(), CODE_NEWEST);
    run("UPDATE firmware SET percent = 100, core_generation = 5 WHERE version "
        "= '1.1.0'");
    assert_int_equal(ask(), CODE_WRONG_GENERATION);
}

static void test_states_and_times(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    static const char *const none[] = {
        "UPDATE firmware SET state = 'paused'",
        "UPDATE firmware SET state = 'draft'",
        "UPDATE firmware SET state = 'running', starts_at = 1000001",
        "UPDATE firmware SET starts_at = 999999, ends_at = 1000000",
        // 1000000 is 13:46:40 of its day.
        "UPDATE firmware SET ends_at = NULL, day_from = 0, day_to = 49600",
        "UPDATE firmware SET day_from = 49601, day_to = 86400",
        "UPDATE firmware SET day_from = 80000, day_to = 49600",
    };
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        run(none[i]);
        request.identity[14] = (char)('a' + i); // limits are another test's
        assert_int_equal(ask(), CODE_NEWEST);
    }
    run("UPDATE firmware SET day_from = 49600, day_to = 49601");
    assert_int_equal(ask(), CODE_PACKAGE);
    run("UPDATE firmware SET day_from = 80000, day_to = 49601");
    assert_int_equal(ask(), CODE_PACKAGE);
}

static void test_percent(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);
    unsigned got[2] = {0, 0};

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    run("UPDATE firmware SET percent = 20");
    for (unsigned i = 0; i < 300; i++) {
        snprintf(request.identity, IDENTITY_SIZE, "86671404%07u", i);
        bool is_first = ask() == CODE_PACKAGE;

        assert_int_equal(is_first,
                         choose_share(firmware, request.identity) < 20);
        got[0] += is_first;
    }
    assert_in_range(got[0], 35, 85);
    run("UPDATE firmware SET percent = 60");
    for (unsigned i = 0; i < 300; i++) {
        snprintf(request.identity, IDENTITY_SIZE, "86671404%07u", i);
        bool is_in = ask() == CODE_PACKAGE;

        // Who was in stays in.
        assert_true(is_in || choose_share(firmware, request.identity) >= 20);
        got[1] += is_in;
    }
    assert_in_range(got[1], 150, 210);
}

static void test_rate(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    run("UPDATE firmware SET hourly_rate = 3");
    for (unsigned i = 0; i < 5; i++) {
        snprintf(request.identity, IDENTITY_SIZE, "86671404%07u", i);
        assert_int_equal(ask(), i < 3 ? CODE_PACKAGE : CODE_NEWEST);
    }
    snprintf(request.identity, IDENTITY_SIZE, "866714040000001");
    request.range_from = 2048; // goes on
    assert_int_equal(ask(), CODE_PACKAGE);
    request.range_from = 0;
    request.now += 3600;
    snprintf(request.identity, IDENTITY_SIZE, "866714040000004");
    assert_int_equal(ask(), CODE_PACKAGE);
}

static void test_held(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    add_package(firmware, "0.9.0", "building", 0);
    assert_int_equal(ask(), CODE_PACKAGE);
    run("UPDATE firmware SET is_held = 1");
    assert_int_equal(ask(), CODE_WAIT);
    run("UPDATE packages SET state = 'failed' WHERE from_version = '0.9.0'");
    assert_int_equal(ask(), CODE_PACKAGE);
}

// --- Limits ----------------------------------------------------------------

static void test_sixth_in_an_hour(void **state)
{
    (void)state;
    int64_t firmware = add_firmware("1.1.0", true);
    add_package(firmware, "1.0.0", "ready", 4096);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(ask(), CODE_PACKAGE);
        request.range_from = 100;
        assert_int_equal(ask(), CODE_PACKAGE); // resumed: not counted
        request.range_from = 0;
        request.now += 700;
    }
    request.now -= 2 * 700; // within the hour of the first
    assert_int_equal(ask(), CODE_FORBIDDEN);
    assert_int_equal(ask_from("1.1.0"), CODE_FORBIDDEN);
    request.now += 10 * 86400;
    assert_int_equal(ask_from("1.0.0"), CODE_FORBIDDEN);
    int64_t device = testdb_int("SELECT id FROM devices");
    assert_int_equal(limits_release(c, device), DB_OK);
    request.now -= 10 * 86400;
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(ask(), CODE_PACKAGE);
    }
    assert_int_equal(ask(), CODE_FORBIDDEN);
}

// Nor is another spelling of the version, or of the device.
static void test_loop_in_other_words(void **state)
{
    static const char *const versions[] = {"1", "1.0", "1.0.0", "01.0.0",
                                           "1.00"};
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    for (size_t i = 0; i < 5; i++) {
        snprintf(request.identity, IDENTITY_SIZE, "%s",
                 i % 2 == 0 ? "aa:bb:cc:dd:ee:ff" : "AABBCCDDEEFF");
        assert_int_equal(ask_from(versions[i]), CODE_PACKAGE);
    }
    assert_int_equal(ask_from("1.000"), CODE_FORBIDDEN);
    assert_int_equal(testdb_int("SELECT count(*) FROM devices"), 1);
    assert_int_equal(testdb_int("SELECT count(*) FROM requests WHERE version "
                                "= '1.0.0'"),
                     6);
}

// What is none leaves the record of what the device runs.
static void test_no_version(void **state)
{
    (void)state;
    (void)add_firmware("1.1.0", true);
    assert_int_equal(ask(), CODE_BASE_MISSING);
    snprintf(request.core_version, VERSION_SIZE, "3032");
    snprintf(request.firmware_name, FIRMWARE_NAME_SIZE, "OTHER");
    assert_int_equal(ask_from("garbage"), CODE_BAD_FIRMWARE);
    request.firmware_name[0] = 0;
    assert_int_equal(ask_from("1.2.3"), CODE_BAD_FIRMWARE);
    assert_int_equal(
        testdb_int("SELECT count(*) FROM devices WHERE version = '1.0.0' AND "
                   "firmware_name = 'TEMP_Luat_RDA8910' AND core_version IS "
                   "NULL"),
        1);
}

// What is no version is no way around.
static void test_loop_without_a_version(void **state)
{
    (void)state;
    (void)add_firmware("1.1.0", true);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(ask_from("1.x"), CODE_BAD_FIRMWARE);
    }
    assert_int_equal(ask_from("1.x"), CODE_FORBIDDEN);
    assert_int_equal(ask_from("1.0.0"), CODE_FORBIDDEN);
}

static void test_windows_slide(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    for (unsigned i = 0; i < 9; i++) { // each hour has less than six
        assert_int_equal(ask(), CODE_PACKAGE);
        request.now += 900;
    }
    assert_int_equal(ask(), CODE_FORBIDDEN); // the tenth of the day
    run("UPDATE devices SET forbidden_at = NULL");
    run("UPDATE projects SET day_count = 20");
    assert_int_equal(ask(), CODE_PACKAGE);
    request.now += 86400;
    run("UPDATE projects SET hour_count = 2");
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(ask(), CODE_FORBIDDEN);
}

static void test_not_counted(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "building", 0);
    for (unsigned i = 0; i < 30; i++) {
        assert_int_equal(ask(), CODE_WAIT);
    }
    run("UPDATE packages SET state = 'ready'");
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(ask_from("1.1.0"), CODE_NEWEST); // after the success
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(ask(), CODE_NEWEST);
    }
    assert_int_equal(ask(), CODE_FORBIDDEN); // asks in a loop all the same
}

// Of many requests at the same time exactly five are let through.
static void *ask_in_thread(void *context)
{
    struct device_request own = request;
    struct device_answer got;
    struct db_conn *conn = db_take(db);
    unsigned *passed = context;

    for (unsigned i = 0; i < 5; i++) {
        if (decide(conn, &own, &got) != DB_OK) {
            *passed = 1000;
        } else if (got.code == CODE_PACKAGE) {
            (*passed)++;
        }
    }
    db_give(conn);
    return NULL;
}

static void test_limit_in_a_race(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);
    pthread_t threads[6];
    unsigned passed[6] = {0};
    unsigned sum = 0;

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(
            pthread_create(&threads[i], NULL, ask_in_thread, &passed[i]), 0);
    }
    for (size_t i = 0; i < 6; i++) {
        pthread_join(threads[i], NULL);
        sum += passed[i];
    }
    assert_int_equal(sum, 5);
    assert_int_equal(testdb_int("SELECT count(*) FROM requests"), 30);
}

// --- Outcomes --------------------------------------------------------------

// How many are so: "state:is_reported:phase".
static int64_t upgrades(const char *what)
{
    int64_t count;

    assert_int_equal(db_query_int(c, &count, -1,
                                  "SELECT count(*) FROM upgrades WHERE state "
                                  "|| ':' || is_reported || ':' || phase = $1",
                                  DB_WITH(db_text(what))),
                     DB_OK);
    return count;
}

// The package of the last answer has arrived whole.
static void arrive(void)
{
    assert_int_equal(
        outcome_sent(c, answer.upgrade_id, answer.asked, request.now), DB_OK);
}

static void test_concluded(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(upgrades("running:0:download"), 1);
    assert_int_equal(ask(), CODE_PACKAGE); // the download begins anew
    assert_int_equal(upgrades("running:0:download"), 1);
    arrive();
    assert_int_equal(ask(), CODE_PACKAGE); // lost power, or did not take
    assert_int_equal(upgrades("running:0:download"), 1);
    arrive();
    assert_int_equal(ask(), CODE_PACKAGE); // it did not take
    assert_int_equal(upgrades("failed:0:apply"), 1);
    assert_int_equal(upgrades("running:0:download"), 1);
    arrive();
    assert_int_equal(ask_from("1.1.0"), CODE_NEWEST);
    assert_int_equal(upgrades("done:0:boot"), 1);
    assert_int_equal(testdb_int("SELECT count(*) FROM upgrades"), 2);
}

// The end of a download that is heard of late is not that of the next one.
static void test_arrived_late(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(ask(), CODE_PACKAGE);
        struct device_answer late = answer;

        assert_int_equal(ask(), CODE_PACKAGE);
        assert_int_equal(
            outcome_sent(c, late.upgrade_id, late.asked, request.now), DB_OK);
        request.range_from = 100;
        assert_int_equal(ask(), CODE_PACKAGE);
        request.range_from = 0;
        run("UPDATE upgrades SET begun = 1");
        run("DELETE FROM requests");
    }
    assert_int_equal(upgrades("running:0:download"), 1);
}

// A module that loses power in each download does not pause a roll-out.
static void test_download_without_end(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    run("UPDATE firmware SET fail_percent = 0, fail_least = 1");
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(ask(), CODE_PACKAGE);
        request.range_from = 100;
        assert_int_equal(ask(), CODE_PACKAGE); // goes on
        request.range_from = 0;
        request.now += 86400;
    }
    assert_int_equal(upgrades("running:0:download"), 1);
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(upgrades("failed:0:download"), 1);
    assert_int_equal(upgrades("running:0:download"), 1);
    assert_int_equal(testdb_int("SELECT count(*) FROM firmware WHERE state = "
                                "'running'"),
                     1);
    arrive();
    assert_int_equal(ask(), CODE_PACKAGE);
    arrive();
    assert_int_equal(ask(), CODE_NEWEST); // one that does not take does
    assert_int_equal(upgrades("failed:0:apply"), 1);
    assert_int_equal(testdb_int("SELECT count(*) FROM firmware WHERE "
                                "pause_reason = 'failures'"),
                     1);
}

// A download goes on with the package that it began with.
static void test_resumed(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    assert_int_equal(ask(), CODE_PACKAGE);
    int64_t newer = add_firmware("1.2.0", true);
    add_package(newer, "1.0.0", "ready", 5000);
    run("UPDATE firmware SET state = 'paused' WHERE version = '1.1.0'");
    request.range_from = 100;
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(answer.size, 4096);
    run("UPDATE packages SET size = 4000 WHERE size = 4096"); // another one
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(answer.size, 4096);
    request.range_from = 0;
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(answer.size, 5000);
    request.range_from = 4500;
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(answer.size, 5000);
    run("UPDATE firmware SET state = 'aborted'");
    assert_int_equal(ask(), CODE_NEWEST);
    assert_int_equal(upgrades("failed:0:download"), 1);
}

// A part of a package that is not being downloaded is the beginning of none.
static void test_nothing_to_resume(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    request.range_from = 3000;
    assert_int_equal(ask(), CODE_NEWEST); // nothing was begun
    snprintf(request.firmware_name, FIRMWARE_NAME_SIZE, "UNKNOWN");
    assert_int_equal(ask(), CODE_BAD_FIRMWARE);
    snprintf(request.firmware_name, FIRMWARE_NAME_SIZE, "TEMP_Luat_RDA8910");
    assert_int_equal(testdb_int("SELECT count(*) FROM upgrades"), 0);
    int64_t newer = add_firmware("1.2.0", true);
    add_package(newer, "1.0.0", "ready", 7000);
    request.range_from = 0;
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(answer.size, 7000);
    run("UPDATE firmware SET state = 'aborted' WHERE version = '1.2.0'");
    request.range_from = 3000;
    assert_int_equal(ask(), CODE_NEWEST); // the other package's middle
    // It counts: three of those above, and one from the first byte.
    assert_int_equal(testdb_int("SELECT count(*) FROM requests WHERE "
                                "is_counted = 1"),
                     4);
    request.range_from = 0;
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(answer.size, 4096);
    request.range_from = 5000; // beyond its end
    assert_int_equal(ask(), CODE_FORBIDDEN);
}

// Who says what it has a part of gets the rest of it, or another one whole.
static void test_resumed_by_digest(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    assert_int_equal(ask(), CODE_PACKAGE);
    request.range_from = 100;
    snprintf(request.if_range, SHA256_SIZE, "%s", DIGEST);
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(testdb_int("SELECT count(*) FROM requests WHERE "
                                "is_counted = 1"),
                     1);
    int64_t newer = add_firmware("1.2.0", true);
    add_package(newer, "1.0.0", "ready", 7000);
    snprintf(request.if_range, SHA256_SIZE, "-");
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(answer.size, 7000);
    assert_int_equal(testdb_int("SELECT count(*) FROM requests WHERE "
                                "is_counted = 1"),
                     2);
}

static char to_version[VERSION_SIZE]; // of reports

static enum outcome_taken report(const char *version, bool is_success,
                                 const char *phase, const char *reason)
{
    struct outcome_report r = {.is_success = is_success, .now = request.now};
    enum outcome_taken taken;

    snprintf(r.project_key, sizeof(r.project_key), "%s", request.project_key);
    snprintf(r.identity, sizeof(r.identity), "%s", request.identity);
    snprintf(r.version, sizeof(r.version), "%s", version);
    snprintf(r.to_version, sizeof(r.to_version), "%s", to_version);
    snprintf(r.phase, sizeof(r.phase), "%s", phase);
    snprintf(r.reason, sizeof(r.reason), "%s", reason);
    assert_int_equal(outcome_report(c, &taken, &r), DB_OK);
    return taken;
}

static void test_reported_in_other_words(void **state)
{
    int64_t firmware = add_firmware("2.0.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    snprintf(request.identity, IDENTITY_SIZE, "aa:bb:cc:dd:ee:ff");
    assert_int_equal(ask_from("1"), CODE_PACKAGE);
    assert_int_equal(report("1.0", true, "boot", ""), OUTCOME_TAKEN);
    assert_int_equal(upgrades("running:0:download"), 1);
    snprintf(request.identity, IDENTITY_SIZE, "AABBCCDDEEFF");
    assert_int_equal(report("2.0", true, "boot", ""), OUTCOME_TAKEN);
    assert_int_equal(upgrades("done:1:boot"), 1);
    assert_int_equal(testdb_int("SELECT count(*) FROM devices WHERE version "
                                "= '2.0.0'"),
                     1);
}

static void test_reported(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    assert_int_equal(report("1.0.0", false, "", ""), OUTCOME_NO_DEVICE);
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(report("1.0.0", false, "selftest", "no network"),
                     OUTCOME_TAKEN);
    assert_int_equal(upgrades("failed:1:selftest"), 1);
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(report("1.1.0", true, "boot", ""), OUTCOME_TAKEN);
    assert_int_equal(upgrades("done:1:boot"), 1);
    assert_int_equal(report("1.1.0", true, "boot", ""), OUTCOME_TAKEN);
    assert_int_equal(testdb_int("SELECT count(*) FROM upgrades"), 2);
    assert_int_equal(testdb_int("SELECT is_reporting FROM devices"), 1);
    assert_int_equal(ask_from("1.1.0"), CODE_NEWEST);
    assert_int_equal(testdb_int("SELECT is_counted FROM requests ORDER BY "
                                "id DESC LIMIT 1"),
                     0);
    snprintf(request.project_key, KEY_SIZE, "%s", OTHER_KEY);
    assert_int_equal(report("1.1.0", true, "", ""), OUTCOME_NO_DEVICE);
    request.project_key[0] = '-';
    assert_int_equal(report("1.1.0", true, "", ""), OUTCOME_NO_PROJECT);
}

// Sent whole, and lost on the way: one that reports is not judged by that.
static void test_reporting_is_not_concluded(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(report("1.0.0", false, "download", "lost"), OUTCOME_TAKEN);
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(
        outcome_sent(c, answer.upgrade_id, answer.asked, request.now), DB_OK);
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(upgrades("running:0:download"), 1);
    assert_int_equal(report("1.1.0", true, "boot", ""), OUTCOME_TAKEN);
    assert_int_equal(upgrades("done:1:boot"), 1);
    assert_int_equal(testdb_int("SELECT count(*) FROM upgrades"), 2);
}

static void test_false_success(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(report("1.0.5", true, "boot", ""), OUTCOME_TAKEN);
    assert_int_equal(upgrades("failed:1:boot"), 1);
}

// A report whose answer was lost comes again when the next upgrade runs.
static void test_late_reports(void **state)
{
    int64_t first = add_firmware("1.1.0", true);

    (void)state;
    add_package(first, "1.0.0", "ready", 4096);
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(report("1.1.0", true, "boot", ""), OUTCOME_TAKEN);
    int64_t second = add_firmware("1.2.0", true);
    add_package(second, "1.1.0", "ready", 5000);
    assert_int_equal(ask_from("1.1.0"), CODE_PACKAGE);
    assert_int_equal(report("1.1.0", true, "boot", ""), OUTCOME_TAKEN);
    assert_int_equal(upgrades("running:0:download"), 1);
    snprintf(to_version, sizeof(to_version), "1.1.0");
    assert_int_equal(report("1.1.0", false, "patch", "x"), OUTCOME_TAKEN);
    assert_int_equal(upgrades("running:0:download"), 1);
    snprintf(to_version, sizeof(to_version), "1.2");
    assert_int_equal(report("1.1.0", false, "patch", "x"), OUTCOME_TAKEN);
    assert_int_equal(upgrades("failed:1:patch"), 1);
    to_version[0] = 0;
}

// What was taken for failed, and runs after all.
static void test_success_after_all(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    assert_int_equal(ask(), CODE_PACKAGE);
    run("UPDATE upgrades SET state = 'failed', phase = 'apply', reason = 'x'");
    assert_int_equal(ask_from("1.1.0"), CODE_NEWEST);
    assert_int_equal(upgrades("done:0:boot"), 1);
    assert_int_equal(testdb_int("SELECT count(*) FROM upgrades WHERE reason "
                                "IS NULL"),
                     1);
    assert_int_equal(testdb_int("SELECT is_counted FROM requests ORDER BY "
                                "id DESC LIMIT 1"),
                     0);
    // A module that has rolled back knows better.
    assert_int_equal(ask_from("1.0.0"), CODE_PACKAGE);
    assert_int_equal(report("1.0.0", false, "selftest", "x"), OUTCOME_TAKEN);
    assert_int_equal(ask_from("1.1.0"), CODE_NEWEST);
    assert_int_equal(upgrades("failed:1:selftest"), 1);
}

static void test_pauses_by_itself(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    run("UPDATE firmware SET fail_percent = 40, fail_least = 3");
    for (unsigned i = 0; i < 7; i++) {
        snprintf(request.identity, IDENTITY_SIZE, "86671404%07u", i);
        assert_int_equal(ask_from("1.0.0"), CODE_PACKAGE);
        bool is_good = i < 4; // 4 good, then 3 of 7 have failed: 42 %
        assert_int_equal(report(is_good ? "1.1.0" : "1.0.0", is_good, "boot",
                                is_good ? "" : "crash"),
                         OUTCOME_TAKEN);
    }
    assert_int_equal(testdb_int("SELECT count(*) FROM firmware WHERE state "
                                "= 'paused' AND pause_reason = 'failures'"),
                     1);
    request.identity[0] = '9';
    assert_int_equal(ask(), CODE_NEWEST);
    // Resumed by hand: what was before does not count again.
    request.now += 100;
    run("UPDATE firmware SET state = 'running', pause_reason = NULL, "
        "resumed_at = 1000100");
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(testdb_int("SELECT count(*) FROM firmware WHERE "
                                    "state = 'running'"),
                         1);
        snprintf(request.identity, IDENTITY_SIZE, "86671405%07u", i);
        assert_int_equal(ask_from("1.0.0"), CODE_PACKAGE);
        assert_int_equal(report("1.0.0", false, "boot", "crash"),
                         OUTCOME_TAKEN);
    }
    assert_int_equal(testdb_int("SELECT count(*) FROM firmware WHERE state "
                                "= 'paused'"),
                     1);
}

// Old requests go, whatever their number; upgrades stay.
static void test_prune(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    assert_int_equal(ask(), CODE_PACKAGE);
    for (unsigned i = 0; i < 12; i++) { // doubles: 4096 requests
        run("INSERT INTO requests (device_id, at, version, code, is_counted, "
            "range_from, address) SELECT device_id, at, version, code, "
            "is_counted, range_from, address FROM requests");
    }
    request.now += 10 * 86400;
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(prune(c, request.now, 11), DB_OK);
    assert_int_equal(testdb_int("SELECT count(*) FROM requests"), 4097);
    assert_int_equal(prune(c, request.now, 9), DB_OK);
    assert_int_equal(testdb_int("SELECT count(*) FROM requests"), 1);
    assert_int_equal(testdb_int("SELECT count(*) FROM upgrades"), 1);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, set_up, testdb_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_identities),
        TEST(test_codes),
        TEST(test_strangers),
        TEST(test_generation),
        TEST(test_too_large_for_area),
        TEST(test_full_package),
        TEST(test_order),
        TEST(test_named_first),
        TEST(test_older_is_not_hidden),
        TEST(test_states_and_times),
        TEST(test_percent),
        TEST(test_rate),
        TEST(test_held),
        TEST(test_sixth_in_an_hour),
        TEST(test_loop_in_other_words),
        TEST(test_no_version),
        TEST(test_loop_without_a_version),
        TEST(test_windows_slide),
        TEST(test_not_counted),
        TEST(test_limit_in_a_race),
        TEST(test_concluded),
        TEST(test_arrived_late),
        TEST(test_download_without_end),
        TEST(test_resumed),
        TEST(test_nothing_to_resume),
        TEST(test_resumed_by_digest),
        TEST(test_reported),
        TEST(test_reported_in_other_words),
        TEST(test_reporting_is_not_concluded),
        TEST(test_false_success),
        TEST(test_late_reports),
        TEST(test_success_after_all),
        TEST(test_pauses_by_itself),
        TEST(test_prune),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
