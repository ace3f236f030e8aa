// SPDX-License-Identifier: MIT
// Packages that were handed to the network.

#include "sending.h"

#include <linux/sockios.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "outcome.h"

#define PATIENCE 180 // seconds
#define LOOK_SECONDS 1

struct going {
    int socket; // of its own
    int64_t upgrade_id, asked;
    time_t since;
};

struct sending {
    struct db *db;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct going going[SENDING_MAX];
    size_t count;
    bool is_stopping;
};

// The end of a connection waits for its acknowledgement like a byte: one does
// not count.
static bool has_arrived(int socket)
{
    int waiting;

    return ioctl(socket, SIOCOUTQ, &waiting) == 0 && waiting <= 1;
}

static void note(struct sending *s, const struct going *one)
{
    struct db_conn *c = db_take(s->db);

    if (outcome_sent(c, one->upgrade_id, one->asked, time(NULL)) != DB_OK) {
        log_line("upgrade %lld: cannot note its end: %s",
                 (long long)one->upgrade_id, db_message(c));
    }
    db_give(c);
}

// Takes out the next that is over; false when all others are on their way.
static bool take_over(struct sending *s, size_t *at, struct going *one,
                      bool *arrived)
{
    for (; *at < s->count; (*at)++) {
        *arrived = has_arrived(s->going[*at].socket);
        if (*arrived || time(NULL) > s->going[*at].since + PATIENCE) {
            *one = s->going[*at];
            s->going[*at] = s->going[--s->count];
            return true;
        }
    }
    return false;
}

// The lock is not held while the database is waited for.
static void look(struct sending *s)
{
    struct going one;
    bool arrived;
    size_t at = 0;

    while (take_over(s, &at, &one, &arrived)) {
        pthread_mutex_unlock(&s->lock);
        close(one.socket);
        if (arrived) {
            note(s, &one);
        }
        pthread_mutex_lock(&s->lock);
    }
}

static void *run(void *context)
{
    struct sending *s = context;

    pthread_mutex_lock(&s->lock);
    while (!s->is_stopping) {
        struct timespec until;

        look(s);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += LOOK_SECONDS;
        if (s->is_stopping) {
            break;
        }
        if (s->count > 0) {
            pthread_cond_timedwait(&s->changed, &s->lock, &until);
        } else {
            pthread_cond_wait(&s->changed, &s->lock);
        }
    }
    look(s);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

struct sending *sending_open(struct db *db)
{
    struct sending *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    s->db = db;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    if (pthread_create(&s->thread, NULL, run, s) != 0) {
        free(s);
        return NULL;
    }
    return s;
}

void sending_close(struct sending *s)
{
    if (s == NULL) {
        return;
    }
    pthread_mutex_lock(&s->lock);
    s->is_stopping = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    for (size_t i = 0; i < s->count; i++) {
        close(s->going[i].socket);
    }
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void sending_add(struct sending *s, int socket, int64_t upgrade_id,
                 int64_t asked)
{
    struct going one = {dup(socket), upgrade_id, asked, time(NULL)};

    pthread_mutex_lock(&s->lock);
    bool has_room = one.socket >= 0 && s->count < SENDING_MAX;
    if (has_room) {
        s->going[s->count++] = one;
        if (s->count == 1) { // else it looks again soon
            pthread_cond_signal(&s->changed);
        }
    }
    pthread_mutex_unlock(&s->lock);
    if (!has_room && one.socket >= 0) {
        close(one.socket);
    }
}
