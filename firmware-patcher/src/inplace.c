// SPDX-License-Identifier: MIT
// Update in place: epochs, the scratch area, and where old bytes are to be
// found (FORMAT.md section 11).
//
// An epoch's old blocks are saved before the first of them is overwritten. A
// cut before all are saved finds the slot as it was, one after it finds them
// in the scratch area: what the epoch reads is there until the next one begins.

#include "inplace.h"

#include <string.h>

#include "bytes.h"
#include "decoder.h"
#include "flash.h"
#include "part.h"

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

// --- Epochs ----------------------------------------------------------------

enum dfp_status dfp_inplace_check(struct dfp *p)
{
    const struct dfp_config *config = p->config;
    uint32_t block = p->s.part.block_size;

    if (block % p->slot->new_erase_size != 0) {
        return dfp_fail(p, DFP_ERR_SCRATCH, "erase block", block,
                        p->slot->new_erase_size);
    }
    if (block % config->scratch_erase_size != 0) {
        return dfp_fail(p, DFP_ERR_SCRATCH, "scratch erase block", block,
                        config->scratch_erase_size);
    }
    if (config->scratch_size / block < p->s.part.scratch_blocks) {
        return dfp_fail(p, DFP_ERR_SCRATCH, "scratch area",
                        p->s.part.scratch_blocks * block, config->scratch_size);
    }
    return DFP_OK;
}

// Bytes written in a whole epoch.
static uint32_t epoch_size(const struct dfp *p)
{
    uint64_t size = (uint64_t)p->s.part.epoch_blocks * p->s.part.block_size;

    return size < p->s.part.new_size ? (uint32_t)size : p->s.part.new_size;
}

// The image's size in whole blocks: sums of sizes stay below 2^31.
static uint32_t whole_size(const struct dfp *p)
{
    return dfp_part_blocks(p) * p->s.part.block_size;
}

// The epoch that begins or, backward, ends at `at`.
static void set_epoch(struct dfp *p, uint32_t at)
{
    struct dfp_more *more = dfp_more(p);
    uint32_t size = p->s.part.epoch_blocks * p->s.part.block_size;

    if (epoch_size(p) == p->s.part.new_size) {
        size = whole_size(p);
    }
    if (dfp_backward(p)) {
        more->start = at > size ? at - size : 0;
        more->end = least(at, p->s.part.new_size);
    } else {
        more->start = at;
        more->end = least(p->s.part.new_size, at + size);
    }
    p->s.new_at = more->start;
}

void dfp_epoch_first(struct dfp *p)
{
    p->s.new_at = 0;
    if (dfp_in_place(p)) {
        set_epoch(p, dfp_backward(p) ? whole_size(p) : 0);
    }
}

bool dfp_epoch_next(struct dfp *p)
{
    struct dfp_more *more = dfp_more(p);

    if (dfp_backward(p) ? more->start == 0 : more->end == p->s.part.new_size) {
        return false;
    }
    set_epoch(p, dfp_backward(p) ? more->start : more->end);
    return true;
}

bool dfp_epoch_valid(const struct dfp *p)
{
    const struct dfp_more *more = dfp_more(p);
    uint32_t block = p->s.part.block_size;
    uint32_t size = p->s.part.new_size;

    return p->s.new_at == more->start && more->start % block == 0 &&
           more->start < more->end && more->end <= size &&
           (more->end % block == 0 || more->end == size) &&
           more->end - more->start <= epoch_size(p);
}

// --- Blocks ----------------------------------------------------------------

// The epoch's blocks [first, end).
static uint32_t epoch_first(const struct dfp *p)
{
    return dfp_more(p)->start / p->s.part.block_size;
}

static uint32_t epoch_end(const struct dfp *p)
{
    return (dfp_more(p)->end + p->s.part.block_size - 1) / p->s.part.block_size;
}

uint32_t dfp_backward_order(const struct dfp *p, uint32_t block)
{
    return dfp_part_blocks(p) - epoch_end(p) + block - epoch_first(p);
}

// Does the package say that the block is kept?
static bool is_listed(const struct dfp *p, uint32_t block)
{
    const struct dfp_more *more = dfp_more(p);
    const uint8_t *run = dfp_kept_manifest(p) + more->kept;
    uint32_t i;

    for (i = 0; i < more->kept_count; i++, run += DFOTA_KEPT_SIZE) {
        if (run[0] == more->part &&
            block - dfc_get16(run + 1) < dfc_get16(run + 3)) {
            return true;
        }
    }
    return false;
}

