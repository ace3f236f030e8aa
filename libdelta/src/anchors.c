// SPDX-License-Identifier: MIT
// Match candidates from hashes of a few bytes.

#include "anchors.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#define LONG_SIZE 16u // bytes that tell a place apart
#define SHORT_SIZE 5u // bytes that are worth a source
#define BITS_MAX 24u  // of a hash

// An alignment is left for a match of so many bytes of which it misses a
// quarter itself, and given up after so many misses in a row.
#define MATCH_SIZE 16u
#define MISSES_MAX 16u

// The last position of each hash, DELTA_NO_SOURCE if there is none.
struct delta_anchors {
    const uint8_t *text;
    uint32_t old_size, size;
    uint32_t bits;
    uint32_t *old_long, *old_short; // of the old image
    uint32_t *new_short;            // of the new image so far
};

static uint64_t get64(const uint8_t *b)
{
    return dfc_get32(b) | (uint64_t)dfc_get32(b + 4) << 32;
}

static uint32_t long_hash(const struct delta_anchors *a, uint32_t s)
{
    uint64_t x = get64(a->text + s) * 0x9E3779B97F4A7C15u;

    x = (x ^ x >> 29 ^ get64(a->text + s + 8)) * 0xBF58476D1CE4E5B9u;
    return (uint32_t)(x >> (64 - a->bits));
}

static uint32_t short_hash(const struct delta_anchors *a, uint32_t s)
{
    uint64_t x = get64(a->text + s) << 8 * (8 - SHORT_SIZE);

    return (uint32_t)((x * 0x9E3779B97F4A7C15u) >> (64 - a->bits));
}

static uint32_t *make_table(uint32_t bits)
{
    size_t size = sizeof(uint32_t) << bits;
    uint32_t *table = malloc(size);

    if (table != NULL) {
        memset(table, 0xFF, size);
    }
    return table;
}

struct delta_anchors *delta_anchors_make(const uint8_t *text, uint32_t old_size,
                                         uint32_t new_size)
{
    struct delta_anchors *a = calloc(1, sizeof(*a));
    uint32_t s;

    if (a == NULL) {
        return NULL;
    }
    a->text = text;
    a->old_size = old_size;
    a->size = old_size + new_size;
    a->bits = 10;
    while (a->bits < BITS_MAX && 1u << a->bits < old_size / 2 * 3) {
        a->bits++;
    }
    a->old_long = make_table(a->bits);
    a->old_short = make_table(a->bits);
    a->new_short = make_table(a->bits);
    if (a->old_long == NULL || a->old_short == NULL || a->new_short == NULL) {
        delta_anchors_free(a);
        return NULL;
    }
    for (s = 0; s + LONG_SIZE <= old_size; s++) {
        a->old_long[long_hash(a, s)] = s;
        a->old_short[short_hash(a, s)] = s;
    }
    return a;
}

void delta_anchors_free(struct delta_anchors *a)
{
    if (a != NULL) {
        free(a->old_long);
        free(a->old_short);
        free(a->new_short);
        free(a);
    }
}

void delta_anchors_find(struct delta_anchors *a, uint32_t at,
                        uint32_t found[DELTA_CANDIDATES])
{
    uint32_t s = a->old_size + at;
    uint32_t *seen;

    memset(found, 0xFF, DELTA_CANDIDATES * sizeof(*found));
    if (a->size - s < LONG_SIZE) {
        return;
    }
    seen = &a->new_short[short_hash(a, s)];
    found[0] = a->old_long[long_hash(a, s)];
    found[1] = a->old_short[short_hash(a, s)];
    found[2] = *seen;
    *seen = s;
}

static uint32_t match_size(const struct delta_anchors *a, uint32_t from,
                           uint32_t to, uint32_t most)
{
    uint32_t n = 0;

    while (n < most && a->text[from + n] == a->text[to + n]) {
        n++;
    }
    return n;
}

// Bytes that an alignment hits.
static uint32_t count_hits(const struct delta_anchors *a, uint32_t from,
                           uint32_t to, uint32_t size)
{
    uint32_t hits = 0;

    for (; size > 0 && from < a->old_size; size--) {
        hits += a->text[from++] == a->text[to++];
    }
    return hits;
}

struct walk {
    const struct delta_anchors *anchors;
    struct delta_segments *out;
    uint32_t room;
    uint32_t begin, source; // of the current alignment
    uint32_t after_hit;     // position behind its last hit
    bool aligned;
};

static bool end_segment(struct walk *w)
{
    struct delta_segments *out = w->out;

    if (!w->aligned || w->after_hit <= w->begin) {
        return true;
    }
    if (out->count == w->room) {
        uint32_t room = w->room == 0 ? 1024 : w->room * 2;
        struct delta_segment *list =
            realloc(out->list, room * sizeof(*out->list));

        if (list == NULL) {
            return false;
        }
        out->list = list;
        w->room = room;
    }
    out->list[out->count++] =
        (struct delta_segment){w->begin, w->source, w->after_hit - w->begin};
    return true;
}

// Is there a match here that is better than to go on? It is taken then, from
// where it begins.
static bool turn(struct walk *w, uint32_t at)
{
    const struct delta_anchors *a = w->anchors;
    uint32_t s = a->old_size + at;
    uint32_t going = w->source + (at - w->begin);
    uint32_t from, back = 0;

    if (a->size - s < MATCH_SIZE) {
        return true;
    }
    from = a->old_long[long_hash(a, s)];
    if (from == DELTA_NO_SOURCE || (w->aligned && from == going) ||
        match_size(a, from, s, MATCH_SIZE) < MATCH_SIZE ||
        (w->aligned &&
         count_hits(a, going, s, MATCH_SIZE) > MATCH_SIZE / 4 * 3)) {
        return true;
    }
    if (!end_segment(w)) {
        return false;
    }
    while (back < from && at - back > w->after_hit &&
           a->text[from - back - 1] == a->text[s - back - 1]) {
        back++;
    }
    w->aligned = true;
    w->begin = at - back;
    w->source = from - back;
    w->after_hit = at;
    return true;
}

bool delta_anchors_align(struct delta_segments *segments,
                         const struct delta_anchors *a)
{
    uint32_t new_size = a->size - a->old_size;
    struct walk w = {.anchors = a, .out = segments};
    uint32_t at = 0;

    segments->list = NULL;
    segments->count = 0;
    while (at < new_size) {
        uint32_t source;

        if (!w.aligned || w.after_hit != at) {
            if (!turn(&w, at)) {
                return false;
            }
        }
        source = w.source + (at - w.begin);
        if (w.aligned && source < a->old_size &&
            a->text[source] == a->text[a->old_size + at]) {
            uint32_t most = new_size - at < a->old_size - source
                                ? new_size - at
                                : a->old_size - source;

            at += match_size(a, source, a->old_size + at, most);
            w.after_hit = at;
        } else {
            at++;
            if (w.aligned && at - w.after_hit > MISSES_MAX) {
                if (!end_segment(&w)) {
                    return false;
                }
                w.aligned = false;
            }
        }
    }
    return end_segment(&w);
}
