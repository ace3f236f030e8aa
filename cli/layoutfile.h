// SPDX-License-Identifier: MIT
// Reads the flash layout that --layout names.

#ifndef MKDFOTA_LAYOUTFILE_H
#define MKDFOTA_LAYOUTFILE_H

#include "cli.h"
#include "delta_layout.h"

// Messages have been printed when this is not CLI_DONE.
enum cli_exit layoutfile_read(struct delta_flash_layout *layout,
                              const char *path);

#endif
