// SPDX-License-Identifier: MIT
// What two images are: regions with their architecture and load address.

#include "identify.h"

#include <stdlib.h>

#include "callvote.h"
#include "image.h"
#include "reference.h"

// A region takes some 7 bytes of a package, in each image. Data in which more
// references are seen than that mispredicts for more.
#define JOIN_REFERENCES 32u

static uint32_t arch_of(const struct delta_coding *coding, const uint8_t *data,
                        uint32_t size)
{
    return coding->arch_given ? coding->arch : delta_image_arch(data, size);
}

// Regions as a file has stated them; what it leaves open is looked for.
static uint32_t stated_regions(struct dfc_region *regions,
                               const struct delta_image *image,
                               const struct delta_coding *coding)
{
    uint32_t arch = DFOTA_ARCH_NONE;
    uint32_t i;

    for (i = 0; i < image->region_count; i++) {
        const struct delta_region *r = &image->regions[i];
        uint32_t end = i + 1 < image->region_count ? r[1].start : image->size;

        regions[i] = (struct dfc_region){r->start, end, r->address - r->start,
                                         DFOTA_ARCH_NONE};
        if (arch == DFOTA_ARCH_NONE &&
            (coding->arch_given || r->arch == DELTA_ARCH_UNKNOWN)) {
            arch = arch_of(coding, image->data, image->size);
        }
        if (coding->arch_given) {
            // The byte order is that of data, too.
            regions[i].arch = (uint8_t)(r->has_code || arch == DFOTA_ARCH_BIG
                                            ? arch
                                            : DFOTA_ARCH_NONE);
        } else if (r->has_code || r->arch == DFOTA_ARCH_BIG) {
            regions[i].arch =
                (uint8_t)(r->arch == DELTA_ARCH_UNKNOWN ? arch : r->arch);
        }
    }
    return image->region_count;
}

static bool is_stated(const struct delta_pair *pair,
                      const struct delta_coding *coding)
{
    return !coding->base_given && pair->old_image != NULL &&
           pair->new_image != NULL && pair->old_image->has_addresses &&
           pair->new_image->has_addresses;
}

// One region each, or more at distances that calls tell of, if they do in both
// images; the longest one is at address 0.
static void find_regions(struct delta_identity *id,
                         const struct delta_pair *pair, uint32_t arch)
{
    id->old_count = delta_call_regions(id->old_regions, DFOTA_REGIONS_MAX, arch,
                                       pair->old_data, pair->old_size);
    id->new_count = delta_call_regions(id->new_regions, DFOTA_REGIONS_MAX, arch,
                                       pair->new_data, pair->new_size);
    if (id->old_count == 1 || id->new_count == 1) {
        id->old_count = 1;
        id->new_count = 1;
        id->old_regions[0] = (struct dfc_region){0, pair->old_size, 0, arch};
        id->new_regions[0] = (struct dfc_region){0, pair->new_size, 0, arch};
    }
}

// The load address of an image that does not tell it. Its program may stand
// behind a header.
static bool find_base(uint32_t *base, const struct delta_image *image,
                      const struct dfc_regions *regions, const uint8_t *data,
                      uint32_t size)
{
    struct dfc_region program = {0, size, 0, regions->list->arch};
    struct dfc_regions alone = {&program, 1};
    uint32_t start = 0;
    uint32_t i;

    if (regions->count > 1) {
        return delta_image_base(base, regions, data, size);
    }
    for (i = 0; image != NULL && i < image->region_count; i++) {
        if (image->regions[i].has_code) {
            start = image->regions[i].start;
            break;
        }
    }
    program.end = size - start;
    if (!delta_image_base(base, &alone, data + start, size - start)) {
        return false;
    }
    *base -= start;
    return true;
}

// Where one image is, of which the file tells it; so may be the other.
static bool other_base(uint32_t *base, const struct delta_image *image)
{
    if (image == NULL || !image->has_addresses ||
        image->regions[0].address >= DELTA_ADDRESS_NONE) {
        return false;
    }
    *base = image->regions[0].address;
    return true;
}

