// SPDX-License-Identifier: MIT
// What the next run wants to know of a package: ".matrix/NAME.json" has its
// recipe and digest. A package without a record that fits is made again.

#ifndef MKDFOTA_PAIRRECORD_H
#define MKDFOTA_PAIRRECORD_H

#include "matrix.h"

// Fill in what the job's package and record say, if they are there and of the
// job's recipe. Says nothing if not.
bool pair_record_load(struct job *job, const struct matrix *m);

// Write the record, after the package.
enum cli_exit pair_record_save(const struct matrix *m, const struct job *job,
                               enum job_state state, uint64_t compressed,
                               const void *package, size_t package_size);

// Fill in what a package says of itself: info and full_parts.
bool pair_describe(struct job *job, const void *package, size_t package_size);

#endif
