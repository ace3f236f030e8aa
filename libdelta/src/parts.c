// SPDX-License-Identifier: MIT
// Parts of the new image: functions and objects, or blocks; sections, or
// regions; and what each of them costs.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"

#define BLOCKS 64u
#define BLOCK_MIN 1024u
#define BLOCK_STEP 256u

#define ALIGNMENTS 32u // different ones that are told apart in a part

struct list {
    struct delta_part *parts;
    size_t count, room;
    bool failed;
};

static void copy_name(char *out, size_t size, const char *name)
{
    size_t length = strlen(name);

    if (length < size) {
        memcpy(out, name, length + 1);
        return;
    }
    length = size - 4;
    while (length > 0 && ((unsigned char)name[length] & 0xC0u) == 0x80u) {
        length--; // not within a character
    }
    snprintf(out, size, "%.*s...", (int)length, name);
}

static void name_range(struct delta_part *p)
{
    if (p->address >= DELTA_ADDRESS_NONE) {
        snprintf(p->name, sizeof(p->name), "offset 0x%lx-0x%lx",
                 (unsigned long)p->start, (unsigned long)p->start + p->size);
    } else {
        snprintf(p->name, sizeof(p->name), "0x%08lx-0x%08lx",
                 (unsigned long)p->address,
                 (unsigned long)p->address + p->size);
    }
}

// name NULL: the range of addresses.
static void add(struct list *l, const struct delta_evidence *ev, uint32_t start,
                uint32_t end, const char *name, const char *section)
{
    struct delta_part *p;

    if (l->count == l->room && !l->failed) {
        size_t room = l->room == 0 ? 64 : 2 * l->room;

        p = realloc(l->parts, room * sizeof(*p));
        l->failed = p == NULL;
        l->parts = p != NULL ? p : l->parts;
        l->room = p != NULL ? room : l->room;
    }
    if (l->failed || start >= end) {
        return;
    }
    p = &l->parts[l->count++];
    memset(p, 0, sizeof(*p));
    p->start = start;
    p->size = end - start;
    p->address = delta_new_address(ev, start);
    p->has_symbol = name != NULL;
    copy_name(p->section, sizeof(p->section), section);
    if (name != NULL) {
        copy_name(p->name, sizeof(p->name), name);
    } else {
        name_range(p);
    }
}

// --- What a part costs -----------------------------------------------------

struct alignments {
    int32_t moved[ALIGNMENTS];
    uint32_t count[ALIGNMENTS];
    uint32_t used, last;
};

static void count_alignment(struct alignments *a, int32_t moved)
{
    uint32_t i = a->last;

    if (a->used == 0 || a->moved[i] != moved) {
        for (i = 0; i < a->used && a->moved[i] != moved; i++) {
        }
    }
    if (i == a->used) {
        if (a->used == ALIGNMENTS) {
            return; // a part in pieces: one of the others will do
        }
        a->moved[a->used++] = moved;
        a->count[i] = 0;
    }
    a->count[i]++;
    a->last = i;
}

static void count_byte(struct delta_part *p, const struct delta_place *place)
{
    double bytes = (double)place->bits / DELTA_COST_BYTE;

    p->bytes += bytes;
    if (place->origin == DELTA_ORIGIN_LITERAL) {
        p->literals++;
        p->literal_bytes += bytes;
    } else if (place->origin == DELTA_ORIGIN_CORRECTION) {
        p->corrections++;
        p->correction_bytes += bytes;
    } else {
        p->hits++;
        p->hit_bytes += bytes;
    }
}

static void count_part(struct delta_part *p, const struct delta_evidence *ev)
{
    struct alignments a = {.used = 0};
    uint32_t best = 0;

    for (uint32_t at = p->start; at < p->start + p->size; at++) {
        count_byte(p, &ev->places[at]);
        if (delta_is_kept(ev, at)) {
            count_alignment(&a, delta_moved(ev, at, ev->places[at].source));
        }
    }
    for (uint32_t i = 1; i < a.used; i++) {
        best = a.count[i] > a.count[best] ? i : best;
    }
    p->has_move = a.used > 0;
    p->moved = a.used > 0 ? a.moved[best] : 0;
    p->moved_size = a.used > 0 ? a.count[best] : 0;
}

