// SPDX-License-Identifier: MIT
// Reads JSON strictly; messages name the file and the place in it, as in
// "releases.json: releases[3].version".

#ifndef MKDFOTA_JSONWALK_H
#define MKDFOTA_JSONWALK_H

#include <cjson/cJSON.h>

#include "cli.h"

#define JSON_PLACE_MAX 512u
#define JSON_VALUE_MAX 32u

// Where a reader is. Begins with the name of the file.
struct json_walk {
    char place[JSON_PLACE_MAX];
};

void json_begin(struct json_walk *w, const char *file);

// Step to a field or to an element, and back to where that was done.
size_t json_field(struct json_walk *w, const char *name);
size_t json_element(struct json_walk *w, size_t index);
void json_back(struct json_walk *w, size_t mark);

// Each prints a message about the place when it is not CLI_DONE.

enum cli_exit json_fail(const struct json_walk *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// "not WHAT (found a number, expected EXPECTED)"
enum cli_exit json_not(const struct json_walk *w, const char *what,
                       const cJSON *found, const char *expected);

// The text is JSON and nothing else. The caller deletes *json.
enum cli_exit json_parse(cJSON **json, const struct json_walk *w,
                         const void *text, size_t size);

// An object with these fields only, each once; names ends with NULL.
enum cli_exit json_object(struct json_walk *w, const cJSON *item,
                          const char *const *names);

// A list of 1 to `most` elements.
enum cli_exit json_list(const struct json_walk *w, const cJSON *item,
                        size_t most);

// A text of 1 to `most` bytes without control characters, but for newlines and
// tabs in those that are paths. It belongs to item.
enum cli_exit json_text(const char **text, const struct json_walk *w,
                        const cJSON *item, size_t most, bool is_path);

// A number or a text that states one, as text.
enum cli_exit json_value(char out[JSON_VALUE_MAX], const struct json_walk *w,
                         const cJSON *item);

#endif
