// SPDX-License-Identifier: MIT
// A list of devices as somebody has sent it.

#include "targetlist.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *fault_of(const char *identity)
{
    size_t size = strlen(identity);

    for (size_t i = 0; i < size; i++) {
        if (!isalnum((unsigned char)identity[i]) &&
            strchr("-_:.", identity[i]) == NULL) {
            return "expected letters and digits only";
        }
    }
    if (size == strspn(identity, "0123456789")) {
        return size >= 14 && size <= 17 ? NULL : "an IMEI has 14 to 17 digits";
    }
    return size >= 4 ? NULL : "expected 4 characters at least";
}

// The first field of the line, without quotes and blanks; empty for nothing.
// Moves on to the next line.
static void take_line(struct target *target, struct target_list *list)
{
    const char *line = list->text;
    size_t size = strcspn(line, "\n");

    list->text = line + size + (line[size] == '\n');
    list->line++;
    line += strspn(line, " \t\"\xef\xbb\xbf");
    size = strcspn(line, ",;\" \t\r\n");
    snprintf(target->identity, IDENTITY_SIZE, "%.*s",
             size < IDENTITY_SIZE ? (int)size : (int)IDENTITY_SIZE - 1, line);
}

bool target_next(struct target *target, struct target_list *list)
{
    while (*list->text != 0) {
        take_line(target, list);
        bool is_title =
            list->line == 1 && strpbrk(target->identity, "0123456789") == NULL;

        if (target->identity[0] != 0 && target->identity[0] != '#' &&
            !is_title) {
            target->fault = fault_of(target->identity);
            return true;
        }
    }
    return false;
}
