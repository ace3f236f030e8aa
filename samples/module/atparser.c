// SPDX-License-Identifier: MIT
// AT commands as text.

#include "atparser.h"

#include <ctype.h>
#include <string.h>

enum at_input at_line_add(struct at_line *line, char c)
{
    if (c == '\r') {
        bool is_over = line->is_over;

        line->text[line->size] = 0;
        line->size = 0;
        line->is_over = false;
        return is_over ? AT_TOO_LONG : AT_LINE;
    }
    if (c == '\b' || c == 0x7f) {
        line->size -= line->size > 0;
    } else if (c != '\n' && c != 0) {
        if (line->size < AT_LINE_MAX) {
            line->text[line->size++] = c;
        } else {
            line->is_over = true;
        }
    }
    return AT_MORE;
}

// The name in front of `from`; where it ends, or NULL when it is too long.
static char *read_name(struct at_command *command, char *from)
{
    size_t size = 0;
    bool is_extended = *from == '+';

    while (from[size] != 0 &&
           (size == 0 || (is_extended && isalnum((unsigned char)from[size])))) {
        if (size == AT_NAME_MAX) {
            return NULL;
        }
        command->name[size] = (char)toupper((unsigned char)from[size]);
        size++;
    }
    command->name[size] = 0;
    return from + size;
}

// One argument; `*at` then stands on the comma or the end. False: malformed.
static bool read_argument(struct at_argument *argument, char **at)
{
    char *text = *at;
    char *end;

    argument->is_quoted = *text == '"';
    if (argument->is_quoted) {
        argument->text = ++text;
        end = strchr(text, '"');
        if (end == NULL || (end[1] != ',' && end[1] != 0)) {
            return false;
        }
        *end = 0;
        *at = end + 1;
        return true;
    }
    argument->text = text;
    end = text + strcspn(text, ",");
    *at = end;
    return memchr(text, '"', (size_t)(end - text)) == NULL;
}

static bool read_arguments(struct at_command *command, char *at)
{
    char comma = ',';

    while (comma == ',') {
        if (command->count == AT_ARGUMENTS_MAX ||
            !read_argument(&command->arguments[command->count], &at)) {
            return false;
        }
        command->count++;
        comma = *at;
        *at++ = 0;
    }
    return true;
}

static bool read_rest(struct at_command *command, char *rest)
{
    if (*rest == 0) {
        command->kind = AT_RUN;
        return true;
    }
    if (strcmp(rest, "?") == 0 || strcmp(rest, "=?") == 0) {
        command->kind = *rest == '?' ? AT_READ : AT_TEST;
        return true;
    }
    command->kind = AT_SET;
    if (*rest == '=') {
        return read_arguments(command, rest + 1);
    }
    return command->name[0] != '+' && read_arguments(command, rest);
}

static void trim(char *line)
{
    size_t size = strlen(line);

    while (size > 0 && line[size - 1] == ' ') {
        line[--size] = 0;
    }
}

char *at_begin(char *line)
{
    line += strspn(line, " ");
    if (toupper((unsigned char)line[0]) != 'A' ||
        toupper((unsigned char)line[1]) != 'T') {
        return NULL;
    }
    return line + 2;
}

// Cut the line at the first semicolon that is in no quotes; what follows it.
static char *cut(char *line)
{
    bool is_quoted = false;

    for (; *line != 0; line++) {
        is_quoted ^= *line == '"';
        if (*line == ';' && !is_quoted) {
            *line = 0;
            return line + 1;
        }
    }
    return NULL;
}

bool at_parse(struct at_command *command, char **rest)
{
    char *line = *rest + strspn(*rest, " ");

    memset(command, 0, sizeof(*command));
    *rest = cut(line);
    trim(line);
    line = read_name(command, line);
    return line != NULL && read_rest(command, line);
}

bool at_number(uint32_t *number, const struct at_argument *argument,
               uint32_t most)
{
    const char *at = argument->text;
    uint64_t value = 0;

    while (isdigit((unsigned char)*at) && value <= most) {
        value = value * 10 + (uint64_t)(*at++ - '0');
    }
    if (*at != 0 || at == argument->text || argument->is_quoted ||
        value > most) {
        return false;
    }
    *number = (uint32_t)value;
    return true;
}
