// SPDX-License-Identifier: MIT
// From two images to one stream: find out what the images are, then align,
// vote, fit the address map and align again, until the map has settled.

#include "encode.h"

#include <stdlib.h>
#include <string.h>

#include "deflatecode.h"
#include "dfota/format.h"
#include "image.h"
#include "model.h"
#include "rangecode.h"
#include "votes.h"

// What an entry of the address map costs, and a reference that is not
// predicted, in bits.
#define ENTRY_PRICE 28u
#define MISS_PRICE 14u

// The map may take this share of the memory.
#define MAP_SHARE 4u

struct job {
    const struct delta_pair *pair;
    const struct delta_coding *coding;
    struct dfc_space space;
    struct delta_scene scene;
    struct delta_field *fields; // old ++ new
    uint32_t *mapped;           // old ++ new
    uint8_t *text;              // old ++ new, neutral
    struct dfc_map_entry *map;
    uint32_t map_room;
    struct delta_segments segments;
    uint32_t own_ranges; // pointer ranges that do not depend on alignment
    uint32_t rounds, beam;
    uint32_t least_gain; // another round must have gained one part in so many
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

    delta_fields_find(job->fields, space->arch, space->ranges,
                      space->range_count, &job->scene.old_view);
    delta_fields_find(job->fields + job->pair->old_size, space->arch,
                      space->ranges, space->range_count, &job->scene.new_view);
}

static void map_targets(struct job *job)
{
    uint32_t old_size = job->pair->old_size;
    uint32_t size = old_size + job->pair->new_size;
    uint32_t i;

    for (i = 0; i < old_size; i++) {
        job->mapped[i] = dfc_map(job->space.map, job->space.map_count,
                                 job->fields[i].target);
    }
    for (; i < size; i++) {
        job->mapped[i] = job->fields[i].target;
    }
}

// Before a map is known, calls to moved functions differ: leave them blank.
static bool make_text(struct job *job, bool blank)
{
    uint32_t old_size = job->pair->old_size;
    struct delta_inverse inverse;

    if (!delta_inverse_make(&inverse, job->space.map, job->space.map_count)) {
        return false;
    }
    delta_neutral(job->text, job->space.arch, &job->scene.old_view, job->fields,
                  NULL, blank);
    delta_neutral(job->text + old_size, job->space.arch, &job->scene.new_view,
                  job->fields + old_size, &inverse, blank);
    delta_inverse_free(&inverse);
    return true;
}

static bool align(struct job *job, bool blank)
{
    struct delta_candidates candidates;
    struct delta_prices prices;
    bool ok;

    map_targets(job);
    if (!make_text(job, blank) ||
        !delta_candidates_find(&candidates, job->text, job->pair->old_size,
                               job->pair->new_size)) {
        return false;
    }
    if (job->coding->codec == DFOTA_CODEC_DEFLATE) {
        delta_prices_deflate(&prices);
    } else {
        delta_prices_range(&prices, job->pair->old_size, job->pair->new_size);
    }
    job->scene.candidates = &candidates;
    free(job->segments.list);
    job->segments.list = NULL;
    ok = delta_parse(&job->segments, &job->scene, &prices, job->beam);
    job->scene.candidates = NULL;
    delta_candidates_free(&candidates);
    return ok;
}