static void count_all(struct list *l, const struct delta_evidence *ev)
{
    for (size_t i = 0; i < l->count; i++) {
        count_part(&l->parts[i], ev);
    }
}

// --- Which parts there are -------------------------------------------------

static uint32_t region_end(const struct delta_image *image, uint32_t at)
{
    for (uint32_t i = 0; i < image->region_count; i++) {
        if (image->regions[i].start > at) {
            return image->regions[i].start;
        }
    }
    return image->size;
}

// The section at a place, or "", and how far it is the same there.
static const char *section_at(const struct delta_image *image, uint32_t at,
                              uint32_t *end)
{
    const struct delta_section *found = NULL;

    *end = region_end(image, at);
    for (size_t i = 0; i < image->section_count; i++) {
        const struct delta_section *s = &image->sections[i];

        if (s->start > at) {
            *end = s->start < *end ? s->start : *end;
            break;
        }
        if (at - s->start < s->size) {
            found = s;
            *end = s->start + s->size < *end ? s->start + s->size : *end;
        }
    }
    return found != NULL ? found->name : "";
}

// What lies between two symbols, by section; with a block size in pieces that
// are no larger.
static void add_between(struct list *l, const struct delta_evidence *ev,
                        uint32_t start, uint32_t end, uint32_t block)
{
    while (start < end) {
        uint32_t stop;
        const char *section = section_at(ev->new_image, start, &stop);

        stop = stop < end ? stop : end;
        stop = stop - start > block ? start + block : stop;
        add(l, ev, start, stop, NULL, section);
        start = stop;
    }
}

static void find_symbols(struct list *l, const struct delta_evidence *ev)
{
    const struct delta_image *image = ev->new_image;
    uint32_t at = 0;

    for (size_t i = 0; i < image->symbol_count; i++) {
        const struct delta_symbol *s = &image->symbols[i];

        if (s->start < at || s->start >= image->size) {
            continue; // another name, or within the one before
        }
        uint32_t left = image->size - s->start;
        uint32_t size = s->size < left ? s->size : left;
        add_between(l, ev, at, s->start, UINT32_MAX);
        add(l, ev, s->start, s->start + size, s->name, s->section);
        at = s->start + size;
    }
    add_between(l, ev, at, image->size, UINT32_MAX);
}

static void find_blocks(struct list *l, const struct delta_evidence *ev)
{
    uint32_t size = ev->new_image->size;
    uint32_t block = (size / BLOCKS / BLOCK_STEP + 1) * BLOCK_STEP;

    add_between(l, ev, 0, size, block < BLOCK_MIN ? BLOCK_MIN : block);
}

// Neighbours of the same section are one.
static void find_sections(struct list *l, const struct delta_evidence *ev,
                          const struct list *parts)
{
    for (size_t i = 0; i < parts->count;) {
        const struct delta_part *p = &parts->parts[i];
        size_t n = 1;

        while (i + n < parts->count && strcmp(p[n].section, p->section) == 0 &&
               (p->section[0] != 0 ||
                region_end(ev->new_image, p->start) > p[n].start)) {
            n++;
        }
        add(l, ev, p->start, p[n - 1].start + p[n - 1].size,
            p->section[0] != 0 ? p->section : NULL, p->section);
        i += n;
    }
}

bool delta_explain_parts(struct delta_explanation *e,
                         const struct delta_evidence *ev)
{
    struct list parts = {NULL, 0, 0, false};
    struct list sections = {NULL, 0, 0, false};

    if (ev->new_image->symbol_count > 0) {
        find_symbols(&parts, ev);
    } else {
        find_blocks(&parts, ev);
    }
    find_sections(&sections, ev, &parts);
    count_all(&parts, ev);
    count_all(&sections, ev);
    e->parts = parts.parts;
    e->part_count = parts.count;
    e->sections = sections.parts;
    e->section_count = sections.count;
    return !parts.failed && !sections.failed;
}
