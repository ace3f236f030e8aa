// SPDX-License-Identifier: MIT
// What tests of decisions share: two projects, and a device of the first that
// asks.

#ifndef PLATFORM_TESTFLEET_H
#define PLATFORM_TESTFLEET_H

#include "decide.h"
#include "testdb.h"

#define KEY "0123456789abcdefABCDEF0123456789"
#define OTHER_KEY "ffffffffffffffffffffffffffffffff"
#define DIGEST \
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// As the device asks next, from 1.0.0, and what it was told last.
extern struct device_request request;
extern struct device_answer answer;

int fleet_set_up(void **state);
#define FLEET_TEST(name) \
    cmocka_unit_test_setup_teardown(name, fleet_set_up, testdb_tear_down)

// A statement that works, and one that gives an id.
void fleet_run(const char *sql);
int64_t fleet_insert(const char *sql);

// Of the first project: a version that is rolled out, to all or to a list; its
// package, in that state; a device of its list; an image.
int64_t add_firmware(const char *version, bool is_whole);
void add_package(int64_t firmware, const char *from, const char *state,
                 int64_t size);
void add_target(int64_t firmware, const char *identity);
void add_image(const char *version);

// Ask; the code.
enum device_code ask(void);
enum device_code ask_from(const char *version);

#endif
