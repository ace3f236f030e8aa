// SPDX-License-Identifier: MIT
// One part on its way into a package: its images as the package sees them, and
// what was made of them.

#ifndef DELTA_MAKING_H
#define DELTA_MAKING_H

#include "delta_parts.h"
#include "encode.h"
#include "oneslot.h"
#include "package.h"

struct delta_making {
    const struct delta_part_input *input;
    struct delta_options options; // of the part
    struct delta_image hidden[2]; // old and new one without unmanaged bytes
    const struct delta_image *images[2]; // those, or the caller's; NULL: none
    struct delta_pair pair; // of these; without the old one for a full image
    struct delta_oneslot slot;
    struct delta_stream stream;
};

// Check the images and ranges of part `index`. The options have been checked.
enum delta_status delta_making_open(struct delta_making *m,
                                    const struct delta_part_input *input,
                                    const struct delta_options *options,
                                    uint32_t index, uint32_t count,
                                    struct delta_error *error);
void delta_making_close(struct delta_making *m);

static inline bool delta_is_full(const struct delta_making *m)
{
    return m->pair.old_size == 0;
}

// The package sees no old image any more, and the other way round.
void delta_making_alone(struct delta_making *m);
void delta_making_together(struct delta_making *m);

// May it be a full image on a module of one slot? The module's own bytes would
// be erased with the block around them.
bool delta_making_fits_alone(const struct delta_making *m);

// Features of the package, as its parts are now.
uint32_t delta_making_features(const struct delta_making *parts,
                               uint32_t count);

// Bytes of its manifest at most, without kept blocks.
uint32_t delta_making_manifest(const struct delta_making *parts, uint32_t count,
                               const struct delta_options *options);

// Everything but seal and digests. draft->stream is malloc'ed and the caller's.
enum delta_status delta_making_draft(struct delta_draft *draft,
                                     struct delta_making *parts, uint32_t count,
                                     const struct delta_options *options,
                                     struct delta_error *error);

#endif
