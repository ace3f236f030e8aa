// SPDX-License-Identifier: MIT
// One slot: from the options of an update in place to the limits of its
// geometry, and from the geometry to its records in the manifest.

#ifndef DELTA_ONESLOT_H
#define DELTA_ONESLOT_H

#include "dfota/format.h"
#include "encode.h"
#include "kept.h"

struct delta_oneslot {
    struct delta_place_limits limits;
    struct delta_kept kept;
};

enum delta_status delta_oneslot_check(const struct delta_options *options,
                                      struct delta_error *error);

// The options have been checked. There is room for `most` runs of kept blocks;
// the size of the manifest is left open.
enum delta_status delta_oneslot_open(struct delta_oneslot *slot,
                                     const struct delta_options *options,
                                     const struct delta_pair *pair,
                                     uint32_t most, struct delta_error *error);
void delta_oneslot_close(struct delta_oneslot *slot);

// Geometry as record 7 has it. A full image has none, but its place is filled.
void delta_oneslot_geometry(uint8_t geometry[DFOTA_GEO_SIZE],
                            const struct delta_inplace *g,
                            const struct delta_place_limits *limits);

// The runs of a part as record 10 has them; returns their number.
uint32_t delta_oneslot_kept(uint8_t *runs, uint32_t part,
                            const struct delta_kept *kept);

#endif