// The first way that answers.
static bool find_bases(uint32_t *base, const struct delta_identity *id,
                       const struct delta_pair *pair,
                       const struct delta_coding *coding)
{
    struct dfc_region alone = {0, pair->new_size, 0, DFOTA_ARCH_NONE};
    struct dfc_regions old = {id->old_regions, id->old_count};
    struct dfc_regions new = {&alone, 1};

    if (find_base(base, pair->old_image, &old, pair->old_data,
                  pair->old_size)) {
        return true;
    }
    if (id->new_count > 1) {
        new = (struct dfc_regions){id->new_regions, id->new_count};
    } else {
        alone.arch = arch_of(coding, pair->new_data, pair->new_size);
    }
    return find_base(base, pair->new_image, &new, pair->new_data,
                     pair->new_size) ||
           other_base(base, pair->old_image) ||
           other_base(base, pair->new_image);
}

// Bases of regions are relative to this one. false: one does not fit there.
static bool place(struct dfc_region *regions, uint32_t count, uint32_t base)
{
    bool fits = true;
    uint32_t i;

    for (i = 0; i < count; i++) {
        struct dfc_region *r = &regions[i];

        r->base += base;
        fits &= r->base + r->end > r->base + r->start;
    }
    return fits;
}

static uint32_t flatten(struct dfc_region *regions, uint32_t count)
{
    const struct dfc_region *largest = &regions[0];
    struct dfc_region all;
    uint32_t i;

    for (i = 1; i < count; i++) {
        const struct dfc_region *r = &regions[i];

        if ((r->arch != DFOTA_ARCH_NONE && largest->arch == DFOTA_ARCH_NONE) ||
            ((r->arch != DFOTA_ARCH_NONE) ==
                 (largest->arch != DFOTA_ARCH_NONE) &&
             r->end - r->start > largest->end - largest->start)) {
            largest = r;
        }
    }
    all = (struct dfc_region){0, regions[count - 1].end, largest->base,
                              largest->arch};
    regions[0] = all;
    return 1;
}

// A new image alone is one region; the old one, which is empty, is like it.
static void identify_alone(struct delta_identity *id,
                           const struct delta_pair *pair,
                           const struct delta_coding *coding)
{
    const struct delta_image *image = pair->new_image;
    struct dfc_regions regions = {id->new_regions, 1};
    uint32_t base = coding->base;

    id->new_count = 1;
    if (!coding->base_given && image != NULL && image->has_addresses) {
        id->new_count = stated_regions(id->new_regions, image, coding);
        id->new_count = flatten(id->new_regions, id->new_count);
        id->has_base = true;
    } else {
        id->new_regions[0] = (struct dfc_region){
            0, pair->new_size, 0,
            arch_of(coding, pair->new_data, pair->new_size)};
        id->has_base =
            (coding->base_given || find_base(&base, image, &regions,
                                             pair->new_data, pair->new_size)) &&
            base + pair->new_size > base;
        id->new_regions[0].base = id->has_base ? base : 0;
    }
    id->old_count = 1;
    id->old_regions[0] = id->new_regions[0];
    id->old_regions[0].end = 0;
}

void delta_identify(struct delta_identity *id, const struct delta_pair *pair,
                    const struct delta_coding *coding)
{
    uint32_t base = coding->base;
    bool known = coding->base_given;

    if (pair->old_size == 0) {
        identify_alone(id, pair, coding);
        return;
    }
    if (is_stated(pair, coding)) {
        id->old_count =
            stated_regions(id->old_regions, pair->old_image, coding);
        id->new_count =
            stated_regions(id->new_regions, pair->new_image, coding);
        id->has_base = true;
        return;
    }
    find_regions(id, pair, arch_of(coding, pair->old_data, pair->old_size));
    if (!known) {
        known = find_bases(&base, id, pair, coding);
    }
    id->has_base = false;
    if (known && delta_identity_move(id, base) &&
        id->old_regions[0].arch == DFOTA_ARCH_NONE &&
        delta_image_is_big(base, pair->old_data, pair->old_size)) {
        id->old_regions[0].arch = DFOTA_ARCH_BIG;
        id->new_regions[0].arch = DFOTA_ARCH_BIG;
    }
}

