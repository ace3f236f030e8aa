// SPDX-License-Identifier: MIT
// What the platform's tests share: the database that PLATFORM_DB names.

#ifndef PLATFORM_TESTDB_H
#define PLATFORM_TESTDB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db.h"

#define TESTDB_CONNECTIONS 8u

// The database and a connection of it, during a test.
extern struct db *db;
extern struct db_conn *c;

// Open both, or fail the test; every table is emptied. And close them.
int testdb_set_up(void **state);
int testdb_tear_down(void **state);

// A number that a statement gives.
int64_t testdb_int(const char *sql);

#endif
