// SPDX-License-Identifier: MIT
// What two images are: regions with their architecture and load address.

#ifndef DELTA_IDENTIFY_H
#define DELTA_IDENTIFY_H

#include "encode.h"

// Regions of both images, as known or found. Bases of regions that nothing is
// known of are 0.
struct delta_identity {
    struct dfc_region old_regions[DFOTA_REGIONS_MAX];
    struct dfc_region new_regions[DFOTA_REGIONS_MAX];
    uint32_t old_count, new_count; // at least 1
    bool has_base;                 // of old regions, one at least
};

void delta_identify(struct delta_identity *id, const struct delta_pair *pair,
                    const struct delta_coding *coding);

// Give images whose load address was not known one. false: they would not fit
// there.
bool delta_identity_move(struct delta_identity *id, uint32_t base);

// Leave out regions that cost more than they save: data that next to no
// instruction is seen in goes to the code before or behind it. Ranges and
// addresses are no longer those of the regions then.
void delta_identity_join(struct delta_identity *id,
                         const struct delta_pair *pair);

// Make each image one region, where there is no room for more: at the load
// address of its largest piece of code. The regions' ranges stay what they
// were, if they have been asked for before.
void delta_identity_flatten(struct delta_identity *id);

// Address ranges of the old image: ascending, at most DFOTA_RANGES_MAX.
// Returns their number.
uint32_t delta_identity_ranges(struct dfc_range *ranges,
                               const struct delta_identity *id);

// DFOTA_ARCH_* of an architecture that is named.
uint8_t delta_arch_value(enum delta_arch arch);

// The set of architectures of all regions.
uint32_t delta_identity_archs(const struct delta_identity *id);

#endif
