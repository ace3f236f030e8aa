// SPDX-License-Identifier: MIT
// Connections on which a request is waited for.

#include "asking.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "background.h"

#define LOOK_SECONDS 1

struct asker {
    struct asker *next, *previous;
    int socket;
    time_t since; // 0: nothing is waited for
};

struct asking {
    struct background background;
    struct asker *first;
    unsigned seconds;
};

static time_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + 1; // never 0
}

// To the library it is as if the other side had gone.
static void look(struct asking *asking)
{
    time_t last = now() - (time_t)asking->seconds;

    for (struct asker *one = asking->first; one != NULL; one = one->next) {
        if (one->since != 0 && one->since < last) {
            one->since = 0;
            (void)shutdown(one->socket, SHUT_RDWR);
        }
    }
}

static void *run(void *context)
{
    struct asking *asking = context;
    struct background *b = &asking->background;

    pthread_mutex_lock(&b->lock);
    while (!b->is_stopping) {
        look(asking);
        background_wait(b, asking->first != NULL ? LOOK_SECONDS : 0);
    }
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

struct asking *asking_open(unsigned seconds)
{
    struct asking *asking = calloc(1, sizeof(*asking));

    if (asking == NULL) {
        return NULL;
    }
    asking->seconds = seconds;
    if (!background_start(&asking->background, run, asking)) {
        free(asking);
        return NULL;
    }
    return asking;
}

void asking_close(struct asking *asking)
{
    if (asking != NULL) {
        background_stop(&asking->background);
        free(asking);
    }
}

struct asker *asking_begin(struct asking *asking, int socket)
{
    struct asker *one = calloc(1, sizeof(*one));

    if (one == NULL) {
        return NULL;
    }
    one->socket = socket;
    one->since = now();
    pthread_mutex_lock(&asking->background.lock);
    one->next = asking->first;
    if (one->next != NULL) {
        one->next->previous = one;
    } else { // there was nothing to look at
        pthread_cond_signal(&asking->background.changed);
    }
    asking->first = one;
    pthread_mutex_unlock(&asking->background.lock);
    return one;
}

void asking_wait(struct asking *asking, struct asker *one, bool is_waiting)
{
    if (one != NULL) {
        pthread_mutex_lock(&asking->background.lock);
        one->since = is_waiting ? now() : 0;
        pthread_mutex_unlock(&asking->background.lock);
    }
}

void asking_end(struct asking *asking, struct asker *one)
{
    if (one == NULL) {
        return;
    }
    pthread_mutex_lock(&asking->background.lock);
    if (one->next != NULL) {
        one->next->previous = one->previous;
    }
    if (one->previous != NULL) {
        one->previous->next = one->next;
    } else {
        asking->first = one->next;
    }
    pthread_mutex_unlock(&asking->background.lock);
    free(one);
}
