// SPDX-License-Identifier: MIT
// Packages that are larger than they may be, and why.

#include "toolarge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "delta_explain.h"
#include "matrixindex.h"
#include "pairmake.h"

#define WHY_MAX 65536u
#define TOP 5u

// --- Limits ----------------------------------------------------------------

static uint32_t least(uint32_t limit, uint64_t other)
{
    return other < limit ? (uint32_t)other : limit;
}

static uint32_t apply(uint32_t limit, const struct list_limit *l,
                      uint64_t new_size)
{
    if (l->bytes != 0) {
        limit = least(limit, l->bytes);
    }
    if (l->percent != 0) {
        limit = least(limit, new_size * l->percent / 100);
    }
    return limit;
}

static const char *text_of(const cJSON *json, const char *name)
{
    const char *text =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));

    return text != NULL ? text : "";
}

// The size of a pair in another index; 0: not there.
static uint32_t size_in(const cJSON *index, const char *from, const char *to)
{
    const cJSON *pairs = cJSON_GetObjectItemCaseSensitive(index, "pairs");
    const cJSON *pair;

    cJSON_ArrayForEach(pair, pairs)
    {
        const cJSON *size = cJSON_GetObjectItemCaseSensitive(pair, "size");

        if (cJSON_IsNumber(size) && size->valuedouble >= 1 &&
            size->valuedouble <= UINT32_MAX &&
            strcmp(text_of(pair, "from"), from) == 0 &&
            strcmp(text_of(pair, "to"), to) == 0) {
            return (uint32_t)size->valuedouble;
        }
    }
    return 0;
}

enum cli_exit too_large_limits(struct matrix *m, const struct cli *cli)
{
    struct list_limit limit = {0, 0};
    cJSON *index = NULL;

    if (cli->max_size != NULL &&
        list_limit_read(&limit, "--max-size", cli->max_size) != CLI_DONE) {
        return CLI_USAGE;
    }
    if (cli->baseline_path != NULL) {
        index = matrix_index_read(cli->baseline_path);
        if (index == NULL) {
            return CLI_REFUSED;
        }
    }
    for (size_t i = 0; i < m->job_count; i++) {
        struct job *job = &m->jobs[i];

        job->limit = apply(UINT32_MAX, &job->pair->rule->limit, job->new_size);
        job->limit = apply(job->limit, &limit, job->new_size);
        if (index != NULL) {
            job->baseline = size_in(index, pair_from(&m->list, job->pair),
                                    m->list.releases[job->pair->to].version);
        }
        if (job->baseline != 0) {
            job->limit = least(job->limit, (uint64_t)job->baseline *
                                               (100 + cli->fail_over) / 100);
        }
    }
    cJSON_Delete(index);
    return CLI_DONE;
}

// --- Causes ----------------------------------------------------------------

bool too_large_can_explain(const struct job *job)
{
    return job->pair->from != LIST_NONE && job->info.part_count == 1 &&
           job->full_parts == 0 &&
           job->pair->rule->options.make.codec == DELTA_RANGE &&
           job->pair->rule->options.make.mode == DELTA_TWO_SLOT;
}

static int by_bytes(const void *a, const void *b)
{
    const struct delta_part *x = a;
    const struct delta_part *y = b;

    if (x->bytes != y->bytes) {
        return x->bytes > y->bytes ? -1 : 1;
    }
    return x->start < y->start ? -1 : x->start > y->start;
}

static cJSON *to_json(struct delta_explanation *e, const struct job *job)
{
    cJSON *json = cJSON_CreateObject();
    cJSON *causes = cJSON_AddObjectToObject(json, "causes");
    cJSON *parts = cJSON_AddArrayToObject(json, "parts");
    cJSON *advice = cJSON_AddArrayToObject(json, "advice");

    cJSON_AddStringToObject(json, "recipe", job->recipe);
    for (int i = 0; i < DELTA_SPENT_COUNT; i++) {
        cJSON_AddNumberToObject(causes, delta_spent_name((enum delta_spent)i),
                                e->spent[i]);
    }
    qsort(e->parts, e->part_count, sizeof(*e->parts), by_bytes);
    for (size_t i = 0; i < e->part_count && i < TOP; i++) {
        cJSON *part = cJSON_CreateObject();

        cJSON_AddStringToObject(part, "name", e->parts[i].name);
        cJSON_AddNumberToObject(part, "bytes",
                                (double)(uint64_t)(e->parts[i].bytes + 0.5));
        cJSON_AddItemToArray(parts, part);
    }
    for (size_t i = 0; i < e->advice_count && i < TOP; i++) {
        cJSON_AddItemToArray(advice, cJSON_CreateString(e->advice[i].text));
    }
    return json;
}

