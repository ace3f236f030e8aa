// SPDX-License-Identifier: MIT
// From two images to one stream: find out what the images are, then align,
// vote, fit the address map and align again, until the map has settled.

#include "encode.h"

#include <stdlib.h>
#include <string.h>

#include "basevote.h"
#include "deflatecode.h"
#include "dfota/format.h"
#include "identify.h"
#include "model.h"
#include "rangecode.h"
#include "votes.h"

// What an entry of the address map costs, and a reference that is not
// predicted, in bits.
#define ENTRY_PRICE 24u
#define MISS_PRICE 14u

// The map may take this share of the memory, or twice as much.
#define MAP_SHARE 4u

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

// Lengths of strings of which the nearest are looked for.
#define NEARBYS 2u

struct job {
    const struct delta_pair *pair;
    const struct delta_coding *coding;
    struct delta_identity id;
    struct dfc_space space;
    struct delta_scene scene;
    struct delta_field *fields; // old ++ new
    uint32_t *mapped;           // old ++ new
    uint8_t *text;              // old ++ new, neutral
    struct dfc_map_entry *map;
    uint32_t map_room;
    struct delta_nearby nearby[NEARBYS];
    struct delta_segments segments;
    struct delta_prices prices;
    struct {
        struct delta_segments segments;
        struct dfc_map_entry *map;
        uint32_t map_count;
        struct dfc_range ranges[DFOTA_RANGES_MAX];
        uint32_t range_count;
        uint32_t size;   // of its stream
    } best;              // round so far
    uint32_t own_ranges; // pointer ranges that do not depend on alignment
    bool quick; // no trials: the last round is taken, for the whole budget
    bool blank; // the next alignment is made without the map
    uint32_t rounds, beam;
    uint32_t voting_rounds;
    uint32_t patience; // rounds without gain that are borne with
    uint32_t restarts; // times to align without the map again
};

static void progress(const struct job *job, unsigned permille)
{
    if (job->coding->progress != NULL) {
        job->coding->progress(job->coding->context, permille);
    }
}

static void find_fields(struct job *job)
{
    const struct dfc_space *space = &job->space;

    delta_fields_find(job->fields, &space->old_regions, space->ranges,
                      space->range_count, &job->scene.old_view);
    delta_fields_find(job->fields + job->pair->old_size, &space->new_regions,
                      space->ranges, space->range_count, &job->scene.new_view);
}

// Not before the suffix array is gone: memory.
static bool map_targets(struct job *job)
{
    uint32_t old_size = job->pair->old_size;
    uint32_t size = old_size + job->pair->new_size;
    uint32_t i;

    job->mapped = malloc(size * sizeof(*job->mapped));
    if (job->mapped == NULL) {
        return false;
    }
    job->scene.mapped = job->mapped;
    for (i = 0; i < old_size; i++) {
        job->mapped[i] = dfc_map(job->space.map, job->space.map_count,
                                 job->fields[i].target);
    }
    for (; i < size; i++) {
        job->mapped[i] = job->fields[i].target;
    }
    return true;
}

// Before a map is known, calls to moved functions differ: leave them blank.
static bool make_text(struct job *job, bool blank)
{
    uint32_t old_size = job->pair->old_size;
    struct delta_inverse inverse;

    if (!delta_inverse_make(&inverse, job->space.map, job->space.map_count)) {
        return false;
    }
    delta_neutral(job->text, &job->scene.old_view, job->fields, NULL, blank);
    delta_neutral(job->text + old_size, &job->scene.new_view,
                  job->fields + old_size, &inverse, blank);
    delta_inverse_free(&inverse);
    return true;
}

static void free_nearby(struct job *job)
{
    uint32_t i;

    for (i = 0; i < NEARBYS; i++) {
        delta_nearby_free(&job->nearby[i]);
    }
}

static bool index_nearby(struct job *job)
{
    static const uint32_t lengths[NEARBYS] = {DELTA_NEARBY_MIN, 8};
    uint32_t i;

    for (i = 0; i < job->scene.nearby_count; i++) {
        if (!delta_nearby_make(&job->nearby[i], job->text,
                               job->pair->old_size + job->pair->new_size,
                               lengths[i])) {
            free_nearby(job);
            return false;
        }
    }
    return true;
}

