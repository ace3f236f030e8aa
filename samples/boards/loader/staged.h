// SPDX-License-Identifier: MIT
// The patcher at work: from a package in the staging area to a new image.

#ifndef BOARDS_STAGED_H
#define BOARDS_STAGED_H

#include <stdbool.h>

#include "bootflag.h"

// Apply the package in staging, if there is one, and make the new image the
// choice of the flag, in flash and in *flag. A refusal is told on the console;
// the image of the flag stays bootable. Either way staging then is empty.
// False: an update in place has begun and cannot go on, there is no image; the
// package stays, and each start tries again.
bool staged_update(struct bootflag *flag);

#endif
