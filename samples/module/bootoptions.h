// SPDX-License-Identifier: MIT
// The boot loader as the command line wants it.

#ifndef MODULE_BOOTOPTIONS_H
#define MODULE_BOOTOPTIONS_H

#include "bootloader.h"
#include "options.h"

// Set up, but for source and report. The key must last as long as *b. False:
// the key cannot be read, which was said.
bool boot_from_options(struct bootloader *b, struct dfp_key *key,
                       struct simflash *flash, const struct options *o);

// Power comes on, and goes again when the options say so.
void boot_power_on(struct simflash *flash, const struct options *o);

#endif
