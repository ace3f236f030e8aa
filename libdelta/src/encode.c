// SPDX-License-Identifier: MIT
// From two images to one stream: find out what the images are, then align,
// vote, fit the address map and align again, until the map has settled.

#include "job.h"

#include <stdlib.h>
#include <string.h>

#include "basevote.h"
#include "dfota/format.h"
#include "model.h"
#include "parallel.h"
#include "votes.h"

// While aligning nothing depends on the budget: a model of this size stands
// for all, and the map has this much room.
#define REFERENCE_MODEL 12288u
#define REFERENCE_ROOM 2048u

// Without a map many alignments look equal: a narrow beam keeps to one. From
// the prices that were learnt since another one may be taken: the highest
// levels begin anew once.
#define NARROW_BEAM 4u

// Only what is copied from the old image votes for the map. Copies from the
// new one, whose pointers need no map, stay dear for so many rounds.
#define VOTING_ROUNDS 3u

static void progress(const struct delta_job *job, unsigned permille)
{
    if (job->coding->progress != NULL) {
        job->coding->progress(job->coding->context, permille);
    }
}

// The pointer ranges besides the image's own, as the alignment shows them, and
// the map.
static bool find_regions(struct delta_job *job)
{
    job->space.range_count = job->own_ranges;
    if (!delta_votes_regions(job->space.ranges, &job->space.range_count,
                             &job->align.scene, &job->align.segments)) {
        return false;
    }
    delta_aligner_find_fields(&job->align, true);
    job->space.map_count = job->map_room;
    return delta_job_fit_map(job, job->map, &job->space.map_count);
}

static void begin_prices(struct delta_job *job)
{
    if (job->coding->codec == DFOTA_CODEC_DEFLATE) {
        delta_prices_deflate(&job->prices);
    } else {
        delta_prices_range(&job->prices, job->pair->old_size);
    }
}

// Keep what this round has found.
static bool keep(struct delta_job *job)
{
    const struct dfc_space *space = &job->trial.space;
    const struct delta_segments *segments = &job->align.segments;
    struct delta_segments *best = &job->best.segments;
    size_t size = segments->count * sizeof(*best->list);
    struct delta_segment *list = malloc(size + 1);

    if (list == NULL) {
        return false;
    }
    free(best->list);
    *best = *segments;
    best->list = list;
    if (size != 0) {
        memcpy(list, segments->list, size);
    }
    memcpy(job->best.map, space->map, space->map_count * sizeof(*space->map));
    job->best.map_count = space->map_count;
    memcpy(job->best.ranges, space->ranges, sizeof(job->best.ranges));
    job->best.range_count = space->range_count;
    return true;
}

// Go back to it.
static void go_back(struct delta_job *job)
{
    struct delta_segments swap = job->align.segments;

    job->align.segments = job->best.segments;
    job->best.segments = swap;
    memcpy(job->map, job->best.map, job->best.map_count * sizeof(*job->map));
    job->space.map_count = job->best.map_count;
    memcpy(job->space.ranges, job->best.ranges, sizeof(job->best.ranges));
    job->space.range_count = job->best.range_count;
    delta_aligner_find_fields(&job->align, true);
}

static struct dfc_regions copy_regions(struct dfc_region *list,
                                       const struct dfc_regions *regions)
{
    memcpy(list, regions->list, regions->count * sizeof(*list));
    return (struct dfc_regions){list, regions->count};
}

static void begin_trial(struct delta_job *job)
{
    struct dfc_space *space = &job->trial.space;

    *space = job->space;
    space->old_regions =
        copy_regions(job->trial.regions[0], &job->space.old_regions);
    space->new_regions =
        copy_regions(job->trial.regions[1], &job->space.new_regions);
    space->map = job->trial.map;
    memcpy(job->trial.map, job->map, space->map_count * sizeof(*space->map));
    memset(&job->trial.stream, 0, sizeof(job->trial.stream));
}

static void run_trial(struct delta_job *job)
{
    job->trial.ok = delta_job_code_range(
        job, &job->trial.space, REFERENCE_MODEL, false, &job->trial.stream);
    free(job->trial.stream.data);
    job->trial.stream.data = NULL;
}

// What the coding of this round tells: the prices of the next one's alignments
// and the gain over the best round before, in parts of 1,000.
static bool judge_trial(struct delta_job *job, uint32_t round, uint32_t *gain)
{
    const struct delta_stream *stream = &job->trial.stream;

    *gain = 0;
    if (!job->trial.ok) {
        return false;
    }
    if (round > 0) {
        begin_prices(job);
        delta_prices_learn(&job->prices, &stream->tally);
    }
    if (stream->size >= job->best.size) {
        return true;
    }
    *gain = job->best.size == UINT32_MAX
                ? 1000
                : (uint32_t)((uint64_t)1000 * (job->best.size - stream->size) /
                             job->best.size);
    job->best.size = stream->size;
    return keep(job);
}

