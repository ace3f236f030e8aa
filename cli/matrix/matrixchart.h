// SPDX-License-Identifier: MIT
// The lines of sizes over releases: one for each distance between old and new
// release, or smallest, median and largest where there are many distances.
// Where all packages are for one release they are over the old releases.

#ifndef MKDFOTA_MATRIXCHART_H
#define MKDFOTA_MATRIXCHART_H

#include "matrixpage.h"

#define CHART_LINES 5u

struct chart_line {
    const char *style; // number of its shape and colour
    char name[48];
    const struct page_pair **at; // of each x; NULL: no package
    bool is_full;                // the compressed image instead of the package
};

struct chart {
    FILE *out;
    const struct page *page;
    size_t *releases; // of each x
    size_t count;
    size_t *places;      // of each release that is an x: which one
    bool has_one_target; // x are the old releases
    const char *target;
    const struct page_pair **pairs; // what the lines point to
    struct chart_line lines[CHART_LINES];
    size_t line_count;
    unsigned low, high; // ticks
};

// matrixlines.c: choose them; false: out of memory.
bool chart_read(struct chart *c, const struct page *page);
void chart_free(struct chart *c);

#endif
