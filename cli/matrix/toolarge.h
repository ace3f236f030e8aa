// SPDX-License-Identifier: MIT
// Packages that are larger than they may be, and why.

#ifndef MKDFOTA_TOOLARGE_H
#define MKDFOTA_TOOLARGE_H

#include "matrix.h"

// Set the limits of all packages that are there: those of their rules, of
// --max-size, and of --fail-over against an index. Messages have been printed
// when this is not CLI_DONE.
enum cli_exit too_large_limits(struct matrix *m, const struct cli *cli);

static inline bool is_too_large(const struct job *job)
{
    return (job->state == JOB_BUILT || job->state == JOB_CACHED) &&
           job->size > job->limit;
}

// In a worker: find the causes and write them down. Only a delta of one part by
// codec range can be explained.
bool too_large_can_explain(const struct job *job);
void too_large_explain(struct job_result *result, const struct matrix *m,
                       const struct job *job, unsigned threads);

// Read what was written, if it is of this package; false if not.
bool too_large_load(struct job *job, const struct matrix *m);

// Say it.
void too_large_report(const struct job *job);

#endif
