// SPDX-License-Identifier: MIT
// The module in operation: AT ports and update agent.

#ifndef MODULE_RUN_H
#define MODULE_RUN_H

#include "options.h"
#include "simflash.h"

// Until SIGTERM or SIGINT, or until power is cut. The exit status.
int run_module(const struct options *o, struct simflash *flash);

#endif
