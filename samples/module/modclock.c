// SPDX-License-Identifier: MIT
// The module's time.

#include "modclock.h"

#include <time.h>

static uint32_t factor = 1;

static uint64_t read_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

void mod_clock_speed(uint32_t speed)
{
    factor = speed;
}

uint64_t mod_clock(void)
{
    static uint64_t wall;
    static uint64_t begin;

    if (begin == 0) {
        wall = read_clock(CLOCK_REALTIME);
        begin = read_clock(CLOCK_MONOTONIC);
    }
    return wall + (read_clock(CLOCK_MONOTONIC) - begin) * factor;
}

int mod_clock_until(uint64_t then, int most)
{
    uint64_t now = mod_clock();
    uint64_t left = then > now ? (then - now + factor - 1) / factor : 0;

    return left > (uint64_t)most ? most : (int)left;
}
