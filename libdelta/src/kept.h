// SPDX-License-Identifier: MIT
// Blocks that an update in place need not write, FORMAT.md section 11.3.

#ifndef DELTA_KEPT_H
#define DELTA_KEPT_H

#include <stdbool.h>
#include <stdint.h>

// Runs of blocks that are equal in both images.
#define DELTA_KEPT_MAX 51u // that record 10 has room for
struct delta_kept {
    uint8_t *blocks; // malloc'ed: 1 for blocks in one of the runs
    struct delta_kept_run {
        uint32_t first, count;
    } runs[DELTA_KEPT_MAX]; // ascending
    uint32_t count;
};

// The longest ones, at most `room`; for the smallest package only those that are worth their
// place in the manifest. false: out of memory.
bool delta_kept_find(struct delta_kept *kept, const uint8_t *old_data,
                     uint32_t old_size, const uint8_t *new_data,
                     uint32_t new_size, uint32_t block_bits, uint32_t room,
                     bool least_wear);
void delta_kept_free(struct delta_kept *kept);

#endif
