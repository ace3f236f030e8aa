// SPDX-License-Identifier: MIT
// What is done in the background: packages that devices wait for, and now and
// then the removal of what is old.
//
// Packages are taken from the table one at a time, by any instance. Who works on
// one says so every few seconds; when nothing was heard for a minute, another
// one takes it over.

#ifndef PLATFORM_GENERATE_H
#define PLATFORM_GENERATE_H

#include "platform.h"

struct generator;

// Begin. NULL when there is no memory or thread.
struct generator *generator_start(struct platform *platform);

// Waits for the package that is being made.
void generator_stop(struct generator *generator);

// Order the packages of a firmware from every older version that devices report
// and whose images are here; within the transaction that starts the roll-out.
enum db_status generate_order(struct db_conn *c, int64_t firmware_id,
                              int64_t now);

// Packages that could not be made, or wait for room on the disk, are tried again
// where both images are here. *COUNT is how many. Within a transaction.
enum db_status generate_again(struct db_conn *c, int64_t firmware_id,
                              int64_t *count);

// The project demands something else of packages: all of what may still run are
// checked before they are served again, and made anew if they do not fit, or if
// IS_ANEW in any case. Within a transaction.
enum db_status generate_check(struct db_conn *c, int64_t project_id,
                              bool is_anew);

#endif
