// SPDX-License-Identifier: MIT
// What the parts of the operators' interface have in common.

#ifndef PLATFORM_APIPART_H
#define PLATFORM_APIPART_H

#include "call.h"
#include "version.h"

// Answer with one row, or 404.
void answer_row(struct call *call, const char *columns, const char *sql,
                const struct db_value *values, size_t count);

// Whether there is what the path names: SQL gives its id for $1. 404 is the
// answer when this is false.
bool exists(struct call *call, const char *sql);

// What people call a thing, for the note of what was done to it: a statement that
// gives the text for an id.
#define TITLE_SIZE 256u
#define TITLE_OF_FIRMWARE \
    "SELECT firmware_name || ' ' || version FROM firmware WHERE id = $1"

// Whether a name is one that modules can ask for: visible characters. 400 is the
// answer when false.
bool is_firmware_name(struct call *call, const char *name);

// ?firmware_name= and a version of the query, in its normal form. 400 is the
// answer when false.
bool query_firmware(struct call *call, const char **name,
                    char version[VERSION_SIZE], const char *version_name);

#endif