static enum cli_exit explain(const struct matrix *m, const struct job *job,
                             const struct pair_images *images, unsigned threads)
{
    struct delta_options options = job->pair->rule->options.make;
    struct delta_explanation e;
    struct delta_error error;

    options.threads = threads;
    if (delta_explain(&e, &images->old_images[0], &images->new_images[0],
                      &options, &error) != DELTA_OK) {
        report_error(error.subject, "%s", error.text);
        return (enum cli_exit)(-error.status / 100);
    }
    cJSON *json = to_json(&e, job);
    char *text = cJSON_Print(json);
    enum cli_exit status = CLI_IO;

    if (text != NULL) {
        status = out_write_state(&m->folder, job->pair->name, ".why.json", text,
                                 strlen(text));
    }
    cJSON_free(text);
    cJSON_Delete(json);
    delta_explanation_free(&e);
    return status;
}

void too_large_explain(struct job_result *result, const struct matrix *m,
                       const struct job *job, unsigned threads)
{
    struct pair_images images;

    result->status = pair_images_read(&images, m, job->pair);
    if (result->status == CLI_DONE) {
        result->status = explain(m, job, &images, threads);
    }
    pair_images_free(&images);
}

bool too_large_load(struct job *job, const struct matrix *m)
{
    char path[OUT_PATH_MAX];
    struct file_bytes bytes;
    cJSON *json = NULL;

    (void)out_state_path(path, &m->folder, job->pair->name, ".why.json");
    if (access(path, F_OK) != 0 ||
        file_read(&bytes, path, WHY_MAX) != CLI_DONE) {
        return false;
    }
    if (bytes.size > 0) {
        json = cJSON_ParseWithLength((const char *)bytes.data, bytes.size);
    }
    file_free(&bytes);
    if (json == NULL || strcmp(text_of(json, "recipe"), job->recipe) != 0) {
        cJSON_Delete(json);
        return false;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(json, "recipe");
    job->why = json;
    return true;
}

// --- Report ----------------------------------------------------------------

// The largest numbers of an object, largest first.
static void print_causes(const cJSON *causes)
{
    double below = UINT32_MAX;
    char number[REPORT_NUMBER_SIZE];

    for (unsigned i = 0; i < TOP; i++) {
        const cJSON *largest = NULL;
        const cJSON *item;

        cJSON_ArrayForEach(item, causes)
        {
            if (item->valuedouble < below &&
                (largest == NULL || item->valuedouble > largest->valuedouble)) {
                largest = item;
            }
        }
        if (largest == NULL || largest->valuedouble < 1) {
            return;
        }
        below = largest->valuedouble;
        fprintf(stderr, "  %12s bytes  %s\n",
                report_number(number, (uint32_t)below),
                report_plain(largest->string));
    }
}

void too_large_report(const struct job *job)
{
    char size[REPORT_NUMBER_SIZE];
    char limit[REPORT_NUMBER_SIZE];
    char before[REPORT_NUMBER_SIZE];
    const cJSON *item;

    if (job->baseline != 0) {
        report_error(job->pair->name,
                     "too large (found %s bytes, expected at most %s; it had "
                     "%s)",
                     report_number(size, job->size),
                     report_number(limit, job->limit),
                     report_number(before, job->baseline));
    } else {
        report_error(
            job->pair->name, "too large (found %s bytes, expected at most %s)",
            report_number(size, job->size), report_number(limit, job->limit));
    }
    if (job->why == NULL) {
        return;
    }
    fputs("by cause:\n", stderr);
    print_causes(cJSON_GetObjectItemCaseSensitive(job->why, "causes"));
    fputs("by place:\n", stderr);
    cJSON_ArrayForEach(item,
                       cJSON_GetObjectItemCaseSensitive(job->why, "parts"))
    {
        const cJSON *bytes = cJSON_GetObjectItemCaseSensitive(item, "bytes");

        fprintf(stderr, "  %12s bytes  %s\n",
                report_number(size, cJSON_IsNumber(bytes)
                                        ? (uint32_t)bytes->valuedouble
                                        : 0),
                report_plain(text_of(item, "name")));
    }
}
