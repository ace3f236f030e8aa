// SPDX-License-Identifier: MIT
// mkdfota matrix: every package of a release list.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "matrixindex.h"
#include "matrixplan.h"
#include "matrixview.h"
#include "pairmake.h"
#include "pairrecord.h"
#include "toolarge.h"
#include "workers.h"

// One kind of work on some jobs: making packages, or explaining those that are
// too large.
struct step {
    struct matrix *m;
    struct matrix_view view;
    enum step_kind { STEP_MAKE, STEP_EXPLAIN } kind;
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// --- Steps -----------------------------------------------------------------

static void run_job(void *context, size_t index, unsigned threads,
                    struct job_result *result)
{
    const struct step *step = context;
    const struct job *job = &step->m->jobs[index];

    if (step->kind == STEP_EXPLAIN) {
        too_large_explain(result, step->m, job, threads);
    } else {
        pair_make(result, step->m, job, threads);
    }
}

static void take_result(struct job *job, const struct matrix *m,
                        const struct job_result *result, double seconds)
{
    job->seconds = seconds;
    job->had_bad_entry = result->had_bad_entry;
    if (result->status != CLI_DONE) {
        job->state = JOB_FAILED;
        job->status = result->status;
        snprintf(job->reason, sizeof(job->reason), "%s", result->reason);
    } else if (!pair_record_load(job, m)) {
        job->state = JOB_FAILED;
        job->status = CLI_IO;
        snprintf(job->reason, sizeof(job->reason),
                 "%s: changed while the packages were made", m->folder.path);
    }
}

static void job_done(void *context, size_t index,
                     const struct job_result *result, double seconds)
{
    struct step *step = context;
    struct job *job = &step->m->jobs[index];

    if (step->kind == STEP_EXPLAIN) {
        (void)too_large_load(job, step->m);
        return;
    }
    take_result(job, step->m, result, seconds);
    matrix_view_done(&step->view, job);
}

static void show(void *context, const struct worker *workers, size_t count)
{
    struct step *step = context;

    matrix_view_show(&step->view, step->m->jobs, workers, count);
}

static bool is_due(const struct step *step, const struct job *job)
{
    if (step->kind == STEP_EXPLAIN) {
        return is_too_large(job) && too_large_can_explain(job) &&
               !too_large_load((struct job *)job, step->m);
    }
    return job->is_mine && job->state == JOB_MISSING;
}

// Powers of two of the work: the largest jobs first, so that none is left over
// at the end, else as the list has them.
static unsigned size_class(const struct job *job)
{
    unsigned class = 0;

    for (uint64_t work = job->work; work > 1; work >>= 1) {
        class ++;
    }
    return class;
}

static size_t choose_order(size_t *order, const struct step *step)
{
    size_t chosen = 0;
    unsigned class = 64;

    while (class -- > 0) {
        for (size_t i = 0; i < step->m->job_count; i++) {
            if (size_class(&step->m->jobs[i]) == class &&
                is_due(step, &step->m->jobs[i])) {
                order[chosen++] = i;
            }
        }
    }
    return chosen;
}

static enum cli_exit run_step(struct step *step, const struct cli *cli,
                              int *signal)
{
    size_t *order = malloc((step->m->job_count + 1) * sizeof(*order));
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (order == NULL) {
        report_error(step->m->list_path, "out of memory");
        return CLI_IO;
    }
    struct work work = {
        .processes = cli->threads,
        .count = choose_order(order, step),
        .order = order,
        .context = step,
        .run = run_job,
        .done = job_done,
        .show = show,
    };
    if (work.processes == 0) {
        work.processes = processors > 0 ? (unsigned)processors : 1;
    }
    step->view.count = work.count;
    for (size_t i = 0; i < work.count; i++) {
        step->view.all_work += step->m->jobs[order[i]].work;
    }
    enum cli_exit status =
        work.count > 0 ? workers_run(&work, signal) : CLI_DONE;

    matrix_view_end(&step->view);
    free(order);
    return status;
}

static enum cli_exit do_step(struct matrix *m, const struct cli *cli,
                             enum step_kind kind, int *signal)
{
    static const char *const titles[] = {"packages", "explanations"};
    struct step step = {.m = m, .kind = kind};

