// SPDX-License-Identifier: MIT
// Cuts power to an update of the user's own package on the user's own flash.
//
// The work is cut into pieces, always the same ones, so that the result does
// not depend on the number of threads; each runs the update for itself and
// branches off at its share of the operations.

#include "delta_simulate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "inspect.h"
#include "package.h"
#include "parallel.h"
#include "simjob.h"

#define PIECES 16u
#define FEED_BYTES 512u // handed to the patcher at a time

struct delta_simpiece {
    struct powercut p;
    struct sim_wear wear;
    struct delta_simjob *job;
};

// --- Running ---------------------------------------------------------------

static void count_wear(void *context, const struct simflash *flash)
{
    struct delta_simpiece *piece = context;

    sim_wear_add(&piece->wear, flash, &piece->job->start);
}

// Only the caller's own thread calls back.
static void count_done(void *context, uint32_t operation)
{
    struct delta_simjob *job = ((struct delta_simpiece *)context)->job;
    uint32_t done = atomic_fetch_add(&job->done, 1) + 1;

    (void)operation;
    if (job->options->progress != NULL &&
        pthread_equal(pthread_self(), job->caller)) {
        job->options->progress(
            job->options->context,
            (unsigned)((uint64_t)done * 1000 / (job->total + 1)));
    }
}

static void run_piece(void *context, uint32_t index)
{
    struct delta_simjob *job = context;
    struct delta_simpiece *piece = job->pieces + index;
    struct powercut *p = &piece->p;

    p->share = index;
    if (job->options->schedules == 0) {
        powercut_linear(p);
    } else {
        powercut_sample(p, job->options->schedules, DELTA_CUTS_MAX);
    }
}

// The update without a cut: its figures.
static enum delta_status run_uncut(struct delta_simjob *job,
                                   struct delta_error *error)
{
    struct delta_simpiece piece = {.p = job->p, .job = job};

    if (!sim_wear_open(&piece.wear, &job->start)) {
        return delta_fail_memory(error, "package");
    }
    piece.p.context = &piece;
    piece.p.ended = count_wear;
    if (!powercut_run(&piece.p, NULL, 0)) {
        sim_wear_close(&piece.wear);
        if (piece.p.is_out_of_memory) {
            return delta_fail_memory(error, "package");
        }
        return delta_fail(error, DELTA_ERR_CHECK, "package",
                          "internal error: update without a cut: %s",
                          piece.p.failure);
    }
    job->uncut = piece.wear;
    job->result->operations = piece.p.operations;
    return DELTA_OK;
}

static void merge_piece(struct delta_simjob *job,
                        const struct delta_simpiece *piece)
{
    struct delta_simulation *s = job->result;

    s->cuts += piece->p.cut_points;
    s->runs += piece->p.runs;
    s->failures += piece->p.failures;
    if (s->failure[0] == '\0') {
        snprintf(s->failure, sizeof(s->failure), "%.500s", piece->p.failure);
    }
    if (piece->p.refetched > s->refetched) {
        s->refetched = piece->p.refetched;
    }
    sim_wear_merge(&job->pieces[0].wear, &piece->wear);
}

static bool has_torn_reads(const struct delta_simjob *job)
{
    uint32_t torn = 0;

    for (uint32_t i = 0; i < PIECES; i++) {
        torn += job->pieces[i].p.torn_reads;
    }
    return torn != 0;
}

static bool is_out_of_memory(const struct delta_simjob *job)
{
    bool is_out = false;

    for (uint32_t i = 0; i < PIECES; i++) {
        is_out = is_out || job->pieces[i].p.is_out_of_memory;
    }
    return is_out;
}

static void run_pieces(struct delta_simjob *job, bool is_grouped)
{
    atomic_store(&job->done, 0);
    for (uint32_t i = 0; i < PIECES; i++) {
        struct delta_simpiece *piece = job->pieces + i;

        piece->p = job->p;
        piece->job = job;
        piece->p.is_grouped = is_grouped;
        piece->p.is_measured = true;
        piece->p.operations = job->result->operations;
        piece->p.context = piece;
        piece->p.ended = count_wear;
        piece->p.reached = count_done;
    }
    delta_parallel(delta_threads(job->options->threads), PIECES, run_piece,
                   job);
}

static enum delta_status run_all(struct delta_simjob *job,
                                 struct delta_error *error)
{
    bool is_exhaustive = job->options->schedules == 0;
    enum delta_status status = DELTA_OK;

    job->pieces = calloc(PIECES, sizeof(*job->pieces));
    for (uint32_t i = 0; job->pieces != NULL && i < PIECES; i++) {
        if (!sim_wear_open(&job->pieces[i].wear, &job->start)) {
            status = DELTA_ERR_NOMEM;
        }
    }
    if (job->pieces == NULL || status != DELTA_OK) {
        return delta_fail_memory(error, "package");
    }
    job->total = is_exhaustive ? PIECES * job->result->operations
                               : job->options->schedules;
    run_pieces(job, is_exhaustive);
    if (is_exhaustive && has_torn_reads(job)) {
        run_pieces(job, false); // one run cannot stand for many
    }
    if (is_out_of_memory(job)) {
        return delta_fail_memory(error, "package");
    }
    for (uint32_t i = 0; i < PIECES; i++) {
        merge_piece(job, job->pieces + i);
    }
    return DELTA_OK;
}

// --- The whole -------------------------------------------------------------

