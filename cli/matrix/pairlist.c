// SPDX-License-Identifier: MIT
// Expands the rules of a release list.

#include "pairlist.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"

static bool means_to(const struct list_choice *choice, size_t release,
                     size_t count)
{
    switch (choice->which) {
    case LIST_ALL: return true;
    case LIST_LAST: return count - release <= choice->count;
    case LIST_NAMED: return choice->is_named[release];
    case LIST_NOTHING: break;
    }
    return false;
}

// `from` counts from 1 on, 0 is none.
static bool means_from(const struct list_choice *choice, size_t from, size_t to)
{
    size_t release = from - 1;

    switch (choice->which) {
    case LIST_ALL: return from > 0 && release < to;
    case LIST_LAST:
        return from > 0 && release < to && to - release <= choice->count;
    case LIST_NAMED:
        return from > 0 && release != to && choice->is_named[release];
    case LIST_NOTHING: return from == 0;
    }
    return false;
}

static const struct list_rule *first_rule(const struct release_list *list,
                                          size_t from, size_t to)
{
    for (size_t i = 0; i < list->rule_count; i++) {
        const struct list_rule *rule = &list->rules[i];

        if (means_to(&rule->to, to, list->release_count) &&
            means_from(&rule->from, from, to)) {
            return rule;
        }
    }
    return NULL;
}

// --- Names -----------------------------------------------------------------

// "_to_" stands between two versions, and so never in one.
static bool is_plain(const char *s, bool is_first)
{
    if ((unsigned char)*s <= ' ' || *s == 0x7F ||
        strchr("/\\:*?\"<>|%", *s) != NULL) {
        return false;
    }
    if (*s == '_') {
        return strncmp(s, "_to", 3) != 0 || (s[3] != '_' && s[3] != 0);
    }
    return !is_first || (*s != '.' && *s != '-');
}

static bool append(char *name, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t size = strlen(name);

    for (const char *s = text; *s != 0; s++) {
        if (size + 3 > PAIR_NAME_MAX) {
            return false;
        }
        if (is_plain(s, size == 0)) {
            name[size++] = *s;
        } else {
            name[size++] = '%';
            name[size++] = digits[(unsigned char)*s >> 4];
            name[size++] = digits[*s & 15];
        }
    }
    name[size] = 0;
    return true;
}

static bool make_name(struct pair *pair, const struct release_list *list)
{
    bool fits = append(pair->name, pair->from == LIST_NONE
                                       ? "full"
                                       : list->releases[pair->from].version);
    size_t size = strlen(pair->name);

    if (!fits || size + 4 > PAIR_NAME_MAX) {
        return false;
    }
    memcpy(pair->name + size, "_to_", 5);
    return append(pair->name, list->releases[pair->to].version);
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

// As a file system sees them that does not tell capitals.
static int compare_names(const char *a, const char *b)
{
    while (*a != 0 && fold(*a) == fold(*b)) {
        a++;
        b++;
    }
    return (unsigned char)fold(*a) - (unsigned char)fold(*b);
}

static int by_name(const void *a, const void *b)
{
    return compare_names((*(const struct pair *const *)a)->name,
                         (*(const struct pair *const *)b)->name);
}

static enum cli_exit check_names(const struct pair_list *pairs,
                                 const char *path)
{
    const struct pair **sorted =
        malloc((pairs->count + 1) * sizeof(const struct pair *));
    enum cli_exit status = CLI_DONE;

    if (sorted == NULL) {
        report_error(path, "out of memory");
        return CLI_IO;
    }
    for (size_t i = 0; i < pairs->count; i++) {
        sorted[i] = &pairs->pairs[i];
    }
    qsort(sorted, pairs->count, sizeof(const struct pair *), by_name);
    for (size_t i = 1; i < pairs->count && status == CLI_DONE; i++) {
        if (compare_names(sorted[i - 1]->name, sorted[i]->name) == 0) {
            report_error(path,
                         "versions make the same file name (found \"%s.dfota\" "
                         "twice, capitals are not told)",
                         sorted[i]->name);
            status = CLI_REFUSED;
        }
    }
    free(sorted);
    return status;
}

// --- The whole -------------------------------------------------------------

static enum cli_exit add(struct pair_list *pairs, size_t *room,
                         const struct pair *pair, const char *path)
{
    if (pairs->count == LIST_PAIRS_MAX) {
        report_error(path, "more pairs than %u", LIST_PAIRS_MAX);
        return CLI_REFUSED;
    }
    if (pairs->count == *room) {
        size_t wanted = *room == 0 ? 64 : 2 * *room;
        struct pair *grown =
            realloc(pairs->pairs, wanted * sizeof(struct pair));

        if (grown == NULL) {
            report_error(path, "out of memory");
            return CLI_IO;
        }
        pairs->pairs = grown;
        *room = wanted;
    }
    pairs->pairs[pairs->count++] = *pair;
    return CLI_DONE;
}

static enum cli_exit expand(struct pair_list *pairs,
                            const struct release_list *list, const char *path)
{
    enum cli_exit status = CLI_DONE;
    size_t room = 0;

    for (size_t to = 0; to < list->release_count; to++) {
        for (size_t i = 0; i <= list->release_count; i++) {
            struct pair pair = {i == 0 ? LIST_NONE : i - 1, to,
                                first_rule(list, i, to), ""};

            if (pair.rule == NULL) {
                continue;
            }
            if (!make_name(&pair, list)) {
                report_error(path,
                             "versions make too long a file name (found "
                             "\"%s\" and \"%s\")",
                             pair_from(list, &pair),
                             list->releases[to].version);
                return CLI_REFUSED;
            }
            status = add(pairs, &room, &pair, path);
            if (status != CLI_DONE) {
                return status;
            }
        }
    }
    if (pairs->count == 0) {
        report_error(path, "pairs: no rule names a pair (found %zu releases)",
                     list->release_count);
        return CLI_REFUSED;
    }
    return CLI_DONE;
}

enum cli_exit pair_list_make(struct pair_list *pairs,
                             const struct release_list *list, const char *path)
{
    memset(pairs, 0, sizeof(*pairs));
    enum cli_exit status = expand(pairs, list, path);

    if (status == CLI_DONE) {
        status = check_names(pairs, path);
    }
    if (status != CLI_DONE) {
        pair_list_free(pairs);
    }
    return status;
}

void pair_list_free(struct pair_list *pairs)
{
    free(pairs->pairs);
    memset(pairs, 0, sizeof(*pairs));
}

const char *pair_from(const struct release_list *list, const struct pair *pair)
{
    return pair->from == LIST_NONE ? "none"
                                   : list->releases[pair->from].version;
}
