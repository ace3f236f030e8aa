// SPDX-License-Identifier: MIT
// Names of power-cut runs, to be printed by a failure and replayed.

#include <stdio.h>
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

// One cut of a name. Returns what follows it, NULL when it is malformed.
static const char *parse_cut(const char *text, struct sim_cut *cut)
{
    char word[12];
    unsigned number;
    unsigned bytes = 0;
    int used = 0;

    if (sscanf(text, "%u:%11[a-z]%n", &number, word, &used) != 2 ||
        !parse_tear(word, &cut->tear)) {
        return NULL;
    }
    text += used;
    if (cut->tear == SIM_PREFIX) {
        if (sscanf(text, ":%u%n", &bytes, &used) != 1) {
            return NULL;
        }
        text += used;
    }
    cut->number = number;
    cut->bytes = bytes;
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
