// SPDX-License-Identifier: MIT
// Coding of what was aligned, for each size of memory.

#include <stdlib.h>
#include <string.h>

#include "deflatecode.h"
#include "dfota/format.h"
#include "job.h"
#include "model.h"
#include "parallel.h"
#include "rangecode.h"
#include "tally.h"
#include "votes.h"

// What an entry of the address map costs, and a reference that is not
// predicted, in bits.
#define ENTRY_PRICE 24u
#define MISS_PRICE 14u

// The map may take this share of the memory, or twice as much.
#define MAP_SHARE 4u

uint32_t delta_encode_least(uint8_t codec)
{
    return codec == DFOTA_CODEC_DEFLATE ? DFOTA_RAM_INFLATE + 512u
                                        : (DFC_MODEL_MIN + 63u) / 64u * 64u;
}

// At most *count entries, *count tells how many.
bool delta_job_fit_map(const struct delta_job *job, struct dfc_map_entry *map,
                       uint32_t *count)
{
    struct delta_votes votes;
    bool ok;

    memset(&votes, 0, sizeof(votes));
    ok = delta_votes_collect(&votes, &job->align.scene, &job->align.segments) &&
         delta_map_fit(map, count, &votes, ENTRY_PRICE, MISS_PRICE);
    free(votes.list);
    return ok;
}

// Entries of 8 bytes: regions, unless the manifest has them, and map.
static uint32_t table_entries(const struct dfc_space *space)
{
    uint32_t regions = delta_is_plain(space) ? 0
                                             : space->old_regions.count +
                                                   space->new_regions.count;

    return 2u * regions + space->map_count;
}

bool delta_job_code_range(const struct delta_job *job,
                          const struct dfc_space *space, uint32_t model,
                          bool trace, struct delta_stream *out)
{
    struct delta_buffer stream;
    struct delta_tally tally;

    memset(&stream, 0, sizeof(stream));
    memset(&tally, 0, sizeof(tally));
    if (trace) {
        out->trace.places =
            calloc(job->pair->new_size, sizeof(*out->trace.places));
        if (out->trace.places == NULL) {
            return false;
        }
    }
    if (!delta_range_encode(&stream, job->pair, space, job->align.scene.inplace,
                            &job->align.segments, model, &tally,
                            trace ? &out->trace : NULL)) {
        delta_buffer_free(&stream);
        free(out->trace.places);
        out->trace.places = NULL;
        return false;
    }
    out->data = stream.data;
    out->size = (uint32_t)stream.size;
    out->codec_version = DFOTA_RANGE_VERSION;
    out->param = (uint16_t)(model / 64u);
    delta_tally_report(&tally, out);
    return true;
}

static void describe(const struct delta_job *job, const struct dfc_space *space,
                     struct delta_stream *out)
{
    out->codec = job->coding->codec;
    out->arch = (uint8_t)delta_identity_archs(&job->id);
    out->base = job->id.old_regions[0].base;
    out->new_base = job->id.new_regions[0].base;
    out->has_base = job->id.has_base;
    out->regions = job->id.old_count;
    out->map_entries = (uint16_t)space->map_count;
    out->table_entries = (uint16_t)table_entries(space);
}

// Code for one budget. Where there is no room for the regions no data is made.
static bool code_budget(const struct delta_job *job,
                        const struct delta_budget *budget, uint32_t share,
                        bool trace, struct delta_stream *out)
{
    struct dfc_space space = job->space;
    uint32_t room = budget->memory - delta_encode_least(DFOTA_CODEC_RANGE);
    uint32_t regions = 8u * (table_entries(&space) - space.map_count);
    struct dfc_map_entry *map = NULL;
    uint32_t model;
    bool ok = true;

    if (room < regions || job->tables_most < regions) {
        return true;
    }
    room -= regions;
    if (room > job->tables_most - regions) {
        room = job->tables_most - regions;
    }
    if (room > budget->memory / share) {
        room = budget->memory / share;
    }
    if (space.map_count > room / 8u) {
        space.map_count = room / 8u;
        map = malloc((space.map_count + 1u) * sizeof(*map));
        space.map = map;
        ok = map != NULL && delta_job_fit_map(job, map, &space.map_count);
    }
    if (ok) {
        describe(job, &space, out);
        out->budget = *budget;
        model = (budget->memory - 8u * table_entries(&space)) / 64u * 64u;
        model = model > DFC_MODEL_MAX ? DFC_MODEL_MAX : model;
        ok = delta_job_code_range(job, &space, model, trace, out);
    }
    free(map);
    return ok;
}

uint64_t delta_job_total(const struct delta_job *job,
                         const struct delta_stream *stream)
{
    uint64_t chunks =
        stream->size / (stream->budget.chunk_size - stream->budget.digest_size);
    uint64_t saved = (uint64_t)job->saves * 8u * stream->table_entries;

    if (stream->codec == DFOTA_CODEC_RANGE) {
        saved += (uint64_t)job->model_saves * 64u * stream->param;
    }
    return stream->size + chunks * stream->budget.digest_size + saved;
}

