// SPDX-License-Identifier: MIT
// What became of upgrades: concluded or reported.

#include <stdio.h>

#include "outcome.h"
#include "testdb.h"
#include "testfleet.h"

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

// A roll-out that the first failure pauses.
static int64_t add_strict(void)
{
    int64_t firmware = add_firmware("1.1.0", true);

    add_package(firmware, "1.0.0", "ready", 4096);
    fleet_run("UPDATE firmware SET fail_percent = 0, fail_least = 1");
    return firmware;
}

static int64_t paused(void)
{
    return testdb_int("SELECT count(*) FROM firmware WHERE state = 'paused' "
                      "AND pause_reason = 'failures'");
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
        fleet_run("UPDATE upgrades SET begun = 1");
        fleet_run("DELETE FROM requests");
    }
    assert_int_equal(upgrades("running:0:download"), 1);
}

// A module that loses power in each download does not pause a roll-out.
static void test_download_without_end(void **state)
{
    (void)state;
    add_strict();
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
    assert_int_equal(paused(), 1);
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
    fleet_run("UPDATE firmware SET state = 'paused' WHERE version = '1.1.0'");
    request.range_from = 100;
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(answer.size, 4096);
    fleet_run(
        "UPDATE packages SET size = 4000 WHERE size = 4096"); // another one
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(answer.size, 4096);
    request.range_from = 0;
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(answer.size, 5000);
    request.range_from = 4500;
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(answer.size, 5000);
    fleet_run("UPDATE firmware SET state = 'aborted'");
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
    fleet_run("UPDATE firmware SET state = 'aborted' WHERE version = '1.2.0'");
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
    fleet_run(
        "UPDATE upgrades SET state = 'failed', phase = 'apply', reason = 'x'");
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
    fleet_run("UPDATE firmware SET fail_percent = 40, fail_least = 3");
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
    fleet_run("UPDATE firmware SET state = 'running', pause_reason = NULL, "
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

// That is no failure of the firmware, also of a package that has arrived.
static void test_moved(void **state)
{
    (void)state;
    add_strict();
    assert_int_equal(ask(), CODE_PACKAGE);
    arrive();
    int64_t device = testdb_int("SELECT id FROM devices");
    assert_int_equal(outcome_leave(c, device, request.now), DB_OK);
    assert_int_equal(upgrades("failed:0:download"), 1);
    assert_int_equal(outcome_leave(c, device, request.now), DB_OK);
    assert_int_equal(testdb_int("SELECT count(*) FROM firmware WHERE state = "
                                "'running'"),
                     1);
}

// Where nobody sees the end of a download, it may be the package.
static void test_unseen(void **state)
{
    (void)state;
    add_strict();
    request.is_unseen = true;
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(ask(), CODE_PACKAGE);
        fleet_run("DELETE FROM requests");
    }
    assert_int_equal(ask(), CODE_NEWEST);
    assert_int_equal(upgrades("failed:0:apply"), 1);
    assert_int_equal(paused(), 1);
}

// A copy elsewhere that there is not changes nothing.
static void test_no_copy(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    request.takes_copy = true;
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(ask(), CODE_PACKAGE);
        fleet_run("DELETE FROM requests");
    }
    assert_int_equal(upgrades("failed:0:download"), 1);
    fleet_run("UPDATE packages SET url = 'http://a/b'");
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(ask(), CODE_PACKAGE);
        fleet_run("DELETE FROM requests");
    }
    assert_int_equal(upgrades("failed:0:apply"), 1);
}

// A package that arrived and silenced its device is a failure of it, one that
// never arrived is not; who asks after all is mended.
static void test_silence(void **state)
{
    (void)state;
    add_strict();
    assert_int_equal(ask(), CODE_PACKAGE);
    request.identity[0] = '9';
    assert_int_equal(ask(), CODE_PACKAGE);
    request.now += 7 * 86400;
    assert_int_equal(outcome_give_up(c, request.now, false), DB_OK);
    assert_int_equal(upgrades("running:0:download"), 2);
    assert_int_equal(outcome_give_up(c, request.now + 1, false), DB_OK);
    assert_int_equal(upgrades("failed:0:download"), 2);
    assert_int_equal(paused(), 0);
    assert_int_equal(ask(), CODE_PACKAGE);
    arrive();
    request.now += 7 * 86400 + 1;
    assert_int_equal(outcome_give_up(c, request.now, false), DB_OK);
    assert_int_equal(upgrades("failed:0:apply"), 1);
    assert_int_equal(paused(), 1);
    assert_int_equal(ask_from("1.1.0"), CODE_NEWEST);
    assert_int_equal(upgrades("done:0:boot"), 1);
}

// Who asks, and gets nothing, is not silent.
static void test_no_silence(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    assert_int_equal(ask(), CODE_PACKAGE);
    fleet_run("UPDATE firmware SET state = 'paused'");
    request.now += 8 * 86400;
    assert_int_equal(ask(), CODE_NEWEST);
    assert_int_equal(outcome_give_up(c, request.now + 1, false), DB_OK);
    assert_int_equal(upgrades("running:0:download"), 1);
}

static void test_silence_unseen(void **state)
{
    (void)state;
    add_strict();
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(outcome_give_up(c, request.now + 8 * 86400, true), DB_OK);
    assert_int_equal(upgrades("failed:0:apply"), 1);
    assert_int_equal(paused(), 1);
}

static void test_aborted(void **state)
{
    int64_t firmware = add_strict();

    (void)state;
    assert_int_equal(ask(), CODE_PACKAGE);
    assert_int_equal(outcome_abort(c, firmware, request.now), DB_OK);
    assert_int_equal(upgrades("failed:0:download"), 1);
    assert_int_equal(paused(), 0);
    assert_int_equal(ask_from("1.1.0"), CODE_NEWEST); // it had it already
    assert_int_equal(upgrades("done:0:boot"), 1);
}

// Another firmware's version of the same number is none of it.
static void test_other_firmware(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    assert_int_equal(ask(), CODE_PACKAGE);
    snprintf(request.firmware_name, FIRMWARE_NAME_SIZE, "other");
    request.range_from = 100;
    snprintf(request.if_range, SHA256_SIZE, "%s", answer.sha256);
    assert_int_equal(ask(), CODE_BAD_FIRMWARE);
    request.range_from = 0;
    request.if_range[0] = 0;
    assert_int_equal(ask_from("1.1.0"), CODE_BAD_FIRMWARE);
    assert_int_equal(upgrades("failed:0:boot"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLEET_TEST(test_concluded),
        FLEET_TEST(test_arrived_late),
        FLEET_TEST(test_download_without_end),
        FLEET_TEST(test_resumed),
        FLEET_TEST(test_nothing_to_resume),
        FLEET_TEST(test_resumed_by_digest),
        FLEET_TEST(test_reported),
        FLEET_TEST(test_reported_in_other_words),
        FLEET_TEST(test_reporting_is_not_concluded),
        FLEET_TEST(test_false_success),
        FLEET_TEST(test_late_reports),
        FLEET_TEST(test_success_after_all),
        FLEET_TEST(test_pauses_by_itself),
        FLEET_TEST(test_moved),
        FLEET_TEST(test_unseen),
        FLEET_TEST(test_no_copy),
        FLEET_TEST(test_silence),
        FLEET_TEST(test_no_silence),
        FLEET_TEST(test_silence_unseen),
        FLEET_TEST(test_aborted),
        FLEET_TEST(test_other_firmware),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
