// SPDX-License-Identifier: MIT
// Prediction from an aligned source, FORMAT.md section 6.1.

#include "cursor.h"

#include "bytes.h"

static uint32_t bytes_of(const uint8_t *bytes, uint32_t size)
{
    uint32_t value = 0;

    if (size == 2) {
        return dfc_get16(bytes);
    }
    if (size == 4) {
        return dfc_get32(bytes);
    }
    while (size-- > 0) {
        value = value << 8 | bytes[size];
    }
    return value;
}

void dfc_cursor_load(struct dfc_cursor *c, const struct dfc_space *space,
                     struct dfc_view *view, uint32_t at)
{
    struct dfc_reference ref;
    uint32_t from_old = c->source < space->old_size;
    uint32_t s = from_old ? c->source : c->source - space->old_size;
    const struct dfc_region *region;
    uint32_t skip; // bytes of the field that lie before the source

    if (c->field_left != 0) {
        return;
    }
    region =
        dfc_region_at(from_old ? &space->old_regions : &space->new_regions, s);
    view->base = region->base;
    dfc_reference_at(region->arch, space->ranges, space->range_count, view, s,
                     &ref);
    skip = s - ref.at;
    c->field_size = ref.size;
    c->field_left = ref.size - skip;
    c->kind = ref.kind;
    c->plain = bytes_of(view->bytes + (s - view->first), c->field_left);
    c->mapped = c->plain;
    if (ref.kind != DFC_PLAIN) {
        uint32_t target =
            from_old ? dfc_map(space->map, space->map_count, ref.target)
                     : ref.target;

        c->mapped =
            dfc_reference_bytes(region->arch, view, &ref,
                                dfc_region_at(&space->new_regions, at)->base +
                                    at - skip,
                                target) >>
            8 * skip;
    }
}

void dfc_cursor_plain(struct dfc_cursor *c, const struct dfc_space *space,
                      const uint8_t *bytes)
{
    uint32_t arch = dfc_region_at(&space->old_regions, c->source)->arch;
    uint32_t step = dfc_plain_step(arch);
    uint32_t at = c->source - c->source % step;
    uint32_t size = space->old_size - at < step ? space->old_size - at : step;

    c->field_size = size;
    c->field_left = size - (c->source - at);
    c->kind = DFC_PLAIN;
    c->plain = bytes_of(bytes, c->field_left);
    c->mapped = c->plain;
}

uint32_t dfc_expected_source(const struct dfc_space *space, uint32_t at)
{
    uint32_t address =
        dfc_unmap(space->map, space->map_count,
                  dfc_region_at(&space->new_regions, at)->base + at);
    const struct dfc_region *r = space->old_regions.list;
    uint32_t i;

    for (i = 0; i < space->old_regions.count; i++, r++) {
        uint32_t s = address - r->base;

        if (s >= r->start && s < r->end) {
            return s;
        }
    }
    return address - space->old_regions.list->base;
}

uint32_t dfc_plain_run(const struct dfc_space *space, struct dfc_view *view,
                       uint32_t s, uint32_t max)
{
    const struct dfc_region *region = dfc_region_at(&space->old_regions, s);
    uint32_t end = view->first + view->count; // a field must end before it

    if (end != view->size) {
        end -= DFC_LOOKAHEAD;
    }
    if (end > region->end) {
        end = region->end;
    }
    if (end > s + max) {
        end = s + max;
    }
    view->base = region->base;
    return end <= s ? 0
                    : dfc_plain_end(region->arch, space->ranges,
                                    space->range_count, view, s, end) -
                          s;
}
