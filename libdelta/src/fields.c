// SPDX-License-Identifier: MIT
// The references of a whole image, and its neutral form.

#include "fields.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

// Is the field that begins here what it would be for any ranges? Code is not
// asked for them; a plain field becomes a pointer if its word is in one.
static bool is_known(const struct delta_field *field,
                     const struct dfc_range *ranges, uint32_t range_count,
                     const struct dfc_view *view, uint32_t s)
{
    uint32_t word = s & ~3u;
    uint32_t value, i;

    if (field->offset != 0 || field->size == 0 || field->kind == DFC_POINTER ||
        field->arch == DFOTA_ARCH_BIG) {
        return false;
    }
    if (field->kind != DFC_PLAIN || view->size - word < 4) {
        return true;
    }
    value = dfc_get32(view->bytes + word);
    for (i = 0; i < range_count; i++) {
        if (value >= ranges[i].start && value < ranges[i].end) {
            return false;
        }
    }
    return true;
}

static void find(struct delta_field *fields, const struct dfc_regions *regions,
                 const struct dfc_range *ranges, uint32_t range_count,
                 const struct dfc_view *view, bool again)
{
    struct dfc_view here = *view;
    uint32_t s = 0;

    while (s < view->size) {
        const struct dfc_region *region;
        struct dfc_reference ref;
        uint32_t end;

        if (again && is_known(&fields[s], ranges, range_count, view, s)) {
            s += fields[s].size;
            continue;
        }
        region = dfc_region_at(regions, s);
        here.base = region->base;
        dfc_reference_at(region->arch, ranges, range_count, &here, s, &ref);
        end = ref.at + ref.size;
        for (; s < end; s++) {
            fields[s].target = ref.target;
            fields[s].kind = (uint8_t)ref.kind;
            fields[s].offset = (uint8_t)(s - ref.at);
            fields[s].size = (uint8_t)ref.size;
            fields[s].arch = (uint8_t)region->arch;
        }
    }
}

void delta_fields_find(struct delta_field *fields,
                       const struct dfc_regions *regions,
                       const struct dfc_range *ranges, uint32_t range_count,
                       const struct dfc_view *view)
{
    find(fields, regions, ranges, range_count, view, false);
}

void delta_fields_update(struct delta_field *fields,
                         const struct dfc_regions *regions,
                         const struct dfc_range *ranges, uint32_t range_count,
                         const struct dfc_view *view)
{
    find(fields, regions, ranges, range_count, view, true);
}

static int by_first(const void *a, const void *b)
{
    const struct delta_inverse_piece *x = a;
    const struct delta_inverse_piece *y = b;

    if (x->first != y->first) {
        return x->first < y->first ? -1 : 1;
    }
    return x->shift < y->shift ? -1 : x->shift > y->shift;
}

bool delta_inverse_make(struct delta_inverse *inverse,
                        const struct dfc_map_entry *map, uint32_t count)
{
    uint32_t i;

    inverse->count = 0;
    inverse->pieces = malloc((count + 1u) * sizeof(*inverse->pieces));
    if (inverse->pieces == NULL) {
        return false;
    }
    for (i = 0; i <= count; i++) {
        uint32_t shift = i == 0 ? 0 : map[i - 1].shift;
        uint32_t first = (i == 0 ? 0 : map[i - 1].start) + shift;
        uint32_t last = (i == count ? 0xFFFFFFFFu : map[i].start - 1u) + shift;

        if (i == 0 && count > 0 && map[0].start == 0) {
            continue; // nothing lies below the first entry
        }
        // A piece that reaches beyond the address space, as the last one does
        // when it moves up, is cut there.
        inverse->pieces[inverse->count++] = (struct delta_inverse_piece){
            first, first <= last ? last : 0xFFFFFFFFu, shift};
    }
    qsort(inverse->pieces, inverse->count, sizeof(*inverse->pieces), by_first);
    return true;
}

void delta_inverse_free(struct delta_inverse *inverse)
{
    free(inverse->pieces);
    memset(inverse, 0, sizeof(*inverse));
}

// The old address that now lives at this new one. Where the pieces of the map
// overlap the one that begins last is asked, then the one before it. What is
// new gets an address that no old image can hold.
static uint32_t old_address(const struct delta_inverse *inverse,
                            uint32_t address)
{
    uint32_t low = 0;
    uint32_t high = inverse->count;
    uint32_t tries;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (inverse->pieces[middle].first <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (tries = 0; tries < 4 && low > 0; tries++, low--) {
        if (address <= inverse->pieces[low - 1].last) {
            return address - inverse->pieces[low - 1].shift;
        }
    }
    return ~address;
}

// Write one reference; s is its first byte.
static void neutral_field(uint8_t *out, const struct dfc_view *view,
                          const struct delta_field *field, uint32_t s,
                          const struct delta_inverse *inverse, bool blank)
{
    uint32_t target = field->target;
    struct dfc_reference ref = {s, field->size, field->kind, target};
    uint32_t bytes, i;

    if (inverse != NULL) {
        target = old_address(inverse, target);
    }
    if (blank && field->kind != DFC_HALF) {
        target = 0;
    }
    bytes = dfc_reference_bytes(field->arch, view, &ref, 0, target);
    for (i = 0; i < field->size; i++) {
        out[i] = (uint8_t)(bytes >> 8 * i);
    }
}

void delta_neutral(uint8_t *out, const struct dfc_view *view,
                   const struct delta_field *fields,
                   const struct delta_inverse *inverse, bool blank)
{
    uint32_t s = 0;

    memcpy(out, view->bytes, view->size);
    while (s < view->size) {
        // A field may begin inside another one: the later one counts.
        if (fields[s].kind != DFC_PLAIN && fields[s].offset == 0 &&
            view->size - s >= fields[s].size) {
            neutral_field(out + s, view, &fields[s], s, inverse, blank);
            s += fields[s].size;
        } else {
            s++;
        }
    }
}
