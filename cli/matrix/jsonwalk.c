// SPDX-License-Identifier: MIT
// Reads JSON strictly; messages name the file and the place in it.

#include "jsonwalk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

void json_begin(struct json_walk *w, const char *file)
{
    snprintf(w->place, sizeof(w->place), "%s", report_name(file));
}

static size_t step(struct json_walk *w, const char *format, ...)
{
    size_t mark = strlen(w->place);
    va_list args;

    va_start(args, format);
    vsnprintf(w->place + mark, sizeof(w->place) - mark, format, args);
    va_end(args);
    return mark;
}

size_t json_field(struct json_walk *w, const char *name)
{
    // The first field stands behind the file's name, as messages do.
    bool is_first = strstr(w->place, ": ") == NULL;

    return step(w, "%s%s", is_first ? ": " : ".", name);
}

size_t json_element(struct json_walk *w, size_t index)
{
    return step(w, "[%zu]", index);
}

void json_back(struct json_walk *w, size_t mark)
{
    w->place[mark] = 0;
}

enum cli_exit json_fail(const struct json_walk *w, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    report_error(w->place, "%s", text);
    return CLI_REFUSED;
}

static const char *kind_of(const cJSON *item)
{
    if (cJSON_IsString(item)) {
        return "a text";
    }
    if (cJSON_IsNumber(item)) {
        return "a number";
    }
    if (cJSON_IsObject(item)) {
        return "an object";
    }
    if (cJSON_IsArray(item)) {
        return "a list";
    }
    if (cJSON_IsBool(item)) {
        return "true or false";
    }
    return item == NULL ? "nothing" : "null";
}

enum cli_exit json_not(const struct json_walk *w, const char *what,
                       const cJSON *found, const char *expected)
{
    return json_fail(w, "not %s (found %s, expected %s)", what, kind_of(found),
                     expected);
}

// The line that a position is in, from 1 on.
static unsigned long line_of(const char *text, const char *at)
{
    unsigned long line = 1;

    for (; text < at; text++) {
        line += *text == '\n';
    }
    return line;
}

enum cli_exit json_parse(cJSON **json, const struct json_walk *w,
                         const void *text, size_t size)
{
    const char *start = text;
    const char *end = NULL;

    *json =
        size > 0 ? cJSON_ParseWithLengthOpts(start, size, &end, false) : NULL;
    if (*json == NULL) {
        return json_fail(w, "not JSON (at line %lu)",
                         end != NULL ? line_of(start, end) : 1);
    }
    while (end < start + size && strchr(" \t\r\n", *end) != NULL && *end != 0) {
        end++;
    }
    if (end != start + size) {
        cJSON_Delete(*json);
        *json = NULL;
        return json_fail(w, "more behind the end of the JSON (at line %lu)",
                         line_of(start, end));
    }
    return CLI_DONE;
}

static bool is_among(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0) {
        names++;
    }
    return *names != NULL;
}

enum cli_exit json_object(struct json_walk *w, const cJSON *item,
                          const char *const *names)
{
    const cJSON *field;

    if (!cJSON_IsObject(item)) {
        return json_not(w, "an object", item, "{...}");
    }
    cJSON_ArrayForEach(field, item)
    {
        bool is_twice =
            cJSON_GetObjectItemCaseSensitive(item, field->string) != field;

        if (is_twice || !is_among(field->string, names)) {
            (void)json_field(w, field->string);
            return json_fail(w, is_twice ? "given twice" : "no such field");
        }
    }
    return CLI_DONE;
}

enum cli_exit json_list(const struct json_walk *w, const cJSON *item,
                        size_t most)
{
    if (!cJSON_IsArray(item)) {
        return json_not(w, "a list", item, "[...]");
    }
    size_t count = (size_t)cJSON_GetArraySize(item);
    if (count == 0 || count > most) {
        return json_fail(w, "empty or too long (found %zu, expected 1 to %zu)",
                         count, most);
    }
    return CLI_DONE;
}

enum cli_exit json_text(const char **text, const struct json_walk *w,
                        const cJSON *item, size_t most, bool is_path)
{
    if (!cJSON_IsString(item)) {
        return json_not(w, "a text", item, "\"...\"");
    }
    size_t size = strlen(item->valuestring);
    if (size == 0 || size > most) {
        return json_fail(
            w, "empty or too long (found %zu bytes, expected 1 to %zu)", size,
            most);
    }
    for (const char *s = item->valuestring; *s != 0 && !is_path; s++) {
        if ((unsigned char)*s < ' ' || *s == 0x7F) {
            return json_fail(w,
                             "control character (found 0x%02x, expected text)",
                             (unsigned)(unsigned char)*s);
        }
    }
    *text = item->valuestring;
    return CLI_DONE;
}

enum cli_exit json_value(char out[JSON_VALUE_MAX], const struct json_walk *w,
                         const cJSON *item)
{
    if (cJSON_IsString(item)) {
        snprintf(out, JSON_VALUE_MAX, "%s", item->valuestring);
        return strlen(item->valuestring) < JSON_VALUE_MAX
                   ? CLI_DONE
                   : json_fail(w, "text is too long for a value");
    }
    if (!cJSON_IsNumber(item)) {
        return json_not(w, "a value", item, "a number or a text");
    }
    double value = item->valuedouble;
    if (!(value >= 0 && value <= UINT32_MAX) || value != (uint32_t)value) {
        return json_fail(w,
                         "not a whole number (found %g, expected 0 to "
                         "4294967295)",
                         value);
    }
    snprintf(out, JSON_VALUE_MAX, "%lu", (unsigned long)value);
    return CLI_DONE;
}
