// SPDX-License-Identifier: MIT
// What a simulated update takes on the module that the layout names.

#include <string.h>

#include "delta_estimate.h"
#include "simview.h"

static struct delta_area_work work_of(const struct delta_wear *w, bool is_worst)
{
    return (struct delta_area_work){
        .block_size = w->block_size,
        .blocks = is_worst ? w->erased_worst : w->erased,
        .programmed = is_worst ? w->programmed_worst : w->programmed,
    };
}

static int area_of(const struct delta_wear *w)
{
    if (strcmp(w->area, "journal") == 0) {
        return DELTA_WORK_JOURNAL;
    }
    return strcmp(w->area, "scratch") == 0 ? DELTA_WORK_SCRATCH
                                           : DELTA_WORK_IMAGE;
}

// What was counted takes the place of what the package lets expect. After a
// cut, at worst, everything is decoded and what is fetched again comes again.
static bool time_of(uint64_t *ms, const struct simview *view, bool is_worst)
{
    const struct delta_profile *profile =
        delta_profile_find(view->layout->profile);
    const struct delta_simulation *s = view->s;
    struct delta_work work;
    struct delta_estimate e;

    if (profile == NULL ||
        delta_estimate_package(&work, &s->info, profile, NULL) != DELTA_OK) {
        return false;
    }
    for (size_t i = 0; i < s->wear_count; i++) {
        work.areas[area_of(&s->wear[i])] = work_of(&s->wear[i], is_worst);
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
