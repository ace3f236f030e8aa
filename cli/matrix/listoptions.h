// SPDX-License-Identifier: MIT
// The options of a release list: those that mkdfota make has, for all pairs or
// for those of a rule.

#ifndef MKDFOTA_LISTOPTIONS_H
#define MKDFOTA_LISTOPTIONS_H

#include "delta_layout.h"
#include "jsonwalk.h"

struct list_options {
    struct delta_options make; // without texts, key and counter
    enum delta_file_format format;
    bool has_layout;
    struct delta_flash_layout layout;
    size_t unmanaged_count;
    struct cli_range unmanaged[DELTA_UNMANAGED_MAX];
};

// Read an object of options over those that *options has. Paths in it are
// relative to `folder`. Messages have been printed when this is not CLI_DONE.
enum cli_exit list_options_read(struct list_options *options,
                                struct json_walk *w, const cJSON *item,
                                const char *folder);

// `path` as it is meant in a file that lies in `folder`; NULL: no memory.
char *list_path(const char *folder, const char *path);

#endif
