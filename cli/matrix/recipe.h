// SPDX-License-Identifier: MIT
// The recipe of a package: SHA-256 over all that its bytes depend on. Packages
// of the same recipe are the same.

#ifndef MKDFOTA_RECIPE_H
#define MKDFOTA_RECIPE_H

#include "matrix.h"

// The files of the pair must have been read.
void recipe_make(char recipe[REPORT_HEX_SIZE], const struct matrix *m,
                 const struct pair *pair);

#endif
