// SPDX-License-Identifier: MIT
// Checkpoint: the state that a journal record holds, taken and restored.

#include "checkpoint.h"

#include <string.h>

#include "codecs.h"
#include "flash.h"
#include "inplace.h"
#include "journal.h"
#include "manifest.h"
#include "memory.h"
#include "part.h"
#include "policy.h"
#include "record.h"
#include "signature.h"

#define CHECKPOINT_BYTES 57344u // when the config does not say

uint32_t dfp_checkpoint_size(const struct dfp_info *info)
{
    return (uint32_t)sizeof(struct dfp_state) +
           (uint32_t)sizeof(((struct dfp *)0)->space.ranges) +
           dfp_more_size(info) + DFOTA_RAM_CARRY +
           (uint32_t)sizeof(struct dfc_map_entry) * info->map_entries +
           dfp_codec_saved(info);
}

uint32_t dfp_checkpoint_bytes(const struct dfp_info *info,
                              const struct dfp_config *config)
{
    uint32_t bytes = config->checkpoint_bytes != 0 ? config->checkpoint_bytes
                                                   : CHECKPOINT_BYTES;

    // Deflate saves little, but only where a segment of its stream begins:
    // were the first one past the bound awaited, it could be far behind it.
    return info->codec == DFOTA_CODEC_DEFLATE ? bytes / 4 : bytes;
}

uint8_t *dfp_checkpoint_piece(struct dfp *p, uint32_t index, uint32_t *size)
{
    if (index == 0) {
        *size = sizeof(p->s);
        return (uint8_t *)&p->s;
    }
    if (index == 1) {
        *size = dfp_more_size(&p->s.part);
        return (uint8_t *)p + DFOTA_RAM_STATE;
    }
    if (index == 2) {
        *size = sizeof(p->space.ranges);
        return (uint8_t *)p->space.ranges;
    }
    if (index == 3) {
        *size = DFOTA_RAM_CARRY;
        return p->in;
    }
    // Tables and model lie one behind the other.
    *size = (uint32_t)sizeof(struct dfc_map_entry) * p->s.part.map_entries +
            dfp_codec_saved(&p->s.part);
    return p->tables;
}

bool dfp_checkpoint_due(const struct dfp *p)
{
    uint32_t taken = p->s.chunk_at + p->filled - p->journal.base_at;

    return dfp_has_journal(p->config) &&
           taken > dfp_checkpoint_bytes(&p->s.part, p->config) &&
           dfp_codec_savable(p);
}

// Blocks before the place where decoding stands, of all parts.
static uint32_t place_order(const struct dfp *p)
{
    uint32_t order = dfp_block_order(p, p->s.new_at / dfp_block_size(p));

    return order + (dfp_has_more(p) ? dfp_more(p)->blocks : 0);
}

// Input of the chunk before that is still unread stands where this chunk's
// digest was: it moves to where it would be before the chunk is entered.
enum dfp_status dfp_checkpoint_take(struct dfp *p)
{
    enum dfp_status status;
    uint32_t unread;
    uint8_t *carried;

    if (!DFP_WITH_JOURNAL) {
        return DFP_OK;
    }
    if (p->finished < place_order(p)) {
        p->finished = place_order(p); // blocks that are kept came last
    }
    unread = p->in_at < p->in_start ? p->in_start - p->in_at : 0;
    carried = p->in + DFOTA_RAM_CARRY - unread;
    memmove(carried, p->in + p->in_at, unread);
    p->s.in_at = unread != 0 ? DFOTA_RAM_CARRY - unread : p->in_at;
    p->s.range_count = p->space.range_count;
    status = dfp_journal_record(p, DFP_JOURNAL_STATE);
    memmove(p->in + p->in_start - unread, carried, unread);
    p->s.in_at = 0; // set, it would tell that a checkpoint was loaded
    return status;
}

