// SPDX-License-Identifier: MIT
// Columns that an operator may set by fields of a JSON object, as a table: each
// field that is there is checked, then written by its own statement.

#ifndef PLATFORM_SETTINGS_H
#define PLATFORM_SETTINGS_H

#include "jsonfields.h"

struct setting {
    const char *name;
    const char
        *sql; // that sets it: $1 is the row's id, $2 the value; gives the
              // id if that is another value
    enum { SETTING_TEXT, SETTING_INT, SETTING_BOOL } type;
    int64_t least, most; // of bytes, or of the number
    bool may_be_null;    // and is that by null
    unsigned effect;     // of another value, as the caller has numbered them
};

// Whether all fields are settings with values that they may have, or among
// OTHERS (ended by NULL; NULL: none). 400 is the answer when this is false.
bool settings_check(struct fields *f, const struct setting *settings,
                    size_t count, const char *const *others);

// Write those that are there; within a transaction. *EFFECT becomes the largest
// of those that have another value now, if it is larger.
enum db_status settings_write(struct db_conn *c, const struct fields *f,
                              const struct setting *settings, size_t count,
                              int64_t id, unsigned *effect);

#endif