static bool align(struct job *job, bool blank)
{
    struct delta_candidates candidates;
    bool ok;

    if (!make_text(job, blank) ||
        !delta_candidates_find(&candidates, job->text, job->pair->old_size,
                               job->pair->new_size)) {
        return false;
    }
    if (!map_targets(job) || !index_nearby(job)) {
        delta_candidates_free(&candidates);
        return false;
    }
    job->scene.candidates = &candidates;
    free(job->segments.list);
    job->segments.list = NULL;
    ok =
        delta_parse(&job->segments, &job->scene, &job->prices,
                    blank && job->beam > NARROW_BEAM ? NARROW_BEAM : job->beam);
    job->scene.candidates = NULL;
    free_nearby(job);
    free(job->mapped);
    job->mapped = NULL;
    delta_candidates_free(&candidates);
    return ok;
}

// At most `room` entries.
static bool fit_map(struct job *job, uint32_t room)
{
    struct delta_votes votes;
    bool ok;

    memset(&votes, 0, sizeof(votes));
    job->space.map_count = room;
    ok = delta_votes_collect(&votes, &job->scene, &job->segments) &&
         delta_map_fit(job->map, &job->space.map_count, &votes, ENTRY_PRICE,
                       MISS_PRICE);
    free(votes.list);
    return ok;
}

// The pointer ranges besides the image's own, as the alignment shows them.
static bool find_regions(struct job *job)
{
    job->space.range_count = job->own_ranges;
    if (!delta_votes_regions(job->space.ranges, &job->space.range_count,
                             &job->scene, &job->segments)) {
        return false;
    }
    find_fields(job);
    return true;
}

// Entries of 8 bytes: regions, unless the manifest has them, and map.
static uint32_t table_entries(const struct job *job)
{
    uint32_t regions =
        delta_is_plain(&job->space) ? 0 : job->id.old_count + job->id.new_count;

    return 2u * regions + job->space.map_count;
}

static void begin_prices(struct job *job)
{
    if (job->coding->codec == DFOTA_CODEC_DEFLATE) {
        delta_prices_deflate(&job->prices);
    } else {
        delta_prices_range(&job->prices, job->pair->old_size);
    }
}

// Spent on a run of causes.
static uint32_t bytes_of(const struct delta_tally *tally, uint32_t first,
                         uint32_t last)
{
    uint64_t spent = 16384;

    for (; first <= last; first++) {
        spent += tally->bits[first];
    }
    return (uint32_t)(spent / 32768);
}

static void report_bytes(struct delta_stream *out,
                         const struct delta_tally *tally)
{
    out->tally = *tally;
    out->bytes_map = bytes_of(tally, DELTA_CAUSE_TABLES, DELTA_CAUSE_TABLES);
    out->bytes_hits = bytes_of(tally, DELTA_CAUSE_HIT, DELTA_CAUSE_MISS + 3) +
                      bytes_of(tally, DELTA_CAUSE_MAPPED, DELTA_CAUSE_PLAIN);
    out->bytes_corrections =
        bytes_of(tally, DELTA_CAUSE_STAY, DELTA_CAUSE_MAPPED - 1);
    out->bytes_sources = bytes_of(tally, DELTA_CAUSE_GO_ON, DELTA_CAUSE_NEW);
    out->bytes_literals =
        bytes_of(tally, DELTA_CAUSE_LITERAL, DELTA_CAUSE_LITERAL);
}

static bool code_range(const struct job *job, uint32_t model, bool trace,
                       struct delta_stream *out)
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
    if (!delta_range_encode(&stream, job->pair, &job->space, &job->segments,
                            model, &tally, trace ? &out->trace : NULL)) {
        delta_buffer_free(&stream);
        free(out->trace.places);
        out->trace.places = NULL;
        return false;
    }
    out->data = stream.data;
    out->size = (uint32_t)stream.size;
    out->codec_version = DFOTA_RANGE_VERSION;
    out->param = (uint16_t)(model / 64u);
    report_bytes(out, &tally);
    return true;
}

