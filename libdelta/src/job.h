// SPDX-License-Identifier: MIT
// What the search for an alignment (encode.c) and the coding of what it found
// (budgets.c) share.

#ifndef DELTA_JOB_H
#define DELTA_JOB_H

#include "align.h"
#include "encode.h"
#include "identify.h"

struct delta_job {
    const struct delta_pair *pair;
    const struct delta_coding *coding;
    struct delta_identity id;
    struct dfc_space space;
    struct delta_aligner align;
    struct dfc_map_entry *map;
    uint32_t map_room;
    struct delta_prices prices;
    struct delta_budget budgets[DELTA_BUDGETS_MAX]; // that are coded for
    uint32_t budget_count;
    uint32_t tables_most; // bytes of regions and map
    // Of tables, and of the model, to flash; they count like the package.
    uint32_t saves, model_saves;
    // What a round has found, as it was when its coding began: the next round
    // is prepared meanwhile.
    struct {
        struct dfc_space space;
        struct dfc_region regions[2][DFOTA_REGIONS_MAX];
        struct dfc_map_entry *map;
        struct delta_stream stream;
        bool ok;
    } trial;
    struct {
        struct delta_segments segments;
        struct dfc_map_entry *map;
        uint32_t map_count;
        struct dfc_range ranges[DFOTA_RANGES_MAX];
        uint32_t range_count;
        uint32_t size;   // of its stream
    } best;              // round so far
    uint32_t own_ranges; // pointer ranges that do not depend on alignment
    bool quick;    // no trials: the last round is taken, for the whole budget
    bool is_moved; // the load address was found in this round
    bool is_anew;  // the next alignment is made without the map
    bool ready;    // it is prepared
    uint32_t rounds, beam;
    uint32_t voting_rounds;
    uint32_t patience; // rounds without gain that are borne with
    uint32_t restarts; // times to align without the map again
};

// Fit the map to what is aligned: at most *count entries, *count tells how
// many. false: out of memory, here and below.
bool delta_job_fit_map(const struct delta_job *job, struct dfc_map_entry *map,
                       uint32_t *count);

// Code what is aligned, for a model of this size.
bool delta_job_code_range(const struct delta_job *job,
                          const struct dfc_space *space, uint32_t model,
                          bool trace, struct delta_stream *out);

// What is to be small: bytes of a package besides those that all packages have,
// and what is saved to flash meanwhile.
uint64_t delta_job_total(const struct delta_job *job,
                         const struct delta_stream *stream);

// Code it for the budgets; the smallest package wins. Where no budget has room
// for the regions no data is made.
bool delta_job_code_budgets(const struct delta_job *job,
                            struct delta_stream *out);
// The same for codec deflate; the map may be cut.
bool delta_job_code_deflates(struct delta_job *job, struct delta_stream *out);

// Code it in place: with what was aligned for two slots geometries are chosen,
// for which it is aligned again.
bool delta_job_place(struct delta_job *job, struct delta_stream *out);

#endif
