// SPDX-License-Identifier: MIT
// The pairs that are not good: too large and why, failed, missing.

#include <stdlib.h>
#include <string.h>

#include "explainview.h"
#include "htmlpage.h"
#include "matrixpage.h"

#define CAUSES_MAX 32u
#define TOP 5u
#define OPEN 4u // explanations that are shown at once

struct cause {
    const char *name;
    double bytes;
};

static double bytes_of(const cJSON *number)
{
    return cJSON_IsNumber(number) && number->valuedouble > 0 &&
                   number->valuedouble < UINT32_MAX
               ? number->valuedouble
               : 0;
}

// In words, if it is one of ours.
static const char *words_of(const char *cause)
{
    for (int i = 0; i < DELTA_SPENT_COUNT; i++) {
        if (strcmp(delta_spent_name((enum delta_spent)i), cause) == 0) {
            return explain_cause((enum delta_spent)i);
        }
    }
    return cause;
}

static int by_bytes(const void *a, const void *b)
{
    const struct cause *x = a;
    const struct cause *y = b;

    if (x->bytes > y->bytes || x->bytes < y->bytes) {
        return x->bytes > y->bytes ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

static void put_causes(FILE *out, const char *title, const struct cause *causes,
                       size_t count, double largest, uint32_t size)
{
    char number[REPORT_NUMBER_SIZE];

    for (size_t i = 0; i < count && i < TOP && causes[i].bytes >= 1; i++) {
        fprintf(out, "<tr><th class=\"l\">%s</th><td class=\"n\">",
                i == 0 ? title : "");
        html_escaped(out, causes[i].name);
        fprintf(out,
                "</td><td>%s bytes</td><td>%.1f %%</td><td class=\"b\"><div "
                "class=\"bar\"><i class=\"c\" style=\"width:%.1f%%\"></i>"
                "</div></td></tr>\n",
                report_number(number, (uint32_t)causes[i].bytes),
                page_percent(causes[i].bytes, size),
                page_percent(causes[i].bytes, largest));
    }
}

static void put_advice(FILE *out, const cJSON *why)
{
    const cJSON *advice = cJSON_GetObjectItemCaseSensitive(why, "advice");
    const cJSON *item;

    if (cJSON_GetArraySize(advice) == 0) {
        return;
    }
    fputs("<ul>\n", out);
    cJSON_ArrayForEach(item, advice)
    {
        fputs("<li>", out);
        html_escaped(out, cJSON_IsString(item) ? item->valuestring : "");
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
}

static void put_explanation(FILE *out, const struct page_pair *pair)
{
    struct cause causes[CAUSES_MAX], places[CAUSES_MAX];
    size_t cause_count = 0, place_count = 0;
    const cJSON *item;

    cJSON_ArrayForEach(item,
                       cJSON_GetObjectItemCaseSensitive(pair->why, "causes"))
    {
        if (cause_count < CAUSES_MAX && item->string != NULL) {
            causes[cause_count++] =
                (struct cause){words_of(item->string), bytes_of(item)};
        }
    }
    cJSON_ArrayForEach(item,
                       cJSON_GetObjectItemCaseSensitive(pair->why, "parts"))
    {
        if (place_count < CAUSES_MAX) {
            places[place_count++] = (struct cause){
                page_text(item, "name"),
                bytes_of(cJSON_GetObjectItemCaseSensitive(item, "bytes"))};
        }
    }
    qsort(causes, cause_count, sizeof(*causes), by_bytes);
    qsort(places, place_count, sizeof(*places), by_bytes);
    double largest = cause_count > 0 ? causes[0].bytes : pair->size;
    fputs("<div class=\"scroll\"><table>\n", out);
    put_causes(out, "by cause", causes, cause_count, largest, pair->size);
    put_causes(out, "by place", places, place_count, largest, pair->size);
    fputs("</table></div>\n", out);
    put_advice(out, pair->why);
}

static void put_names(FILE *out, const struct page_pair *pair)
{
    html_escaped(out, pair->from);
    fputs(" → ", out);
    html_escaped(out, pair->to);
}

static void put_too_large(FILE *out, const struct page *page,
                          const struct page_pair *pair, bool is_open)
{
    char number[REPORT_NUMBER_SIZE];

    fprintf(out, "<li id=\"pair%zu\"><b>%s bytes", (size_t)(pair - page->pairs),
            report_number(number, pair->size));
    fprintf(out, "<small>limit %s</small></b><div>",
            report_number(number, pair->limit));
    if (pair->why == NULL) {
        put_names(out, pair);
        fprintf(out, "<p>%s</p></div></li>\n",
                pair->is_full
                    ? "A full image: no delta was smaller, or none was asked "
                      "for."
                    : "Not explained: only a delta of one part by codec range "
                      "for two slots is.");
        return;
    }
    fprintf(out, "<details%s><summary>", is_open ? " open" : "");
    put_names(out, pair);
    fputs("</summary>\n", out);
    put_explanation(out, pair);
    fputs("</details></div></li>\n", out);
}

static void put_all_too_large(FILE *out, const struct page *page)
{
    size_t shown = 0;

    if (page->too_large == 0) {
        return;
    }
    fputs("<h2 id=\"toolarge\">Too large, and why</h2>\n"
          "<ol class=\"advice why\">\n",
          out);
    for (size_t i = 0; i < page->count; i++) {
        if (page->pairs[i].is_too_large) {
            put_too_large(out, page, &page->pairs[i], shown++ < OPEN);
        }
    }
    fputs("</ol>\n", out);
}

// Those that failed, or those that are missing.
static void put_reasons(FILE *out, const struct page *page, const char *title,
                        const char *id, bool is_failed, size_t count)
{
    if (count == 0) {
        return;
    }
    fprintf(out,
            "<h2 id=\"%s\">%s</h2>\n<div class=\"box\" tabindex=\"0\" "
            "role=\"region\" aria-label=\"%s\"><table>\n"
            "<thead><tr><th class=\"l\" scope=\"col\">From</th><th class=\"l\" "
            "scope=\"col\">To</th><th class=\"l\" scope=\"col\">Reason</th>"
            "</tr></thead>\n<tbody>\n",
            id, title, title);
    for (size_t i = 0; i < page->count; i++) {
        const struct page_pair *pair = &page->pairs[i];

        if (pair->is_made || pair->is_failed != is_failed) {
            continue;
        }
        fprintf(out, "<tr id=\"pair%zu\"><td class=\"l\">", i);
        html_escaped(out, pair->from);
        fputs("</td><td class=\"l\">", out);
        html_escaped(out, pair->to);
        fputs("</td><td class=\"n\">", out);
        html_escaped(out, pair->reason);
        fputs("</td></tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

void page_why(FILE *out, const struct page *page)
{
    put_all_too_large(out, page);
    put_reasons(out, page, "Failed", "failed", true, page->failed);
    put_reasons(out, page, "Missing", "missing", false, page->missing);
}
