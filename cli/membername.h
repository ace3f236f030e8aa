// SPDX-License-Identifier: MIT
// Whether the names in an archive can become files.

#ifndef MKDFOTA_MEMBERNAME_H
#define MKDFOTA_MEMBERNAME_H

#include <stdbool.h>

#define MEMBER_NAME_MAX 255u

// Why nothing may be written under a name, as "is absolute", or NULL. What
// passes stays within the folder that it is written to, on any system, and can
// be shown on a terminal.
const char *member_name_fault(const char *name);

// Whether two names cannot be two files: equal but for the case of ASCII
// letters, or one is a folder of the other.
bool member_names_clash(const char *a, const char *b);

#endif
