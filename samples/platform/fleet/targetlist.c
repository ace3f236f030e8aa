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
        "imei",     "imeis",  "mac",      "uid",    "id",
        "identity", "device", "devices",  "module", "modules",
        "sn",       "serial", "设备",     "模组",   "IMEI号",
        "IMEI码",   "设备号", "设备编号", "序列号", "模组号",
    };

    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
        if (strcasecmp(field, titles[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_imei(const char *text, size_t size)
{
    return size >= 14 && size <= 17 && strspn(text, "0123456789") >= size;
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
// Moves on to the next line. What is wrong with the line as such, NULL if nothing
// is.
static const char *take_line(struct target *target, struct target_list *list)
{
    static const char mark[] = "\xef\xbb\xbf"; // of UTF-8, by some editors
    static const char ends[] = ",;\" \t\r\n";
    const char *line = list->text;
    size_t size = strcspn(line, "\n");

    list->text = line + size + (line[size] == '\n');
    list->line++;
    line += strncmp(line, mark, sizeof(mark) - 1) == 0 ? sizeof(mark) - 1 : 0;
    line += strspn(line, " \t\"");
    size = strcspn(line, ends);
    size_t kept = kept_size(line, size);
    memcpy(target->identity, line, kept);
    target->identity[kept] = 0;
    line += size;
    line += strspn(line, ",;\" \t");
    if (!list->has_title && is_imei(target->identity, kept) &&
        is_imei(line, strcspn(line, ends))) {
        return "expected one IMEI a line, or a title for columns";
    }
    return kept == size ? NULL : "expected 63 characters at most";
}

static bool is_something(struct target_list *list, const char *field)
{
    if (field[0] == 0 || field[0] == '#') {
        return false;
    }
    if (!list->has_begun) {
        list->has_begun = true;
        list->has_title = is_title(field);
        return !list->has_title;
    }
    return true;
}

bool target_next(struct target *target, struct target_list *list)
{
    while (*list->text != 0) {
        const char *fault = take_line(target, list);

        if (is_something(list, target->identity)) {
            target->fault = fault != NULL ? fault : fault_of(target->identity);
            if (target->fault == NULL) {
                char normal[IDENTITY_SIZE];

                (void)identity_normal(normal, sizeof(normal), target->identity);
                memcpy(target->identity, normal, sizeof(normal));
            }
            return true;
        }
    }
    return false;
}
