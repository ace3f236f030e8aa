// SPDX-License-Identifier: MIT
// What a simulated update takes on the module that the layout names.

#include <string.h>

#include "delta_estimate.h"
#include "simview.h"

// Slots of several sizes of blocks count as if all had the smallest one.
static void add_wear(struct delta_area_work *work, const struct delta_wear *w,
                     bool is_worst)
{
    uint64_t blocks = is_worst ? w->erased_worst : w->erased;

    if (work->block_size == 0 || work->block_size > w->block_size) {
        work->blocks *= work->block_size / w->block_size;
        work->block_size = w->block_size;
    }
    work->blocks += blocks * (w->block_size / work->block_size);
    work->programmed += is_worst ? w->programmed_worst : w->programmed;
}

static int area_of(const struct delta_wear *w)
{
    if (strcmp(w->area, "journal") == 0) {
        return DELTA_WORK_JOURNAL;
    }
    return strcmp(w->area, "scratch") == 0 ? DELTA_WORK_SCRATCH
                                           : DELTA_WORK_IMAGE;
}

static bool sum_parts(struct delta_work *sum, const struct simview *view,
                      const struct delta_profile *profile)
{
    for (size_t i = 0; i < view->s->part_count; i++) {
        struct delta_work work;

        if (delta_estimate_package(&work, &view->s->parts[i], profile, NULL) !=
            DELTA_OK) {
            return false;
        }
        if (i == 0) {
            *sum = work;
        } else {
            sum->stream_size += work.stream_size;
            sum->output_size += work.output_size;
            sum->image_size += work.image_size;
            sum->read_size += work.read_size;
        }
    }
    return true;
}

// What was counted takes the place of what the package lets expect. After a
// cut, at worst, everything is decoded and what is fetched again comes again.
static bool time_of(uint64_t *ms, const struct simview *view, bool is_worst)
{
    const struct delta_profile *profile =
        delta_profile_find(view->layout->profile);
    const struct delta_simulation *s = view->s;
    struct delta_work work = {.stream_size = 0};
    struct delta_estimate e;

    if (profile == NULL || !sum_parts(&work, view, profile)) {
        return false;
    }
    for (size_t i = 0; i < s->wear_count; i++) {
        memset(&work.areas[area_of(&s->wear[i])], 0, sizeof(work.areas[0]));
    }
    for (size_t i = 0; i < s->wear_count; i++) {
        add_wear(&work.areas[area_of(&s->wear[i])], &s->wear[i], is_worst);
    }
    if (is_worst) {
        work.output_size *= 2;
        work.stream_size *= 2;
        work.package_size += s->refetched;
    }
    if (delta_estimate(&e, &work, profile, NULL) != DELTA_OK) {
        return false;
    }
    *ms = e.total_ms;
    return true;
}

bool simview_time(struct simview_time *time, const struct simview *view)
{
    return time_of(&time->ms, view, false) &&
           time_of(&time->ms_worst, view, true);
}
