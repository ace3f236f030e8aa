// SPDX-License-Identifier: MIT
// Too many requests of one address are refused before anything is done for
// them.
//
// Many modules share an address behind their operator's gateway: the rate is
// for keeping the platform alive, not for single devices (see limits.h). It is
// counted by each instance for itself, in a table of fixed size.

#ifndef PLATFORM_FLOOD_H
#define PLATFORM_FLOOD_H

#include <stdbool.h>
#include <stdint.h>

struct flood;

// RATE is in requests a second, ten times as many may come at once; 0 allows
// all. NULL when there is no memory.
struct flood *flood_open(unsigned rate);
void flood_close(struct flood *flood);

bool flood_allows(struct flood *flood, const char *address, int64_t now);

#endif
