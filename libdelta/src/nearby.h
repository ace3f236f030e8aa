// SPDX-License-Identifier: MIT
// Occurrences of short strings by place: a suffix array finds the longest
// match, but among short ones the nearest is the cheapest to name.

#ifndef DELTA_NEARBY_H
#define DELTA_NEARBY_H

#include <stdbool.h>
#include <stdint.h>

#define DELTA_NEARBY_MIN 3u // bytes that occurrences share, at least

struct delta_nearby {
    const uint8_t *text; // the caller's
    uint32_t size;
    uint32_t length;  // of the strings
    uint32_t *first;  // of each hash: where its positions begin
    uint32_t *places; // positions, by hash, then ascending
    uint32_t bits;    // of the hash
};

// Index the strings of this length, DELTA_NEARBY_MIN or more, at every position
// of the text, which must live as long as the index. false: out of memory.
bool delta_nearby_make(struct delta_nearby *nearby, const uint8_t *text,
                       uint32_t size, uint32_t length);
void delta_nearby_free(struct delta_nearby *nearby);

// The last occurrence before `limit` and, from `around` on, the next one
// before `end`, of the string at position s: DELTA_NO_SOURCE when there is
// none, or only behind many others of the same hash.
uint32_t delta_nearby_before(const struct delta_nearby *nearby, uint32_t s,
                             uint32_t limit);
uint32_t delta_nearby_after(const struct delta_nearby *nearby, uint32_t s,
                            uint32_t around, uint32_t end);

#endif
