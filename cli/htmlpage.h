// SPDX-License-Identifier: MIT
// What mkdfota's pages have in common: the style, and how text is put.

#ifndef MKDFOTA_HTMLPAGE_H
#define MKDFOTA_HTMLPAGE_H

#include <stdio.h>

#include "cli.h"
#include "fileio.h"

// From the beginning to the style sheet; a title and the page follow.
void html_head(FILE *out);

// Text that may have anything in it.
void html_escaped(FILE *out, const char *text);

// The address of a file in the same folder, whatever its name.
void html_address(FILE *out, const char *name);

// One figure of the list at the top.
void html_fact(FILE *out, const char *value, const char *name);

// The file's name without its folder.
const char *html_short_name(const char *path);

// Write the page that `put` makes to the output that --html names. It is made
// in memory first, so that the file appears complete or not at all.
enum cli_exit html_write(const struct cli *cli, struct file_output *output,
                         void (*put)(FILE *out, const void *context),
                         const void *context);

#endif
