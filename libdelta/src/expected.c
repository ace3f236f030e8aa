// SPDX-License-Identifier: MIT
// Where the address map expects sources. The alignment can change only where a
// piece of the map or a region begins or ends.

#include "expected.h"

#include <stdlib.h>
#include <string.h>

#include "sort.h"

struct edges {
    uint32_t *at; // positions of the new image
    uint32_t count, room;
    bool failed;
};

static void add(struct edges *e, uint32_t at)
{
    if (e->count == e->room && !e->failed) {
        uint32_t room = e->room == 0 ? 256 : e->room * 2;
        uint32_t *list = realloc(e->at, room * sizeof(*list));

        if (list == NULL) {
            e->failed = true;
            return;
        }
        e->at = list;
        e->room = room;
    }
    if (!e->failed) {
        e->at[e->count++] = at;
    }
}

// An address of the new firmware, wherever regions have it.
static void add_address(struct edges *e, const struct dfc_regions *regions,
                        uint32_t address)
{
    uint32_t i;

    for (i = 0; i < regions->count; i++) {
        const struct dfc_region *r = &regions->list[i];
        uint32_t at = address - r->base;

        if (at >= r->start && at < r->end) {
            add(e, at);
        }
    }
}

// What moves by `shift` is [first, last].
static void add_piece(struct edges *e, const struct dfc_space *space,
                      uint32_t first, uint32_t last, uint32_t shift)
{
    uint32_t i;

    add_address(e, &space->new_regions, first + shift);
    add_address(e, &space->new_regions, last + shift + 1u);
    for (i = 0; i < space->old_regions.count; i++) {
        const struct dfc_region *r = &space->old_regions.list[i];

        if (r->base + r->start - first <= last - first) {
            add_address(e, &space->new_regions, r->base + r->start + shift);
        }
        if (r->base + r->end - first <= last - first) {
            add_address(e, &space->new_regions, r->base + r->end + shift);
        }
    }
}

static void add_all(struct edges *e, const struct dfc_space *space)
{
    uint32_t first = 0, shift = 0;
    uint32_t i;

    // What no piece reaches has not moved: regions begin where they did.
    add_piece(e, space, 0, 0xFFFFFFFFu, 0);
    add(e, 0);
    for (i = 0; i < space->new_regions.count; i++) {
        add(e, space->new_regions.list[i].start);
    }
    for (i = 0; i < space->map_count; i++) {
        if (space->map[i].start != first) {
            add_piece(e, space, first, space->map[i].start - 1u, shift);
        }
        first = space->map[i].start;
        shift = space->map[i].shift;
    }
    add_piece(e, space, first, 0xFFFFFFFFu, shift);
}

bool delta_expected_make(struct delta_expected *expected,
                         const struct dfc_space *space, uint32_t new_size)
{
    struct edges edges;
    bool ok;
    uint32_t i;

    memset(expected, 0, sizeof(*expected));
    memset(&edges, 0, sizeof(edges));
    add_all(&edges, space);
    ok = !edges.failed && delta_sort_words(edges.at, edges.count);
    if (ok) {
        expected->list = malloc(edges.count * sizeof(*expected->list));
        ok = expected->list != NULL;
    }
    for (i = 0; ok && i < edges.count && edges.at[i] < new_size; i++) {
        uint32_t at = edges.at[i];
        uint32_t alignment = dfc_expected_source(space, at) - at;

        if (i == 0 ||
            alignment != expected->list[expected->count - 1].alignment) {
            expected->list[expected->count++] =
                (struct delta_stretch){at, alignment};
        }
    }
    free(edges.at);
    return ok;
}

void delta_expected_free(struct delta_expected *expected)
{
    free(expected->list);
    memset(expected, 0, sizeof(*expected));
}
