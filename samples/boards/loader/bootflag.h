// SPDX-License-Identifier: MIT
// Which slot runs, and which update put its image there: kept in flash so that
// a power cut leaves either the last choice or the new one.

#ifndef BOARDS_BOOTFLAG_H
#define BOARDS_BOOTFLAG_H

#include <stdint.h>

struct bootflag {
    uint32_t sequence; // grows with each choice
    uint32_t slot;     // 0 or 1
    uint32_t tag;      // of the update that was acted on
};

// Slot 0 and tag 0 when nothing was ever written. 0, or a NOR_ERR_.
int bootflag_read(struct bootflag *flag);

// Make this the choice from now on. 0, or a NOR_ERR_.
int bootflag_write(uint32_t slot, uint32_t tag);

#endif
