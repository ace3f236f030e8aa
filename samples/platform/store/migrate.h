// SPDX-License-Identifier: MIT
// Brings the tables to the version that this program knows.
//
// The files of schema/ are numbered; each is run once, in one transaction with
// the note that it was. They are never changed after a release: a new one is
// added. A database of a later program is refused.

#ifndef PLATFORM_MIGRATE_H
#define PLATFORM_MIGRATE_H

#include "db.h"

enum db_status migrate(struct db_conn *c);

#endif
