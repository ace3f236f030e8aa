// SPDX-License-Identifier: MIT
// Where things stand in work memory, once the manifest is known.

#include "memory.h"

#include "decoder.h"
#include "journal.h"

uint32_t dfp_model_size(const struct dfp_info *info)
{
    switch (info->codec) {
    case DFOTA_CODEC_DEFLATE:
        return DFOTA_RAM_INFLATE + ((uint32_t)1 << (info->codec_param & 15u));
    case DFOTA_CODEC_RANGE: return 64u * info->codec_param;
    default: return 0;
    }
}

uint32_t dfp_more_size(const struct dfp_info *info)
{
    if (!(DFP_WITH_IN_PLACE || DFP_WITH_PARTS) || info->features == 0) {
        return 0;
    }
    return (DFOTA_RAM_MORE + info->manifest_size + 7u) & ~7u;
}

// The page buffer also gathers what goes into the journal, and passes what goes
// into the scratch area.
static uint32_t page_room(const struct dfp_config *config)
{
    const struct dfp_config *slot = config;
    uint32_t room = DFOTA_RAM_PAGE;

    do {
        if (room < slot->new_program_size) {
            room = slot->new_program_size;
        }
        slot = slot->next;
    } while (slot != NULL);
    if (dfp_has_journal(config) && room < config->journal_program_size) {
        room = config->journal_program_size;
    }
    if (config->scratch_size != 0 && room < config->scratch_program_size) {
        room = config->scratch_program_size;
    }
    return room;
}

uint32_t dfp_work_size(const struct dfp_info *info,
                       const struct dfp_config *config)
{
    uint32_t size = DFOTA_RAM_STATE + dfp_more_size(info) +
                    (uint32_t)sizeof(struct dfc_map_entry) * info->map_entries +
                    dfp_model_size(info) + page_room(config) + DFOTA_RAM_CARRY +
                    info->chunk_size;

    return (size + 7u) & ~7u;
}

void dfp_tables_divide(struct dfp *p)
{
    struct dfc_region *regions = (struct dfc_region *)(void *)p->tables;
    uint32_t old_regions = p->s.old_region_count;
    uint32_t new_regions = p->s.new_region_count;

    p->space.old_regions.list = old_regions == 0 ? &p->whole[0] : regions;
    p->space.old_regions.count = old_regions == 0 ? 1 : old_regions;
    p->space.new_regions.list =
        new_regions == 0 ? &p->whole[1] : regions + old_regions;
    p->space.new_regions.count = new_regions == 0 ? 1 : new_regions;
    p->space.map =
        (struct dfc_map_entry *)(void *)(regions + old_regions + new_regions);
    p->space.map_count =
        p->s.part.map_entries - 2u * (old_regions + new_regions);
}

enum dfp_status dfp_memory_divide(struct dfp *p)
{
    const struct dfp_info *part = &p->s.part;
    uint32_t need = dfp_work_size(part, p->config);
    uint8_t *at = (uint8_t *)p + DFOTA_RAM_STATE;
    uint32_t arch;

    if (need < part->ram) {
        need = part->ram;
    }
    if (p->work_size < need) {
        return dfp_fail(p, DFP_ERR_MEMORY, "work memory", need, p->work_size);
    }
    at += dfp_more_size(part);
    p->tables = at;
    at += sizeof(struct dfc_map_entry) * part->map_entries;
    p->model = at;
    if (part->codec == DFOTA_CODEC_RANGE) {
        p->shape = dfc_model_shape(dfp_model_size(part));
    }
    at += dfp_model_size(part);
    p->page = at;
    p->page_room = page_room(p->config);
    at += p->page_room;
    p->in = at;
    arch = part->codec == DFOTA_CODEC_RANGE ? dfc_far_arch(part->arch)
                                            : part->arch;
    p->whole[0].end = part->old_size; // (both start at 0)
    p->whole[0].base = part->old_base;
    p->whole[0].arch = arch;
    p->whole[1].end = part->new_size;
    p->whole[1].base = part->new_base;
    p->whole[1].arch = arch;
    p->space.old_size = part->old_size;
    dfp_tables_divide(p);
    return DFP_OK;
}
