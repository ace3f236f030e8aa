// SPDX-License-Identifier: MIT
// What the views of an explanation have in common: sorting and naming.

#include <stdlib.h>
#include <string.h>

#include "explainview.h"

const char *explain_cause(enum delta_spent spent)
{
    switch (spent) {
    case DELTA_SPENT_HEADER: return "header, manifest and seal";
    case DELTA_SPENT_DIGESTS: return "digests of chunks";
    case DELTA_SPENT_TABLES: return "address map and other tables";
    case DELTA_SPENT_HITS: return "hit flags: as predicted or not";
    case DELTA_SPENT_BRANCHES: return "corrections in calls and branches";
    case DELTA_SPENT_POINTERS: return "corrections in pointers";
    case DELTA_SPENT_OTHER: return "corrections elsewhere";
    case DELTA_SPENT_SOURCES: return "sources: where copies come from";
    case DELTA_SPENT_LITERALS: return "literals: new content";
    case DELTA_SPENT_REST: return "end of the stream, rounding";
    case DELTA_SPENT_COUNT: break;
    }
    return "";
}

bool explain_has_sections(const struct delta_explanation *e)
{
    for (size_t i = 0; i < e->section_count; i++) {
        if (e->sections[i].section[0] != 0) {
            return true;
        }
    }
    return false;
}

static int by_moved(const void *a, const void *b)
{
    const struct explain_shift *x = a;
    const struct explain_shift *y = b;

    return x->moved < y->moved ? -1 : x->moved > y->moved;
}

static int by_matched(const void *a, const void *b)
{
    const struct explain_shift *x = a;
    const struct explain_shift *y = b;

    if (x->matched != y->matched) {
        return x->matched > y->matched ? -1 : 1;
    }
    return by_moved(a, b);
}

size_t explain_shifts(struct explain_shift shifts[EXPLAIN_SHIFTS_MAX],
                      const struct delta_explanation *e)
{
    struct explain_shift *all = calloc(e->move_count + 1, sizeof(*all));
    size_t count = 0;

    if (all == NULL) {
        return 0;
    }
    for (size_t i = 0; i < e->move_count; i++) {
        all[i] =
            (struct explain_shift){e->moves[i].moved, e->moves[i].matched, 1};
    }
    qsort(all, e->move_count, sizeof(*all), by_moved);
    for (size_t i = 0; i < e->move_count; i++) {
        if (count > 0 && all[count - 1].moved == all[i].moved) {
            all[count - 1].matched += all[i].matched;
            all[count - 1].moves++;
        } else {
            all[count++] = all[i];
        }
    }
    qsort(all, count, sizeof(*all), by_matched);
    count = count < EXPLAIN_SHIFTS_MAX ? count : EXPLAIN_SHIFTS_MAX;
    memcpy(shifts, all, count * sizeof(*all));
    free(all);
    return count;
}

static int by_cost(const void *a, const void *b)
{
    const struct delta_part *x = *(const struct delta_part *const *)a;
    const struct delta_part *y = *(const struct delta_part *const *)b;

    if (x->bytes > y->bytes || x->bytes < y->bytes) {
        return x->bytes > y->bytes ? -1 : 1;
    }
    return x->start < y->start ? -1 : x->start > y->start;
}

void explain_largest(const struct delta_part **largest,
                     const struct delta_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        largest[i] = &parts[i];
    }
    if (count > 0) {
        qsort(largest, count, sizeof(const struct delta_part *), by_cost);
    }
}

const char *explain_moved(char out[EXPLAIN_MOVED_SIZE], bool has_move,
                          int32_t moved)
{
    uint32_t size = moved < 0 ? 0u - (uint32_t)moved : (uint32_t)moved;

    if (!has_move || moved == 0) {
        snprintf(out, EXPLAIN_MOVED_SIZE, "%s", has_move ? "0" : "");
    } else {
        snprintf(out, EXPLAIN_MOVED_SIZE, "%c0x%lx", moved < 0 ? '-' : '+',
                 (unsigned long)size);
    }
    return out;
}
