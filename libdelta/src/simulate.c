// SPDX-License-Identifier: MIT
// Cuts power to an update of the user's own package on the user's own flash.
//
// The work is cut into pieces, always the same ones, so that the result does
// not depend on the number of threads; each runs the update for itself and
// branches off at its share of the operations.

#include "delta_simulate.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "inspect.h"
#include "package.h"
#include "parallel.h"
#include "powercut.h"
#include "simwear.h"

#define PIECES 16u
#define FEED_BYTES 512u // handed to the patcher at a time

struct piece {
    struct powercut p;
    struct sim_wear wear;
    struct job *job;
};

struct job {
    struct delta_simulation *result;
    const struct delta_simulation_options *options;
    const struct delta_flash_layout *layout;
    struct dfp_info raw;
    struct delta_bytes new_image;
    struct dfp_key *keys;
    struct simflash start;
    struct sim_wear uncut;
    struct powercut p; // what all pieces have in common
    struct piece *pieces;
    pthread_t caller;
    uint32_t total; // of what `done` counts
    atomic_uint done;
};

// --- Does the update fit? --------------------------------------------------

static enum delta_status refuse_size(struct delta_error *error, const char *key,
                                     uint32_t found, uint32_t expected,
                                     const char *why)
{
    return delta_fail(error, DELTA_ERR_LAYOUT, "layout",
                      "%s: found %lu, expected at least %lu for %s", key,
                      (unsigned long)found, (unsigned long)expected, why);
}

static const struct delta_flash_area *
written_slot(const struct delta_flash_layout *layout)
{
    return layout->new_slot.size != 0 ? &layout->new_slot : &layout->slot;
}

static enum delta_status check_mode(const struct job *job,
                                    struct delta_error *error)
{
    bool one_slot = job->layout->new_slot.size == 0;

    if (job->raw.parts > 1) {
        return delta_fail(error, DELTA_ERR_LAYOUT, "layout",
                          "slot: found one, expected %u: the package has "
                          "several parts, which cannot be simulated yet",
                          (unsigned)job->raw.parts);
    }
    if (one_slot != job->result->is_in_place) {
        return delta_fail(
            error, DELTA_ERR_LAYOUT, "layout",
            "new_slot: found %s, expected %s",
            one_slot ? "nothing" : "a second slot",
            one_slot ? "a second slot: the package was not made for one"
                     : "nothing: the package was made for one slot");
    }
    return DELTA_OK;
}

static enum delta_status check_sizes(const struct job *job,
                                     struct delta_error *error)
{
    const struct delta_flash_layout *layout = job->layout;
    const struct delta_flash_area *slot = written_slot(layout);
    const struct dfp_info *raw = &job->raw;
    uint32_t journal = dfp_journal_size(raw, &job->p.update.config);

    if (layout->slot.size < raw->old_size) {
        return refuse_size(error, "slot.size", layout->slot.size, raw->old_size,
                           "the old image");
    }
    if (slot->size < raw->new_size) {
        return refuse_size(
            error, slot == &layout->slot ? "slot.size" : "new_slot.size",
            slot->size, raw->new_size, "the new image");
    }
    if (layout->staging.size != 0 && layout->staging.size < raw->package_size) {
        return refuse_size(error, "staging.size", layout->staging.size,
                           raw->package_size, "the package");
    }
    if (layout->journal.size != 0 && layout->journal.size < journal) {
        return refuse_size(error, "journal.size", layout->journal.size, journal,
                           "this package");
    }
    return DELTA_OK;
}

// What in-place mode asks for besides.
static enum delta_status check_one_slot(const struct job *job,
                                        struct delta_error *error)
{
    const struct delta_flash_layout *layout = job->layout;
    const struct dfp_info *raw = &job->raw;
    uint32_t block = raw->block_size;