// Whether fields that index or size something are in range. Whatever a
// journal holds, decoding on from it must be safe.
static bool in_range(const struct dfp *p)
{
    const struct dfp_state *s = &p->s;
    const struct dfp_info *part = &s->part;

    return part->format_version == DFOTA_FORMAT_VERSION &&
           part->seal <= DFOTA_SEAL_ECDSA &&
           part->old_size <= DFOTA_IMAGE_MAX &&
           part->new_size - 1 < DFOTA_IMAGE_MAX &&
           part->map_entries <= DFOTA_MAP_MAX &&
           part->parts - 1u < DFOTA_PARTS_MAX &&
           (part->features != 0 ||
            (part->parts == 1 && part->block_size == 0)) &&
           part->chunk_size >= DFOTA_CHUNK_MIN &&
           part->chunk_size <= DFOTA_CHUNK_MAX &&
           part->product[DFOTA_TEXT_MAX] == '\0' &&
           part->from_version[DFOTA_TEXT_MAX] == '\0' &&
           part->to_version[DFOTA_TEXT_MAX] == '\0' &&
           (s->id[0] | s->id[1]) != 0 && s->chunk_at < part->package_size &&
           part->manifest_size <= DFOTA_MANIFEST_MAX && s->in_at != 0 &&
           s->in_at <= DFOTA_RAM_CARRY + part->chunk_size &&
           s->new_at < part->new_size && s->range_count <= DFOTA_RANGES_MAX &&
           s->old_region_count <= DFOTA_REGIONS_MAX &&
           s->new_region_count <= DFOTA_REGIONS_MAX &&
           2u * (s->old_region_count + s->new_region_count) <=
               part->map_entries;
}

// The manifest, where it was kept, says what p->s.part says, and tells more.
static bool more_in_range(struct dfp *p)
{
    const struct dfp_more *more = dfp_more(p);

    return !dfp_has_more(p) ||
           (more->part < DFOTA_PARTS_MAX && more->blocks <= p->finished &&
            more->stream_left <= DFOTA_IMAGE_MAX);
}

// Whether decoding can have stood here, once the part is known.
static bool place_in_range(const struct dfp *p)
{
    // Erase blocks of another size have another number: the policy saw that.
    return dfp_journal_kind(p) == DFP_JOURNAL_STATE &&
           (!dfp_in_place(p) || dfp_epoch_valid(p)) &&
           p->s.new_at % dfp_block_size(p) == 0 &&
           place_order(p) <= p->finished;
}

static enum dfp_status read_piece(struct dfp *p, uint32_t at, uint32_t index,
                                  uint32_t *offset)
{
    uint32_t size;
    uint8_t *memory = dfp_checkpoint_piece(p, index, &size);

    *offset += size;
    return dfp_record_read(p, at, *offset - size, memory, size);
}

// p->s is in memory: judge it, and read the rest.
static enum dfp_status restore(struct dfp *p, uint32_t at, uint32_t size)
{
    uint32_t offset = (uint32_t)sizeof(p->s);
    enum dfp_status status;
    uint32_t i;

    if (!in_range(p) || size != dfp_checkpoint_size(&p->s.part) ||
        p->work_size - DFOTA_RAM_STATE < dfp_more_size(&p->s.part)) {
        return DFP_ERR_DATA;
    }
    status = read_piece(p, at, 1, &offset);
    if (status == DFP_OK) {
        status = dfp_seal_allowed(p); // keys may have become stricter
    }
    if (status == DFP_OK && !more_in_range(p)) {
        status = DFP_ERR_DATA;
    }
    if (status == DFP_OK) {
        status = dfp_policy_check(p);
    }
    if (status == DFP_OK &&
        (!place_in_range(p) || size != dfp_checkpoint_size(&p->s.part))) {
        status = DFP_ERR_DATA;
    }
    for (i = 2; status == DFP_OK && i < DFP_CHECKPOINT_PIECES; i++) {
        status = read_piece(p, at, i, &offset);
    }
    if (status == DFP_OK) {
        p->space.range_count = p->s.range_count;
        dfp_tables_divide(p);
        p->journal.base_at = p->s.chunk_at;
        status = dfp_codec_check(p);
    }
    if (status == DFP_OK && dfp_in_place(p)) {
        dfp_codec_jump(p, p->s.new_at);
    }
    return status;
}

enum dfp_status dfp_checkpoint_load(struct dfp *p, uint32_t at, uint32_t size)
{
    enum dfp_status status = DFP_ERR_DATA;

    if (size >= sizeof(p->s)) {
        status = dfp_record_read(p, at, 0, &p->s, sizeof(p->s));
    }
    if (status == DFP_OK) {
        status = restore(p, at, size);
    }
    if (status != DFP_OK) {
        memset(&p->s, 0, sizeof(p->s));
    }
    return status;
}
