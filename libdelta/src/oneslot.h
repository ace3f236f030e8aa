// SPDX-License-Identifier: MIT
// One slot: from the options of an update in place to the limits of its
// geometry, and from the geometry to its records in the manifest.

#ifndef DELTA_ONESLOT_H
#define DELTA_ONESLOT_H

#include "encode.h"
#include "kept.h"
#include "package.h"

struct delta_oneslot {
    struct delta_place_limits limits;
    struct delta_kept kept;
};

enum delta_status delta_oneslot_check(const struct delta_options *options,
                                      struct delta_error *error);

// The options have been checked.
enum delta_status delta_oneslot_open(struct delta_oneslot *slot,
                                     const struct delta_options *options,
                                     const struct delta_pair *pair,
                                     struct delta_error *error);
void delta_oneslot_close(struct delta_oneslot *slot);

// Mode, feature and geometry; kept blocks come last of all records.
void delta_oneslot_geometry(struct delta_draft *draft,
                            const struct delta_inplace *g);
void delta_oneslot_kept(struct delta_draft *draft,
                        const struct delta_kept *kept);

#endif