static enum delta_status examine(struct delta_simjob *job, size_t count,
                                 const void *package, size_t package_size,
                                 struct delta_error *error)
{
    struct delta_simulation *s = job->result;
    enum delta_status status = DELTA_OK;

    job->count = 1;
    for (uint32_t i = 0; i < job->count && status == DELTA_OK; i++) {
        status = delta_examine(&s->parts[i], &job->raw[i], package,
                               package_size, i, error);
        job->count = job->raw[0].parts;
    }
    if (status == DELTA_OK && count != job->count) {
        return delta_fail(error, DELTA_ERR_OPTION, "package",
                          "needs an old image for each of its parts (found "
                          "%zu, expected %lu)",
                          count, (unsigned long)job->count);
    }
    s->part_count = job->count;
    return status;
}

static void set_powercut(struct delta_simjob *job, const void *package)
{
    const struct delta_simulation_options *options = job->options;
    struct powercut *p = &job->p;

    p->start = &job->start;
    p->update.package = package;
    p->update.package_size = job->raw[0].package_size;
    p->update.piece = FEED_BYTES;
    p->update.config.checkpoint_bytes = options->checkpoint_bytes;
    p->refetch_max = UINT32_MAX; // told, not judged
    p->seed = options->seed;
    p->keeps_going = true;
    p->shares = PIECES;
}

static void set_images(struct delta_simjob *job)
{
    job->p.new_image = job->new_images[0].data;
    job->p.new_size = job->raw[0].new_size;
    for (uint32_t i = 1; i < job->count; i++) {
        job->p.more[i - 1] = (struct powercut_image){job->new_images[i].data,
                                                     job->raw[i].new_size};
    }
}

static enum delta_status prepare(struct delta_simjob *job,
                                 const struct delta_content *images,
                                 size_t count, const void *package,
                                 size_t package_size, struct delta_error *error)
{
    const struct delta_simulation_options *options = job->options;
    struct delta_simulation *s = job->result;
    enum delta_status status =
        examine(job, count, package, package_size, error);

    if (status == DELTA_OK) {
        status = delta_simjob_find_slots(job, error);
    }
    if (status != DELTA_OK) {
        return status;
    }
    delta_sha256(s->package_sha256, package, package_size);
    s->is_in_place = delta_has_one_slot(job->slots[0]);
    s->is_exhaustive = options->schedules == 0;
    s->is_trusted = options->key_count != 0;
    set_powercut(job, package);
    status = delta_simjob_make_module(job, images, error);
    if (status == DELTA_OK) {
        status = delta_apply_parts(job->new_images, job->old_images, count,
                                   package, package_size, options->keys,
                                   options->key_count, error);
    }
    set_images(job);
    return status;
}

static void close_job(struct delta_simjob *job)
{
    for (uint32_t i = 0; job->pieces != NULL && i < PIECES; i++) {
        sim_wear_close(&job->pieces[i].wear);
    }
    free(job->pieces);
    free(job->keys);
    sim_wear_close(&job->uncut);
    simflash_free(&job->start);
    for (uint32_t i = 0; i < job->count; i++) {
        delta_free(&job->new_images[i]);
    }
}

// The names that areas have in the layout.
static void name_area(void *context, struct delta_wear *wear, uint32_t image,
                      enum dfp_area area)
{
    const struct delta_simjob *job = context;

    if (area == DFP_NEW) {
        delta_simjob_name(wear->area, job, image, true);
    } else {
        snprintf(wear->area, sizeof(wear->area), "%s",
                 area == DFP_JOURNAL ? "journal" : "scratch");
    }
}

enum delta_status delta_simulate_parts(
    struct delta_simulation *simulation, const struct delta_content *old_images,
    size_t count, const void *package, size_t package_size,
    const struct delta_flash_layout *layout,
    const struct delta_simulation_options *options, struct delta_error *error)
{
    static const struct delta_simulation_options defaults;
    struct delta_simjob job = {
        .result = simulation,
        .options = options != NULL ? options : &defaults,
        .layout = layout,
        .caller = pthread_self(),
    };
    enum delta_status status;

    memset(simulation, 0, sizeof(*simulation));
    status = prepare(&job, old_images, count, package, package_size, error);
    if (status == DELTA_OK) {
        status = run_uncut(&job, error);
    }
    if (status == DELTA_OK) {
        status = run_all(&job, error);
    }
    if (status == DELTA_OK &&
        !sim_wear_report(simulation, &job.uncut, &job.pieces[0].wear,
                         &job.start, name_area, &job)) {
        status = delta_fail_memory(error, "package");
    }
    close_job(&job);
    if (status != DELTA_OK) {
        delta_simulation_free(simulation);
    }
    return status;
}

enum delta_status delta_simulate(struct delta_simulation *simulation,
                                 const void *old_data, size_t old_size,
                                 const void *package, size_t package_size,
                                 const struct delta_flash_layout *layout,
                                 const struct delta_simulation_options *options,
                                 struct delta_error *error)
{
    const struct delta_content old_image = {old_data, old_size};

    return delta_simulate_parts(simulation, &old_image, 1, package,
                                package_size, layout, options, error);
}

void delta_simulation_free(struct delta_simulation *simulation)
{
    for (size_t i = 0; i < DELTA_WEAR_MAX; i++) {
        free(simulation->wear[i].blocks);
        free(simulation->wear[i].blocks_worst);
    }
    memset(simulation, 0, sizeof(*simulation));
}
