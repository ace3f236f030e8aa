// SPDX-License-Identifier: MIT
// Parsing a large image in parts side by side. They are the same whatever the
// number of threads: the result must not depend on it.

#include "parse.h"

#include <stdlib.h>
#include <string.h>

#include "epochs.h"
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
    struct part {
        uint32_t begin, end;
        struct delta_segments segments;
        bool ok;
    } * parts;
};

static bool is_backwards(const struct delta_scene *scene)
{
    return scene->inplace != NULL && scene->inplace->backwards;
}

// Parts are cut at multiples of a word.
static void cut(struct parts_work *work)
{
    uint64_t size = work->scene->new_view.size;
    uint32_t at = 0;
    uint32_t i;

    for (i = 0; i < work->count; i++) {
        work->parts[i].begin = at;
        at = i + 1 == work->count
                 ? (uint32_t)size
                 : (uint32_t)(size * (i + 1) / work->count) & ~3u;
        work->parts[i].end = at;
    }
}

// From back to front every epoch begins anew.
static void cut_epochs(struct parts_work *work)
{
    const struct delta_scene *scene = work->scene;
    uint32_t size = scene->new_view.size;
    uint32_t at = 0;
    uint32_t i;

    for (i = 0; i < work->count; i++) {
        struct delta_epoch epoch = delta_epoch_at(scene->inplace, size, at);

        work->parts[i].begin = epoch.begin;
        work->parts[i].end = epoch.end;
        at = epoch.end;
    }
}

static void run_part(void *context, uint32_t index)
{
    struct parts_work *work = context;
    struct part *part = &work->parts[index];

    part->ok = delta_parse_part(&part->segments, work->scene, work->prices,
                                work->beam, part->begin, part->end);
}

// What goes on across a cut is one segment.
static bool append(struct delta_segments *all, uint32_t *room,
                   const struct delta_segments *part,
                   const struct delta_scene *scene)
{
    uint32_t i = 0;

    if (!is_backwards(scene) && all->count > 0 && part->count > 0) {
        struct delta_segment *last = &all->list[all->count - 1];
        const struct delta_segment *first = &part->list[0];

        if (last->new_at + last->length == first->new_at &&
            last->source + last->length == first->source &&
            first->source != scene->old_view.size) {
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

static uint32_t count_parts(const struct delta_scene *scene)
{
    uint32_t count = scene->new_view.size / PART_SIZE;

    if (is_backwards(scene)) {
        return delta_epoch_count(scene->inplace);
    }
    return scene->anchors != NULL || count < 2 ? 1
           : count < PARTS_MAX                 ? count
                                               : PARTS_MAX;
}

bool delta_parse_parts(struct delta_segments *segments,
                       const struct delta_scene *scene,
                       const struct delta_prices *prices, uint32_t beam,
                       uint32_t threads)
{
    struct parts_work work = {scene, prices, beam, count_parts(scene), NULL};
    uint32_t room = 0;
    bool ok = true;
    uint32_t i;

    memset(segments, 0, sizeof(*segments));
    work.parts = calloc(work.count, sizeof(*work.parts));
    if (work.parts == NULL) {
        return false;
    }
    if (is_backwards(scene)) {
        cut_epochs(&work);
    } else {
        cut(&work);
    }
    // Anchors must be asked in order.
    delta_parallel(scene->anchors != NULL ? 1 : threads, work.count, run_part,
                   &work);
    for (i = 0; i < work.count; i++) {
        struct part *part = &work.parts[i];

        ok = ok && part->ok && append(segments, &room, &part->segments, scene);
        free(part->segments.list);
    }
    free(work.parts);
    if (!ok) {
        free(segments->list);
        segments->list = NULL;
    }
    return ok;
}
