// SPDX-License-Identifier: MIT
// Coding of an update in place: the geometries that promise most are tried.

#include <stdlib.h>
#include <string.h>

#include "dfota/format.h"
#include "job.h"

// Bytes of stream for each epoch: alignments end, or the window is empty.
#define RESTART_RANGE 4u
#define RESTART_DEFLATE 80u

// Bytes of regions and map where flash bears none at all.
#define TABLES_LEAST 512u

static bool is_range(const struct delta_job *job)
{
    return job->coding->codec == DFOTA_CODEC_RANGE;
}

// Memory that is copied to flash with every checkpoint is cut to what that can
// bear. Those budgets that differ in the chunk only: the largest one.
static void cut_budgets(struct delta_job *job, uint32_t most)
{
    const struct delta_coding *coding = job->coding;
    uint32_t least = delta_encode_least(coding->codec);
    uint32_t i;

    most = most > least ? most / 8u * 8u : least;
    job->budget_count = 0;
    for (i = 0; i < coding->budget_count; i++) {
        struct delta_budget budget = coding->budgets[i];

        if (budget.memory >= most && job->budget_count > 0 &&
            job->budgets[job->budget_count - 1].memory == most) {
            job->budget_count--;
        }
        budget.memory = budget.memory < most ? budget.memory : most;
        job->budgets[job->budget_count++] = budget;
    }
}

static uint32_t list(const struct delta_job *job,
                     struct delta_inplace geometries[DELTA_GEOMETRIES])
{
    const struct delta_coding *coding = job->coding;
    struct delta_geometry_costs costs = {
        .segments = &job->align.segments,
        .least = 1,
        .restart = RESTART_DEFLATE,
    };

    if (is_range(job)) {
        costs.size = job->best.size == UINT32_MAX ? job->pair->new_size / 64
                                                  : job->best.size;
        costs.tables = 8u * job->space.map_count;
        costs.least = delta_encode_least(DFOTA_CODEC_RANGE);
        costs.usual = coding->budgets[coding->budget_count - 1].memory;
        costs.restart = RESTART_RANGE;
    }
    return delta_geometry_list(geometries, coding->place, job->pair->old_size,
                               job->pair->new_size, &costs);
}

static bool align(struct delta_job *job, const struct delta_inplace *g)
{
    struct delta_aligner *a = &job->align;

    a->scene.inplace = g;
    if (job->quick) {
        return delta_aligner_parse_quickly(a, &job->prices, job->beam);
    }
    return delta_aligner_prepare(a, false) &&
           delta_aligner_parse(a, &job->prices, job->beam);
}

static bool code(struct delta_job *job, const struct delta_inplace *g,
                 struct delta_stream *out)
{
    bool ok = align(job, g);

    job->saves = job->coding->place->least_wear ? delta_epoch_count(g) - 1 : 0;
    job->model_saves = g->fresh ? 0 : job->saves;
    if (is_range(job)) {
        uint32_t most = delta_geometry_memory(g, job->coding->place);

        job->tables_most = most != 0 ? most : TABLES_LEAST;
        cut_budgets(job, g->fresh ? UINT32_MAX : most);
        ok = ok && delta_job_code_budgets(job, out);
    } else {
        ok = ok && delta_job_code_deflates(job, out);
    }
    out->inplace = *g;
    out->inplace.kept = NULL;
    job->align.scene.inplace = NULL;
    return ok;
}

// What is to be small: as delta_job_total, and the rest of the checkpoints.
static uint64_t total(const struct delta_job *job,
                      const struct delta_stream *stream)
{
    return delta_job_total(job, stream) +
           (uint64_t)job->saves * DELTA_CHECKPOINT_SIZE;
}

// What each geometry makes of it; the smallest one wins.
bool delta_job_place(struct delta_job *job, struct delta_stream *out)
{
    struct delta_inplace geometries[DELTA_GEOMETRIES];
    struct delta_stream made[DELTA_GEOMETRIES];
    uint32_t count = list(job, geometries);
    uint32_t best = 0;
    uint64_t least = UINT64_MAX;
    bool ok = true;
    uint32_t i;

    memset(made, 0, sizeof(made));
    for (i = 0; ok && i < count; i++) {
        ok = code(job, &geometries[i], &made[i]);
        if (made[i].data != NULL && total(job, &made[i]) < least) {
            least = total(job, &made[i]);
            best = i;
        }
    }
    *out = made[best];
    for (i = 0; i < count; i++) {
        if (i != best) {
            free(made[i].data);
            free(made[i].trace.places);
        }
    }
    return ok;
}
