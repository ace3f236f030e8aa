// SPDX-License-Identifier: MIT
// What the members of an archive are.

#ifndef MKDFOTA_MEMBERVIEW_H
#define MKDFOTA_MEMBERVIEW_H

#include "archive.h"

// For programs: "raw", "elf" ..., as delta_file_format_name has it; as
// delta_foreign_identify has it; "dfota"; "empty"; "unusable", which begins
// like a format but is not of it; "unknown", when there is no memory to look.
const char *member_kind(const struct archive_member *member);

// One line for each member, or one JSON object, on stdout.
void member_list(const struct archive *archive);
enum cli_exit member_list_json(const struct archive *archive);

#endif
