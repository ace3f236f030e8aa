// SPDX-License-Identifier: MIT
// The patcher at work: from a package in the staging area to a new image.

#ifndef BOARDS_UPDATE_H
#define BOARDS_UPDATE_H

#include <stdint.h>

#include "bootflag.h"

// Apply the package in staging, if there is one and it was not acted on yet,
// and make the new image the choice of the flag, in flash and in *flag. What is
// refused is told on the console; the image of the flag stays bootable.
void update_run(struct bootflag *flag);

#endif
