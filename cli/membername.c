// SPDX-License-Identifier: MIT
// Whether the names in an archive can become files.

#include "membername.h"

#include <stddef.h>
#include <string.h>

// C0, DEL, and C1 as UTF-8 has it.
static bool has_control(const char *name)
{
    for (const unsigned char *s = (const unsigned char *)name; *s != 0; s++) {
        if (*s < 0x20 || *s == 0x7F ||
            (*s == 0xC2 && s[1] >= 0x80 && s[1] < 0xA0)) {
            return true;
        }
    }
    return false;
}

// "", ".", ".." and more dots between slashes.
static bool has_step(const char *name)
{
    for (;;) {
        size_t size = strcspn(name, "/");

        if (strspn(name, ".") >= size) { // also: it is empty
            return true;
        }
        if (name[size] == 0) {
            return false;
        }
        name += size + 1;
    }
}

const char *member_name_fault(const char *name)
{
    if (name[0] == 0) {
        return "is empty";
    }
    if (has_control(name)) {
        return "has control characters";
    }
    if (strlen(name) > MEMBER_NAME_MAX) {
        return "is too long (expected at most 255 bytes)";
    }
    if (name[0] == '/') {
        return "is absolute";
    }
    if (strpbrk(name, "\\:") != NULL) {
        return "has a backslash or colon";
    }
    return has_step(name) ? "has a part that is empty or only dots" : NULL;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool member_names_clash(const char *a, const char *b)
{
    while (*a != 0 && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return (*a == 0 && *b == 0) || (*a == 0 && *b == '/') ||
           (*b == 0 && *a == '/');
}
