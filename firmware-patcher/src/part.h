// SPDX-License-Identifier: MIT
// Parts: which image of the module is being worked on, and which bytes of it
// are the module's own (FORMAT.md section 12).

#ifndef DFOTA_PART_H
#define DFOTA_PART_H

#include "state.h"

// Keep the manifest in memory if the package needs it to the end. It stands
// behind the preamble at `head`.
void dfp_manifest_keep(struct dfp *p, const uint8_t *head);

// Work on part `index` of the kept manifest: p->s.part, p->s.image_check,
// p->slot and what p->more says of records. Without a kept manifest only
// p->slot is set. Errors: those of a manifest, and DFP_ERR_PART.
enum dfp_status dfp_part_select(struct dfp *p, uint32_t index);

// Index of the part being worked on, and number of parts.
static inline uint32_t dfp_part_index(const struct dfp *p)
{
    return DFP_WITH_PARTS && dfp_has_more(p) ? dfp_more(p)->part : 0;
}

static inline uint32_t dfp_part_count(const struct dfp *p)
{
    return DFP_WITH_PARTS ? p->s.part.parts : 1;
}

// Blocks: the units in which progress is marked. In place those of the
// package, else erase blocks of the slot.
static inline uint32_t dfp_block_size(const struct dfp *p)
{
    return dfp_in_place(p) ? p->s.part.block_size : p->slot->new_erase_size;
}

// Those of the part, counting a last part of one.
uint32_t dfp_part_blocks(const struct dfp *p);

// Are there bytes in the part that are the module's own? If not, what follows
// need not be called; without dfp_has_more it must not.
static inline bool dfp_has_unmanaged(const struct dfp *p)
{
    return DFP_WITH_PARTS && dfp_has_more(p) &&
           dfp_more(p)->unmanaged_count != 0;
}

// Bytes [at, at + size) of an image: those that are the module's own become
// 0xFF.
void dfp_unmanaged_hide(const struct dfp *p, uint32_t at, uint8_t *bytes,
                        uint32_t size);

// The same bytes, about to be programmed: the module's own come from the old
// image.
enum dfp_status dfp_unmanaged_fetch(struct dfp *p, uint32_t at, uint8_t *bytes,
                                    uint32_t size);

// Is every byte of [start, end) the module's own, or any of them?
bool dfp_unmanaged_all(const struct dfp *p, uint32_t start, uint32_t end);
bool dfp_unmanaged_any(const struct dfp *p, uint32_t start, uint32_t end);

// Has the part unmanaged ranges that whole blocks do not make up?
bool dfp_unmanaged_ragged(const struct dfp *p);

#endif
