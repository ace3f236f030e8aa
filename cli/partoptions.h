// SPDX-License-Identifier: MIT
// Options of packages with several parts: their paths, ids and ranges.

#ifndef MKDFOTA_PARTOPTIONS_H
#define MKDFOTA_PARTOPTIONS_H

#include "cli.h"

// One more path of an option that each part may have.
enum cli_exit part_path(const char **paths, int *count, const char *name,
                        const char *path);

// "1,2,5" and "[PART:]START-END".
enum cli_exit part_ids(struct cli *cli, const char *name, const char *text);
enum cli_exit part_range(struct cli *cli, const char *name, const char *text);

// Whether all that was given goes with the number of parts.
enum cli_exit part_check(const struct cli *cli);

// The id of a part, and its unmanaged ranges, ascending; returns their number.
uint8_t part_id(const struct cli *cli, int part);
size_t part_ranges(struct delta_span *spans, const struct cli *cli, int part);

#endif
