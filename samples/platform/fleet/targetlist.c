// SPDX-License-Identifier: MIT
// A list of devices as somebody has sent it.

#include "targetlist.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "identity.h"

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
        return (size >= 14 && size <= 17) || size == 12 // a MAC
                   ? NULL
                   : "an IMEI has 14 to 17 digits";
    }
    return size >= 4 ? NULL : "expected 4 characters at least";
}

// Any other word could be an identity, or meant as one.
static bool is_title(const char *field)
{
    static const char *const titles[] = {
        "imei",    "imeis",  "mac",     "uid", "id",     "identity", "device",
        "devices", "module", "modules", "sn",  "serial", "设备",     "模组",
    };

    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
        if (strcasecmp(field, titles[i]) == 0) {
            return true;
        }
    }
    return false;
}

// Bytes of a field that are kept: as many as fit, no part of a character.
static size_t kept_size(const char *field, size_t size)
{
    size_t kept = size < IDENTITY_SIZE ? size : IDENTITY_SIZE - 1;

    while (kept < size && kept > 0 &&
           ((unsigned char)field[kept] & 0xc0) == 0x80) {
        kept--;
    }
    return kept;
}

// The first field of the line, without quotes and blanks; empty for nothing.
// Moves on to the next line. False: only its beginning fits.
static bool take_line(struct target *target, struct target_list *list)
{
    static const char mark[] = "\xef\xbb\xbf"; // of UTF-8, by some editors
    const char *line = list->text;
    size_t size = strcspn(line, "\n");

    list->text = line + size + (line[size] == '\n');
    list->line++;
    line += strncmp(line, mark, sizeof(mark) - 1) == 0 ? sizeof(mark) - 1 : 0;
    line += strspn(line, " \t\"");
    size = strcspn(line, ",;\" \t\r\n");
    size_t kept = kept_size(line, size);
    memcpy(target->identity, line, kept);
    target->identity[kept] = 0;
    return kept == size;
}

bool target_next(struct target *target, struct target_list *list)
{
    while (*list->text != 0) {
        bool is_whole = take_line(target, list);
        char normal[IDENTITY_SIZE];

        (void)identity_normal(normal, sizeof(normal), target->identity);

        if (target->identity[0] != 0 && target->identity[0] != '#' &&
            !(list->line == 1 && is_title(target->identity))) {
            target->fault = is_whole ? fault_of(target->identity)
                                     : "expected 63 characters at most";
            if (target->fault == NULL) {
                memcpy(target->identity, normal, sizeof(normal));
            }
            return true;
        }
    }
    return false;
}
