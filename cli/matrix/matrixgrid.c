// SPDX-License-Identifier: MIT
// The sizes of all packages as a table, from which release by to which.

#include <stdlib.h>

#include "htmlpage.h"
#include "matrixpage.h"

#define SHADES 6u

// Percent from which a cell has the next shade.
static const unsigned bounds[SHADES - 1] = {2, 5, 10, 25, 50};

static unsigned shade_of(double share)
{
    unsigned shade = 0;

    while (shade < SHADES - 1 && share >= bounds[shade]) {
        shade++;
    }
    return shade;
}

// Full images that were asked for come first.
static size_t row_of(const struct page_pair *pair)
{
    return pair->from_at == PAGE_NONE ? 0 : pair->from_at + 1;
}

static int by_row(const void *a, const void *b)
{
    const struct page_pair *x = *(const struct page_pair *const *)a;
    const struct page_pair *y = *(const struct page_pair *const *)b;

    if (row_of(x) != row_of(y)) {
        return row_of(x) < row_of(y) ? -1 : 1;
    }
    return x->to_at < y->to_at ? -1 : x->to_at > y->to_at;
}

// What the pointer tells, and what is read out.
static void put_title(FILE *out, const struct page_pair *pair)
{
    char number[REPORT_NUMBER_SIZE];

    html_escaped(out, pair->from);
    fputs(" to ", out);
    html_escaped(out, pair->to);
    if (!pair->is_made) {
        fputs(": ", out);
        html_escaped(out, pair->reason);
        return;
    }
    fprintf(out, ": %s bytes, %.1f %% of the new image, ",
            report_number(number, pair->size),
            page_percent(pair->size, pair->new_size));
    html_escaped(out, pair->mode);
}

static void put_size(FILE *out, const struct page *page,
                     const struct page_pair *pair)
{
    double share = page_share(page, pair);
    char number[REPORT_NUMBER_SIZE];

    fprintf(out, "<td class=\"m%u%s\"><a href=\"", shade_of(share),
            pair->is_too_large ? " bad" : "");
    html_address(out, pair->file);
    fputs("\" title=\"", out);
    put_title(out, pair);
    fprintf(out, "\">%s</a><small>%.1f %%%s</small>",
            report_number(number, pair->size), share,
            pair->is_full ? ", full" : "");
    if (pair->is_too_large) {
        fprintf(out, "<a class=\"tag\" href=\"#pair%zu\">too large</a>",
                (size_t)(pair - page->pairs));
    }
    fputs("</td>", out);
}

static void put_cell(FILE *out, const struct page *page,
                     const struct page_pair *pair)
{
    if (pair->is_made) {
        put_size(out, page, pair);
        return;
    }
    fprintf(out, "<td class=\"%s\"><a class=\"tag\" href=\"#pair%zu\" title=\"",
            pair->is_failed ? "bad" : "absent", (size_t)(pair - page->pairs));
    put_title(out, pair);
    fprintf(out, "\">%s</a></td>", pair->is_failed ? "failed" : "missing");
}

static void put_gap(FILE *out, size_t cells)
{
    if (cells > 0) {
        fprintf(out, "<td colspan=\"%zu\"></td>", cells);
    }
}

// Columns of releases that no package is for are left out.
struct columns {
    size_t *at; // of each release: its column, counted from 1; 0: none
    size_t count;
};

static void put_version(FILE *out, const char *scope, const char *version)
{
    fprintf(out, "<th scope=\"%s\"><span>", scope);
    html_escaped(out, version);
    fputs("</span></th>", out);
}

static void put_head(FILE *out, const struct page *page,
                     const struct columns *columns)
{
    fputs("<thead><tr><th class=\"corner\">from ↓ to →</th>", out);
    for (size_t i = 0; i < page->release_count; i++) {
        if (columns->at[i] != 0) {
            put_version(out, "col", page_version(page, i));
        }
    }
    fputs("</tr></thead>\n", out);
}

// The pairs of one row, of those that are sorted; returns how many.
static size_t put_row(FILE *out, const struct page *page,
                      const struct columns *columns,
                      const struct page_pair *const *pairs, size_t count)
{
    size_t done = 0, column = 0;

    fputs("<tr>", out);
    put_version(out, "row", pairs[0]->from);
    for (; done < count && row_of(pairs[done]) == row_of(pairs[0]); done++) {
        size_t at = columns->at[pairs[done]->to_at];

        if (at > column) { // else twice in an index of others
            put_gap(out, at - column - 1);
            put_cell(out, page, pairs[done]);
            column = at;
        }
    }
    put_gap(out, columns->count - column);
    fputs("</tr>\n", out);
    return done;
}

static void put_legend(FILE *out, const struct page *page)
{
    fputs("<p class=\"legend\">", out);
    for (unsigned i = 0; i < SHADES; i++) {
        fprintf(out, "<span><i class=\"m%u\"></i>", i);
        if (i < SHADES - 1) {
            fprintf(out, "below %u %%</span>\n", bounds[i]);
        } else {
            fprintf(out, "%u %% and more</span>\n", bounds[i - 1]);
        }
    }
    fprintf(out,
            "<span>of the %snew image; full: no delta was smaller, or none was "
            "asked for</span></p>\n",
            page->has_compressed ? "compressed " : "");
}

static void put_table(FILE *out, const struct page *page,
                      const struct page_pair **sorted, struct columns *columns)
{
    size_t count = 0;

    for (size_t i = 0; i < page->count; i++) {
        if (page->pairs[i].to_at != PAGE_NONE) {
            sorted[count++] = &page->pairs[i];
            columns->at[page->pairs[i].to_at] = 1;
        }
    }
    for (size_t i = 0; i < page->release_count; i++) {
        if (columns->at[i] != 0) {
            columns->at[i] = ++columns->count;
        }
    }
    qsort(sorted, count, sizeof(const struct page_pair *), by_row);
    fputs(
        "<h2>Bytes of each package</h2>\n<div class=\"matrix\" tabindex=\"0\" "
        "role=\"region\" aria-label=\"Bytes of each package\"><table>\n",
        out);
    put_head(out, page, columns);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < count;) {
        i += put_row(out, page, columns, sorted + i, count - i);
    }
    fputs("</tbody></table></div>\n", out);
    put_legend(out, page);
}

bool page_grid(FILE *out, const struct page *page)
{
    const struct page_pair **sorted =
        calloc(page->count + 1, sizeof(const struct page_pair *));
    struct columns columns = {
        calloc(page->release_count + 1, sizeof(*columns.at)), 0};
    bool ok = sorted != NULL && columns.at != NULL;

    if (ok) {
        put_table(out, page, sorted, &columns);
    }
    free(sorted);
    free(columns.at);
    return ok;
}
