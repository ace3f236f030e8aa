// SPDX-License-Identifier: MIT
// Reads an index for its page. It may come from elsewhere, by way of a merge:
// what is not there is empty or 0.

#include "matrixpage.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 2000000000u // above all sizes of packages and images

const char *page_text(const cJSON *json, const char *name)
{
    const char *text =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));

    return text != NULL ? text : "";
}

static uint32_t number_of(const cJSON *json, const char *name)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(json, name);

    if (!cJSON_IsNumber(number) || !(number->valuedouble > 0)) {
        return 0;
    }
    return number->valuedouble < NUMBER_MAX ? (uint32_t)number->valuedouble
                                            : NUMBER_MAX;
}

// From `near` on, as pairs are in the order of releases.
static size_t release_of(const struct page *page, const char *version,
                         size_t near)
{
    for (size_t i = 0; i < page->release_count; i++) {
        size_t at = (near + i) % page->release_count;

        if (strcmp(page_version(page, at), version) == 0) {
            return at;
        }
    }
    return PAGE_NONE;
}

static void read_pair(struct page_pair *pair, const cJSON *json)
{
    const char *state = page_text(json, "state");

    pair->from = page_text(json, "from");
    pair->to = page_text(json, "to");
    pair->is_failed = strcmp(state, "failed") == 0;
    pair->is_made = strcmp(state, "built") == 0 || strcmp(state, "cached") == 0;
    pair->is_too_large =
        cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "too_large"));
    pair->is_full = strcmp(page_text(json, "kind"), "full") == 0;
    pair->reason = page_text(json, "reason");
    pair->file = page_text(json, "file");
    pair->mode = page_text(json, "mode");
    pair->size = number_of(json, "size");
    pair->new_size = number_of(json, "new_size");
    pair->compressed = number_of(json, "compressed_size");
    pair->limit = number_of(json, "max_size");
    pair->why = cJSON_GetObjectItemCaseSensitive(json, "why");
}

static void count_pair(struct page *page, const struct page_pair *pair)
{
    page->made += pair->is_made;
    page->failed += pair->is_failed;
    page->missing += !pair->is_made && !pair->is_failed;
    page->too_large += pair->is_too_large;
    page->full += pair->is_full;
    page->has_compressed =
        page->has_compressed && (!pair->is_made || pair->compressed != 0);
}

bool page_read(struct page *page, const cJSON *index)
{
    const cJSON *releases = cJSON_GetObjectItemCaseSensitive(index, "releases");
    const cJSON *pairs = cJSON_GetObjectItemCaseSensitive(index, "pairs");
    size_t release_count = (size_t)cJSON_GetArraySize(releases);
    size_t count = (size_t)cJSON_GetArraySize(pairs);
    size_t from_at = 0, to_at = 0;
    const cJSON *item;

    *page = (struct page){.index = index, .has_compressed = true};
    page->releases = calloc(release_count + 1, sizeof(const cJSON *));
    page->pairs = calloc(count + 1, sizeof(*page->pairs));
    if (page->releases == NULL || page->pairs == NULL) {
        page_free(page);
        return false;
    }
    cJSON_ArrayForEach(item, releases)
    {
        page->releases[page->release_count++] = item;
    }
    cJSON_ArrayForEach(item, pairs)
    {
        struct page_pair *pair = &page->pairs[page->count++];

        read_pair(pair, item);
        count_pair(page, pair);
        pair->from_at = release_of(page, pair->from, from_at);
        pair->to_at = release_of(page, pair->to, to_at);
        from_at = pair->from_at != PAGE_NONE ? pair->from_at : 0;
        to_at = pair->to_at != PAGE_NONE ? pair->to_at : 0;
    }
    return true;
}

void page_free(struct page *page)
{
    free(page->releases);
    free(page->pairs);
    *page = (struct page){.index = NULL};
}

double page_share(const struct page *page, const struct page_pair *pair)
{
    return page_percent(pair->size, page->has_compressed ? pair->compressed
                                                         : pair->new_size);
}
