// SPDX-License-Identifier: MIT
// What info says of a file that is no dfota package but something known.

#ifndef MKDFOTA_FOREIGNVIEW_H
#define MKDFOTA_FOREIGNVIEW_H

#include "cli.h"
#include "delta_foreign.h"

// On stdout what its header says, for people or for programs; on stderr that
// it is not a package. Returns the exit status.
enum cli_exit foreign_report(const struct delta_foreign *foreign,
                             const struct cli *cli, size_t size);

#endif
