// SPDX-License-Identifier: MIT
// What the parts of the operators' interface have in common.

#ifndef PLATFORM_APIPART_H
#define PLATFORM_APIPART_H

#include "call.h"

// Answer with one row, or 404.
void answer_row(struct call *call, const char *columns, const char *sql,
                const struct db_value *values, size_t count);

// Whether there is what the path names: SQL gives its id for $1. 404 is the
// answer when this is false.
bool exists(struct call *call, const char *sql);

// What people call a thing: a statement that gives the text for an id.
#define TITLE_OF_FIRMWARE \
    "SELECT firmware_name || ' ' || version FROM firmware WHERE id = $1"
#define TITLE_OF_DEVICE "SELECT identity FROM devices WHERE id = $1"
#define TITLE_OF_PROJECT "SELECT name FROM projects WHERE id = $1"

// Note what was done to the thing of that title, within the transaction.
enum db_status note_of(struct db_conn *c, const struct call *call,
                       const char *action, const char *title_sql, int64_t id,
                       const char *detail);

// Whether a name is one that modules can ask for: visible characters. 400 is the
// answer when false.
bool is_firmware_name(struct call *call, const char *name);

#endif
