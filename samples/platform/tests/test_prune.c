// SPDX-License-Identifier: MIT
// What is old goes.

#include "prune.h"
#include "testdb.h"
#include "testfleet.h"

// Old requests go, whatever their number; upgrades stay.
static void test_prune(void **state)
{
    int64_t firmware = add_firmware("1.1.0", true);

    (void)state;
    add_package(firmware, "1.0.0", "ready", 4096);
    assert_int_equal(ask(), CODE_PACKAGE);
    for (unsigned i = 0; i < 12; i++) { // doubles: 4096 requests
        fleet_run(
            "INSERT INTO requests (device_id, at, version, code, is_counted, "
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLEET_TEST(test_prune),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
