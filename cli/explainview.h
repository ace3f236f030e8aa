// SPDX-License-Identifier: MIT
// The views of an explanation: text, JSON, and a page with a picture.

#ifndef MKDFOTA_EXPLAINVIEW_H
#define MKDFOTA_EXPLAINVIEW_H

#include <stdio.h>

#include "cli.h"
#include "delta_explain.h"

// On stdout.
void explain_text(const struct cli *cli, const struct delta_explanation *e);
enum cli_exit explain_json(const struct cli *cli,
                           const struct delta_explanation *e);

// A page that needs nothing else, and the picture in it.
void explain_html(FILE *out, const struct cli *cli,
                  const struct delta_explanation *e);
void explain_picture(FILE *out, const struct delta_explanation *e);

// What a cause is, in a few words.
const char *explain_cause(enum delta_spent spent);

// Whether the new image has sections with names, not only regions.
bool explain_has_sections(const struct delta_explanation *e);

// What has moved by the same amount: the most bytes first. Those that do not
// fit are left out.
#define EXPLAIN_SHIFTS_MAX 8u
struct explain_shift {
    int32_t moved;
    uint32_t matched, moves;
};
size_t explain_shifts(struct explain_shift shifts[EXPLAIN_SHIFTS_MAX],
                      const struct delta_explanation *e);

// The parts by cost, the largest first; parts has room for all of them.
void explain_largest(const struct delta_part **largest,
                     const struct delta_part *parts, size_t count);

// "+0x1f0", "-0x20", "0"; "" where there is none.
#define EXPLAIN_MOVED_SIZE 16
const char *explain_moved(char out[EXPLAIN_MOVED_SIZE], bool has_move,
                          int32_t moved);

#endif
