// SPDX-License-Identifier: MIT
// An explanation as one JSON object.

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "explainview.h"
#include "jsonprint.h"
#include "report.h"

// Hundredths of a byte are enough.
static void add_rounded(cJSON *json, const char *name, double value)
{
    cJSON_AddNumberToObject(json, name,
                            (double)(int64_t)(value * 100 + 0.5) / 100);
}

static cJSON *json_part(const struct delta_part *p)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "name", p->name);
    if (p->section[0] != 0) {
        cJSON_AddStringToObject(json, "section", p->section);
    } else {
        cJSON_AddNullToObject(json, "section");
    }
    cJSON_AddBoolToObject(json, "symbol", p->has_symbol);
    cJSON_AddNumberToObject(json, "start", p->start);
    cJSON_AddNumberToObject(json, "size", p->size);
    if (p->address < DELTA_ADDRESS_NONE) {
        cJSON_AddNumberToObject(json, "address", p->address);
    } else {
        cJSON_AddNullToObject(json, "address");
    }
    add_rounded(json, "bytes", p->bytes);
    add_rounded(json, "literal_bytes", p->literal_bytes);
    add_rounded(json, "correction_bytes", p->correction_bytes);
    add_rounded(json, "hit_bytes", p->hit_bytes);
    cJSON_AddNumberToObject(json, "literals", p->literals);
    cJSON_AddNumberToObject(json, "corrections", p->corrections);
    cJSON_AddNumberToObject(json, "hits", p->hits);
    if (p->has_move) {
        cJSON_AddNumberToObject(json, "moved", p->moved);
        cJSON_AddNumberToObject(json, "moved_size", p->moved_size);
    } else {
        cJSON_AddNullToObject(json, "moved");
        cJSON_AddNumberToObject(json, "moved_size", 0);
    }
    return json;
}

static void add_parts(cJSON *json, const char *name,
                      const struct delta_part *parts, size_t count)
{
    const struct delta_part **largest =
        malloc((count + 1) * sizeof(const struct delta_part *));
    cJSON *list = cJSON_AddArrayToObject(json, name);

    if (largest != NULL) {
        explain_largest(largest, parts, count);
    }
    for (size_t i = 0; largest != NULL && i < count; i++) {
        cJSON_AddItemToArray(list, json_part(largest[i]));
    }
    free(largest);
}

static void add_moves(cJSON *json, const struct delta_explanation *e)
{
    cJSON *list = cJSON_AddArrayToObject(json, "moves");

    for (size_t i = 0; i < e->move_count; i++) {
        const struct delta_move *m = &e->moves[i];
        cJSON *move = cJSON_CreateObject();

        cJSON_AddNumberToObject(move, "old_start", m->old_start);
        cJSON_AddNumberToObject(move, "new_start", m->new_start);
        cJSON_AddNumberToObject(move, "size", m->size);
        cJSON_AddNumberToObject(move, "matched", m->matched);
        cJSON_AddNumberToObject(move, "moved", m->moved);
        cJSON_AddItemToArray(list, move);
    }
}

static void add_advice(cJSON *json, const struct delta_explanation *e)
{
    cJSON *list = cJSON_AddArrayToObject(json, "advice");

    for (size_t i = 0; i < e->advice_count; i++) {
        const struct delta_advice *a = &e->advice[i];
        cJSON *advice = cJSON_CreateObject();

        cJSON_AddStringToObject(advice, "kind", delta_advice_name(a->kind));
        cJSON_AddNumberToObject(advice, "bytes", a->bytes);
        cJSON_AddNumberToObject(advice, "start", a->start);
        cJSON_AddNumberToObject(advice, "size", a->size);
        cJSON_AddStringToObject(advice, "text", a->text);
        cJSON_AddItemToArray(list, advice);
    }
}

enum cli_exit explain_json(const struct cli *cli,
                           const struct delta_explanation *e)
{
    const struct delta_info *info = &e->report.info;
    cJSON *json = cJSON_CreateObject();
    cJSON *causes;

    (void)cli;
    cJSON_AddNumberToObject(json, "package_size", info->package_size);
    cJSON_AddNumberToObject(json, "old_size", e->old_size);
    cJSON_AddNumberToObject(json, "new_size", e->new_size);
    cJSON_AddStringToObject(json, "arch", info->arch_name);
    if (e->report.has_base) {
        cJSON_AddNumberToObject(json, "base", info->old_base);
        cJSON_AddNumberToObject(json, "new_base", info->new_base);
    } else {
        cJSON_AddNullToObject(json, "base");
        cJSON_AddNullToObject(json, "new_base");
    }
    cJSON_AddNumberToObject(json, "ram", info->ram);
    causes = cJSON_AddObjectToObject(json, "causes");
    for (int i = 0; i < DELTA_SPENT_COUNT; i++) {
        cJSON_AddNumberToObject(causes, delta_spent_name((enum delta_spent)i),
                                e->spent[i]);
    }
    add_parts(json, "sections", e->sections, e->section_count);
    add_parts(json, "parts", e->parts, e->part_count);
    add_moves(json, e);
    add_advice(json, e);
    return json_print(json, true);
}
