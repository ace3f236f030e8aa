// SPDX-License-Identifier: MIT
// What a matrix build shows while it runs: on a terminal the pairs in work and
// the time left, redrawn; in a log one line for each pair that is done.

#ifndef MKDFOTA_MATRIXVIEW_H
#define MKDFOTA_MATRIXVIEW_H

#include "workers.h"

struct matrix_view {
    bool is_quiet;
    bool is_terminal;
    const char *title;  // of the step, "packages"
    size_t done, count; // jobs
    uint64_t done_work, all_work;
    double begun;
    unsigned lines; // on the terminal, that are drawn again
};

void matrix_view_begin(struct matrix_view *view, const char *title,
                       bool is_quiet);
// One more job: `job` has ended.
void matrix_view_done(struct matrix_view *view, const struct job *job);
void matrix_view_show(struct matrix_view *view, const struct job *jobs,
                      const struct worker *workers, size_t count);
void matrix_view_end(struct matrix_view *view);

#endif
