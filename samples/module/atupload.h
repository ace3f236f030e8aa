// SPDX-License-Identifier: MIT
// AT+UARTUPGRADE: the host sends the package over the port.

#ifndef MODULE_ATUPLOAD_H
#define MODULE_ATUPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent.h"
#include "atparser.h"

#define AT_SEGMENT_LEAST 4u
#define AT_SEGMENT_MOST 1024u

enum at_uploaded {
    AT_UPLOAD_OK,
    AT_UPLOAD_SAID,     // OK, and `text` is to be said before
    AT_UPLOAD_BAD,      // wrong arguments
    AT_UPLOAD_NOT_NOW,  // busy, or a segment out of turn
    AT_UPLOAD_NOT_KEPT, // it cannot be stored, or is no good
};

struct at_upload_answer {
    enum at_uploaded outcome;
    char text[NV_TEXT_MAX + 24];
};

// AT+UARTUPGRADE=<cmd>[,<sn>,<n>,<hex>,<xor8>]: 0 erase, 1 write segment sn
// (from 0, n bytes in hexadecimal, and the exclusive or of them), 2 verify,
// 3 name, 4 version that it leads to, 5 apply.
void at_upload(struct at_upload_answer *answer, struct agent *agent,
               const struct at_command *command);

// A segment's bytes. False: not n of them, or their sum is another.
bool at_segment(uint8_t data[AT_SEGMENT_MOST], uint32_t n,
                const char *hexadecimal, uint32_t sum);

#endif
