// SPDX-License-Identifier: MIT
// Connections on which a request is waited for, and for how long already.
//
// The library closes a connection without progress. One that sends a byte now and
// then has progress, and many such would keep all others out.

#ifndef PLATFORM_ASKING_H
#define PLATFORM_ASKING_H

#include <stdbool.h>

struct asking;
struct asker; // a connection

// Ends connections whose request takes longer than so many seconds to come. NULL:
// out of memory.
struct asking *asking_open(unsigned seconds);

// When no connection is left.
void asking_close(struct asking *asking);

// A connection was made; its request is waited for. NULL, out of memory: it is
// not watched, as may be said below.
struct asker *asking_begin(struct asking *asking, int socket);

// Its request is there, or the next one is waited for from now.
void asking_wait(struct asking *asking, struct asker *one, bool is_waiting);

// It is over; its socket is still open.
void asking_end(struct asking *asking, struct asker *one);

#endif
