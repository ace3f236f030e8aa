// SPDX-License-Identifier: MIT
// Choice of an update's geometry in place: direction, epoch, and the memory
// whose copies in the journal the flash can bear.

#ifndef DELTA_GEOMETRY_H
#define DELTA_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "epochs.h"
#include "parse.h"

// What is programmed to flash may be so much of the new image, in tenths.
#define DELTA_PROGRAMMED_MAX 22u

// Bytes of a checkpoint besides manifest, tables and model.
#define DELTA_CHECKPOINT_SIZE 1024u

// The flash that an update in place has, and what is known before it is coded.
struct delta_place_limits {
    uint32_t block_bits;    // of erase blocks
    uint32_t scratch;       // blocks of the scratch area, at least 1
    uint32_t journal_page;  // bytes that the journal is programmed in
    uint32_t journal_half;  // bytes of each of its halves; 0: no limit
    uint32_t manifest_size; // at most
    bool least_wear;        // rather than the smallest package
    const uint8_t *kept;    // of each block of the new image
};

// Bytes of tables and model that each checkpoint can save; where there is none
// UINT32_MAX, 0 if even an empty one programs too much.
uint32_t delta_geometry_memory(const struct delta_inplace *g,
                               const struct delta_place_limits *limits);

// The package for two slots, and what little memory or a new epoch would cost.
struct delta_geometry_costs {
    const struct delta_segments *segments;
    uint32_t size;    // of its stream
    uint32_t tables;  // bytes that it would like to have of that for its map
    uint32_t least;   // bytes of memory that the codec cannot do without
    uint32_t usual;   // ... that it takes if it can; 0: it does not matter
    uint32_t restart; // bytes of stream for each epoch
};

// Geometries to try, at most DELTA_GEOMETRIES, the most promising one first.
#define DELTA_GEOMETRIES 3u
uint32_t delta_geometry_list(struct delta_inplace list[DELTA_GEOMETRIES],
                             const struct delta_place_limits *limits,
                             uint32_t old_size, uint32_t new_size,
                             const struct delta_geometry_costs *costs);

#endif
