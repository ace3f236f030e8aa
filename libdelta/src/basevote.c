// SPDX-License-Identifier: MIT
// The load address of an image, from how pointers and code have moved.

#include "basevote.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#define EDGES_MAX (1u << 21)
#define VOTES_MIN 12u
#define VOTES_FEW 5u        // enough if hardly any word objects
#define SHIFT_MAX 0x100000u // a word that moved further is no pointer

// An interval of load addresses that a word votes for begins or ends.
struct edge {
    uint32_t at;
    int32_t step; // 1 or -1
};

struct ballot {
    struct edge *edges;
    uint32_t count, room;
    uint32_t words; // that have a vote at all
};

static int by_place(const void *a, const void *b)
{
    const struct edge *x = a;
    const struct edge *y = b;

    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    return x->step - y->step; // ends first
}

// A word and its shift: each piece of the map with this shift may hold the
// target.
static void cast(struct ballot *ballot, const struct delta_scene *scene,
                 uint32_t word, uint32_t shift)
{
    const struct dfc_space *space = scene->space;
    uint32_t votes = 0;
    uint32_t i;

    for (i = 0; i < space->map_count; i++) {
        uint32_t start = space->map[i].start;
        uint32_t end = i + 1 < space->map_count ? space->map[i + 1].start
                                                : space->old_size;

        if (end > space->old_size) {
            end = space->old_size;
        }
        // Load addresses word - end + 1 .. word - start.
        if (space->map[i].shift != shift || start >= end || word < start ||
            ballot->count + 2 > ballot->room) {
            continue;
        }
        ballot->edges[ballot->count++] =
            (struct edge){word < end ? 0 : word - end + 1, 1};
        ballot->edges[ballot->count++] = (struct edge){word - start + 1, -1};
        votes++;
    }
    ballot->words += votes != 0;
}

static void cast_segment(struct ballot *ballot, const struct delta_scene *scene,
                         const struct delta_segment *s)
{
    uint32_t k = (4u - (s->source & 3u)) & 3u;

    if (s->source >= scene->old_view.size ||
        ((s->source ^ s->new_at) & 3u) != 0) {
        return;
    }
    for (; k + 4 <= s->length; k += 4) {
        uint32_t old = dfc_get32(scene->old_view.bytes + s->source + k);
        uint32_t new = dfc_get32(scene->new_view.bytes + s->new_at + k);
        uint32_t shift = new - old;

        if (shift != 0 && shift + SHIFT_MAX < 2 * SHIFT_MAX &&
            scene->fields[s->source + k].kind == DFC_PLAIN) {
            cast(ballot, scene, old, shift);
        }
    }
}

// The roundest number in [low, high].
static uint32_t roundest(uint32_t low, uint32_t high)
{
    uint32_t bit = 1u << 31;

    for (; bit > 1; bit >>= 1) {
        uint32_t rounded = (low + (bit - 1u)) & ~(bit - 1u);

        if (rounded >= low && rounded <= high) {
            return rounded;
        }
    }
    return low;
}

// The interval that most words vote for.
static uint32_t count_votes(struct ballot *ballot, uint32_t *low,
                            uint32_t *high)
{
    int32_t votes = 0, most = 0;
    uint32_t i;

    qsort(ballot->edges, ballot->count, sizeof(*ballot->edges), by_place);
    for (i = 0; i < ballot->count; i++) {
        votes += ballot->edges[i].step;
        if (votes > most) {
            most = votes;
            *low = ballot->edges[i].at;
            *high = ballot->edges[i + 1].at - 1; // an end follows
        }
    }
    return (uint32_t)most;
}

enum delta_found delta_base_vote(uint32_t *base,
                                 const struct delta_scene *scene,
                                 const struct delta_segments *segments)
{
    struct ballot ballot = {NULL, 0, 0, 0};
    uint32_t low = 0, high = 0, most, i;

    ballot.room = 4u * scene->old_view.size < EDGES_MAX
                      ? 4u * scene->old_view.size
                      : EDGES_MAX;
    ballot.edges = malloc((ballot.room + 1u) * sizeof(*ballot.edges));
    if (ballot.edges == NULL) {
        return DELTA_FOUND_NOMEM;
    }
    for (i = 0; i < segments->count; i++) {
        cast_segment(&ballot, scene, &segments->list[i]);
    }
    most = count_votes(&ballot, &low, &high);
    free(ballot.edges);
    *base = roundest(low, high);
    return (most >= VOTES_MIN && most >= ballot.words / 4) ||
                   (most >= VOTES_FEW && most >= ballot.words / 3 * 2)
               ? DELTA_FOUND
               : DELTA_NOT_FOUND;
}
