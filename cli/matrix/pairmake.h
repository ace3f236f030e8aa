// SPDX-License-Identifier: MIT
// What a worker does: one package, from the store or made.

#ifndef MKDFOTA_PAIRMAKE_H
#define MKDFOTA_PAIRMAKE_H

#include "matrix.h"

// Make the package of a pair, put it into the store, and write it and its
// record.
void pair_make(struct job_result *result, const struct matrix *m,
               const struct job *job, unsigned threads);

// The images of a pair, as they were when the run began.
struct pair_images {
    size_t count;                                   // parts of the new release
    struct delta_image old_images[DELTA_PARTS_MAX]; // zero: none
    struct delta_image new_images[DELTA_PARTS_MAX];
};

// Messages have been printed when this is not CLI_DONE; free in any case.
enum cli_exit pair_images_read(struct pair_images *images,
                               const struct matrix *m, const struct pair *pair);
void pair_images_free(struct pair_images *images);

#endif
