// SPDX-License-Identifier: MIT
// What a matrix build shows while it runs.

#include "matrixview.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SHOWN_MAX 16u // workers

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// Back to the first of the lines that are drawn again, without them.
static void wipe(struct matrix_view *view)
{
    if (view->lines > 0) {
        fprintf(stderr, "\r\033[%uA\033[J", view->lines);
    }
    view->lines = 0;
}

void matrix_view_begin(struct matrix_view *view, const char *title,
                       bool is_quiet)
{
    *view = (struct matrix_view){
        .is_quiet = is_quiet,
        .is_terminal = isatty(STDERR_FILENO) == 1,
        .title = title,
        .begun = now(),
    };
}

static const char *state_of(const struct job *job)
{
    return job->is_kept ? "kept" : job_state_name(job->state);
}

void matrix_view_done(struct matrix_view *view, const struct job *job)
{
    char size[REPORT_NUMBER_SIZE];

    view->done++;
    view->done_work += job->work;
    if (view->is_quiet) {
        return;
    }
    wipe(view);
    if (job->state == JOB_FAILED) {
        fprintf(stderr, "%zu/%zu %s: failed\n", view->done, view->count,
                job->pair->name);
    } else if (!view->is_terminal) {
        fprintf(stderr, "%zu/%zu %s: %s, %s bytes, %.1f s\n", view->done,
                view->count, job->pair->name, state_of(job),
                report_number(size, job->size), job->seconds);
    }
}

static void print_left(const struct matrix_view *view)
{
    double passed = now() - view->begun;

    if (view->done_work > 0) {
        double left = passed * (double)(view->all_work - view->done_work) /
                      (double)view->done_work;
        unsigned seconds = (unsigned)(left + 0.5);

        fprintf(stderr, ", %u:%02u left", seconds / 60, seconds % 60);
    }
}

void matrix_view_show(struct matrix_view *view, const struct job *jobs,
                      const struct worker *workers, size_t count)
{
    if (view->is_quiet || !view->is_terminal) {
        return;
    }
    wipe(view);
    for (size_t i = 0; i < count && i < SHOWN_MAX; i++) {
        const struct worker *w = &workers[i];

        fprintf(stderr, "  %3u %%  %5.1f s  %.60s\n",
                (unsigned)(w->result->permille / 10), w->seconds,
                jobs[w->index].pair->name);
        view->lines++;
    }
    fprintf(stderr, "%s: %zu of %zu", view->title, view->done, view->count);
    print_left(view);
    fputc('\n', stderr);
    view->lines++;
    fflush(stderr);
}

void matrix_view_end(struct matrix_view *view)
{
    wipe(view);
    fflush(stderr);
}
