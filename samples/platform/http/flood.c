// SPDX-License-Identifier: MIT
// A bucket of tokens for each address.

#include "flood.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096u
#define TRIES 8u // places where an address may be
#define BURST 10u

struct bucket {
    char address[64]; // empty: free
    int64_t filled_at;
    uint64_t tokens;
};

struct flood {
    pthread_mutex_t lock;
    unsigned rate;
    struct bucket buckets[BUCKETS];
};

struct flood *flood_open(unsigned rate)
{
    struct flood *flood = calloc(1, sizeof(*flood));

    if (flood != NULL) {
        pthread_mutex_init(&flood->lock, NULL);
        flood->rate = rate;
    }
    return flood;
}

void flood_close(struct flood *flood)
{
    if (flood != NULL) {
        pthread_mutex_destroy(&flood->lock);
        free(flood);
    }
}

static uint64_t most(const struct flood *flood)
{
    return (uint64_t)flood->rate * BURST;
}

// The address's bucket, else the one that has rested longest; who floods is
// not forgotten for it.
static struct bucket *find(struct flood *flood, const char *address,
                           int64_t now)
{
    uint32_t hash = 2166136261u;
    struct bucket *oldest = NULL;

    for (const char *at = address; *at != 0; at++) {
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    }
    for (uint32_t i = 0; i < TRIES; i++) {
        struct bucket *bucket = &flood->buckets[(hash + i) % BUCKETS];

        if (strcmp(bucket->address, address) == 0) {
            return bucket;
        }
        if (oldest == NULL || bucket->filled_at < oldest->filled_at) {
            oldest = bucket;
        }
    }
    *oldest = (struct bucket){.filled_at = now, .tokens = most(flood)};
    strncpy(oldest->address, address, sizeof(oldest->address) - 1);
    return oldest;
}

bool flood_allows(struct flood *flood, const char *address, int64_t now)
{
    if (flood->rate == 0) {
        return true;
    }
    pthread_mutex_lock(&flood->lock);
    struct bucket *bucket = find(flood, address, now);
    if (now > bucket->filled_at) {
        uint64_t gained = (uint64_t)(now - bucket->filled_at) * flood->rate;

        bucket->tokens += gained;
        if (bucket->tokens > most(flood)) {
            bucket->tokens = most(flood);
        }
        bucket->filled_at = now;
    }
    bool ok = bucket->tokens > 0;
    bucket->tokens -= ok;
    pthread_mutex_unlock(&flood->lock);
    return ok;
}
