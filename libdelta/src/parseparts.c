// SPDX-License-Identifier: MIT
// Parsing a large image in parts side by side. They are the same whatever the
// number of threads: the result must not depend on it.

#include "parse.h"

#include <stdlib.h>
#include <string.h>

#include "parallel.h"

#define PART_SIZE 0x40000u
#define PARTS_MAX 32u

bool delta_segments_add(struct delta_segments *out, uint32_t *room,
                        struct delta_segment segment)
{
    if (out->count == *room) {
        uint32_t more = *room == 0 ? 1024 : *room * 2;
        struct delta_segment *list = realloc(out->list, more * sizeof(*list));

        if (list == NULL) {
            return false;
        }
        out->list = list;
        *room = more;
    }
    out->list[out->count++] = segment;
    return true;
}

bool delta_parse(struct delta_segments *segments,
                 const struct delta_scene *scene,
                 const struct delta_prices *prices, uint32_t beam)
{
    return delta_parse_part(segments, scene, prices, beam, 0,
                            scene->new_view.size);
}

struct parts_work {
    const struct delta_scene *scene;
    const struct delta_prices *prices;
    uint32_t beam, count;
    struct {
        struct delta_segments segments;
        bool ok;
    } part[PARTS_MAX];
};

// Parts are cut at multiples of a word.
static uint32_t part_begin(const struct parts_work *work, uint32_t index)
{
    uint64_t size = work->scene->new_view.size;

    return index == work->count ? (uint32_t)size
                                : (uint32_t)(size * index / work->count) & ~3u;
}

static void run_part(void *context, uint32_t index)
{
    struct parts_work *work = context;

    work->part[index].ok = delta_parse_part(
        &work->part[index].segments, work->scene, work->prices, work->beam,
        part_begin(work, index), part_begin(work, index + 1));
}

// What goes on across a cut is one segment.
static bool append(struct delta_segments *all, uint32_t *room,
                   const struct delta_segments *part, uint32_t old_size)
{
    uint32_t i = 0;

    if (all->count > 0 && part->count > 0) {
        struct delta_segment *last = &all->list[all->count - 1];
        const struct delta_segment *first = &part->list[0];

        if (last->new_at + last->length == first->new_at &&
            last->source + last->length == first->source &&
            first->source != old_size) {
            last->length += first->length;
            i = 1;
        }
    }
    for (; i < part->count; i++) {
        if (!delta_segments_add(all, room, part->list[i])) {
            return false;
        }
    }
    all->cost += part->cost;
    return true;
}

bool delta_parse_parts(struct delta_segments *segments,
                       const struct delta_scene *scene,
                       const struct delta_prices *prices, uint32_t beam,
                       uint32_t threads)
{
    struct parts_work *work;
    uint32_t count = scene->new_view.size / PART_SIZE;
    uint32_t room = 0;
    bool ok = true;
    uint32_t i;

    if (count < 2 || scene->anchors != NULL) {
        return delta_parse(segments, scene, prices, beam);
    }
    memset(segments, 0, sizeof(*segments));
    work = calloc(1, sizeof(*work));
    if (work == NULL) {
        return false;
    }
    work->scene = scene;
    work->prices = prices;
    work->beam = beam;
    work->count = count < PARTS_MAX ? count : PARTS_MAX;
    delta_parallel(threads, work->count, run_part, work);
    for (i = 0; i < work->count; i++) {
        ok = ok && work->part[i].ok &&
             append(segments, &room, &work->part[i].segments,
                    scene->old_view.size);
        free(work->part[i].segments.list);
    }
    free(work);
    if (!ok) {
        free(segments->list);
        segments->list = NULL;
    }
    return ok;
}
