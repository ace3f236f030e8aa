// SPDX-License-Identifier: MIT
// Who gets what: every code of the device interface, and roll-outs.

#include <stdio.h>

#include "choose.h"
#include "packagequeue.h"
#include "testdb.h"
#include "testfleet.h"

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
    fleet_run("DELETE FROM packages");
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
    fleet_run("UPDATE firmware SET core_generation = 3");
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
    fleet_run("UPDATE packages SET size = 491520");
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
    fleet_run("UPDATE packages SET state = 'failed' WHERE from_version = ''");
    assert_int_equal(ask_from("0.6.0"), CODE_BASE_MISSING);
    fleet_run(
        "UPDATE packages SET from_version = '9.9.9' WHERE from_version = ''");
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
        fleet_run("UPDATE firmware SET state = 'draft'");
        assert_int_equal(ask_from(versions[i]), CODE_NEWEST);
    }
    assert_int_equal(ask_from("garbage"), CODE_BAD_FIRMWARE);
    assert_int_equal(queue_order(c, firmware, request.now), DB_OK);
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
    fleet_run("UPDATE firmware SET is_whole = 0");
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
        fleet_run(none[i]);
        snprintf(request.identity, IDENTITY_SIZE, "86671404%07zu", i);
        assert_int_equal(ask(), CODE_PACKAGE);
        assert_int_equal(answer.size, 1100);
    }
    fleet_run(none[3]);
    fleet_run("UPDATE firmware SET hourly_rate = 1 WHERE version = '1.2.0'");
    for (unsigned i = 0; i < 2; i++) {
        snprintf(request.identity, IDENTITY_SIZE, "86671404%07u", 10 + i);
        assert_int_equal(ask(), CODE_PACKAGE);
        assert_int_equal(answer.size, i == 0 ? 1200 : 1100);
    }
    // From a version that the newer cannot be reached from, by way of the older.
    fleet_run("UPDATE firmware SET hourly_rate = NULL");
    fleet_run("UPDATE packages SET state = 'failed' WHERE size = 1200");
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(answer.size, 1100);
    // When none takes it, it gets to know what it can do something about.
    fleet_run("UPDATE firmware SET percent = 0 WHERE version = '1.1.0'");
    assert_int_equal(ask(), CODE_BASE_MISSING);
    fleet_run("UPDATE firmware SET percent = 0 WHERE version = '1.2.0'");
    assert_int_equal(ask(), CODE_NEWEST);
    fleet_run(
        "UPDATE firmware SET percent = 100, core_generation = 5 WHERE version "
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
        fleet_run(none[i]);
        request.identity[14] = (char)('a' + i); // limits are another test's
        assert_int_equal(ask(), CODE_NEWEST);
    }
    fleet_run("UPDATE firmware SET day_from = 49600, day_to = 49601");
    assert_int_equal(ask(), CODE_PACKAGE);
    fleet_run("UPDATE firmware SET day_from = 80000, day_to = 49601");
    assert_int_equal(ask(), CODE_PACKAGE);
}

static void test_percent(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);
    unsigned got[2] = {0, 0};

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    fleet_run("UPDATE firmware SET percent = 20");
    for (unsigned i = 0; i < 300; i++) {
        snprintf(request.identity, IDENTITY_SIZE, "86671404%07u", i);
        bool is_first = ask() == CODE_PACKAGE;

        assert_int_equal(is_first,
                         choose_share(firmware, request.identity) < 20);
        got[0] += is_first;
    }
    assert_in_range(got[0], 35, 85);
    fleet_run("UPDATE firmware SET percent = 60");
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
    fleet_run("UPDATE firmware SET hourly_rate = 3");
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
    fleet_run("UPDATE firmware SET is_held = 1");
    assert_int_equal(ask(), CODE_WAIT);
    fleet_run(
        "UPDATE packages SET state = 'failed' WHERE from_version = '0.9.0'");
    assert_int_equal(ask(), CODE_PACKAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLEET_TEST(test_codes),
        FLEET_TEST(test_strangers),
        FLEET_TEST(test_generation),
        FLEET_TEST(test_too_large_for_area),
        FLEET_TEST(test_full_package),
        FLEET_TEST(test_order),
        FLEET_TEST(test_named_first),
        FLEET_TEST(test_older_is_not_hidden),
        FLEET_TEST(test_states_and_times),
        FLEET_TEST(test_percent),
        FLEET_TEST(test_rate),
        FLEET_TEST(test_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
