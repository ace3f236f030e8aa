// SPDX-License-Identifier: MIT
// Scenes for tests: fields, mapped targets, neutral text, candidates.

#include "scene.h"

#include <stdlib.h>
#include <string.h>

static void find_fields(struct scene *s)
{
    const struct dfc_space *space = &s->space;
    uint32_t old_size = space->old_size;
    uint32_t size = old_size + s->delta.new_view.size;

    delta_fields_find(s->fields, &space->old_regions, space->ranges,
                      space->range_count, &s->delta.old_view);
    delta_fields_find(s->fields + old_size, &space->new_regions, space->ranges,
                      space->range_count, &s->delta.new_view);
    for (uint32_t i = 0; i < size; i++) {
        uint32_t target = s->fields[i].target;

        s->mapped[i] = i < old_size
                           ? dfc_map(space->map, space->map_count, target)
                           : target;
    }
}

static bool make_text(struct scene *s)
{
    struct delta_inverse inverse;

    if (!delta_inverse_make(&inverse, s->space.map, s->space.map_count)) {
        return false;
    }
    delta_neutral(s->text, &s->delta.old_view, s->fields, NULL, false);
    delta_neutral(s->text + s->space.old_size, &s->delta.new_view,
                  s->fields + s->space.old_size, &inverse, false);
    delta_inverse_free(&inverse);
    return true;
}

void scene_regions(struct scene *s, uint32_t old_size, uint32_t new_size)
{
    s->space.old_size = old_size;
    s->whole[0] = (struct dfc_region){0, old_size, s->old_base, s->arch};
    s->whole[1] = (struct dfc_region){0, new_size, s->new_base, s->arch};
    s->space.old_regions = (struct dfc_regions){&s->whole[0], 1};
    s->space.new_regions = (struct dfc_regions){&s->whole[1], 1};
}

bool scene_open(struct scene *s, const uint8_t *old_data, uint32_t old_size,
                const uint8_t *new_data, uint32_t new_size)
{
    size_t size = (size_t)old_size + new_size;

    s->space.old_size = old_size;
    if (s->space.old_regions.count == 0) {
        scene_regions(s, old_size, new_size);
    }
    s->fields = malloc(size * sizeof(*s->fields));
    s->mapped = malloc(size * sizeof(*s->mapped));
    s->text = malloc(size);
    s->delta = (struct delta_scene){
        .space = &s->space,
        .old_view = {old_data, 0, old_size, old_size, 0},
        .new_view = {new_data, 0, new_size, new_size, 0},
        .fields = s->fields,
        .mapped = s->mapped,
        .candidates = &s->candidates,
        .nearby = s->nearby,
        .nearby_count = 2,
    };
    if (s->fields == NULL || s->mapped == NULL || s->text == NULL) {
        return false;
    }
    find_fields(s);
    return make_text(s) &&
           delta_nearby_make(&s->nearby[0], s->text, old_size + new_size, 3) &&
           delta_nearby_make(&s->nearby[1], s->text, old_size + new_size, 8) &&
           delta_candidates_find(&s->candidates, s->text, old_size, new_size,
                                 false);
}

void scene_close(struct scene *s)
{
    delta_candidates_free(&s->candidates);
    delta_nearby_free(&s->nearby[0]);
    delta_nearby_free(&s->nearby[1]);
    free(s->fields);
    free(s->mapped);
    free(s->text);
    memset(s, 0, sizeof(*s));
}
