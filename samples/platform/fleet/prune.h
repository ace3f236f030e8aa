// SPDX-License-Identifier: MIT
// Old requests and notes go: a fleet of 100,000 modules leaves 36 million
// requests a year. Upgrades and their results stay.

#ifndef PLATFORM_PRUNE_H
#define PLATFORM_PRUNE_H

#include "blobs.h"
#include "db.h"

// Remove what is older than so many days, a thousand rows at a time, so that
// modules need not wait.
enum db_status prune(struct db_conn *c, int64_t now, int64_t days);

// Remove files that nothing refers to, when they are a day old. Uploads may go
// on, also of other instances. How many.
unsigned prune_files(struct db_conn *c, const struct blobs *blobs);

#endif
