// SPDX-License-Identifier: MIT
// What mkdfota simulate shows: as text, as JSON, as a page.

#ifndef MKDFOTA_SIMVIEW_H
#define MKDFOTA_SIMVIEW_H

#include <stdio.h>

#include "cli.h"
#include "delta_simulate.h"

// A simulation and what it was made of.
struct simview {
    const struct cli *cli;
    const struct delta_flash_layout *layout;
    const struct delta_simulation *s;
};

void simview_text(const struct simview *view);
enum cli_exit simview_json(const struct simview *view);
void simview_html(FILE *out, const struct simview *view);

// The verdict as one word, and as a sentence.
#define SIMVIEW_SENTENCE_SIZE 256
const char *simview_word(const struct delta_simulation *s);
const char *simview_sentence(char out[SIMVIEW_SENTENCE_SIZE],
                             const struct delta_simulation *s);

// What is known of the package's origin, in a few words.
const char *simview_trust(const struct delta_simulation *s);

// "Old image", or "Old core" if the layout has that name for the part, or "Old
// image 2".
#define SIMVIEW_LABEL_SIZE 64
const char *simview_label(char label[SIMVIEW_LABEL_SIZE],
                          const struct simview *view, const char *which,
                          size_t part);

// How long the update takes by the profile that the layout names: without a
// cut, and at most with one, in milliseconds. False: it names none that is known.
struct simview_time {
    uint64_t ms;
    uint64_t ms_worst;
};
bool simview_time(struct simview_time *time, const struct simview *view);

// What was checked in every run, and what was not; NULL behind the last.
const char *simview_checked(const struct delta_simulation *s, int index);
const char *simview_unchecked(const struct delta_simulation *s, int index);

#endif