static void describe(const struct job *job, struct delta_stream *out)
{
    out->codec = job->coding->codec;
    out->arch = (uint8_t)delta_identity_archs(&job->id);
    out->base = job->id.old_regions[0].base;
    out->new_base = job->id.new_regions[0].base;
    out->has_base = job->id.has_base;
    out->map_entries = (uint16_t)job->space.map_count;
    out->table_entries = (uint16_t)table_entries(job);
}

// Keep what this round has found.
static bool keep(struct job *job)
{
    struct delta_segments *best = &job->best.segments;
    size_t size = job->segments.count * sizeof(*best->list);
    struct delta_segment *list = malloc(size + 1);

    if (list == NULL) {
        return false;
    }
    free(best->list);
    *best = job->segments;
    best->list = list;
    if (size != 0) {
        memcpy(list, job->segments.list, size);
    }
    memcpy(job->best.map, job->map, job->space.map_count * sizeof(*job->map));
    job->best.map_count = job->space.map_count;
    memcpy(job->best.ranges, job->space.ranges, sizeof(job->best.ranges));
    job->best.range_count = job->space.range_count;
    return true;
}

// Go back to it.
static void go_back(struct job *job)
{
    struct delta_segments swap = job->segments;

    job->segments = job->best.segments;
    job->best.segments = swap;
    memcpy(job->map, job->best.map, job->best.map_count * sizeof(*job->map));
    job->space.map_count = job->best.map_count;
    memcpy(job->space.ranges, job->best.ranges, sizeof(job->best.ranges));
    job->space.range_count = job->best.range_count;
    find_fields(job);
}

// Code what this round has found, which also tells what the next one's
// alignments cost. *gain: over the best round before, in parts of 1,000.
static bool try_round(struct job *job, uint32_t round, uint32_t *gain)
{
    struct delta_stream stream;
    bool ok;

    memset(&stream, 0, sizeof(stream));
    if (!code_range(job, REFERENCE_MODEL, false, &stream)) {
        return false;
    }
    free(stream.data);
    if (round > 0) {
        begin_prices(job);
        delta_prices_learn(&job->prices, &stream.tally);
    }
    *gain = 0;
    ok = true;
    if (stream.size < job->best.size) {
        *gain =
            job->best.size == UINT32_MAX
                ? 1000
                : (uint32_t)((uint64_t)1000 * (job->best.size - stream.size) /
                             job->best.size);
        job->best.size = stream.size;
        ok = keep(job);
    }
    return ok;
}

// Code for one budget. Where there is no room for the regions no data is made.
static bool code_budget(struct job *job, const struct delta_budget *budget,
                        uint32_t share, struct delta_stream *out)
{
    uint32_t room = budget->memory - delta_encode_least(DFOTA_CODEC_RANGE);
    uint32_t regions = 8u * (table_entries(job) - job->space.map_count);
    uint32_t model;

    if (room < regions) {
        return true;
    }
    room -= regions;
    if (room > budget->memory / share) {
        room = budget->memory / share;
    }
    if (job->space.map_count > room / 8u && !fit_map(job, room / 8u)) {
        return false;
    }
    describe(job, out);
    out->budget = *budget;
    model = (budget->memory - 8u * table_entries(job)) / 64u * 64u;
    model = model > DFC_MODEL_MAX ? DFC_MODEL_MAX : model;
    return code_range(job, model, job->coding->trace, out);
}

// Bytes of a package besides those that all packages have.
static uint64_t total(const struct delta_stream *stream)
{
    uint64_t chunks =
        stream->size / (stream->budget.chunk_size - stream->budget.digest_size);

    return stream->size + chunks * stream->budget.digest_size;
}

// Code for each budget, and with a larger share for the map where that is
// short of room; the smallest package wins. So a larger budget, for which the
// smaller ones are tried too, cannot make a larger package.
static bool code_budgets(struct job *job, struct delta_stream *best)
{
    uint32_t map_count = job->best.map_count;
    uint32_t least = job->quick ? job->coding->budget_count - 1 : 0;
    uint32_t i, share;

    for (i = job->coding->budget_count; i-- > least;) {
        for (share = MAP_SHARE; share >= MAP_SHARE / 2; share /= 2) {
            struct delta_stream stream;

            memset(&stream, 0, sizeof(stream));
            if (!code_budget(job, &job->coding->budgets[i], share, &stream)) {
                return false;
            }
            if (stream.data != NULL &&
                (best->data == NULL || total(&stream) < total(best))) {
                struct delta_stream swap = *best;

                *best = stream;
                stream = swap;
            }
            free(stream.data);
            free(stream.trace.places);
            if (job->space.map_count == map_count) {
                break;
            }
            memcpy(job->map, job->best.map, map_count * sizeof(*job->map));
            job->space.map_count = map_count;
        }
    }
    return true;
}