    matrix_view_begin(&step.view, titles[kind], cli->is_quiet);
    return run_step(&step, cli, signal);
}

// --- Report ----------------------------------------------------------------

struct counts {
    size_t built, cached, kept, failed, too_large;
    enum cli_exit status;
};

static void count_job(struct counts *counts, const struct job *job)
{
    if (!job->is_mine) {
        return;
    }
    if (job->state == JOB_FAILED) {
        report_error(job->pair->name, "%s", job->reason);
        counts->failed++;
        counts->status =
            counts->status == CLI_DONE ? job->status : counts->status;
    } else if (job->is_kept) {
        counts->kept++;
    } else if (job->state == JOB_CACHED) {
        counts->cached++;
    } else {
        counts->built++;
    }
}

static enum cli_exit report_all(const struct matrix *m, const struct cli *cli)
{
    struct counts counts = {.status = CLI_DONE};

    for (size_t i = 0; i < m->job_count; i++) {
        count_job(&counts, &m->jobs[i]);
    }
    for (size_t i = 0; i < m->job_count; i++) {
        if (is_too_large(&m->jobs[i])) {
            too_large_report(&m->jobs[i]);
            counts.too_large++;
        }
    }
    if (!cli->is_quiet) {
        fprintf(stderr,
                "%s: %zu packages built, %zu cached, %zu kept, %zu failed, "
                "%zu too large\n",
                report_plain(m->folder.path), counts.built, counts.cached,
                counts.kept, counts.failed, counts.too_large);
    }
    return counts.status == CLI_DONE && counts.too_large > 0 ? CLI_REFUSED
                                                             : counts.status;
}

static enum cli_exit print_plan(const struct matrix *m)
{
    for (size_t i = 0; i < m->job_count; i++) {
        const struct job *job = &m->jobs[i];
        const char *word = job->is_kept ? "keep" : "build";

        if (job->is_mine) {
            printf("%s\t%s\n", job->state == JOB_FAILED ? "fail" : word,
                   job->pair->name);
        }
    }
    return CLI_DONE;
}

// --- The whole -------------------------------------------------------------

static enum cli_exit make_all(struct matrix *m, const struct cli *cli,
                              int *signal)
{
    double begun = now();
    enum cli_exit status = do_step(m, cli, STEP_MAKE, signal);

    if (status == CLI_DONE && *signal == 0) {
        status = too_large_limits(m, cli);
    }
    if (status == CLI_DONE && *signal == 0) {
        status = do_step(m, cli, STEP_EXPLAIN, signal);
    }
    if (status != CLI_DONE || *signal != 0) {
        return status;
    }
    status = matrix_index_write(m);
    if (status == CLI_DONE) {
        status = matrix_run_write(m, now() - begun);
    }
    enum cli_exit reported = report_all(m, cli);
    return status != CLI_DONE ? status : reported;
}

static enum cli_exit build(struct matrix *m, const struct cli *cli, int *signal)
{
    enum cli_exit status = matrix_plan(m, cli);

    if (status != CLI_DONE) {
        return status;
    }
    if (cli->is_dry_run) {
        m->folder = (struct out_folder){cli->output_paths[0], -1};
        matrix_find_kept(m);
        return print_plan(m);
    }
    status = out_open(&m->folder, cli->output_paths[0]);
    if (status == CLI_DONE && cli->cache != NULL) {
        status = store_open(&m->store, cli->cache);
        m->has_store = status == CLI_DONE;
    }
    if (status != CLI_DONE) {
        return status;
    }
    matrix_find_kept(m);
    return make_all(m, cli, signal);
}

static enum cli_exit check_options(const struct cli *cli)
{
    if (cli->output_count == 0) {
        report_error("--output", "is missing; see mkdfota matrix --help");
        return CLI_USAGE;
    }
    if (cli->has_fail_over != (cli->baseline_path != NULL)) {
        report_error(cli->has_fail_over ? "--fail-over" : "--baseline",
                     "only with %s",
                     cli->has_fail_over ? "--baseline" : "--fail-over");
        return CLI_USAGE;
    }
    return CLI_DONE;
}

enum cli_exit cmd_matrix(const struct cli *cli)
{
    struct matrix m;
    int number = 0;
    enum cli_exit status = check_options(cli);

    if (status != CLI_DONE) {
        return status;
    }
    if (cli->is_merge) {
        return matrix_merge(cli->output_paths[0], cli->folder_paths,
                            cli->folder_count, cli->is_quiet);
    }
    status = build(&m, cli, &number);
    matrix_close(&m);
    if (number != 0) {
        // As if it had not been waited for.
        signal(number, SIG_DFL);
        raise(number);
    }
    return status;
}
