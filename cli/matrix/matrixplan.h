// SPDX-License-Identifier: MIT
// What a matrix build has to do: reads the inputs, finds the jobs, and which of
// them are done.

#ifndef MKDFOTA_MATRIXPLAN_H
#define MKDFOTA_MATRIXPLAN_H

#include "matrix.h"

// Read the list, key and images, and make the jobs. An image that cannot be
// read fails the pairs that need it. Messages have been printed when this is
// not CLI_DONE; close in any case.
enum cli_exit matrix_plan(struct matrix *m, const struct cli *cli);
void matrix_close(struct matrix *m);

// Of what there is in the folder already: sets state and is_kept.
void matrix_find_kept(struct matrix *m);

#endif
