// SPDX-License-Identifier: MIT
// Which part of the work is this machine's.

#include "shard.h"

#include <stdlib.h>
#include <string.h>

#include "optionvalues.h"
#include "report.h"

// What engines say. Without `count` the user has to.
static const struct engine {
    const char *index;
    const char *first; // variable with the index of the first, or NULL
    uint32_t base;     // that index if there is no such variable
    const char *step;  // variable with the distance of two, or NULL
    const char *count;
} engines[] = {
    {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", 0, "SLURM_ARRAY_TASK_STEP",
     "SLURM_ARRAY_TASK_COUNT"},
    {"AWS_BATCH_JOB_ARRAY_INDEX", NULL, 0, NULL, "AWS_BATCH_JOB_ARRAY_SIZE"},
    {"JOB_COMPLETION_INDEX", NULL, 0, NULL, NULL},
    {"CI_NODE_INDEX", NULL, 1, NULL, "CI_NODE_TOTAL"},
};
#define ENGINES (sizeof(engines) / sizeof(engines[0]))

static bool is_set(const char *name)
{
    const char *value = name != NULL ? getenv(name) : NULL;

    return value != NULL && value[0] != 0;
}

// *value stays as it is when there is no such variable.
static enum cli_exit variable(uint32_t *value, const char *name)
{
    return is_set(name) ? value_number(value, name, "a number", getenv(name))
                        : CLI_DONE;
}

static enum cli_exit check(const struct shard *shard)
{
    if (shard->count < 1 || shard->count > SHARDS_MAX || shard->index < 1 ||
        shard->index > shard->count) {
        report_error("--shard",
                     "no such shard (found %lu of %lu, expected 1 of 1 to %u "
                     "of %u)",
                     (unsigned long)shard->index, (unsigned long)shard->count,
                     SHARDS_MAX, SHARDS_MAX);
        return CLI_USAGE;
    }
    return CLI_DONE;
}

static enum cli_exit ask(struct shard *shard, const struct engine *e)
{
    uint32_t first = e->base;
    uint32_t index = 0;
    uint32_t step = 1;
    enum cli_exit status = variable(&index, e->index);

    if (status == CLI_DONE) {
        status = variable(&first, e->first);
    }
    if (status == CLI_DONE) {
        status = variable(&step, e->step);
    }
    if (status == CLI_DONE && shard->count == 0) {
        status = variable(&shard->count, e->count);
    }
    if (status != CLI_DONE) {
        return status;
    }
    if (shard->count == 0) {
        report_error("--shard",
                     "%s is set, but not of how many (expected "
                     "%s%sauto/N)",
                     e->index, e->count != NULL ? e->count : "",
                     e->count != NULL ? " or " : "");
        return CLI_USAGE;
    }
    shard->index = index < first || step == 0 ? 0 : (index - first) / step + 1;
    return check(shard);
}

static enum cli_exit find_engine(struct shard *shard)
{
    const struct engine *found = NULL;

    for (size_t i = 0; i < ENGINES; i++) {
        if (!is_set(engines[i].index)) {
            continue;
        }
        if (found != NULL) {
            report_error("--shard",
                         "two engines (found %s and %s, expected "
                         "one, or K/N)",
                         found->index, engines[i].index);
            return CLI_USAGE;
        }
        found = &engines[i];
    }
    if (found == NULL) {
        report_error("--shard",
                     "no engine that says which (expected "
                     "SLURM_ARRAY_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX, "
                     "JOB_COMPLETION_INDEX or CI_NODE_INDEX to be set)");
        return CLI_USAGE;
    }
    return ask(shard, found);
}

enum cli_exit shard_read(struct shard *shard, const char *text)
{
    const char *end;

    *shard = (struct shard){1, 1};
    if (text == NULL) {
        return CLI_DONE;
    }
    if (strcmp(text, "auto") == 0) {
        shard->count = 0;
        return find_engine(shard);
    }
    bool is_auto = strncmp(text, "auto/", 5) == 0;
    bool ok =
        is_auto || (value_digits(&shard->index, text, &end) && *end == '/');
    const char *count = is_auto ? text + 5 : end + 1;

    if (!ok || !value_digits(&shard->count, count, &end) || *end != 0) {
        return value_bad("--shard", "a shard", text,
                         "K/N, auto or auto/N, as 1/4");
    }
    if (is_auto && shard->count != 0) {
        return find_engine(shard);
    }
    return check(shard);
}

// --- Dealing out -----------------------------------------------------------

struct piece {
    uint64_t work;
    size_t at;
};

static int largest_first(const void *a, const void *b)
{
    const struct piece *x = a;
    const struct piece *y = b;

    if (x->work != y->work) {
        return x->work > y->work ? -1 : 1;
    }
    return x->at < y->at ? -1 : x->at > y->at;
}

bool shard_deal(uint32_t *shards, const uint64_t *work, size_t count,
                uint32_t shard_count)
{
    struct piece *pieces = malloc((count + 1) * sizeof(*pieces));
    uint64_t *loads = calloc(shard_count, sizeof(*loads));
    bool ok = pieces != NULL && loads != NULL;

    for (size_t i = 0; ok && i < count; i++) {
        pieces[i] = (struct piece){work[i], i};
    }
    if (ok) {
        qsort(pieces, count, sizeof(*pieces), largest_first);
    }
    // Each piece goes to the shard that has least; of several to the one that
    // had the last piece, so that no shard is always the first to choose.
    uint32_t least = 0;
    for (size_t i = 0; ok && i < count; i++) {
        for (uint32_t k = 0; k < shard_count; k++) {
            least = loads[k] < loads[least] ? k : least;
        }
        loads[least] += pieces[i].work;
        shards[pieces[i].at] = least + 1;
    }
    free(pieces);
    free(loads);
    return ok;
}