bool delta_identity_move(struct delta_identity *id, uint32_t base)
{
    struct delta_identity moved = *id;

    moved.has_base = place(moved.old_regions, moved.old_count, base) &&
                     place(moved.new_regions, moved.new_count, base);
    if (moved.has_base) {
        *id = moved;
    }
    return moved.has_base;
}

// Whether data read as code of an architecture shows so few references that
// this is cheaper than to describe a region.
static bool reads_alike(const uint8_t *data, uint32_t size,
                        const struct dfc_region *r, uint32_t arch)
{
    struct dfc_view view = {data, 0, size, size, r->base};
    uint32_t count = 0;
    uint32_t s = r->start;

    while (s < r->end && count <= JOIN_REFERENCES) {
        struct dfc_reference ref;

        dfc_reference_at(arch, NULL, 0, &view, s, &ref);
        count += ref.kind != DFC_PLAIN;
        s = ref.at + ref.size;
    }
    return count <= JOIN_REFERENCES;
}

// Whether region b can be as a is: more of the same, or data.
static bool goes_with(const struct dfc_region *a, const struct dfc_region *b,
                      const uint8_t *data, uint32_t size)
{
    if (b->arch != DFOTA_ARCH_NONE) {
        return a->arch == b->arch && a->base == b->base;
    }
    return a->arch == DFOTA_ARCH_NONE || reads_alike(data, size, b, a->arch);
}

static uint32_t join(struct dfc_region *regions, uint32_t count,
                     const uint8_t *data, uint32_t size)
{
    uint32_t kept = 0;
    uint32_t i;

    for (i = 0; i < count; i++) {
        struct dfc_region *last = kept > 0 ? &regions[kept - 1] : NULL;

        if (last != NULL && goes_with(last, &regions[i], data, size)) {
            last->end = regions[i].end;
        } else if (kept == 1 && last->arch == DFOTA_ARCH_NONE &&
                   goes_with(&regions[i], last, data, size)) {
            *last = regions[i]; // from the image's start on
            last->start = 0;
        } else {
            regions[kept++] = regions[i];
        }
    }
    return kept;
}

void delta_identity_join(struct delta_identity *id,
                         const struct delta_pair *pair)
{
    id->old_count =
        join(id->old_regions, id->old_count, pair->old_data, pair->old_size);
    id->new_count =
        join(id->new_regions, id->new_count, pair->new_data, pair->new_size);
}

void delta_identity_flatten(struct delta_identity *id)
{
    id->old_count = flatten(id->old_regions, id->old_count);
    id->new_count = flatten(id->new_regions, id->new_count);
    id->new_regions[0].arch = id->old_regions[0].arch; // there is room for one
}

static int by_start(const void *a, const void *b)
{
    const struct dfc_range *x = a;
    const struct dfc_range *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

uint32_t delta_identity_ranges(struct dfc_range *ranges,
                               const struct delta_identity *id)
{
    struct dfc_range all[DFOTA_REGIONS_MAX];
    uint32_t count = 0, kept = 0;
    uint32_t i;

    for (i = 0; i < id->old_count; i++) {
        const struct dfc_region *r = &id->old_regions[i];

        if (id->has_base && r->base + r->start < DELTA_ADDRESS_NONE &&
            r->base + r->end > r->base + r->start) {
            all[count++] =
                (struct dfc_range){r->base + r->start, r->base + r->end};
        }
    }
    qsort(all, count, sizeof(*all), by_start);
    for (i = 0; i < count; i++) {
        if (kept > 0 && all[i].start <= ranges[kept - 1].end) {
            if (ranges[kept - 1].end < all[i].end) {
                ranges[kept - 1].end = all[i].end;
            }
        } else if (kept < DFOTA_RANGES_MAX) {
            ranges[kept++] = all[i];
        }
    }
    return kept;
}

uint32_t delta_identity_archs(const struct delta_identity *id)
{
    uint32_t archs = 0;
    uint32_t i;

    for (i = 0; i < id->old_count; i++) {
        archs |= id->old_regions[i].arch;
    }
    for (i = 0; i < id->new_count; i++) {
        archs |= id->new_regions[i].arch;
    }
    return archs & ~DFC_ARCH_FAR;
}
