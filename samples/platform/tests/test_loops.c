// SPDX-License-Identifier: MIT
// How often a device may ask.

#include <pthread.h>
#include <stdio.h>

#include "limits.h"
#include "testdb.h"
#include "testfleet.h"

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
    fleet_run("UPDATE devices SET forbidden_at = NULL");
    fleet_run("UPDATE projects SET day_count = 20");
    assert_int_equal(ask(), CODE_PACKAGE);
    request.now += 86400;
    fleet_run("UPDATE projects SET hour_count = 2");
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
    fleet_run("UPDATE packages SET state = 'ready'");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLEET_TEST(test_sixth_in_an_hour),
        FLEET_TEST(test_loop_in_other_words),
        FLEET_TEST(test_no_version),
        FLEET_TEST(test_loop_without_a_version),
        FLEET_TEST(test_windows_slide),
        FLEET_TEST(test_not_counted),
        FLEET_TEST(test_limit_in_a_race),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