static bool fit_map(struct job *job)
{
    struct delta_votes votes;
    bool ok;

    memset(&votes, 0, sizeof(votes));
    job->space.map_count = job->map_room;
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

static bool same_map(const struct job *job, const struct dfc_map_entry *map,
                     uint32_t count)
{
    return count == job->space.map_count &&
           (count == 0 || memcmp(map, job->map, count * sizeof(*map)) == 0);
}

// Align, vote, fit, until the map has settled.
static bool run_rounds(struct job *job)
{
    struct dfc_map_entry *before = malloc(job->map_room * sizeof(*before) + 1);
    bool ok = before != NULL;
    uint64_t cost = UINT64_MAX;
    uint32_t round;

    find_fields(job);
    for (round = 0; ok && round < job->rounds; round++) {
        uint32_t count = job->space.map_count;

        ok = align(job, round == 0);
        progress(job, 50 + 850 * (round + 1) / job->rounds);
        if (!ok || round + 1 == job->rounds ||
            job->segments.cost > cost - cost / job->least_gain) {
            break;
        }
        cost = job->segments.cost;
        memcpy(before, job->map, count * sizeof(*before));
        ok = find_regions(job) && fit_map(job);
        if (round > 0 && same_map(job, before, count)) {
            break;
        }
    }
    free(before);
    return ok;
}

// What the images are: architecture, load address, pointers.
static void identify(struct job *job)
{
    const struct delta_pair *pair = job->pair;
    struct dfc_space *space = &job->space;
    uint32_t base = job->coding->base;
    bool known = job->coding->base_given;

    space->arch = delta_image_arch(pair->old_data, pair->old_size);
    if (!known) {
        known = delta_image_base(&base, pair->old_data, pair->old_size) ||
                delta_image_base(&base, pair->new_data, pair->new_size);
    }
    space->old_size = pair->old_size;
    if (known && base + pair->old_size > base) {
        space->old_base = base;
        space->new_base = base;
        space->ranges[0] = (struct dfc_range){base, base + pair->old_size};
        space->range_count = 1;
        job->own_ranges = 1;
    }
    space->map = job->map;
    job->scene.space = space;
    job->scene.old_view = (struct dfc_view){pair->old_data, 0, pair->old_size,
                                            pair->old_size, space->old_base};
    job->scene.new_view = (struct dfc_view){pair->new_data, 0, pair->new_size,
                                            pair->new_size, space->new_base};
    job->scene.fields = job->fields;
    job->scene.mapped = job->mapped;
}

static uint32_t bytes_of(uint64_t spent)
{
    return (uint32_t)((spent + 16384) / 32768);
}

static bool code_range(struct job *job, struct delta_stream *out)
{
    uint32_t model = (job->coding->ram - 8u * job->space.map_count) / 64u * 64u;
    struct delta_buffer stream;
    struct delta_tally tally;

    // The manifest's field ends there, and so do the counters.
    model = model > DFC_MODEL_MAX ? DFC_MODEL_MAX : model;
    memset(&stream, 0, sizeof(stream));
    memset(&tally, 0, sizeof(tally));
    if (!delta_range_encode(&stream, job->pair, &job->space, &job->segments,
                            model, &tally)) {
        delta_buffer_free(&stream);
        return false;
    }
    out->data = stream.data;
    out->size = (uint32_t)stream.size;
    out->codec_version = DFOTA_RANGE_VERSION;
    out->param = (uint16_t)(model / 64u);
    out->bytes_map = bytes_of(tally.map);
    out->bytes_hits = bytes_of(tally.hit_flags + tally.choice_bits);
    out->bytes_corrections = bytes_of(tally.stay_flags + tally.correction_bits);
    out->bytes_sources = bytes_of(tally.copy_flags + tally.source_bits);
    out->bytes_literals = bytes_of(tally.literal_bits);
    return true;
}

// The op stream has no choice of readings, so pointer ranges that hurt must
// go: try with all, with the image's own, with none.
static bool code_deflate(struct job *job, struct delta_stream *out)
{
    uint32_t ranges = job->space.range_count;
    uint32_t room =
        job->coding->ram - DFOTA_RAM_INFLATE - 8u * job->space.map_count;
    struct delta_buffer best;
    int bits = 15;

    while (bits > 9 && 1u << bits > room) {
        bits--;
    }
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

// Bytes that the codec needs besides the map.
static uint32_t least_memory(uint8_t codec)
{
    return codec == DFOTA_CODEC_DEFLATE ? DFOTA_RAM_INFLATE + 512u
                                        : (DFC_MODEL_MIN + 63u) / 64u * 64u;
}

static bool allocate(struct job *job)
{
    size_t size = (size_t)job->pair->old_size + job->pair->new_size;

    job->fields = malloc(size * sizeof(*job->fields));
    job->mapped = malloc(size * sizeof(*job->mapped));
    job->text = malloc(size);
    job->map = malloc((job->map_room + 1u) * sizeof(*job->map));
    return job->fields != NULL && job->mapped != NULL && job->text != NULL &&
           job->map != NULL;
}

static void release(struct job *job)
{
    free(job->fields);
    free(job->mapped);
    free(job->text);
    free(job->map);
    free(job->segments.list);
}

// How hard to try. The second round is the one that gains most, as the first
// one has no map.
static void set_effort(struct job *job)
{
    int level = job->coding->level;

    job->least_gain = level <= 7 ? 200 : 1u << 20;
    job->rounds = level <= 2 ? 2 : level <= 4 ? 4 : level <= 7 ? 8 : 16;
    job->beam = level <= 1 ? 4 : level <= 3 ? 6 : level <= 7 ? 12 : 24;
}

enum delta_status delta_encode(struct delta_stream *out,
                               const struct delta_pair *pair,
                               const struct delta_coding *coding,
                               uint32_t *need)
{
    struct job job;
    bool ok;

    memset(out, 0, sizeof(*out));
    memset(&job, 0, sizeof(job));
    job.pair = pair;
    job.coding = coding;
    *need = least_memory(coding->codec);
    if (coding->ram < *need) {
        return DELTA_ERR_LIMIT;
    }
    job.map_room = (coding->ram - *need) / 8u;
    if (job.map_room > coding->ram / 8u / MAP_SHARE) {
        job.map_room = coding->ram / 8u / MAP_SHARE;
    }
    if (job.map_room > DFOTA_MAP_MAX) {
        job.map_room = DFOTA_MAP_MAX;
    }
    set_effort(&job);
    ok = allocate(&job);
    if (ok) {
        identify(&job);
        progress(&job, 50);
        ok = run_rounds(&job);
    }
    if (ok) {
        out->codec = coding->codec;
        out->arch = (uint8_t)job.space.arch;
        out->base = job.space.old_base;
        out->has_base = job.own_ranges != 0;
        out->map_entries = (uint16_t)job.space.map_count;
        ok = coding->codec == DFOTA_CODEC_DEFLATE ? code_deflate(&job, out)
                                                  : code_range(&job, out);
    }
    release(&job);
    if (!ok) {
        memset(out, 0, sizeof(*out));
        return DELTA_ERR_NOMEM;
    }
    progress(&job, 1000);
    return DELTA_OK;
}
