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

struct field {
    const char *text;
    size_t size;
};

// The next field of a line, without blanks and quotes around it. False at the
// line's end.
static bool next_field(struct field *field, const char **at)
{
    if (strchr("\r\n", **at) != NULL) { // or the end of all
        return false;
    }
    *at += strspn(*at, " \"");
    field->text = *at;
    field->size = strcspn(*at, ",;\t\r\n");
    *at += field->size;
    *at += **at != 0 && strchr(",;\t", **at) != NULL;
    while (field->size > 0 &&
           strchr(" \"", field->text[field->size - 1]) != NULL) {
        field->size--;
    }
    return true;
}

static const char *take_line(struct target_list *list)
{
    static const char mark[] = "\xef\xbb\xbf"; // of UTF-8, by some editors
    const char *line = list->text;

    list->text += strcspn(line, "\r\n");
    list->text += strncmp(list->text, "\r\n", 2) == 0 ? 2 : *list->text != 0;
    list->line++;
    line += strncmp(line, mark, sizeof(mark) - 1) == 0 ? sizeof(mark) - 1 : 0;
    return line + strspn(line, " ");
}

static bool has_digit(const char *text, size_t size)
{
    return strcspn(text, "0123456789") < size;
}

// One with a digit holds an identity, whatever its other fields say.
static bool find_title(struct target_list *list, const char *line)
{
    struct field field;

    if (has_digit(line, strcspn(line, "\r\n"))) {
        return false;
    }
    for (size_t i = 0; next_field(&field, &line); i++) {
        char text[IDENTITY_SIZE];

        if (field.size < sizeof(text)) {
            memcpy(text, field.text, field.size);
            text[field.size] = 0;
            if (is_title(text)) {
                list->has_title = true;
                list->column = i;
                return true;
            }
        }
    }
    return false;
}

static void copy(struct target *target, const struct field *field)
{
    size_t kept = kept_size(field->text, field->size);

    memcpy(target->identity, field->text, kept);
    target->identity[kept] = 0;
    target->fault =
        kept == field->size ? NULL : "expected 63 characters at most";
}

// The identity of the line, or what is wrong with the line as such. False when
// there is nothing in it.
static bool read_line(struct target *target, const struct target_list *list,
                      const char *line)
{
    struct field field, first = {line, 0};
    bool has_identity = false;
    bool has_other = false;

    for (size_t i = 0; next_field(&field, &line); i++) {
        if (i == list->column && field.size > 0) {
            copy(target, &field);
            has_identity = true;
        } else if (is_imei(field.text, field.size)) {
            has_other = true;
        }
        first = first.size == 0 ? field : first;
    }
    if (first.size == 0) {
        return false;
    }
    if (!has_identity) {
        copy(target, &first);
        target->fault = "has no identity in its column";
    } else if (has_other && !list->has_title) {
        target->fault = "expected one identity a line, or a title for columns";
    }
    return true;
}

bool target_next(struct target *target, struct target_list *list)
{
    while (*list->text != 0) {
        const char *line = take_line(list);
        bool is_first = !list->has_begun;
        char normal[IDENTITY_SIZE];

        if (*line == '#' || (is_first && find_title(list, line))) {
            list->has_begun = list->has_begun || *line != '#';
            continue;
        }
        if (!read_line(target, list, line)) {
            continue;
        }
        list->has_begun = true;
        bool is_mac = identity_normal(normal, sizeof(normal), target->identity);
        if (target->fault == NULL) {
            target->fault = fault_of(target->identity);
        }
        if (target->fault == NULL && is_first && !is_mac &&
            !has_digit(target->identity, strlen(target->identity))) {
            target->fault = "expected an identity, or a title such as imei";
        }
        if (target->fault == NULL) {
            memcpy(target->identity, normal, sizeof(normal));
        }
        return true;
    }
    return false;
}
