// SPDX-License-Identifier: MIT
// The beginning of a stream of codec range: regions, pointer ranges and address
// map, FORMAT.md section 9.6.

#include "range_tables.h"

#include "decoder.h"
#include "memory.h"

#if DFP_WITH_RANGE

// Numbers of regions and pointer ranges.
static enum dfp_status step_start(struct dfp *p)
{
    struct dfp_range_state *r = &p->s.codec.range;
    uint32_t old_count, new_count;

    old_count = dfp_range_number(p, DFC_NUMBER_ADDRESS);
    new_count = old_count == 0 ? 0 : dfp_range_number(p, DFC_NUMBER_ADDRESS);
    if (old_count > DFOTA_REGIONS_MAX || new_count > DFOTA_REGIONS_MAX ||
        (old_count == 0) != (new_count == 0) ||
        2u * (old_count + new_count) > p->s.part.map_entries) {
        return dfp_range_bad(p, "regions");
    }
    p->s.old_region_count = old_count;
    p->s.new_region_count = new_count;
    dfp_tables_divide(p);
    p->space.range_count = dfp_range_number(p, DFC_NUMBER_ADDRESS);
    if (p->space.range_count > DFOTA_RANGES_MAX) {
        p->space.range_count = 0;
        return dfp_range_bad(p, "pointer ranges");
    }
    r->index = 0; // whatever a checkpoint says
    r->seq = DFP_RANGE_REGIONS;
    return DFP_OK;
}

static enum dfp_status next_table(struct dfp *p)
{
    p->s.codec.range.index = 0;
    p->s.codec.range.seq++;
    return DFP_OK;
}

static uint32_t get_shift(struct dfp *p)
{
    return dfp_range_unfold(dfp_range_number(p, DFC_NUMBER_SHIFT));
}

// Of the old image from nothing, of the new one from its counterpart.
static enum dfp_status step_regions(struct dfp *p)
{
    struct dfp_range_state *r = &p->s.codec.range;
    struct dfc_region *list = (struct dfc_region *)(void *)p->tables;
    struct dfc_region *region = list + r->index;
    uint32_t old_count = p->s.old_region_count;
    uint32_t size = 0, base = 0, arch = 0;
    uint32_t i = r->index; // in its own image

    if (i == old_count + p->s.new_region_count) {
        return next_table(p);
    }
    if (i >= old_count) {
        const struct dfc_region *like;

        i -= old_count;
        like = list + (i < old_count ? i : old_count - 1);
        size = like->end - like->start;
        base = like->base;
        arch = like->arch & ~DFC_ARCH_FAR;
    }
    region->start = i == 0 ? 0 : region[-1].end;
    region->end = region->start + size + get_shift(p);
    region->base = base + get_shift(p);
    arch += get_shift(p);
    if ((arch & ~(uint32_t)p->s.part.arch) != 0) {
        return dfp_range_bad(p, "architecture of a region");
    }
    region->arch = dfc_far_arch(arch);
    r->index++;
    return DFP_OK;
}

static enum dfp_status step_ranges(struct dfp *p)
{
    struct dfp_range_state *r = &p->s.codec.range;
    struct dfc_range *range = &p->space.ranges[r->index];

    if (r->index == p->space.range_count) {
        return next_table(p);
    }
    range->start = dfp_range_number(p, DFC_NUMBER_ADDRESS);
    range->start += r->index == 0 ? 0 : range[-1].end;
    range->end = range->start + dfp_range_number(p, DFC_NUMBER_ADDRESS);
    r->index++;
    return DFP_OK;
}

static enum dfp_status step_map(struct dfp *p)
{
    struct dfp_range_state *r = &p->s.codec.range;
    struct dfc_map_entry *entry = &dfp_map(p)[r->index];

    if (r->index == p->space.map_count) {
        return next_table(p);
    }
    entry->start = dfp_range_number(p, DFC_NUMBER_ADDRESS);
    entry->shift = get_shift(p);
    if (r->index > 0) {
        entry->start += entry[-1].start;
        entry->shift += entry[-1].shift;
        if (entry->start <= entry[-1].start) {
            return dfp_range_bad(p, "address map");
        }
    }
    r->index++;
    return DFP_OK;
}

enum dfp_status dfp_range_tables(struct dfp *p)
{
    switch (p->s.codec.range.seq) {
    case DFP_RANGE_START: return step_start(p);
    case DFP_RANGE_REGIONS: return step_regions(p);
    case DFP_RANGE_RANGES: return step_ranges(p);
    default: return step_map(p);
    }
}

#endif