// An image whose load address is not known yet: the first alignment may tell.
static bool find_base(struct delta_job *job)
{
    uint32_t base = 0;
    enum delta_found found;

    if (job->id.has_base) {
        return true;
    }
    found = delta_base_vote(&base, &job->align.scene, &job->align.segments);
    if (found != DELTA_FOUND || !delta_identity_move(&job->id, base)) {
        return found != DELTA_FOUND_NOMEM;
    }
    job->own_ranges = delta_identity_ranges(job->space.ranges, &job->id);
    job->is_moved = true; // pointers are known from now on
    delta_aligner_find_fields(&job->align, false);
    return find_regions(job);
}

static void read_far(struct dfc_region *regions, uint32_t count)
{
    uint32_t i;

    for (i = 0; i < count; i++) {
        regions[i].arch = dfc_far_arch(regions[i].arch);
    }
}

static void use_regions(struct delta_job *job)
{
    if (job->coding->codec == DFOTA_CODEC_RANGE) {
        read_far(job->id.old_regions, job->id.old_count);
        read_far(job->id.new_regions, job->id.new_count);
    }
    job->space.old_regions =
        (struct dfc_regions){job->id.old_regions, job->id.old_count};
    job->space.new_regions =
        (struct dfc_regions){job->id.new_regions, job->id.new_count};
}

static bool align(struct delta_job *job, uint32_t round)
{
    struct delta_aligner *a = &job->align;
    bool anew = job->is_anew;
    bool blank = round == 0 || job->is_moved || anew;

    if (job->quick) {
        return round + 1 < job->rounds
                   ? delta_aligner_survey(a, round == 0)
                   : delta_aligner_parse_quickly(a, &job->prices, job->beam);
    }
    if ((!job->ready || anew) && !delta_aligner_prepare(a, blank)) {
        return false;
    }
    job->ready = false;
    job->is_anew = false;
    return delta_aligner_parse(a, &job->prices,
                               blank && job->beam > NARROW_BEAM ? NARROW_BEAM
                                                                : job->beam);
}

// From an alignment to the next one.
static bool look_further(struct delta_job *job, uint32_t round)
{
    job->is_moved = false;
    return find_regions(job) && (round > 0 || find_base(job));
}

struct round_work {
    struct delta_job *job;
    uint32_t round;
    bool ok;
};

static void run_half(void *context, uint32_t index)
{
    struct round_work *work = context;
    struct delta_job *job = work->job;

    if (index == 0) {
        run_trial(job);
    } else {
        work->ok = look_further(job, work->round) &&
                   delta_aligner_prepare(&job->align, job->is_moved);
        job->ready = true;
    }
}

// Code what this round has found. With another thread the next round is
// prepared meanwhile, though it may turn out that there is none.
static bool try_round(struct delta_job *job, uint32_t round, uint32_t *gain)
{
    struct round_work work = {job, round, true};
    bool ahead = job->coding->threads > 1 && round + 1 < job->rounds;

    begin_trial(job);
    job->align.threads = job->coding->threads - ahead;
    delta_parallel(job->coding->threads, 1u + ahead, run_half, &work);
    job->align.threads = job->coding->threads;
    return work.ok && judge_trial(job, round, gain);
}

// Align, vote, fit, until that gains nothing any more.
static bool run_rounds(struct delta_job *job)
{
    bool range = job->coding->codec == DFOTA_CODEC_RANGE;
    uint64_t cost = UINT64_MAX;
    uint32_t dull = 0;  // rounds without much gain
    uint32_t begin = 0; // round that began anew
    uint32_t round;

    delta_aligner_find_fields(&job->align, false);
    begin_prices(job);
    for (round = 0; round < job->rounds; round++) {
        uint32_t gain = 1000;

        bool votes = round - begin < job->voting_rounds;

        job->align.expects = range && !votes; // deflate has no such source
        job->prices.least_new = votes ? job->prices.far_old + 256 : 0;
        if (!align(job, round)) {
            return false;
        }
        progress(job, 50 + 850 * (round + 1) / job->rounds);
        if (range && !job->quick && !try_round(job, round, &gain)) {
            return false;
        }
        if (!range && !job->quick) {
            gain = job->align.segments.cost < cost - cost / 200 ? 5 : 0;
            cost = job->align.segments.cost;
        }
        dull = gain >= 2 || round - begin < job->voting_rounds ? 0 : dull + 1;
        if (dull > job->patience && job->restarts > 0) {
            job->restarts--;
            job->is_anew = true;
            begin = round + 1;
            dull = 0;
        }
        if (dull > job->patience || round + 1 == job->rounds) {
            break;
        }
        if (!job->ready && !look_further(job, round)) {
            return false;
        }
        if (job->is_moved) {
            job->best.size = UINT32_MAX;
        }
    }
    if (range && !job->quick) {
        go_back(job);
    }
    return true;
}

