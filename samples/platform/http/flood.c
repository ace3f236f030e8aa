// SPDX-License-Identifier: MIT
// A bucket of tokens for each address.

#include "flood.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096u
#define TRIES 8u // places where an address may be
#define BURST 10u
#define KEY_SIZE_MAX 64u

// What an IPv4 address begins with as an IPv6 one.
static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

struct bucket {
    char address[KEY_SIZE_MAX]; // empty: free
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

// Whoever has an IPv6 address has 2^64 of them.
static void key_of(char key[KEY_SIZE_MAX], const char *address)
{
    unsigned char bytes[sizeof(struct in6_addr)];

    if (inet_pton(AF_INET6, address, bytes) == 1 &&
        memcmp(bytes, mapped, sizeof(mapped)) != 0) {
        memset(bytes + 8, 0, 8);
        (void)inet_ntop(AF_INET6, bytes, key, KEY_SIZE_MAX);
    } else {
        snprintf(key, KEY_SIZE_MAX, "%s", address);
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
    snprintf(oldest->address, sizeof(oldest->address), "%s", address);
    return oldest;
}

bool flood_allows(struct flood *flood, const char *address, int64_t now)
{
    if (flood->rate == 0) {
        return true;
    }
    char key[KEY_SIZE_MAX];
    key_of(key, address);
    pthread_mutex_lock(&flood->lock);
    struct bucket *bucket = find(flood, key, now);
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