// The smallest package for one budget: with a larger share for the map, too,
// where that is short of room.
struct offer {
    struct delta_stream stream;
    uint32_t share; // 0: nothing is offered
    bool ok;
};

// Keep the smaller one.
static void take_smaller(const struct delta_job *job, struct offer *best,
                         struct offer *other)
{
    if (other->stream.data != NULL &&
        (best->stream.data == NULL ||
         delta_job_total(job, &other->stream) <
             delta_job_total(job, &best->stream))) {
        struct offer swap = *best;

        *best = *other;
        *other = swap;
    }
    free(other->stream.data);
    other->stream.data = NULL;
}

struct budget_work {
    const struct delta_job *job;
    uint32_t first; // budget
    struct offer *offers;
};

static void make_offer(void *context, uint32_t index)
{
    const struct budget_work *work = context;
    const struct delta_job *job = work->job;
    const struct delta_budget *budget = &job->budgets[work->first + index];
    struct offer *best = &work->offers[index];
    uint32_t share;

    best->ok = true;
    for (share = MAP_SHARE; share >= MAP_SHARE / 2 && best->ok; share /= 2) {
        struct offer offer = {.share = share};

        best->ok = code_budget(job, budget, share, false, &offer.stream);
        offer.ok = best->ok;
        bool is_cut = offer.stream.map_entries != job->space.map_count;
        take_smaller(job, best, &offer);
        if (job->quick || !is_cut) {
            break;
        }
    }
}

// Code for each budget; the smallest package wins. So a larger budget, for
// which the smaller ones are tried too, cannot make a larger package.
bool delta_job_code_budgets(const struct delta_job *job,
                            struct delta_stream *out)
{
    uint32_t all = job->budget_count;
    uint32_t first = job->quick ? all - 1 : 0;
    uint32_t count = all - first;
    struct offer *offers = calloc(count, sizeof(*offers));
    struct budget_work work = {job, first, offers};
    struct offer best = {.ok = true};
    bool ok = offers != NULL;
    uint32_t i;

    if (!ok) {
        return false;
    }
    delta_parallel(job->coding->threads, count, make_offer, &work);
    for (i = count; i-- > 0;) {
        ok = ok && offers[i].ok;
        take_smaller(job, &best, &offers[i]);
    }
    free(offers);
    *out = best.stream;
    if (ok && best.share != 0 && job->coding->trace) {
        struct delta_budget budget = out->budget;

        free(out->data);
        memset(out, 0, sizeof(*out));
        ok = code_budget(job, &budget, best.share, true, out);
    }
    return ok;
}

// The op stream has no choice of readings, so pointer ranges that hurt must
// go: try with all, with the image's own, with none.
static bool code_deflate(struct delta_job *job, struct delta_stream *out,
                         int bits)
{
    uint32_t ranges = job->space.range_count;
    struct delta_buffer best;

    memset(&best, 0, sizeof(best));
    for (job->space.range_count = 0;; job->space.range_count++) {
        struct delta_buffer stream;

        memset(&stream, 0, sizeof(stream));
        if (!delta_deflate_encode(&stream, job->pair, &job->space,
                                  job->align.scene.inplace,
                                  &job->align.segments, bits)) {
            delta_buffer_free(&stream);
            delta_buffer_free(&best);
            return false;
        }
        if (best.data == NULL || stream.size <= best.size) {
            delta_buffer_free(&best);
            best = stream;
        } else {
            delta_buffer_free(&stream);
        }
        if (job->space.range_count == ranges) {
            break;
        }
    }
    out->data = best.data;
    out->size = (uint32_t)best.size;
    out->codec_version = DFOTA_DEFLATE_VERSION;
    out->param = (uint16_t)bits;
    return true;
}

// For the largest budget: what a larger window finds a smaller one does not.
bool delta_job_code_deflates(struct delta_job *job, struct delta_stream *out)
{
    const struct delta_budget *budget = &job->budgets[job->budget_count - 1];
    uint32_t room = (budget->memory - DFOTA_RAM_INFLATE - 512u) / 8u;
    int bits = 15;

    if (room > budget->memory / 8u / MAP_SHARE) {
        room = budget->memory / 8u / MAP_SHARE;
    }
    if (job->space.map_count > room) {
        job->space.map_count = room;
        if (!delta_job_fit_map(job, job->map, &job->space.map_count)) {
            return false;
        }
    }
    room = budget->memory - DFOTA_RAM_INFLATE - 8u * job->space.map_count;
    while (bits > 9 && 1u << bits > room) {
        bits--;
    }
    describe(job, &job->space, out);
    out->budget = *budget;
    return code_deflate(job, out, bits);
}
