// SPDX-License-Identifier: MIT
// Updates in place, FORMAT.md section 11: in which order the new image is made,
// and what can be read meanwhile.

#ifndef DELTA_EPOCHS_H
#define DELTA_EPOCHS_H

#include <stdbool.h>
#include <stdint.h>

#include "reference.h"

// 1 <= epoch <= scratch
struct delta_inplace {
    uint32_t old_size, new_size;
    uint32_t block_bits; // a block has 2^block_bits bytes
    uint32_t scratch;    // blocks that the scratch area holds
    uint32_t epoch;      // blocks that are written in one epoch
    bool backwards;      // direction 1
    bool fresh;          // codec range: each epoch begins with a new model
    const uint8_t *kept; // of each block of the new image: it does not
                         // change; NULL: all may
};

// What is written between two checkpoints: bytes [begin, end) of the new image.
struct delta_epoch {
    uint32_t index; // in the order of coding
    uint32_t begin, end;
};

uint32_t delta_inplace_blocks(const struct delta_inplace *g, uint32_t size);

// The first epoch in the order of coding, the one after another one, and the
// one that writes the byte at a position. g may be NULL, here and below, for an
// update of two slots: one epoch writes the whole image, of new_size bytes.
struct delta_epoch delta_epoch_first(const struct delta_inplace *g,
                                     uint32_t new_size);
struct delta_epoch delta_epoch_next(const struct delta_inplace *g,
                                    const struct delta_epoch *epoch);
struct delta_epoch delta_epoch_at(const struct delta_inplace *g,
                                  uint32_t new_size, uint32_t at);
uint32_t delta_epoch_count(const struct delta_inplace *g);

// Can the old byte at s be read in an epoch?
bool delta_inplace_has_old(const struct delta_inplace *g,
                           const struct delta_epoch *epoch, uint32_t s);

// Can byte q of the new image be read when the one at `at` is made?
bool delta_inplace_has_new(const struct delta_inplace *g,
                           const struct delta_epoch *epoch, uint32_t at,
                           uint32_t q);

// Both images as the patcher sees them in an epoch.
struct delta_sight {
    const struct delta_inplace *g; // NULL: two slots
    uint32_t old_size, new_size;
    const uint8_t *old_bytes;
    const uint8_t *near_bytes; // of the new image, for sources before `at`
    const uint8_t *far_bytes;  // ... for those behind the epoch
    const uint8_t *new_data;   // as it is
    struct delta_epoch epoch;
    uint8_t *copies; // malloc'ed: old, near and far; NULL with two slots
};

// Begin with the first epoch. false: out of memory.
bool delta_sight_make(struct delta_sight *sight, const struct delta_inplace *g,
                      const uint8_t *old_data, uint32_t old_size,
                      const uint8_t *new_data, uint32_t new_size);
void delta_sight_free(struct delta_sight *sight);

// Go on to the epoch that writes the byte at `at`: this one or a later one.
void delta_sight_reach(struct delta_sight *sight, uint32_t at);

// The image that a source (in old ++ new) lies in, when the byte at `at` of
// this epoch is made.
struct dfc_view delta_sight_view(const struct delta_sight *sight,
                                 uint32_t source, uint32_t at);

#endif
