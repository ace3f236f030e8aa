// SPDX-License-Identifier: MIT
// Independent pieces of work, on as many threads as the caller allows.

#ifndef DELTA_PARALLEL_H
#define DELTA_PARALLEL_H

#include <stdint.h>

// Call run(context, 0) ... run(context, count - 1), each once, at most
// `threads` of them at a time, and return when all are done. Piece 0 runs on
// the caller's thread. No piece may depend on another one's having been done.
void delta_parallel(uint32_t threads, uint32_t count,
                    void (*run)(void *context, uint32_t index), void *context);

// How many threads make sense: `wanted`, or the machine's when it is 0.
uint32_t delta_threads(uint32_t wanted);

#endif
