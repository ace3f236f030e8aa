// SPDX-License-Identifier: MIT
// index.html: what index.json says, for people. The page is made from nothing
// but the index, so that one that was merged from shards is the same.
//
// matrixpage   reads the index      matrixgrid   sizes, from by to
// matrixhtml   the page of it       matrixchart  sizes over releases
// matrixwhy    what is not good, and why

#ifndef MKDFOTA_MATRIXPAGE_H
#define MKDFOTA_MATRIXPAGE_H

#include <stdio.h>

#include "matrix.h"

#define PAGE_NONE SIZE_MAX // no such release

struct page_pair {
    const char *from, *to;
    size_t from_at, to_at; // releases
    bool is_made, is_failed, is_too_large, is_full;
    const char *reason; // if not made
    const char *file, *mode;
    uint32_t size, new_size, compressed; // bytes; 0: not known
    uint32_t limit;                      // 0: none
    const cJSON *why;                    // NULL: not explained
};

struct page {
    const cJSON *index;
    const cJSON **releases;
    size_t release_count;
    struct page_pair *pairs; // as the index has them
    size_t count;
    size_t made, failed, missing, too_large, full;
    bool has_compressed; // every package says what it is compared with
};

// false: out of memory. The texts are those of the index.
bool page_read(struct page *page, const cJSON *index);
void page_free(struct page *page);

// The text of a member, "" if it has none.
const char *page_text(const cJSON *json, const char *name);

static inline const char *page_version(const struct page *page, size_t release)
{
    return page_text(page->releases[release], "version");
}

static inline double page_percent(double part, double whole)
{
    return whole > 0 ? 100 * part / whole : 0;
}

// Of the compressed new image, or of the new image where that is not known.
double page_share(const struct page *page, const struct page_pair *pair);

// Parts of the page; false: out of memory. A pair that is not good has an entry
// with the id "pair" and its place in the index.
bool page_grid(FILE *out, const struct page *page);
bool page_chart(FILE *out, const struct page *page);
void page_why(FILE *out, const struct page *page);

// Write index.html; messages have been printed when it is not CLI_DONE.
enum cli_exit matrix_html_write(const struct out_folder *folder,
                                const cJSON *index);

#endif
