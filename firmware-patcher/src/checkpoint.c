// SPDX-License-Identifier: MIT
// Checkpoint: the state that a journal record holds, taken and restored.

#include "checkpoint.h"

#include <string.h>

#include "codecs.h"
#include "flash.h"
#include "journal.h"
#include "manifest.h"
#include "memory.h"
#include "policy.h"
#include "signature.h"

#define CHECKPOINT_BYTES 57344u // when the config does not say

uint32_t dfp_checkpoint_size(const struct dfp_info *info)
{
    return (uint32_t)sizeof(struct dfp_state) +
           (uint32_t)sizeof(((struct dfp *)0)->space.ranges) +
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
        *size = sizeof(p->space.ranges);
        return (uint8_t *)p->space.ranges;
    }
    // Tables and model lie one behind the other.
    *size = (uint32_t)sizeof(struct dfc_map_entry) * p->s.part.map_entries +
            dfp_codec_saved(&p->s.part);
    return p->tables;
}

enum dfp_status dfp_checkpoint_take(struct dfp *p)
{
    uint32_t taken = p->s.chunk_at + p->filled - p->journal.base_at;
    enum dfp_status status;

    // With input of the chunk before still unread, the state would refer to
    // two chunks: wait for the next block, at most DFOTA_RAM_CARRY bytes on.
    if (p->config->journal_size == 0 ||
        taken <= dfp_checkpoint_bytes(&p->s.part, p->config) ||
        p->in_at < p->in_start || !dfp_codec_savable(p)) {
        return DFP_OK;
    }
    p->s.in_at = p->in_at;
    p->s.range_count = p->space.range_count;
    status = dfp_journal_record(p, DFP_JOURNAL_STATE);
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
           part->old_size - 1 < DFOTA_IMAGE_MAX &&
           part->new_size - 1 < DFOTA_IMAGE_MAX &&
           part->map_entries <= DFOTA_MAP_MAX &&
           part->chunk_size >= DFOTA_CHUNK_MIN &&
           part->chunk_size <= DFOTA_CHUNK_MAX &&
           part->product[DFOTA_TEXT_MAX] == '\0' &&
           part->from_version[DFOTA_TEXT_MAX] == '\0' &&
           part->to_version[DFOTA_TEXT_MAX] == '\0' &&
           (s->id[0] | s->id[1]) != 0 && s->chunk_at < part->package_size &&
           s->in_at >= DFOTA_RAM_CARRY &&
           s->in_at <= DFOTA_RAM_CARRY + part->chunk_size &&
           s->new_at < part->new_size &&
           s->new_at % p->config->new_erase_size == 0 &&
           s->new_at / p->config->new_erase_size <= p->finished &&
           s->range_count <= DFOTA_RANGES_MAX &&
           s->old_region_count <= DFOTA_REGIONS_MAX &&
           s->new_region_count <= DFOTA_REGIONS_MAX &&
           2u * (s->old_region_count + s->new_region_count) <=
               part->map_entries;
}

// p->s is in memory: judge it, and read the rest.
static enum dfp_status restore(struct dfp *p, uint32_t offset, uint32_t size)
{
    enum dfp_status status;
    uint32_t i;

    if (!in_range(p)) {
        return DFP_ERR_DATA;
    }
    status = dfp_seal_allowed(p); // keys and policy may have become stricter
    if (status == DFP_OK) {
        status = dfp_policy_check(p);
    }
    if (status == DFP_OK && size != dfp_checkpoint_size(&p->s.part)) {
        status = DFP_ERR_DATA;
    }
    for (i = 0; status == DFP_OK && i < DFP_CHECKPOINT_PIECES; i++) {
        uint32_t piece;
        uint8_t *memory = dfp_checkpoint_piece(p, i, &piece);

        status = piece == 0
                     ? DFP_OK
                     : dfp_flash_read(p, DFP_JOURNAL, offset, memory, piece);
        offset += piece;
    }
    if (status == DFP_OK) {
        p->space.range_count = p->s.range_count;
        dfp_tables_divide(p);
        p->journal.base_at = p->s.chunk_at;
        status = dfp_codec_check(p);
    }
    return status;
}

enum dfp_status dfp_checkpoint_load(struct dfp *p, uint32_t offset,
                                    uint32_t size)
{
    enum dfp_status status = DFP_ERR_DATA;

    if (size >= sizeof(p->s)) {
        status = dfp_flash_read(p, DFP_JOURNAL, offset, &p->s, sizeof(p->s));
    }
    if (status == DFP_OK) {
        status = restore(p, offset, size);
    }
    if (status != DFP_OK) {
        memset(&p->s, 0, sizeof(p->s));
    }
    return status;
}
