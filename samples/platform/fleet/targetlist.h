// SPDX-License-Identifier: MIT
// A list of devices as somebody has sent it: identities, one a line, or a column
// of a CSV file.

#ifndef PLATFORM_TARGETLIST_H
#define PLATFORM_TARGETLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "decide.h"

// Begin with the text, ended by a zero, and all else 0.
struct target_list {
    const char *text; // that is left
    size_t line;      // the last one that was read, from 1
    bool has_begun;   // something was read that is no comment
    bool has_title;   // so there are columns,
    size_t column;    // and the identity is in this one, from 0
};

struct target {
    char identity[IDENTITY_SIZE]; // its normal form, or its beginning as it
                                  // is, with a fault; UTF-8 if
                                  // the text is
    const char *fault;            // a constant; NULL: it is an identity
};

// The next line that holds something: blank ones, comments (#) and a title, which
// comes first and names the column (imei, mac, identity ...), are passed over.
// Without one the identity is the first of the line, and an IMEI further on is a
// fault. False at the end.
bool target_next(struct target *target, struct target_list *list);

#endif
