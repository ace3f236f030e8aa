// SPDX-License-Identifier: MIT
// Which rows of the recovery table (docs/CHECKPOINT.md, section 5) a boot
// meets, read from the flash alone and not from what the patcher made of it.

#ifndef TESTS_RECOVERY_H
#define TESTS_RECOVERY_H

#include "simflash.h"

enum recovery_row {
    RECOVERY_NONE = 0, // R1: no header is valid
    RECOVERY_NO_COMMIT,
    RECOVERY_OTHER_BLOCKS,
    RECOVERY_START_DONE,
    RECOVERY_START,
    RECOVERY_STATE_DONE,
    RECOVERY_STATE_REFUSED, // cannot be seen on flash: the test says so
    RECOVERY_STATE,
    RECOVERY_TORN_MARK,
    RECOVERY_TORN_BLOCK,
    RECOVERY_TORN_HALF,
    RECOVERY_BLANK_HALF,
    RECOVERY_READ_FAILS, // R13; likewise
    RECOVERY_UNSAVED,
    RECOVERY_SAVED,
    RECOVERY_SECOND_HEADER,
    RECOVERY_PARITY,
    RECOVERY_BASE, // U1; this and what follows: the test says so
    RECOVERY_DIGEST,
    RECOVERY_DATA,
    RECOVERY_CALLBACK,
    RECOVERY_CUT_ERASE, // U5
    RECOVERY_ROWS
};

// How often each row was met.
struct recovery {
    uint32_t seen[RECOVERY_ROWS];
    enum recovery_row last; // of the record that decides, or RECOVERY_NONE
};

// A hook for struct powercut: the module is about to boot.
void recovery_boot(void *recovery, const struct simflash *flash);

// "R1" ...
const char *recovery_name(enum recovery_row row);

#endif
