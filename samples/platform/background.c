// SPDX-License-Identifier: MIT
// A thread of its own.

#include "background.h"

#include <time.h>

bool background_start(struct background *b, void *(*run)(void *), void *context)
{
    b->is_stopping = false;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->changed, NULL);
    if (pthread_create(&b->thread, NULL, run, context) == 0) {
        return true;
    }
    pthread_cond_destroy(&b->changed);
    pthread_mutex_destroy(&b->lock);
    return false;
}

void background_stop(struct background *b)
{
    pthread_mutex_lock(&b->lock);
    b->is_stopping = true;
    pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
    pthread_join(b->thread, NULL);
    pthread_cond_destroy(&b->changed);
    pthread_mutex_destroy(&b->lock);
}

void background_wait(struct background *b, unsigned seconds)
{
    struct timespec until;

    if (b->is_stopping) {
        return;
    }
    if (seconds == 0) {
        pthread_cond_wait(&b->changed, &b->lock);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    pthread_cond_timedwait(&b->changed, &b->lock, &until);
}
