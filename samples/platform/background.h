// SPDX-License-Identifier: MIT
// A thread of its own, that waits for work and is told to stop.

#ifndef PLATFORM_BACKGROUND_H
#define PLATFORM_BACKGROUND_H

#include <pthread.h>
#include <stdbool.h>

struct background {
    pthread_t thread;
    pthread_mutex_t lock; // of all that the thread shares
    pthread_cond_t changed;
    bool is_stopping; // read with the lock
};

// False: there is no thread to be had.
bool background_start(struct background *b, void *(*run)(void *),
                      void *context);

// Tell it to stop, and wait until it has.
void background_stop(struct background *b);

// With the lock: wait until something has changed, or for so many seconds; 0: for
// as long as it takes.
void background_wait(struct background *b, unsigned seconds);

#endif
