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

// Open it, or fail the test. Every table is emptied.
struct db *testdb_open(void);

// A number that a statement gives.
int64_t testdb_int(struct db_conn *c, const char *sql);

#endif
