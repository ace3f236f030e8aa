// SPDX-License-Identifier: MIT
// A matrix build: its inputs, and the packages that it makes.
//
// releaselist  reads what is asked for        recipe     what a package depends on
// pairlist     which packages that is         pairrecord what is there already
// shard        which of them are ours         store      what others have made
// workers      processes that make them       pairmake   what one of them does
// toolarge     why one is too large           matrixindex what came out
//                                             matrixpage  the same for people

#ifndef MKDFOTA_MATRIX_H
#define MKDFOTA_MATRIX_H

#include "outfolder.h"
#include "pairlist.h"
#include "report.h"
#include "shard.h"
#include "store.h"

#define JOB_REASON_MAX 400u

// The file of a part of a release, as it was when the run began.
struct matrix_file {
    char sha256[REPORT_HEX_SIZE];
    uint64_t size;
    enum cli_exit status;        // of reading it
    char reason[JOB_REASON_MAX]; // if that failed
};

enum job_state {
    JOB_MISSING, // of another shard, or the run ended before it
    JOB_BUILT,
    JOB_CACHED, // came from the store
    JOB_FAILED,
};

// What a worker says of its job, in memory that it shares with the run.
struct job_result {
    uint32_t permille;
    enum cli_exit status;
    char reason[JOB_REASON_MAX]; // if status is not CLI_DONE
    bool is_cached;
    bool had_bad_entry; // the store had one that is no package of this pair
};

// One package.
struct job {
    const struct pair *pair;
    uint64_t work; // estimate, without unit
    char recipe[REPORT_HEX_SIZE];
    bool is_mine; // in this shard
    bool is_kept; // was there already
    bool had_bad_entry;

    char reason[JOB_REASON_MAX]; // of JOB_FAILED, "subject: text"
    enum job_state state;
    enum cli_exit status;
    double seconds;

    char sha256[REPORT_HEX_SIZE]; // of the package
    uint32_t size;
    uint32_t full_parts; // of its parts, that need no old image
    uint64_t new_size;   // of its new images
    uint64_t compressed; // the same by zlib
    struct delta_info info;

    uint32_t limit;    // bytes that are allowed; UINT32_MAX: any
    uint32_t baseline; // bytes that it had; 0: not known
    cJSON *why;        // of a package that is too large: its largest causes
};

struct matrix {
    const char *list_path;
    struct release_list list;
    struct pair_list pairs;
    bool has_key;
    struct delta_key key;
    struct matrix_file *files; // DELTA_PARTS_MAX of each release
    struct shard shard;
    struct out_folder folder;
    struct store store;
    bool has_store;
    struct job *jobs; // of each pair, in this order
    size_t job_count;
};

static inline const struct matrix_file *matrix_file(const struct matrix *m,
                                                    size_t release, size_t part)
{
    return &m->files[release * DELTA_PARTS_MAX + part];
}

// "built", "cached", "failed", "missing"
const char *job_state_name(enum job_state state);

#endif
