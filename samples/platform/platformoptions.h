// SPDX-License-Identifier: MIT
// The command line of dfota-platform.

#ifndef PLATFORM_PLATFORMOPTIONS_H
#define PLATFORM_PLATFORMOPTIONS_H

#include <stdbool.h>

#include "platform.h"

struct platform_options {
    struct platform_settings settings;
    const char *data;             // folder
    const char *database;         // place; NULL: a file in the folder
    const char *certificate_path; // of PEM files
    const char *key_path;
    bool is_help;
};

// False with a message on the error output when they are wrong.
bool platform_options_read(struct platform_options *options, int argc,
                           char **argv);
void platform_help(void);

#endif
