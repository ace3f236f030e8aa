// SPDX-License-Identifier: MIT
// The module's time, which may run faster than ours.

#ifndef MODULE_MODCLOCK_H
#define MODULE_MODCLOCK_H

#include <stdint.h>

// Its seconds in one of ours, at least 1; before the first use.
void mod_clock_speed(uint32_t speed);

// Milliseconds since 1970.
uint64_t mod_clock(void);

// Our milliseconds until then, at most `most`.
int mod_clock_until(uint64_t then, int most);

#endif
