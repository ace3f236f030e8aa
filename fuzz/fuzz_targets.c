// SPDX-License-Identifier: MIT
// Any text as a list of devices for samples/platform: each line is an identity,
// one fault, or nothing, and is counted.

#include <ctype.h>

#include "target.h"
#include "targetlist.h"
#include "utf8.h"

struct counts {
    size_t identities, faults, nothing;
    size_t titles; // among nothing
};

// The first field of a line, in a copy without the line's end.
static const char *field_of(char *line)
{
    char *field = line;

    if (strncmp(field, "\xef\xbb\xbf", 3) == 0) {
        field += 3;
    }
    while (*field == ' ' || *field == '\t' || *field == '"') {
        field++;
    }
    field[strcspn(field, ",;\" \t\r")] = 0;
    return field;
}

static bool is_identity(const char *field)
{
    size_t size = strlen(field);
    size_t digits = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)field[i];

        if (!isalnum(c) && c != '-' && c != '_' && c != ':' && c != '.') {
            return false;
        }
        digits += isdigit(c) != 0;
    }
    return digits == size ? size == 12 || (size >= 14 && size <= 17)
                          : size >= 4 && size < IDENTITY_SIZE;
}

// Twelve hexadecimal digits, with or without separators, are a MAC address,
// which has one form.
static bool is_taken_as(const char *field, const char *taken)
{
    size_t at = 0;

    if (strcmp(field, taken) == 0) {
        return true;
    }
    for (; *field != 0; field++) {
        if (strchr("-:.", *field) == NULL &&
            toupper((unsigned char)*field) != (unsigned char)taken[at++]) {
            return false;
        }
    }
    return at == 12 && strspn(taken, "0123456789ABCDEF") == 12 &&
           taken[12] == 0;
}

static bool is_blank(const char *field)
{
    return field[0] == 0 || field[0] == '#';
}

// A title may be longer than what is looked at of it.
static bool is_title(const char *field)
{
    size_t size = strcspn(field, "0123456789");

    return field[size] == 0 || size >= IDENTITY_SIZE - 3;
}

// What target_next said of a line; NULL: nothing.
static void check_line(struct counts *counts, const char *field,
                       const struct target *target)
{
    bool is_first = counts->identities + counts->faults + counts->titles == 0;

    if (target == NULL) {
        require(is_blank(field) || (is_first && is_title(field)),
                "a line that holds something is read");
        counts->nothing++;
        counts->titles += !is_blank(field);
        return;
    }
    require(!is_blank(field), "nothing is not read");
    if (target->fault == NULL) {
        require(is_identity(field), "what is taken is an identity");
        require(is_taken_as(field, target->identity), "it is taken whole");
        counts->identities++;
    } else {
        require(!is_identity(field) ||
                    (strstr(target->fault, "a line") != NULL &&
                     strspn(field, "0123456789") == strlen(field)),
                "an identity is taken, but for a second one behind it");
        require(target->fault[0] != 0, "a fault says something");
        require(strncmp(field, target->identity, strlen(target->identity)) == 0,
                "a fault tells the line");
        counts->faults++;
    }
}

static void check_list(const char *text)
{
    struct target_list list = {.text = text};
    struct target target;
    struct counts counts = {0};
    char *copy = strdup(text);
    char *at = copy;
    size_t said = 0;
    size_t line = 0;

    require(copy != NULL, "memory");
    bool is_more = target_next(&target, &list);
    while (*at != 0) {
        char *next = strchr(at, '\n');

        if (next != NULL) {
            *next = 0;
        }
        line++;
        bool is_this = is_more && list.line == line;
        check_line(&counts, field_of(at), is_this ? &target : NULL);
        if (is_this) {
            require(utf8_is_valid(target.identity, strlen(target.identity)),
                    "what is told is UTF-8");
            said++;
            is_more = target_next(&target, &list);
            require(!is_more || list.line > line, "lines ascend");
        }
        at = next != NULL ? next + 1 : at + strlen(at);
    }
    require(!is_more && list.line == line, "all lines are read");
    require(counts.identities + counts.faults == said &&
                said + counts.nothing == line,
            "each line is one of the three");
    require(!target_next(&target, &list), "the end is the end");
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    require(text != NULL, "memory");
    memcpy(text, data, size);
    text[size] = 0;
    // server.c and apitargets.c have refused all others.
    if (strlen(text) == size && utf8_is_valid(text, size)) {
        check_list(text);
    }
    free(text);
    return 0;
}