    if (layout->journal.size == 0) {
        return delta_fail(error, DELTA_ERR_LAYOUT, "layout",
                          "journal: found nothing, expected an area: in place "
                          "there must be one");
    }
    if (layout->scratch.size < raw->scratch_blocks * block) {
        return refuse_size(error, "scratch.size", layout->scratch.size,
                           raw->scratch_blocks * block, "this package");
    }
    if (block % layout->slot.erase != 0 || block % layout->scratch.erase != 0) {
        bool is_slot = block % layout->slot.erase != 0;

        return delta_fail(
            error, DELTA_ERR_LAYOUT, "layout",
            "%s: found %lu, expected at most the package's blocks of %lu",
            is_slot ? "slot.erase" : "scratch.erase",
            (unsigned long)(is_slot ? layout->slot.erase
                                    : layout->scratch.erase),
            (unsigned long)block);
    }
    return DELTA_OK;
}

// --- The module ------------------------------------------------------------

// DFP_OLD is only read in two-slot mode: its own geometry is no matter there.
static struct sim_geometry geometry_of(const struct delta_flash_layout *layout)
{
    const struct delta_flash_area *slot = written_slot(layout);
    const struct delta_flash_area *journal = &layout->journal;
    const struct delta_flash_area *scratch = &layout->scratch;
    uint32_t larger =
        layout->slot.size > slot->size ? layout->slot.size : slot->size;
    struct sim_geometry g = {
        .slot_size = (larger + slot->erase - 1) / slot->erase * slot->erase,
        .slot_erase = slot->erase,
        .slot_program = slot->program,
        .journal_size = journal->size,
        .journal_erase = journal->size != 0 ? journal->erase : slot->erase,
        .journal_program =
            journal->size != 0 ? journal->program : slot->program,
        .one_slot = layout->new_slot.size == 0,
    };

    if (g.one_slot) {
        g.scratch_size = scratch->size;
        g.scratch_erase = scratch->erase;
        g.scratch_program = scratch->program;
    }
    return g;
}

static enum delta_status take_keys(struct job *job)
{
    const struct delta_simulation_options *options = job->options;

    if (options->key_count == 0) {
        return DELTA_OK;
    }
    job->keys = calloc(options->key_count, sizeof(*job->keys));
    if (job->keys == NULL) {
        return DELTA_ERR_NOMEM;
    }
    for (size_t i = 0; i < options->key_count; i++) {
        memcpy(job->keys[i].point, options->keys[i].point,
               sizeof(job->keys[i].point));
    }
    job->p.update.config.keys = job->keys;
    job->p.update.config.key_count = (uint32_t)options->key_count;
    return DELTA_OK;
}

static enum delta_status make_module(struct job *job, const void *old_data,
                                     size_t old_size, struct delta_error *error)
{
    struct sim_geometry g = geometry_of(job->layout);

    if (take_keys(job) != DELTA_OK ||
        !simflash_new(&job->start, &g, job->options->seed)) {
        return delta_fail_memory(error, "package");
    }
    simflash_load(&job->start, DFP_OLD, old_data, (uint32_t)old_size);
    simflash_bind(&job->start, &job->p.update.config);
    return job->result->is_in_place && check_one_slot(job, error) != DELTA_OK
               ? DELTA_ERR_LAYOUT
               : check_sizes(job, error);
}

// --- Running ---------------------------------------------------------------

static void count_wear(void *context, const struct simflash *flash)
{
    struct piece *piece = context;

    sim_wear_add(&piece->wear, flash, &piece->job->start);
}

// Only the caller's own thread calls back.
static void count_done(void *context, uint32_t operation)
{
    struct job *job = ((struct piece *)context)->job;
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
    struct job *job = context;
    struct piece *piece = job->pieces + index;
    struct powercut *p = &piece->p;

    p->share = index;
    if (job->options->schedules == 0) {
        powercut_linear(p);
    } else {
        powercut_sample(p, job->options->schedules, DELTA_CUTS_MAX);
    }
}

// The update without a cut: its figures.
static enum delta_status run_uncut(struct job *job, struct delta_error *error)
{
    struct piece piece = {.p = job->p, .job = job};

    if (!sim_wear_open(&piece.wear, &job->start)) {
        return delta_fail_memory(error, "package");
    }
    piece.p.context = &piece;
    piece.p.ended = count_wear;
    if (!powercut_run(&piece.p, NULL, 0)) {
        sim_wear_close(&piece.wear);
        return delta_fail(error, DELTA_ERR_CHECK, "package",
                          "internal error: update without a cut: %s",
                          piece.p.failure);
    }
    job->uncut = piece.wear;
    job->result->operations = piece.p.operations;
    return DELTA_OK;
}

