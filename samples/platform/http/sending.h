// SPDX-License-Identifier: MIT
// Packages that were handed to the network, until the other side has them.
//
// A socket takes what the module may never see: some 100 kB wait in its buffer.
// What the other side has acknowledged is noted as sent, whatever is not within
// a few minutes is not.

#ifndef PLATFORM_SENDING_H
#define PLATFORM_SENDING_H

#include <stdint.h>

#include "db.h"

#define SENDING_MAX 1024u // at the same time, a socket each; more are not noted

struct sending;

// NULL: out of memory.
struct sending *sending_open(struct db *db);
void sending_close(struct sending *s);

// The socket has taken the last byte of an upgrade's package, in answer to its
// ASKED-th request. The socket stays the caller's, who may close it.
void sending_add(struct sending *s, int socket, int64_t upgrade_id,
                 int64_t asked);

#endif
