// SPDX-License-Identifier: MIT
// What is done in the background: packages that devices wait for, and every hour
// the removal of what is old, and the end of upgrades that nothing is heard of.

#ifndef PLATFORM_GENERATE_H
#define PLATFORM_GENERATE_H

#include "platform.h"

struct generator;

// Begin. NULL when there is no memory or thread.
struct generator *generator_start(struct platform *platform);

// Waits for the package that is being made.
void generator_stop(struct generator *generator);

#endif
