// SPDX-License-Identifier: MIT
// The address map, fitted to votes by dynamic programming.

#include "mapfit.h"

#include <stdlib.h>

#define NO_VOTE 0xFFFFFFFFu

bool delta_vote_add(struct delta_votes *votes, uint32_t target, uint32_t shift)
{
    if (votes->count == votes->room) {
        uint32_t room = votes->room == 0 ? 1024 : votes->room * 2;
        struct delta_vote *list = realloc(votes->list, room * sizeof(*list));

        if (list == NULL) {
            return false;
        }
        votes->list = list;
        votes->room = room;
    }
    votes->list[votes->count++] = (struct delta_vote){target, shift};
    return true;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

// One state per distinct shift. All states grow dearer by the miss price with
// every vote but that of their own shift, so only the latter is touched:
// `cost` is relative to votes seen times miss price.
struct fit {
    uint32_t *shifts; // distinct, ascending
    int64_t *cost;    // of the state
    uint32_t *state;  // of each vote
    uint32_t *before; // of each vote: the state that its own state was entered
                      // from right before it, or NO_VOTE: it went on
    uint32_t shift_count;
};

static uint32_t find_shift(const struct fit *f, uint32_t shift)
{
    const uint32_t *found = bsearch(&shift, f->shifts, f->shift_count,
                                    sizeof(*f->shifts), by_value);

    return (uint32_t)(found - f->shifts);
}

static bool collect_shifts(struct fit *f, const struct delta_votes *votes)
{
    uint32_t i, n = 0;

    f->shifts[0] = 0; // the state below the first entry
    for (i = 0; i < votes->count; i++) {
        f->shifts[i + 1] = votes->list[i].shift;
    }
    if (!delta_sort_words(f->shifts, votes->count + 1u)) {
        return false;
    }
    for (i = 0; i <= votes->count; i++) {
        if (i == 0 || f->shifts[i] != f->shifts[n - 1]) {
            f->shifts[n++] = f->shifts[i];
        }
    }
    f->shift_count = n;
    for (i = 0; i < votes->count; i++) {
        f->state[i] = i > 0 && votes->list[i].shift == votes->list[i - 1].shift
                          ? f->state[i - 1]
                          : find_shift(f, votes->list[i].shift);
    }
    return true;
}

// The first vote after i that is for another target.
static uint32_t end_of_target(const struct delta_votes *votes, uint32_t i)
{
    uint32_t target = votes->list[i].target;

    while (i < votes->count && votes->list[i].target == target) {
        i++;
    }
    return i;
}

// Returns the cheapest state after the last vote.
static uint32_t forward(struct fit *f, const struct delta_votes *votes,
                        uint32_t entry_price, uint32_t miss_price)
{
    uint32_t best = find_shift(f, 0);
    uint32_t i, end;

    for (i = 0; i < f->shift_count; i++) {
        f->cost[i] = i == best ? 0 : (int64_t)entry_price;
    }
    for (i = 0; i < votes->count; i = end) {
        // An entry moves all votes for its target: none is entered from
        // another one for the same target.
        uint32_t entered = best;
        int64_t price = f->cost[best] + (int64_t)entry_price;

        end = end_of_target(votes, i);
        for (; i < end; i++) {
            uint32_t s = f->state[i];

            f->before[i] = NO_VOTE;
            if (price < f->cost[s]) {
                f->cost[s] = price;
                f->before[i] = entered;
            }
            f->cost[s] -= (int64_t)miss_price;
            if (f->cost[s] < f->cost[best]) {
                best = s;
            }
        }
    }
    return best;
}

static uint32_t backward(struct dfc_map_entry *map, uint32_t room,
                         const struct fit *f, const struct delta_votes *votes,
                         uint32_t state)
{
    uint32_t count = 0;
    uint32_t first = NO_VOTE; // first vote met by `state` so far
    uint32_t i;

    for (i = votes->count; i-- > 0;) {
        if (f->state[i] != state) {
            continue;
        }
        first = i;
        if (f->before[i] != NO_VOTE) {
            if (count < room) {
                map[count] = (struct dfc_map_entry){votes->list[i].target,
                                                    f->shifts[state]};
            }
            count++;
            state = f->before[i];
            first = NO_VOTE;
            // ... as it was before this target
            while (i > 0 &&
                   votes->list[i - 1].target == votes->list[i].target) {
                i--;
            }
        }
    }
    if (first != NO_VOTE && f->shifts[state] != 0) {
        if (count < room) {
            map[count] = (struct dfc_map_entry){votes->list[first].target,
                                                f->shifts[state]};
        }
        count++;
    }
    return count;
}

static void reverse(struct dfc_map_entry *map, uint32_t count)
{
    uint32_t i;

    for (i = 0; i < count / 2; i++) {
        struct dfc_map_entry swap = map[i];

        map[i] = map[count - 1 - i];
        map[count - 1 - i] = swap;
    }
}

bool delta_map_fit(struct dfc_map_entry *map, uint32_t *count,
                   struct delta_votes *votes, uint32_t entry_price,
                   uint32_t miss_price)
{
    uint32_t n = votes->count;
    uint32_t room = *count;
    struct fit f = {0};
    bool ok;

    *count = 0;
    if (n == 0) {
        return true;
    }
    if (!delta_sort_votes(votes->list, n)) {
        return false;
    }
    f.shifts = malloc((n + 1u) * sizeof(*f.shifts));
    f.cost = malloc((n + 1u) * sizeof(*f.cost));
    f.state = malloc(n * sizeof(*f.state));
    f.before = malloc(n * sizeof(*f.before));
    ok = f.shifts != NULL && f.cost != NULL && f.state != NULL &&
         f.before != NULL && collect_shifts(&f, votes);
    if (ok) {
        uint32_t found = room + 1;

        // Too many entries: make them dearer until they fit.
        while (found > room) {
            found = backward(map, room, &f, votes,
                             forward(&f, votes, entry_price, miss_price));
            entry_price += entry_price / 4 + 1;
        }
        reverse(map, found);
        *count = found;
    }
    free(f.shifts);
    free(f.cost);
    free(f.state);
    free(f.before);
    return ok;
}
