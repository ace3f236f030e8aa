// SPDX-License-Identifier: MIT
// A simulated flash that lives in a file and so survives the process.

#ifndef MODULE_FLASHFILE_H
#define MODULE_FLASHFILE_H

#include <stdbool.h>

#include "simflash.h"

// Make the file, which must not exist, with everything erased. False: errno.
bool flashfile_create(struct simflash *flash, const char *path,
                      const struct sim_geometry *geometry);

// Map an existing file. False: errno; EINVAL when it is no such file.
bool flashfile_open(struct simflash *flash, const char *path);

void flashfile_close(struct simflash *flash);

#endif
