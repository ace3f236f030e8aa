// SPDX-License-Identifier: MIT
// Independent pieces of work, on as many threads as the caller allows.

#include "parallel.h"
#include "processors.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define THREADS_MAX 64u

struct work {
    atomic_uint next; // piece
    uint32_t count;
    void (*run)(void *context, uint32_t index);
    void *context;
};

static void *take_pieces(void *argument)
{
    struct work *work = argument;
    uint32_t index;

    while ((index = atomic_fetch_add(&work->next, 1)) < work->count) {
        work->run(work->context, index);
    }
    return NULL;
}

void delta_parallel(uint32_t threads, uint32_t count,
                    void (*run)(void *context, uint32_t index), void *context)
{
    struct work work = {1, count, run, context};
    pthread_t others[THREADS_MAX];
    uint32_t started = 0;

    // A thread that cannot be had leaves its work to the others.
    while (started + 1 < threads && started + 1 < count &&
           started < THREADS_MAX &&
           pthread_create(&others[started], NULL, take_pieces, &work) == 0) {
        started++;
    }
    if (count > 0) {
        run(context, 0);
    }
    take_pieces(&work);
    while (started > 0) {
        (void)pthread_join(others[--started], NULL);
    }
}

uint32_t delta_threads(uint32_t wanted)
{
    if (wanted != 0) {
        return wanted;
    }
    long online = delta_processors();
    return online < 1                   ? 1
           : online > (long)THREADS_MAX ? THREADS_MAX
                                        : (uint32_t)online;
}
