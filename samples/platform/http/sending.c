// SPDX-License-Identifier: MIT
// Packages that were handed to the network.

#include "sending.h"

#include <linux/sockios.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "background.h"
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
    struct background background;
    struct going going[SENDING_MAX];
    size_t count;
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
        pthread_mutex_unlock(&s->background.lock);
        close(one.socket);
        if (arrived) {
            note(s, &one);
        }
        pthread_mutex_lock(&s->background.lock);
    }
}

static void *run(void *context)
{
    struct sending *s = context;
    struct background *b = &s->background;

    pthread_mutex_lock(&b->lock);
    while (!b->is_stopping) {
        look(s);
        background_wait(b, s->count > 0 ? LOOK_SECONDS : 0);
    }
    look(s);
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

struct sending *sending_open(struct db *db)
{
    struct sending *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    s->db = db;
    if (!background_start(&s->background, run, s)) {
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
    background_stop(&s->background);
    for (size_t i = 0; i < s->count; i++) {
        close(s->going[i].socket);
    }
    free(s);
}

void sending_add(struct sending *s, int socket, int64_t upgrade_id,
                 int64_t asked)
{
    struct going one = {dup(socket), upgrade_id, asked, time(NULL)};

    pthread_mutex_lock(&s->background.lock);
    bool has_room = one.socket >= 0 && s->count < SENDING_MAX;
    if (has_room) {
        s->going[s->count++] = one;
        if (s->count == 1) { // else it looks again soon
            pthread_cond_signal(&s->background.changed);
        }
    }
    pthread_mutex_unlock(&s->background.lock);
    if (!has_room && one.socket >= 0) {
        close(one.socket);
    }
}
