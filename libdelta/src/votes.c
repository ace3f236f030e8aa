// SPDX-License-Identifier: MIT
// What aligned references of both images say about where things went.

#include "votes.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#define SHIFT_MAX 0x100000u // a word that moved further is no pointer
#define RAM_SHIFT_MAX 0x10000u
#define REGION_BITS 20u // regions are looked for in steps of 1 MiB
#define REGION_VOTES_MIN 12u

// The first region holds small numbers. A list of names that grows in its
// middle renumbers them, and then they move as addresses do.
#define NUMBER_VOTES_MIN 24u

// From here on there is no memory: A32 instructions look like such addresses.
#define ADDRESS_TOP 0xE0000000u

static bool is_near(uint32_t a, uint32_t b, uint32_t distance)
{
    return a - b + distance <= 2 * distance;
}

// A word in the byte order of its architecture.
static uint32_t word_at(const struct dfc_view *view, uint32_t s, uint32_t arch)
{
    const uint8_t *b = view->bytes + s;

    return arch == DFOTA_ARCH_BIG
               ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
                     (uint32_t)b[2] << 8 | b[3]
               : dfc_get32(b);
}

static bool vote_of(struct delta_vote *vote, const struct delta_scene *scene,
                    uint32_t source, uint32_t at)
{
    const struct delta_field *old = &scene->fields[source];
    const struct delta_field *new = &scene->fields[scene->old_view.size + at];
    uint32_t target = new->target;

    if (old->kind == DFC_PLAIN || old->offset != 0) {
        return false;
    }
    if (old->kind == DFC_POINTER) {
        target = word_at(&scene->new_view, at, old->arch);
        if (!is_near(target, old->target, SHIFT_MAX)) {
            return false;
        }
    } else if (new->kind != old->kind || new->offset != 0) {
        return false;
    }
    *vote = (struct delta_vote){old->target, target - old->target};
    return true;
}

bool delta_votes_collect(struct delta_votes *votes,
                         const struct delta_scene *scene,
                         const struct delta_segments *segments)
{
    uint32_t i, k;

    for (i = 0; i < segments->count; i++) {
        const struct delta_segment *s = &segments->list[i];

        if (s->source >= scene->old_view.size) {
            continue;
        }
        for (k = 0; k + 4 <= s->length; k++) {
            struct delta_vote vote;

            if (vote_of(&vote, scene, s->source + k, s->new_at + k) &&
                !delta_vote_add(votes, vote.target, vote.shift)) {
                return false;
            }
        }
    }
    return true;
}

static bool in_image(const struct delta_scene *scene, uint32_t address)
{
    const struct dfc_regions *regions = &scene->space->old_regions;
    uint32_t i;

    for (i = 0; i < regions->count; i++) {
        const struct dfc_region *r = &regions->list[i];

        if (address - (r->base + r->start) < r->end - r->start) {
            return true;
        }
    }
    return false;
}

// Aligned words that differ a little, outside of code and image.
static bool collect_words(struct delta_votes *votes,
                          const struct delta_scene *scene,
                          const struct delta_segment *s)
{
    const struct dfc_view *image = &scene->old_view;
    uint32_t k = (4u - (s->source & 3u)) & 3u;

    if (s->source >= image->size || ((s->source ^ s->new_at) & 3u) != 0) {
        return true;
    }
    for (; k + 4 <= s->length; k += 4) {
        const struct delta_field *field = &scene->fields[s->source + k];
        uint32_t old = word_at(image, s->source + k, field->arch);
        uint32_t new = word_at(&scene->new_view, s->new_at + k, field->arch);
        uint32_t kind = field->kind;

        if (old != new && (kind == DFC_PLAIN || kind == DFC_POINTER) &&
            is_near(old, new, RAM_SHIFT_MAX) && !in_image(scene, old) &&
            !delta_vote_add(votes, old, new - old)) {
            return false;
        }
    }
    return true;
}

// Neighbours in one region that moved by the same amount speak for it.
static void add_regions(struct dfc_range *ranges, uint32_t *count,
                        const struct delta_votes *votes)
{
    struct dfc_range range = {0, 0};
    uint32_t agreeing = 0;
    uint32_t i;

    for (i = 1; i < votes->count; i++) {
        const struct delta_vote *v = &votes->list[i];
        bool last = i + 1 == votes->count ||
                    v[1].target >> REGION_BITS != v->target >> REGION_BITS;

        if (v[-1].target >> REGION_BITS == v->target >> REGION_BITS &&
            v[-1].target != v->target && v[-1].shift == v->shift) {
            range.start = agreeing == 0 ? v[-1].target : range.start;
            range.end = v->target + 1;
            agreeing++;
        }
        if (last) {
            uint32_t enough = v->target >> REGION_BITS == 0 ? NUMBER_VOTES_MIN
                                                            : REGION_VOTES_MIN;

            if (agreeing >= enough && v->target < ADDRESS_TOP &&
                *count < DFOTA_RANGES_MAX) {
                ranges[(*count)++] = range;
            }
            agreeing = 0;
        }
    }
}

bool delta_votes_regions(struct dfc_range *ranges, uint32_t *count,
                         const struct delta_scene *scene,
                         const struct delta_segments *segments)
{
    struct delta_votes votes;
    bool ok = true;
    uint32_t i;

    memset(&votes, 0, sizeof(votes));
    for (i = 0; i < segments->count && ok; i++) {
        ok = collect_words(&votes, scene, &segments->list[i]);
    }
    ok = ok && delta_sort_votes(votes.list, votes.count);
    if (ok) {
        add_regions(ranges, count, &votes);
    }
    free(votes.list);
    return ok;
}
