// SPDX-License-Identifier: MIT
// Which sizes over releases are worth a line.

#include <stdlib.h>

#include "matrixchart.h"

#define DISTANCES 4u // more are too many lines

static bool has_both(const struct page_pair *pair)
{
    return pair->from_at != PAGE_NONE && pair->to_at != PAGE_NONE;
}

// What the pair is over.
static size_t release_of(const struct chart *c, const struct page_pair *pair)
{
    return c->has_one_target ? pair->from_at : pair->to_at;
}

static struct chart_line *add_line(struct chart *c, const char *style,
                                   const char *name)
{
    struct chart_line *line = &c->lines[c->line_count++];

    line->style = style;
    line->at = c->pairs + (c->line_count - 1) * c->count;
    snprintf(line->name, sizeof(line->name), "%s", name);
    return line;
}

// --- X ---------------------------------------------------------------------

static bool find_releases(struct chart *c)
{
    const struct page *page = c->page;
    const struct page_pair *first = NULL;

    c->has_one_target = true;
    for (size_t i = 0; i < page->count; i++) {
        if (has_both(&page->pairs[i])) {
            first = first == NULL ? &page->pairs[i] : first;
            c->has_one_target =
                c->has_one_target && page->pairs[i].to_at == first->to_at;
        }
    }
    c->target = first != NULL ? first->to : "";
    c->releases = calloc(page->release_count + 1, sizeof(*c->releases));
    c->places = calloc(page->release_count + 1, sizeof(*c->places));
    if (c->releases == NULL || c->places == NULL) {
        return false;
    }
    for (size_t i = 0; i < page->count; i++) {
        if (has_both(&page->pairs[i])) {
            c->places[release_of(c, &page->pairs[i])] = 1;
        }
    }
    for (size_t i = 0; i < page->release_count; i++) {
        if (c->places[i] != 0) {
            c->places[i] = c->count;
            c->releases[c->count++] = i;
        }
    }
    c->pairs =
        calloc(CHART_LINES * c->count + 1, sizeof(const struct page_pair *));
    return c->pairs != NULL;
}

// --- Lines -----------------------------------------------------------------

// Of all packages, or of those from so many releases before.
static void read_line(struct chart *c, struct chart_line *line, size_t distance)
{
    for (size_t i = 0; i < c->page->count; i++) {
        const struct page_pair *pair = &c->page->pairs[i];

        if (pair->is_made && has_both(pair) &&
            (distance == 0 || pair->from_at + distance == pair->to_at)) {
            line->at[c->places[release_of(c, pair)]] = pair;
        }
    }
}

// The distances that there are, ascending; more than DISTANCES if there are
// more, or if some packages lead back.
static size_t find_distances(size_t distances[DISTANCES + 1],
                             const struct page *page)
{
    size_t count = 0;

    for (size_t i = 0; i < page->count && count <= DISTANCES; i++) {
        const struct page_pair *pair = &page->pairs[i];
        size_t distance = pair->to_at - pair->from_at;
        size_t at = 0;

        if (!has_both(pair)) {
            continue;
        }
        if (pair->to_at <= pair->from_at) {
            return DISTANCES + 1;
        }
        while (at < count && distances[at] < distance) {
            at++;
        }
        if (at == count || distances[at] != distance) {
            for (size_t k = count++; k > at; k--) {
                distances[k] = distances[k - 1];
            }
            distances[at] = distance;
        }
    }
    return count;
}

static void read_distances(struct chart *c, const size_t *distances,
                           size_t count)
{
    static const char *const styles[DISTANCES] = {"1", "2", "3", "4"};
    char name[sizeof(c->lines[0].name)];

    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "from %zu releases before", distances[i]);
        read_line(
            c,
            add_line(c, styles[i],
                     distances[i] == 1 ? "from the release before" : name),
            distances[i]);
    }
}

static int by_place(const void *a, const void *b)
{
    const struct page_pair *x = *(const struct page_pair *const *)a;
    const struct page_pair *y = *(const struct page_pair *const *)b;

    if (x->to_at != y->to_at) {
        return x->to_at < y->to_at ? -1 : 1;
    }
    if (x->size != y->size) {
        return x->size < y->size ? -1 : 1;
    }
    return x < y ? -1 : x > y;
}

static bool read_spread(struct chart *c)
{
    const struct page_pair **sorted =
        calloc(c->page->count + 1, sizeof(const struct page_pair *));
    size_t count = 0, end;

    if (sorted == NULL) {
        return false;
    }
    for (size_t i = 0; i < c->page->count; i++) {
        if (c->page->pairs[i].is_made && has_both(&c->page->pairs[i])) {
            sorted[count++] = &c->page->pairs[i];
        }
    }
    qsort(sorted, count, sizeof(const struct page_pair *), by_place);
    struct chart_line *smallest = add_line(c, "1", "the smallest");
    struct chart_line *median = add_line(c, "3", "the median");
    struct chart_line *largest = add_line(c, "2", "the largest");
    for (size_t i = 0; i < count; i = end) {
        size_t x = c->places[sorted[i]->to_at];

        for (end = i; end < count && sorted[end]->to_at == sorted[i]->to_at;) {
            end++;
        }
        smallest->at[x] = sorted[i];
        median->at[x] = sorted[i + (end - i - 1) / 2];
        largest->at[x] = sorted[end - 1];
    }
    free(sorted);
    return true;
}

// What an update without a delta would be.
static void read_full(struct chart *c)
{
    struct chart_line *line = add_line(c, "8", "full image, compressed");

    read_line(c, line, 0);
    line->is_full = true;
    for (size_t x = 0; x < c->count; x++) {
        if (line->at[x] != NULL && line->at[x]->compressed == 0) {
            line->at[x] = NULL;
        }
    }
}

bool chart_read(struct chart *c, const struct page *page)
{
    size_t distances[DISTANCES + 1];
    size_t count = find_distances(distances, page);
    bool ok;

    *c = (struct chart){.page = page};
    if (!find_releases(c)) {
        return false;
    }
    ok = true;
    if (c->has_one_target) {
        read_line(c, add_line(c, "1", "package"), 0);
    } else if (count <= DISTANCES) {
        read_distances(c, distances, count);
    } else {
        ok = read_spread(c);
    }
    read_full(c);
    return ok;
}

void chart_free(struct chart *c)
{
    free(c->releases);
    free(c->places);
    free(c->pairs);
}