static bool code_once(struct delta_job *job, struct delta_stream *out)
{
    if (job->coding->place != NULL) {
        return delta_job_place(job, out);
    }
    return job->coding->codec == DFOTA_CODEC_RANGE
               ? delta_job_code_budgets(job, out)
               : delta_job_code_deflates(job, out);
}

static bool code(struct delta_job *job, struct delta_stream *out)
{
    if (!code_once(job, out)) {
        return false;
    }
    if (out->data == NULL) { // no budget has room for the regions
        delta_identity_flatten(&job->id);
        use_regions(job);
        delta_aligner_find_fields(&job->align, false);
        return code_once(job, out);
    }
    return true;
}

// What the images are: regions, pointers.
static void identify(struct delta_job *job)
{
    const struct delta_pair *pair = job->pair;
    struct dfc_space *space = &job->space;

    delta_identify(&job->id, pair, job->coding);
    space->old_size = pair->old_size;
    job->own_ranges = delta_identity_ranges(space->ranges, &job->id);
    delta_identity_join(&job->id, pair);
    if (job->coding->codec == DFOTA_CODEC_DEFLATE) {
        delta_identity_flatten(&job->id);
    }
    use_regions(job);
    space->range_count = job->own_ranges;
    space->map = job->map;
}

static bool allocate(struct delta_job *job)
{
    job->map = malloc(REFERENCE_ROOM * sizeof(*job->map));
    job->best.map = malloc(REFERENCE_ROOM * sizeof(*job->map));
    job->trial.map = malloc(REFERENCE_ROOM * sizeof(*job->map));
    return delta_aligner_make(&job->align, job->pair, &job->space,
                              job->coding->threads) &&
           job->map != NULL && job->best.map != NULL && job->trial.map != NULL;
}

static void release(struct delta_job *job)
{
    delta_aligner_free(&job->align);
    free(job->map);
    free(job->trial.map);
    free(job->best.map);
    free(job->best.segments.list);
}

// How hard to try. The second round is the one that gains most, as the first
// one has no map.
static void set_effort(struct delta_job *job)
{
    int level = job->coding->level;
    bool range = job->coding->codec == DFOTA_CODEC_RANGE;

    job->quick = level == 1;
    job->patience = level <= 7 ? 0 : 3;
    // Codec deflate keeps its last round, which need not be its best.
    job->restarts = level >= 8 && range;
    job->rounds = level == 1   ? 3
                  : level == 2 ? 2
                  : level <= 4 ? 4
                  : level <= 7 ? 8
                               : 16 + 8 * job->restarts;
    // The last round is never one of them.
    job->voting_rounds =
        job->rounds > VOTING_ROUNDS ? VOTING_ROUNDS : job->rounds - 1;
    if (!range) {
        job->voting_rounds = 0;
    }
    // The second index gains 0.1 % with codec range, 2 % with deflate; it takes
    // memory of 6 times the images.
    job->align.nearby_count = level <= (range ? 7 : 5) ? 1 : DELTA_NEARBYS;
    job->beam = level == 1 ? 4 : level <= 3 ? 8 : level <= 5 ? 16 : 32;
}

enum delta_status delta_encode(struct delta_stream *out,
                               const struct delta_pair *pair,
                               const struct delta_coding *coding)
{
    struct delta_job job;
    bool ok;

    memset(out, 0, sizeof(*out));
    memset(&job, 0, sizeof(job));
    job.pair = pair;
    job.coding = coding;
    if (coding->budgets[0].memory < delta_encode_least(coding->codec)) {
        return DELTA_ERR_LIMIT;
    }
    job.tables_most = UINT32_MAX;
    job.budget_count = coding->budget_count;
    memcpy(job.budgets, coding->budgets,
           coding->budget_count * sizeof(*job.budgets));
    job.map_room = REFERENCE_ROOM;
    job.best.size = UINT32_MAX;
    ok = allocate(&job);
    if (ok) {
        set_effort(&job);
        identify(&job);
        progress(&job, 50);
        ok = run_rounds(&job) && code(&job, out);
    }
    release(&job);
    if (!ok) {
        free(out->data);
        free(out->trace.places);
        memset(out, 0, sizeof(*out));
        return DELTA_ERR_NOMEM;
    }
    progress(&job, 1000);
    return DELTA_OK;
}
