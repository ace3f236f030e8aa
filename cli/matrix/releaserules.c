// SPDX-License-Identifier: MIT
// Reads the rules of a release list: which packages it asks for.

#include <stdlib.h>
#include <string.h>

#include "optionvalues.h"
#include "releaselist.h"
#include "report.h"

static enum cli_exit no_memory(const struct json_walk *w)
{
    report_error(w->place, "out of memory");
    return CLI_IO;
}

enum cli_exit list_limit_read(struct list_limit *limit, const char *name,
                              const char *text)
{
    const char *end;

    *limit = (struct list_limit){0, 0};
    if (value_digits(&limit->percent, text, &end) && strcmp(end, "%") == 0 &&
        limit->percent > 0) {
        return CLI_DONE;
    }
    limit->percent = 0;
    if (strchr(text, '%') != NULL) {
        return value_bad(name, "a limit", text,
                         "bytes or a whole percentage, as 64K or 20%");
    }
    return value_size(&limit->bytes, name, text);
}

static enum cli_exit name_release(struct list_choice *choice,
                                  const struct release_list *list,
                                  const struct json_walk *w, const char *text)
{
    for (size_t i = 0; i < list->release_count; i++) {
        if (strcmp(list->releases[i].version, text) == 0) {
            choice->is_named[i] = true;
            return CLI_DONE;
        }
    }
    return json_fail(w, "no such release (found \"%s\")", text);
}

// A version, or a list of some.
static enum cli_exit read_names(struct list_choice *choice,
                                const struct release_list *list,
                                struct json_walk *w, const cJSON *item)
{
    const cJSON *element;
    const char *text = NULL;
    size_t index = 0;

    choice->which = LIST_NAMED;
    choice->is_named = calloc(list->release_count, sizeof(bool));
    if (choice->is_named == NULL) {
        return no_memory(w);
    }
    if (cJSON_IsString(item)) {
        return name_release(choice, list, w, item->valuestring);
    }
    enum cli_exit status = json_list(w, item, LIST_RELEASES_MAX);
    cJSON_ArrayForEach(element, item)
    {
        size_t mark = json_element(w, index++);

        if (status == CLI_DONE) {
            status = json_text(&text, w, element, DELTA_TEXT_MAX, false);
        }
        if (status == CLI_DONE) {
            status = name_release(choice, list, w, text);
        }
        json_back(w, mark);
    }
    return status;
}

// The words that stand for releases; a list holds versions only.
static bool read_word(struct list_choice *choice, const char *text,
                      bool is_from)
{
    const char *end;
    uint32_t count;

    if (strcmp(text, "all") == 0) {
        choice->which = LIST_ALL;
        return true;
    }
    if (strcmp(text, is_from ? "none" : "newest") == 0) {
        choice->which = is_from ? LIST_NOTHING : LIST_LAST;
        choice->count = 1;
        return true;
    }
    if (strncmp(text, "last ", 5) == 0 &&
        value_digits(&count, text + 5, &end) && *end == 0 && count > 0) {
        choice->which = LIST_LAST;
        choice->count = count;
        return true;
    }
    return false;
}

static enum cli_exit read_choice(struct list_choice *choice,
                                 const struct release_list *list,
                                 struct json_walk *w, const cJSON *rule,
                                 bool is_from)
{
    const char *name = is_from ? "from" : "to";
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(rule, name);
    size_t mark = json_field(w, name);
    enum cli_exit status = CLI_DONE;

    if (item == NULL) {
        (void)read_word(choice, is_from ? "all" : "newest", is_from);
    } else if (!cJSON_IsString(item) && !cJSON_IsArray(item)) {
        status = json_not(w, "a choice of releases", item,
                          is_from ? "\"all\", \"last N\", \"none\", a version "
                                    "or a list of versions"
                                  : "\"newest\", \"last N\", \"all\", a "
                                    "version or a list of versions");
    } else if (!cJSON_IsString(item) ||
               !read_word(choice, item->valuestring, is_from)) {
        status = read_names(choice, list, w, item);
    }
    json_back(w, mark);
    return status;
}

static enum cli_exit read_limit(struct list_limit *limit, struct json_walk *w,
                                const cJSON *rule)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(rule, "max_size");
    size_t mark = json_field(w, "max_size");
    char text[JSON_VALUE_MAX];
    enum cli_exit status = CLI_DONE;

    if (item != NULL) {
        status = json_value(text, w, item);
    }
    if (item != NULL && status == CLI_DONE) {
        status = list_limit_read(limit, w->place, text);
    }
    json_back(w, mark);
    return status;
}

static enum cli_exit read_rule(struct list_rule *rule,
                               const struct release_list *list,
                               struct json_walk *w, const cJSON *item)
{
    static const char *const fields[] = {"from", "to", "options", "max_size",
                                         NULL};
    const cJSON *options = cJSON_GetObjectItemCaseSensitive(item, "options");
    enum cli_exit status = json_object(w, item, fields);

    if (status == CLI_DONE) {
        status = read_choice(&rule->from, list, w, item, true);
    }
    if (status == CLI_DONE) {
        status = read_choice(&rule->to, list, w, item, false);
    }
    if (status == CLI_DONE) {
        status = read_limit(&rule->limit, w, item);
    }
    if (status == CLI_DONE && options != NULL) {
        size_t mark = json_field(w, "options");
        status = list_options_read(&rule->options, w, options, list->folder);
        json_back(w, mark);
    }
    return status;
}

enum cli_exit release_rules_read(struct release_list *list, struct json_walk *w,
                                 const struct list_options *options,
                                 const cJSON *item)
{
    size_t mark = json_field(w, "pairs");
    // Without rules: to the newest release from all others.
    size_t count = item != NULL ? (size_t)cJSON_GetArraySize(item) : 1;
    enum cli_exit status =
        item != NULL ? json_list(w, item, LIST_RULES_MAX) : CLI_DONE;

    if (status != CLI_DONE) {
        return status;
    }
    list->rules = calloc(count, sizeof(struct list_rule));
    if (list->rules == NULL) {
        return no_memory(w);
    }
    for (size_t i = 0; i < count && status == CLI_DONE; i++) {
        struct list_rule *rule = &list->rules[list->rule_count++];
        size_t inner = json_element(w, i);

        rule->options = *options;
        if (item == NULL) {
            (void)read_word(&rule->from, "all", true);
            (void)read_word(&rule->to, "newest", false);
        } else {
            status = read_rule(rule, list, w, cJSON_GetArrayItem(item, (int)i));
        }
        json_back(w, inner);
    }
    json_back(w, mark);
    return status;
}
