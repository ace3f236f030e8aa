// SPDX-License-Identifier: MIT
// Gathers the regions of an image, in any order and number.

#include "regions.h"

#include <stdlib.h>
#include <string.h>

#include "errors.h"

// A shorter region that is where the one before goes on is not worth its
// description in a package.
#define WORTH_SIZE 32u

void delta_regions_add(struct delta_regions *r, uint32_t start,
                       uint32_t address, uint8_t arch, bool has_code)
{
    if (r->failed) {
        return;
    }
    if (r->count == r->room) {
        size_t room = r->room < 64 ? 64 : 2 * r->room;
        struct delta_region *list = realloc(r->list, room * sizeof(*list));

        if (list == NULL) {
            r->failed = true;
            return;
        }
        r->list = list;
        r->room = room;
    }
    r->list[r->count++] = (struct delta_region){start, address, arch, has_code};
}

static int compare(uint32_t x, uint32_t y)
{
    return x < y ? -1 : x > y;
}

// By all fields, so that the order is the same everywhere.
static int by_start(const void *a, const void *b)
{
    const struct delta_region *x = a;
    const struct delta_region *y = b;
    int order = compare(x->start, y->start);

    order = order != 0 ? order : compare(x->address, y->address);
    order = order != 0 ? order : compare(x->arch, y->arch);
    return order != 0 ? order : (int)x->has_code - (int)y->has_code;
}

static uint32_t region_end(const struct delta_regions *r, size_t i,
                           uint32_t size)
{
    return i + 1 < r->count ? r->list[i + 1].start : size;
}

static bool goes_on(const struct delta_region *a, const struct delta_region *b)
{
    if (a->address == DELTA_ADDRESS_NONE) {
        return b->address == DELTA_ADDRESS_NONE;
    }
    return b->address - a->address == b->start - a->start;
}

static bool is_same(const struct delta_region *a, const struct delta_region *b)
{
    return goes_on(a, b) && a->arch == b->arch && a->has_code == b->has_code;
}

// Leave out what is empty, equal to the one before, or shorter than
// `shortest`; `anywhere` also those that do not go on.
static void join(struct delta_regions *r, uint32_t size, uint32_t shortest,
                 bool anywhere)
{
    size_t count = 0;

    for (size_t i = 0; i < r->count; i++) {
        const struct delta_region *one = r->list + i;
        uint32_t end = region_end(r, i, size);
        bool leave = one->start >= end;

        if (!leave && count > 0) {
            const struct delta_region *last = r->list + count - 1;

            leave = is_same(last, one) || (end - one->start < shortest &&
                                           (anywhere || goes_on(last, one)));
        }
        if (!leave) {
            r->list[count++] = *one;
        }
    }
    r->count = count;
}

enum delta_status delta_regions_finish(struct delta_regions *r,
                                       struct delta_image *image,
                                       struct delta_error *error)
{
    if (r->failed) {
        free(r->list);
        memset(r, 0, sizeof(*r));
        return delta_fail_memory(error, "image");
    }
    if (r->count > 0) {
        qsort(r->list, r->count, sizeof(*r->list), by_start);
    }
    join(r, image->size, WORTH_SIZE, false);
    for (uint32_t shortest = WORTH_SIZE; r->count > DELTA_REGIONS_MAX;
         shortest *= 2) {
        join(r, image->size, shortest, false);
        if (r->count > DELTA_REGIONS_MAX) {
            join(r, image->size, shortest, true);
        }
    }
    if (r->count == 0) {
        image->regions[0] =
            (struct delta_region){0, 0, DELTA_ARCH_UNKNOWN, true};
        r->count = 1;
    } else {
        memcpy(image->regions, r->list, r->count * sizeof(*r->list));
        image->regions[0].address -= image->regions[0].start;
        image->regions[0].start = 0;
    }
    image->region_count = (uint32_t)r->count;
    free(r->list);
    memset(r, 0, sizeof(*r));
    return DELTA_OK;
}
