// SPDX-License-Identifier: MIT
// Names of power-cut runs, to be printed by a failure and replayed.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "powercut.h"

static const char *const tears[SIM_ANY + 1] = {
    "before", "blank", "mix",      "prefix", "noise",
    "front",  "back",  "unstable", "any",
};

void powercut_name(char name[POWERCUT_NAME_SIZE], const struct sim_cut *cuts,
                   uint32_t count)
{
    size_t at = 0;

    name[0] = '\0';
    for (uint32_t i = 0; i < count && at < POWERCUT_NAME_SIZE; i++) {
        const struct sim_cut *c = cuts + i;

        at += (size_t)snprintf(name + at, POWERCUT_NAME_SIZE - at, "%s%u:%s",
                               i == 0 ? "" : ",", (unsigned)c->number,
                               tears[c->tear]);
        if (c->tear == SIM_PREFIX && at < POWERCUT_NAME_SIZE) {
            at += (size_t)snprintf(name + at, POWERCUT_NAME_SIZE - at, ":%u",
                                   (unsigned)c->bytes);
        }
    }
}

static bool parse_tear(const char *word, enum sim_tear *tear)
{
    for (int i = 0; i <= SIM_ANY; i++) {
        if (strcmp(word, tears[i]) == 0) {
            *tear = (enum sim_tear)i;
            return true;
        }
    }
    return false;
}

static bool parse_number(const char **text, uint32_t *number)
{
    char *end;
    unsigned long value = strtoul(*text, &end, 10);

    if (end == *text || value > UINT32_MAX) {
        return false;
    }
    *number = (uint32_t)value;
    *text = end;
    return true;
}

// One cut of a name. Returns what follows it, NULL when it is malformed.
static const char *parse_cut(const char *text, struct sim_cut *cut)
{
    char word[12] = "";
    size_t size;

    cut->bytes = 0;
    if (!parse_number(&text, &cut->number) || *text++ != ':') {
        return NULL;
    }
    size = strcspn(text, ":,");
    if (size >= sizeof(word)) {
        return NULL;
    }
    memcpy(word, text, size);
    text += size;
    if (!parse_tear(word, &cut->tear)) {
        return NULL;
    }
    if (cut->tear == SIM_PREFIX &&
        (*text++ != ':' || !parse_number(&text, &cut->bytes))) {
        return NULL;
    }
    return text;
}

bool powercut_parse(const char *text, struct sim_cut cuts[POWERCUT_DEPTH_MAX],
                    uint32_t *count)
{
    *count = 0;
    while (text != NULL && *text != '\0' && *count < POWERCUT_DEPTH_MAX) {
        text = parse_cut(text + (*text == ','), cuts + (*count)++);
    }
    return text != NULL && *text == '\0' && *count != 0;
}
