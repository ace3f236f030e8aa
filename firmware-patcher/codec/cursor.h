// SPDX-License-Identifier: MIT
// Cursor: predicts the next byte of the new image from an aligned source.
//
// Sources are positions in one space: the old image [0, old_size), then the
// new image as far as it is written, from old_size on. A reference in the old
// image is predicted to point where the address map says that its target
// lives now; a reference in the new image keeps its target. Both are encoded
// for the place where they will stand.

#ifndef DFOTA_CURSOR_H
#define DFOTA_CURSOR_H

#include <stdint.h>

#include "reference.h"

// What prediction needs to know; the same on both sides.
struct dfc_space {
    uint32_t old_size;
    struct dfc_regions old_regions;
    struct dfc_regions new_regions;
    uint32_t range_count;
    struct dfc_range ranges[DFOTA_RANGES_MAX];
    const struct dfc_map_entry *map;
    uint32_t map_count;
};

// Plain data: part of a checkpoint. Zero it to begin.
struct dfc_cursor {
    uint32_t source;     // next source position
    uint32_t field_left; // bytes left of the current field, 0: none
    uint32_t field_size; // 1..4
    uint32_t kind;       // enum dfc_kind of the field
    uint32_t mapped;     // its bytes still to come as predicted, LSB first
    uint32_t plain;      // the same as the source has them
};

// Move to another source.
static inline void dfc_cursor_seek(struct dfc_cursor *c, uint32_t source)
{
    c->source = source;
    c->field_left = 0;
}

// Make sure that the current field is known: call it before reading mapped
// and plain. view shows the image that c->source lies in (its own positions
// start at 0), its base is set here; at is the position in the new image of
// the next byte. Needs the view only when c->field_left is 0.
void dfc_cursor_load(struct dfc_cursor *c, const struct dfc_space *space,
                     struct dfc_view *view, uint32_t at);

// The source that the address map expects at position `at` of the new image.
// It may lie outside the old image.
uint32_t dfc_expected_source(const struct dfc_space *space, uint32_t at);

// The same where dfc_plain_run has told that the source's field in the old
// image is plain; its bytes from the source on.
void dfc_cursor_plain(struct dfc_cursor *c, const struct dfc_space *space,
                      const uint8_t *bytes);

// How many bytes from old position s on, at most max, are plain: whole fields,
// as far as the view can tell. 0: ask dfc_cursor_load.
uint32_t dfc_plain_run(const struct dfc_space *space, struct dfc_view *view,
                       uint32_t s, uint32_t max);

// Pass one byte. After dfc_cursor_load.
static inline void dfc_cursor_advance(struct dfc_cursor *c)
{
    c->source++;
    c->field_left--;
    c->mapped >>= 8;
    c->plain >>= 8;
}

#endif
