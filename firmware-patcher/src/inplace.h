// SPDX-License-Identifier: MIT
// Update in place: epochs, the scratch area, and where old bytes are to be
// found (FORMAT.md section 11). For parts that are not written over their old
// image the answers are the plain ones.

#ifndef DFOTA_INPLACE_H
#define DFOTA_INPLACE_H

#include "flash.h"
#include "state.h"

// Does the flash suit the geometry of a part in place? DFP_ERR_SCRATCH if not.
enum dfp_status dfp_inplace_check(struct dfp *p);

// Put the part's first epoch, or in place the next one, in force: p->s.new_at
// stands at its start. false: there is none.
void dfp_epoch_first(struct dfp *p);
bool dfp_epoch_next(struct dfp *p);

// In place: does the epoch that more->start and ->end tell exist, and is
// p->s.new_at its start?
bool dfp_epoch_valid(const struct dfp *p);

// End of the bytes that are written in ascending order from p->s.new_at on.
static inline uint32_t dfp_stretch_end(const struct dfp *p)
{
    return dfp_in_place(p) ? dfp_more(p)->end : p->s.part.new_size;
}

// Save the epoch's old blocks in the scratch area; p->hash_at counts its bytes
// from the epoch's start. DFP_YIELD when the step budget is spent.
enum dfp_status dfp_epoch_save(struct dfp *p);

// Number of blocks of the part that are written before this one.
uint32_t dfp_backward_order(const struct dfp *p, uint32_t block);
static inline uint32_t dfp_block_order(const struct dfp *p, uint32_t block)
{
    return dfp_in_place(p) && dfp_backward(p) ? dfp_backward_order(p, block)
                                              : block;
}

// Blocks that are the same in both images, or wholly the module's own: with one
// slot never saved, erased, programmed.
bool dfp_block_spared(const struct dfp *p, uint32_t block);
static inline bool dfp_block_kept(const struct dfp *p, uint32_t block)
{
    return dfp_has_more(p) && p->config->scratch_size != 0 &&
           dfp_block_spared(p, block);
}

// Bytes of the old image, 0xFF where they are lost; the module's own bytes are
// shown.
enum dfp_status dfp_saved_read(struct dfp *p, uint32_t at, uint8_t *bytes,
                               uint32_t size);
static inline enum dfp_status dfp_old_read(struct dfp *p, uint32_t at,
                                           uint8_t *bytes, uint32_t size)
{
    return dfp_in_place(p) ? dfp_saved_read(p, at, bytes, size)
                           : dfp_flash_read(p, DFP_OLD, at, bytes, size);
}

// May a source lie at position q of the new image? *first is the first byte
// that may be read there (those before read as 0xFF), *size where the image
// ends for it.
void dfp_backward_readable(const struct dfp *p, uint32_t q, uint32_t *first,
                           uint32_t *size);
static inline bool dfp_new_readable(const struct dfp *p, uint32_t q,
                                    uint32_t *first, uint32_t *size)
{
    *first = 0;
    *size = p->s.new_at;
    if (dfp_in_place(p) && dfp_backward(p)) {
        dfp_backward_readable(p, q, first, size);
    }
    return q >= *first && q < *size;
}

#endif