bool dfp_block_spared(const struct dfp *p, uint32_t block)
{
    uint32_t size = dfp_block_size(p);
    uint32_t start = block * size;

    return (dfp_in_place(p) && is_listed(p, block)) ||
           dfp_unmanaged_all(p, start, least(start + size, p->s.part.new_size));
}

// --- Old bytes -------------------------------------------------------------

enum place { IN_SLOT, IN_SCRATCH, LOST };

// Where an old block is while the epoch is being written.
static enum place place_of(const struct dfp *p, uint32_t block)
{
    uint32_t first = epoch_first(p);
    uint32_t end = epoch_end(p);
    uint32_t room = p->s.part.scratch_blocks;

    enum place saved;

    if (is_listed(p, block)) {
        return IN_SLOT;
    }
    // A block that is the module's own is not saved, but lost like others.
    saved = dfp_block_kept(p, block) ? IN_SLOT : IN_SCRATCH;
    if (dfp_backward(p)) {
        if (block < first || block >= dfp_part_blocks(p)) {
            return IN_SLOT;
        }
        return block < first + room ? saved : LOST;
    }
    if (block >= end) {
        return IN_SLOT;
    }
    return block + room >= end ? saved : LOST;
}

// Where the scratch area has a block.
static uint32_t scratch_at(const struct dfp *p, uint32_t block)
{
    return block % p->s.part.scratch_blocks * p->s.part.block_size;
}

enum dfp_status dfp_saved_read(struct dfp *p, uint32_t at, uint8_t *bytes,
                               uint32_t size)
{
    enum dfp_status status = DFP_OK;

    while (status == DFP_OK && size != 0) {
        uint32_t block = at / p->s.part.block_size;
        uint32_t in = at % p->s.part.block_size;
        uint32_t n = least(size, p->s.part.block_size - in);

        switch (place_of(p, block)) {
        case IN_SLOT: status = dfp_flash_read(p, DFP_OLD, at, bytes, n); break;
        case IN_SCRATCH:
            status = dfp_flash_read(p, DFP_SCRATCH, scratch_at(p, block) + in,
                                    bytes, n);
            break;
        default: memset(bytes, 0xFF, n); break;
        }
        at += n;
        bytes += n;
        size -= n;
    }
    return status;
}

void dfp_backward_readable(const struct dfp *p, uint32_t q, uint32_t *first,
                           uint32_t *size)
{
    const struct dfp_more *more = dfp_more(p);

    *first = more->start;
    if (q >= more->end) {
        *first = more->end;
        *size = p->s.part.new_size;
    }
}

// --- The scratch area ------------------------------------------------------

// Copy a piece of the slot, which lies within one erase block of either area.
static enum dfp_status save_piece(struct dfp *p, uint32_t at, uint32_t size)
{
    uint32_t block = at / p->s.part.block_size;
    uint32_t to = scratch_at(p, block) + at % p->s.part.block_size;
    uint32_t have = least(size, p->s.part.old_size - at);
    enum dfp_status status = DFP_OK;

    if (to % p->config->scratch_erase_size == 0) {
        status = dfp_flash_erase(p, DFP_SCRATCH, to);
    }
    if (status == DFP_OK) {
        status = dfp_flash_read(p, DFP_OLD, at, p->page, have);
    }
    if (status == DFP_OK) {
        memset(p->page + have, 0xFF, size - have);
        status = dfp_flash_program(p, DFP_SCRATCH, to, p->page, size);
    }
    return status;
}

// The page buffer is free: a page of the image ends where an epoch does.
enum dfp_status dfp_epoch_save(struct dfp *p)
{
    const struct dfp_more *more = dfp_more(p);
    uint32_t unit = least(p->page_room, p->config->scratch_erase_size);
    uint32_t end =
        least(p->s.part.old_size, epoch_end(p) * p->s.part.block_size);

    while (more->start + p->hash_at < end) {
        uint32_t at = more->start + p->hash_at;

        if (dfp_block_kept(p, at / p->s.part.block_size)) {
            p->hash_at += p->s.part.block_size;
            continue;
        }
        if (p->step_left == 0) {
            return DFP_YIELD;
        }
        {
            enum dfp_status status = save_piece(p, at, unit);

            if (status != DFP_OK) {
                return status;
            }
        }
        p->step_left -= least(p->step_left, unit);
        p->hash_at += unit;
    }
    return DFP_OK;
}
