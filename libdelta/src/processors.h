// SPDX-License-Identifier: MIT
// What the host is asked for; one source file for each system.

#ifndef DELTA_PROCESSORS_H
#define DELTA_PROCESSORS_H

// Processors that are there; below 1: not known.
long delta_processors(void);

#endif
