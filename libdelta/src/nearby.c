// SPDX-License-Identifier: MIT
// Occurrences of short strings by place: positions sorted by the hash of their
// first bytes.

#include "nearby.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "suffix.h"

#define LOOKS_MAX 4u // positions of one hash that are compared

static uint32_t hash_of(const struct delta_nearby *n, uint32_t s)
{
    const uint8_t *text = n->text + s;
    uint32_t first = dfc_get16(text) | (uint32_t)text[2] << 16;
    uint32_t last = n->length > 3 ? dfc_get32(text + n->length - 4) : 0;

    return (first * 0x9E3779B1u ^ last * 0x85EBCA6Bu) * 0x9E3779B1u >>
           (32u - n->bits);
}

bool delta_nearby_make(struct delta_nearby *n, const uint8_t *text,
                       uint32_t size, uint32_t length)
{
    uint32_t count = size < length ? 0 : size - length + 1;
    uint32_t buckets, i;

    n->text = text;
    n->size = size;
    n->length = length;
    n->bits = 10;
    while (n->bits < 22 && 1u << n->bits < size / 2) {
        n->bits++;
    }
    buckets = 1u << n->bits;
    n->first = calloc(buckets + 1u, sizeof(*n->first));
    n->places = malloc((count + 1u) * sizeof(*n->places));
    if (n->first == NULL || n->places == NULL) {
        delta_nearby_free(n);
        return false;
    }
    for (i = 0; i < count; i++) {
        n->first[hash_of(n, i) + 1]++;
    }
    for (i = 0; i < buckets; i++) {
        n->first[i + 1] += n->first[i];
    }
    // Filled from the end of each bucket, whose start is then found again.
    for (i = count; i-- > 0;) {
        n->places[--n->first[hash_of(n, i) + 1]] = i;
    }
    memmove(n->first, n->first + 1, buckets * sizeof(*n->first));
    n->first[buckets] = count;
    return true;
}

void delta_nearby_free(struct delta_nearby *n)
{
    free(n->first);
    free(n->places);
    n->first = NULL;
    n->places = NULL;
}

static bool same(const struct delta_nearby *n, uint32_t a, uint32_t b)
{
    return memcmp(n->text + a, n->text + b, n->length) == 0;
}

// The first place in [low, high) that is not below `position`.
static uint32_t lower_bound(const uint32_t *places, uint32_t low, uint32_t high,
                            uint32_t position)
{
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (places[middle] < position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// What is looked for here is mostly looked for a few positions later, too: have
// the memory at hand by then.
static void fetch_ahead(const struct delta_nearby *n, uint32_t s)
{
#ifdef __GNUC__
    if (n->size - s > 16 + n->length) {
        __builtin_prefetch(&n->places[n->first[hash_of(n, s + 8)]]);
        __builtin_prefetch(&n->first[hash_of(n, s + 16)]);
    }
#endif
}

uint32_t delta_nearby_before(const struct delta_nearby *n, uint32_t s,
                             uint32_t limit)
{
    uint32_t hash, first, i, looks;

    if (n->size - s < n->length) {
        return DELTA_NO_SOURCE;
    }
    fetch_ahead(n, s);
    hash = hash_of(n, s);
    first = n->first[hash];
    i = lower_bound(n->places, first, n->first[hash + 1], limit);
    for (looks = 0; i > first && looks < LOOKS_MAX; looks++) {
        if (same(n, n->places[--i], s)) {
            return n->places[i];
        }
    }
    return DELTA_NO_SOURCE;
}

uint32_t delta_nearby_after(const struct delta_nearby *n, uint32_t s,
                            uint32_t around, uint32_t end)
{
    uint32_t hash, last, i, looks;

    if (n->size - s < n->length) {
        return DELTA_NO_SOURCE;
    }
    hash = hash_of(n, s);
    last = n->first[hash + 1];
    i = lower_bound(n->places, n->first[hash], last, around);
    for (looks = 0; i < last && n->places[i] < end && looks < LOOKS_MAX;
         looks++, i++) {
        if (same(n, n->places[i], s)) {
            return n->places[i];
        }
    }
    return DELTA_NO_SOURCE;
}
