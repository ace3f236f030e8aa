// SPDX-License-Identifier: MIT
// The pairs that the rules of a release list name, and what their files are
// called.

#ifndef MKDFOTA_PAIRLIST_H
#define MKDFOTA_PAIRLIST_H

#include "releaselist.h"

#define PAIR_NAME_MAX 200u // bytes, without ".dfota"

struct pair {
    size_t from; // release, or LIST_NONE
    size_t to;
    const struct list_rule *rule; // the first that names it
    char name[PAIR_NAME_MAX + 1]; // FROM_to_TO, safe for every file system
};

struct pair_list {
    struct pair *pairs; // ascending by `to`, then by `from`, each once
    size_t count;
};

// Messages have been printed when this is not CLI_DONE. `path` is the list's.
enum cli_exit pair_list_make(struct pair_list *pairs,
                             const struct release_list *list, const char *path);

void pair_list_free(struct pair_list *pairs);

// "1.0.0", or "none" where there is no old release.
const char *pair_from(const struct release_list *list, const struct pair *pair);

#endif
