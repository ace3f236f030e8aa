// SPDX-License-Identifier: MIT
// Two people for a roll-out, in projects that want that: who starts it is not who
// has changed it last, himself or by a token, and once it is started nobody
// changes what devices get until it is a draft again.

#ifndef PLATFORM_APPROVAL_H
#define PLATFORM_APPROVAL_H

#include "people.h"

#define APPROVAL_CHANGE                                                        \
    "the project needs approval: only a draft can be changed; pause it, make " \
    "it "                                                                      \
    "a draft, and have another user start it"
#define APPROVAL_START                                                       \
    "the project needs approval: another user than who has changed it last " \
    "must "                                                                  \
    "start it"

// Before a change of settings, list or packages of a firmware: note who does it.
// DB_REFUSED: not now. Within a transaction.
enum db_status approval_change(struct db_conn *c, int64_t firmware_id,
                               const struct person *person);

// Before a change of an image: the same for all firmware that it changes.
enum db_status approval_change_image(struct db_conn *c, int64_t project_id,
                                     const char *firmware_name,
                                     const char *version,
                                     const struct person *person);

// Before a draft is started: whether this person may. DB_REFUSED: he may not.
// *IS_APPROVAL: it is another's draft, in a project that needs that.
enum db_status approval_start(struct db_conn *c, int64_t firmware_id,
                              const struct person *person, bool *is_approval);

#endif