static void merge_piece(struct job *job, const struct piece *piece)
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

static bool has_torn_reads(const struct job *job)
{
    uint32_t torn = 0;

    for (uint32_t i = 0; i < PIECES; i++) {
        torn += job->pieces[i].p.torn_reads;
    }
    return torn != 0;
}

static void run_pieces(struct job *job, bool is_grouped)
{
    atomic_store(&job->done, 0);
    for (uint32_t i = 0; i < PIECES; i++) {
        struct piece *piece = job->pieces + i;

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

static enum delta_status run_all(struct job *job, struct delta_error *error)
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
    for (uint32_t i = 0; i < PIECES; i++) {
        merge_piece(job, job->pieces + i);
    }
    return DELTA_OK;
}

// --- The whole -------------------------------------------------------------

static enum delta_status prepare(struct job *job, const void *old_data,
                                 size_t old_size, const void *package,
                                 size_t package_size, struct delta_error *error)
{
    const struct delta_simulation_options *options = job->options;
    struct delta_simulation *s = job->result;
    struct powercut *p = &job->p;
    enum delta_status status =
        delta_examine(&s->info, &job->raw, package, package_size, 0, error);

    if (status != DELTA_OK) {
        return status;
    }
    delta_sha256(s->package_sha256, package, package_size);
    s->is_in_place = job->raw.mode == DFOTA_MODE_IN_PLACE;
    s->is_exhaustive = options->schedules == 0;
    s->is_trusted = options->key_count != 0;
    status = check_mode(job, error);
    if (status == DELTA_OK) {
        status =
            delta_apply(&job->new_image, old_data, old_size, package,
                        package_size, options->keys, options->key_count, error);
    }
    p->start = &job->start;
    p->update.package = package;
    p->update.package_size = job->raw.package_size;
    p->update.piece = FEED_BYTES;
    p->update.config.checkpoint_bytes = options->checkpoint_bytes;
    p->new_image = job->new_image.data;
    p->new_size = job->raw.new_size;
    p->refetch_max = UINT32_MAX; // told, not judged
    p->seed = options->seed;
    p->keeps_going = true;
    p->shares = PIECES;
    return status != DELTA_OK ? status
                              : make_module(job, old_data, old_size, error);
}

static void close_job(struct job *job)
{
    for (uint32_t i = 0; job->pieces != NULL && i < PIECES; i++) {
        sim_wear_close(&job->pieces[i].wear);
    }
    free(job->pieces);
    free(job->keys);
    sim_wear_close(&job->uncut);
    simflash_free(&job->start);
    delta_free(&job->new_image);
}

enum delta_status delta_simulate(struct delta_simulation *simulation,
                                 const void *old_data, size_t old_size,
                                 const void *package, size_t package_size,
                                 const struct delta_flash_layout *layout,
                                 const struct delta_simulation_options *options,
                                 struct delta_error *error)
{
    static const struct delta_simulation_options defaults;
    struct job job = {
        .result = simulation,
        .options = options != NULL ? options : &defaults,
        .layout = layout,
        .caller = pthread_self(),
    };
    enum delta_status status;

    memset(simulation, 0, sizeof(*simulation));
    status = prepare(&job, old_data, old_size, package, package_size, error);
    if (status == DELTA_OK) {
        status = run_uncut(&job, error);
    }
    if (status == DELTA_OK) {
        status = run_all(&job, error);
    }
    if (status == DELTA_OK &&
        !sim_wear_report(simulation, &job.uncut, &job.pieces[0].wear,
                         &job.start)) {
        status = delta_fail_memory(error, "package");
    }
    close_job(&job);
    if (status != DELTA_OK) {
        delta_simulation_free(simulation);
    }
    return status;
}

void delta_simulation_free(struct delta_simulation *simulation)
{
    for (size_t i = 0; i < DELTA_WEAR_MAX; i++) {
        free(simulation->wear[i].blocks);
        free(simulation->wear[i].blocks_worst);
    }
    memset(simulation, 0, sizeof(*simulation));
}
