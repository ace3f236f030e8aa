// SPDX-License-Identifier: MIT
// One alignment after the other.

#include "align.h"

#include <stdlib.h>
#include <string.h>

#include "anchors.h"
#include "encode.h"
#include "epochs.h"
#include "parallel.h"

bool delta_aligner_make(struct delta_aligner *a, const struct delta_pair *pair,
                        const struct dfc_space *space, uint32_t threads)
{
    size_t size = (size_t)pair->old_size + pair->new_size;

    memset(a, 0, sizeof(*a));
    a->threads = threads;
    a->fields = malloc(size * sizeof(*a->fields));
    a->text = malloc(size);
    a->scene.space = space;
    a->scene.fields = a->fields;
    a->scene.old_view =
        (struct dfc_view){pair->old_data, 0, pair->old_size, pair->old_size, 0};
    a->scene.new_view =
        (struct dfc_view){pair->new_data, 0, pair->new_size, pair->new_size, 0};
    return a->fields != NULL && a->text != NULL;
}

// What a parse needs besides the fields.
static void drop_indexes(struct delta_aligner *a)
{
    uint32_t i;

    delta_candidates_free(&a->candidates);
    for (i = 0; i < DELTA_NEARBYS; i++) {
        delta_nearby_free(&a->nearby[i]);
    }
    free(a->mapped);
    a->mapped = NULL;
    a->scene.mapped = NULL;
}

void delta_aligner_free(struct delta_aligner *a)
{
    drop_indexes(a);
    free(a->fields);
    free(a->text);
    free(a->segments.list);
    memset(a, 0, sizeof(*a));
}

static void find_fields(struct delta_aligner *a, bool is_new, bool again)
{
    const struct dfc_space *space = a->scene.space;

    (again ? delta_fields_update : delta_fields_find)(
        a->fields + (is_new ? a->scene.old_view.size : 0),
        is_new ? &space->new_regions : &space->old_regions, space->ranges,
        space->range_count, is_new ? &a->scene.new_view : &a->scene.old_view);
}

static void find_first(void *context, uint32_t index)
{
    find_fields(context, index, false);
}

static void find_again(void *context, uint32_t index)
{
    find_fields(context, index, true);
}

void delta_aligner_find_fields(struct delta_aligner *a, bool again)
{
    delta_parallel(a->threads, 2, again ? find_again : find_first, a);
}

// Not before the suffix array is gone: memory.
static bool map_targets(struct delta_aligner *a)
{
    const struct dfc_space *space = a->scene.space;
    uint32_t old_size = a->scene.old_view.size;
    uint32_t i;

    a->mapped = malloc((old_size + 1u) * sizeof(*a->mapped));
    if (a->mapped == NULL) {
        return false;
    }
    a->scene.mapped = a->mapped;
    for (i = 0; i < old_size; i++) {
        const struct delta_field *field = &a->fields[i];

        if (field->kind != DFC_PLAIN) {
            a->mapped[i] = dfc_map(space->map, space->map_count, field->target);
        }
    }
    return true;
}

struct text_work {
    struct delta_aligner *aligner;
    struct delta_inverse inverse;
    bool blank;
};

static void make_half(void *context, uint32_t is_new)
{
    const struct text_work *work = context;
    const struct delta_aligner *a = work->aligner;
    uint32_t first = is_new ? a->scene.old_view.size : 0;

    delta_neutral(
        a->text + first, is_new ? &a->scene.new_view : &a->scene.old_view,
        a->fields + first, is_new ? &work->inverse : NULL, work->blank);
}

// Before a map is known, calls to moved functions differ: leave them blank.
static bool make_text(struct delta_aligner *a, bool blank)
{
    struct text_work work = {.aligner = a, .blank = blank};

    if (!delta_inverse_make(&work.inverse, a->scene.space->map,
                            a->scene.space->map_count)) {
        return false;
    }
    delta_parallel(a->threads, 2, make_half, &work);
    delta_inverse_free(&work.inverse);
    return true;
}

// One index after the other: memory.
bool delta_aligner_prepare(struct delta_aligner *a, bool blank)
{
    static const uint32_t lengths[DELTA_NEARBYS] = {DELTA_NEARBY_MIN, 8};
    uint32_t old_size = a->scene.old_view.size;
    uint32_t new_size = a->scene.new_view.size;
    bool ok;
    uint32_t i;

    drop_indexes(a); // those of a preparation that was not used
    ok = make_text(a, blank) &&
         delta_candidates_find(&a->candidates, a->text, old_size, new_size,
                               a->scene.inplace != NULL &&
                                   a->scene.inplace->backwards);
    for (i = 0; ok && i < a->nearby_count && i < DELTA_NEARBYS; i++) {
        ok = delta_nearby_make(&a->nearby[i], a->text, old_size + new_size,
                               lengths[i]);
    }
    return ok;
}

static bool parse(struct delta_aligner *a, const struct delta_prices *prices,
                  uint32_t beam)
{
    struct delta_expected expected = {NULL, 0};
    bool ok;

    free(a->segments.list);
    a->segments.list = NULL;
    ok = map_targets(a);
    if (ok && a->expects) {
        ok = delta_expected_make(&expected, a->scene.space,
                                 a->scene.new_view.size);
        a->scene.expected = &expected;
    }
    ok = ok &&
         delta_parse_parts(&a->segments, &a->scene, prices, beam, a->threads);
    a->scene.expected = NULL;
    delta_expected_free(&expected);
    return ok;
}

bool delta_aligner_parse(struct delta_aligner *a,
                         const struct delta_prices *prices, uint32_t beam)
{
    bool ok;

    a->scene.candidates = &a->candidates;
    a->scene.nearby = a->nearby;
    a->scene.nearby_count = a->nearby_count;
    ok = parse(a, prices, beam);
    a->scene.candidates = NULL;
    a->scene.nearby_count = 0;
    drop_indexes(a);
    return ok;
}

static struct delta_anchors *make_anchors(struct delta_aligner *a, bool blank)
{
    if (!make_text(a, blank)) {
        return NULL;
    }
    return delta_anchors_make(a->text, a->scene.old_view.size,
                              a->scene.new_view.size);
}

bool delta_aligner_survey(struct delta_aligner *a, bool blank)
{
    struct delta_anchors *anchors = make_anchors(a, blank);
    bool ok;

    free(a->segments.list);
    a->segments.list = NULL;
    ok = anchors != NULL && delta_anchors_align(&a->segments, anchors);
    delta_anchors_free(anchors);
    return ok;
}

bool delta_aligner_parse_quickly(struct delta_aligner *a,
                                 const struct delta_prices *prices,
                                 uint32_t beam)
{
    bool ok;

    a->scene.anchors = make_anchors(a, false);
    ok = a->scene.anchors != NULL && parse(a, prices, beam);
    delta_anchors_free(a->scene.anchors);
    a->scene.anchors = NULL;
    drop_indexes(a);
    return ok;
}
