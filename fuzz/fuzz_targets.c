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

static bool is_identity(const char *text)
{
    size_t size = strlen(text);
    size_t digits = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];

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
static bool is_mac_at(const char *field, const char *taken)
{
    size_t at = 0;

    for (; at < 12 && *field != 0; field++) {
        if (strchr("-:.", *field) == NULL &&
            toupper((unsigned char)*field) != (unsigned char)taken[at++]) {
            return false;
        }
    }
    return at == 12 && strspn(taken, "0123456789ABCDEF") == 12 &&
           taken[12] == 0;
}

// Nothing is made up.
static bool is_in(const char *line, const char *taken)
{
    if (strstr(line, taken) != NULL) {
        return true;
    }
    while (*line != 0 && !is_mac_at(line, taken)) {
        line++;
    }
    return *line != 0;
}

static bool is_blank(const char *line)
{
    line += strncmp(line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    line += strspn(line, " ");
    return line[0] == '#' || line[strspn(line, " ,;\t\"")] == 0;
}

// What target_next said of a line; NULL: nothing.
static void check_line(struct counts *counts, const char *line,
                       const struct target *target)
{
    bool is_first = counts->identities + counts->faults + counts->titles == 0;

    if (target == NULL) {
        require(is_blank(line) || is_first,
                "a line that holds something is read");
        counts->nothing++;
        counts->titles += !is_blank(line);
        return;
    }
    require(!is_blank(line), "nothing is not read");
    require(is_in(line, target->identity), "what is told is in the line");
    require(utf8_is_valid(target->identity, strlen(target->identity)),
            "what is told is UTF-8");
    if (target->fault == NULL) {
        require(is_identity(target->identity), "what is taken is an identity");
        counts->identities++;
    } else {
        require(target->fault[0] != 0, "a fault says something");
        counts->faults++;
    }
}

// One that is an identity and nothing else is taken.
static void check_plain(const char *line, const struct target *target,
                        bool is_first)
{
    bool has_digit = line[strcspn(line, "0123456789")] != 0;

    if (is_identity(line) && !is_first && has_digit) {
        require(target != NULL && target->fault == NULL,
                "an identity is taken");
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
        char *end = at + strcspn(at, "\r\n");
        size_t ends = strncmp(end, "\r\n", 2) == 0 ? 2 : *end != 0;

        *end = 0;
        line++;
        bool is_this = is_more && list.line == line;
        if (list.column == 0) {
            check_plain(at, is_this ? &target : NULL, line == 1);
        }
        check_line(&counts, at, is_this ? &target : NULL);
        if (is_this) {
            said++;
            is_more = target_next(&target, &list);
            require(!is_more || list.line > line, "lines ascend");
        }
        at = end + ends;
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