// The op stream has no choice of readings, so pointer ranges that hurt must
// go: try with all, with the image's own, with none.
static bool code_deflate(struct job *job, struct delta_stream *out, int bits)
{
    uint32_t ranges = job->space.range_count;
    struct delta_buffer best;

    memset(&best, 0, sizeof(best));
    for (job->space.range_count = 0;; job->space.range_count++) {
        struct delta_buffer stream;

        memset(&stream, 0, sizeof(stream));
        if (!delta_deflate_encode(&stream, job->pair, &job->space,
                                  &job->segments, bits)) {
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
static bool code_deflates(struct job *job, struct delta_stream *out)
{
    const struct delta_budget *budget =
        &job->coding->budgets[job->coding->budget_count - 1];
    uint32_t room = (budget->memory - DFOTA_RAM_INFLATE - 512u) / 8u;
    int bits = 15;

    if (room > budget->memory / 8u / MAP_SHARE) {
        room = budget->memory / 8u / MAP_SHARE;
    }
    if (job->space.map_count > room && !fit_map(job, room)) {
        return false;
    }
    room = budget->memory - DFOTA_RAM_INFLATE - 8u * job->space.map_count;
    while (bits > 9 && 1u << bits > room) {
        bits--;
    }
    describe(job, out);
    out->budget = *budget;
    return code_deflate(job, out, bits);
}

// An image whose load address is not known yet: the first alignment may tell.
static bool find_base(struct job *job)
{
    uint32_t base = 0;
    enum delta_found found;

    if (job->id.has_base) {
        return true;
    }
    found = delta_base_vote(&base, &job->scene, &job->segments);
    if (found != DELTA_FOUND || !delta_identity_move(&job->id, base)) {
        return found != DELTA_FOUND_NOMEM;
    }
    job->own_ranges = delta_identity_ranges(job->space.ranges, &job->id);
    job->blank = true; // pointers are known from now on
    job->best.size = UINT32_MAX;
    return find_regions(job) && fit_map(job, job->map_room);
}

static void use_regions(struct job *job)
{
    job->space.old_regions =
        (struct dfc_regions){job->id.old_regions, job->id.old_count};
    job->space.new_regions =
        (struct dfc_regions){job->id.new_regions, job->id.new_count};
}

// Align, vote, fit, until that gains nothing any more.
static bool run_rounds(struct job *job, struct delta_stream *best)
{
    bool range = job->coding->codec == DFOTA_CODEC_RANGE;
    uint64_t cost = UINT64_MAX;
    uint32_t dull = 0;  // rounds without much gain
    uint32_t begin = 0; // round that began anew
    uint32_t round;

    find_fields(job);
    begin_prices(job);
    for (round = 0; round < job->rounds; round++) {
        uint32_t gain;
        bool blank = job->blank;

        job->blank = false;
        job->prices.least_new =
            round - begin < job->voting_rounds ? job->prices.far_old + 256 : 0;
        if (!align(job, round == 0 || blank)) {
            return false;
        }
        progress(job, 50 + 850 * (round + 1) / job->rounds);
        if (job->quick) {
            gain = 1000;
        } else if (range && !try_round(job, round, &gain)) {
            return false;
        }
        if (!range) {
            gain = job->segments.cost < cost - cost / 200 ? 5 : 0;
            cost = job->segments.cost;
        }
        dull = gain >= 2 || round - begin < job->voting_rounds ? 0 : dull + 1;
        if (dull > job->patience && job->restarts > 0) {
            job->restarts--;
            job->blank = true;
            begin = round + 1;
            dull = 0;
        }
        if (dull > job->patience || round + 1 == job->rounds) {
            break;
        }
        if (!find_regions(job) || !fit_map(job, job->map_room) ||
            (round == 0 && !find_base(job))) {
            return false;
        }
    }
    if (!range) {
        return code_deflates(job, best);
    }
    if (job->quick) {
        job->best.map_count = job->space.map_count;
        memcpy(job->best.map, job->map,
               job->best.map_count * sizeof(*job->map));
    } else {
        go_back(job);
    }
    if (!code_budgets(job, best)) {
        return false;
    }
    if (best->data == NULL) { // no budget has room for the regions
        delta_identity_flatten(&job->id);
        use_regions(job);
        find_fields(job);
        return code_budgets(job, best);
    }
    return true;
}

// What the images are: regions, pointers.
static void identify(struct job *job)
{
    const struct delta_pair *pair = job->pair;
    struct dfc_space *space = &job->space;

    delta_identify(&job->id, pair, job->coding);
    space->old_size = pair->old_size;
    job->own_ranges = delta_identity_ranges(space->ranges, &job->id);
    if (job->coding->codec == DFOTA_CODEC_DEFLATE) {
        delta_identity_flatten(&job->id);
    }
    use_regions(job);
    space->range_count = job->own_ranges;
    space->map = job->map;
    job->scene.space = space;
    job->scene.old_view =
        (struct dfc_view){pair->old_data, 0, pair->old_size, pair->old_size, 0};
    job->scene.new_view =
        (struct dfc_view){pair->new_data, 0, pair->new_size, pair->new_size, 0};
    job->scene.fields = job->fields;
    job->scene.nearby = job->nearby;
}

uint32_t delta_encode_least(uint8_t codec)
{
    return codec == DFOTA_CODEC_DEFLATE ? DFOTA_RAM_INFLATE + 512u
                                        : (DFC_MODEL_MIN + 63u) / 64u * 64u;
}

static bool allocate(struct job *job)
{
    size_t size = (size_t)job->pair->old_size + job->pair->new_size;

    job->fields = malloc(size * sizeof(*job->fields));
    job->text = malloc(size);
    job->map = malloc(REFERENCE_ROOM * sizeof(*job->map));
    job->best.map = malloc(REFERENCE_ROOM * sizeof(*job->map));
    return job->fields != NULL && job->text != NULL && job->map != NULL &&
           job->best.map != NULL;
}

static void release(struct job *job)
{
    free(job->fields);
    free(job->mapped);
    free(job->text);
    free(job->map);
    free(job->best.map);
    free(job->best.segments.list);
    free(job->segments.list);
}

// How hard to try. The second round is the one that gains most, as the first
// one has no map.
static void set_effort(struct job *job)
{
    int level = job->coding->level;

    job->quick = level == 1 && job->coding->codec == DFOTA_CODEC_RANGE;
    job->patience = level <= 7 ? 0 : 3;
    // Codec deflate keeps its last round, which need not be its best.
    job->restarts = level >= 8 && job->coding->codec == DFOTA_CODEC_RANGE;
    job->rounds = level <= 2   ? 2
                  : level <= 4 ? 4
                  : level <= 7 ? 8
                               : 16 + 8 * job->restarts;
    // The last round is never one of them.
    job->voting_rounds =
        job->rounds > VOTING_ROUNDS ? VOTING_ROUNDS : job->rounds - 1;
    if (job->coding->codec == DFOTA_CODEC_DEFLATE) {
        job->voting_rounds = 0;
    }
    job->scene.nearby_count = level <= 5 ? 1 : NEARBYS;
    job->beam = level <= 3 ? 8 : level <= 5 ? 16 : 32;
}

enum delta_status delta_encode(struct delta_stream *out,
                               const struct delta_pair *pair,
                               const struct delta_coding *coding)
{
    struct job job;
    bool ok;

    memset(out, 0, sizeof(*out));
    memset(&job, 0, sizeof(job));
    job.pair = pair;
    job.coding = coding;
    if (coding->budgets[0].memory < delta_encode_least(coding->codec)) {
        return DELTA_ERR_LIMIT;
    }
    job.map_room = REFERENCE_ROOM;
    job.best.size = UINT32_MAX;
    set_effort(&job);
    ok = allocate(&job);
    if (ok) {
        identify(&job);
        progress(&job, 50);
        ok = run_rounds(&job, out);
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
