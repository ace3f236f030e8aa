// SPDX-License-Identifier: MIT
// Advice on layout: what is in another order, or elsewhere, and what to do.

#include <stdio.h>
#include <stdlib.h>

#include "advice.h"

#define ORDER_BLOCKS 8u   // that come in another order, at least ...
#define ORDER_SHARE 3u    // ... with so many parts of 100 of what is kept
#define ORDER_MAX 4096u   // moves that are looked at
#define SECTION_SHARE 20u // of 100 of the new image
#define MOVED_SHARE 50u   // of 100 of what is kept
#define FIRST_MIN 256u    // bytes that are worth being named as first

// How far something has moved, as addresses are written.
static struct delta_words shift(int32_t moved)
{
    uint32_t size = moved < 0 ? 0u - (uint32_t)moved : (uint32_t)moved;
    struct delta_words w;

    snprintf(w.text, sizeof(w.text), "%c0x%lx", moved < 0 ? '-' : '+',
             (unsigned long)size);
    return w;
}

// How many bytes of the moves can stay in ascending order of old places.
static uint64_t bytes_in_order(const struct delta_move *moves, size_t count,
                               uint64_t *best)
{
    uint64_t most = 0;

    for (size_t i = 0; i < count; i++) {
        best[i] = 0;
        for (size_t k = 0; k < i; k++) {
            if (moves[k].old_start < moves[i].old_start && best[k] > best[i]) {
                best[i] = best[k];
            }
        }
        best[i] += moves[i].matched;
        most = best[i] > most ? best[i] : most;
    }
    return most;
}

// Jumps back, and what is spent on the bytes where they and the way forth
// begin.
static size_t count_jumps(const struct delta_explanation *e, size_t count,
                          uint32_t *bytes)
{
    const struct delta_move *m = e->moves;
    uint64_t cost = DELTA_COST_BYTE / 2;
    size_t jumps = 0;

    for (size_t i = 1; i < count; i++) {
        if (m[i].old_start < m[i - 1].old_start) {
            jumps++;
            cost += e->costs[m[i].new_start] + e->costs[m[i - 1].new_start];
        }
    }
    *bytes = (uint32_t)(cost / DELTA_COST_BYTE);
    return jumps;
}

// Blocks come in another order than before, and saying so costs.
static bool advise_order(struct delta_explanation *e, bool *done)
{
    size_t count = e->move_count < ORDER_MAX ? e->move_count : ORDER_MAX;
    uint64_t *best = malloc((count + 1) * sizeof(*best));
    uint64_t all = 0, in_order;
    uint32_t bytes;
    size_t jumps = count_jumps(e, count, &bytes);

    if (best == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        all += e->moves[i].matched;
    }
    in_order = bytes_in_order(e->moves, count, best);
    free(best);
    if (jumps < ORDER_BLOCKS || (all - in_order) * 100 < all * ORDER_SHARE ||
        !delta_is_worth(e, bytes, DELTA_SHARE)) {
        return true;
    }
    *done = true;
    return delta_advise(
        e,
        (struct delta_advice){.kind = DELTA_ADVICE_ORDER,
                              .bytes = bytes + delta_reference_bytes(e)},
        "%s bytes come in another order than in the old image (%s jumps "
        "back): saying where things come from costs %s bytes, address map and "
        "corrected references %s. Fix the order of object files, and of "
        "functions (-fno-toplevel-reorder, a sorted linker script, one LTO "
        "partition).",
        delta_number((uint32_t)(all - in_order)).text,
        delta_number((uint32_t)jumps).text, delta_number(bytes).text,
        delta_number(delta_reference_bytes(e)).text);
}

// How the start of a section has moved: by its first bytes that are kept.
static bool start_moved(const struct delta_explanation *e,
                        const struct delta_part *s)
{
    for (size_t i = 0; i < e->move_count; i++) {
        const struct delta_move *m = &e->moves[i];

        if (m->new_start + m->size > s->start) {
            return m->moved == s->moved;
        }
    }
    return false;
}

// Most of it has moved by one amount, its start too: not by something that
// was put into it.
static bool is_elsewhere(const struct delta_explanation *e,
                         const struct delta_part *s)
{
    return s->has_move && s->moved != 0 && 2 * s->moved_size >= s->size &&
           start_moved(e, s);
}

// A section of several is elsewhere, others are not or by another amount.
static bool advise_section(struct delta_explanation *e, bool *done)
{
    uint32_t bytes = delta_reference_bytes(e);
    const struct delta_part *most = NULL;
    bool differs = false;

    for (size_t i = 0; i < e->section_count; i++) {
        const struct delta_part *s = &e->sections[i];

        if (s->has_move && s->size >= DELTA_ENOUGH &&
            2 * (s->hits + s->corrections) >= s->size) {
            differs = differs || s->moved != e->sections[0].moved;
            if (is_elsewhere(e, s) && (most == NULL || s->size > most->size)) {
                most = s;
            }
        }
    }
    if (most == NULL || !differs || !delta_is_worth(e, bytes, DELTA_SHARE) ||
        (uint64_t)most->size * 100 < (uint64_t)e->new_size * SECTION_SHARE) {
        return true;
    }
    *done = true;
    return delta_advise(
        e,
        (struct delta_advice){.kind = DELTA_ADVICE_SECTION_MOVED,
                              .bytes = bytes,
                              .start = most->start,
                              .size = most->size},
        "%s (%s bytes) has moved by %s: address map and corrected references "
        "cost %s bytes. Give it a fixed start, or let room to grow before it "
        "in the linker script.",
        most->name, delta_number(most->size).text, shift(most->moved).text,
        delta_number(bytes).text);
}

struct moved {
    uint64_t all, moved; // bytes that are kept
    uint64_t linked;     // ... in the same place of an image that has moved
    const struct delta_move *first, *first_linked;
};

static void count_moved(struct moved *c, const struct delta_explanation *e)
{
    for (size_t i = 0; i < e->move_count; i++) {
        const struct delta_move *m = &e->moves[i];

        c->all += m->matched;
        if (m->moved == 0) {
            continue;
        }
        c->moved += m->matched;
        if (m->new_start == m->old_start) {
            c->linked += m->matched;
            c->first_linked = c->first_linked == NULL ? m : c->first_linked;
        }
        if (c->first == NULL ||
            (c->first->matched < FIRST_MIN && m->matched >= FIRST_MIN)) {
            c->first = m;
        }
    }
}

// All is where it was in the image, but the image is for another address.
static bool advise_linked(struct delta_explanation *e, const struct moved *c,
                          bool *done)
{
    uint32_t bytes = delta_reference_bytes(e);

    if (c->first_linked == NULL || c->linked * 100 < c->all * MOVED_SHARE ||
        !delta_is_worth(e, bytes, DELTA_SHARE)) {
        return true;
    }
    *done = true;
    return delta_advise(
        e,
        (struct delta_advice){.kind = DELTA_ADVICE_LINKED_ELSEWHERE,
                              .bytes = bytes,
                              .start = c->first_linked->new_start,
                              .size = c->first_linked->size},
        "The image is linked for another address: what was at 0x%08lx is at "
        "0x%08lx now (%s). Address map and corrected references cost %s bytes. "
        "Link both versions for the same address.",
        (unsigned long)c->first_linked->old_address,
        (unsigned long)c->first_linked->new_address,
        shift(c->first_linked->moved).text, delta_number(bytes).text);
}

// The function or object that ends last before a place, or NULL.
static const struct delta_part *symbol_before(const struct delta_explanation *e,
                                              uint32_t at)
{
    const struct delta_part *found = NULL;

    for (size_t i = 0; i < e->part_count && e->parts[i].start < at; i++) {
        found = e->parts[i].has_symbol ? &e->parts[i] : found;
    }
    return found;
}

// Most is moved: something was put in, and what is behind it has another
// address.
static bool advise_moved(struct delta_explanation *e,
                         const struct delta_evidence *ev, const struct moved *c)
{
    uint32_t bytes = delta_reference_bytes(e);
    const struct delta_part *before;

    if (c->first == NULL || c->moved * 100 < c->all * MOVED_SHARE ||
        !delta_is_worth(e, bytes, DELTA_SHARE)) {
        return true;
    }
    before = symbol_before(e, c->first->new_start);
    return delta_advise(
        e,
        (struct delta_advice){.kind = DELTA_ADVICE_EVERYTHING_MOVED,
                              .bytes = bytes,
                              .start = c->first->new_start,
                              .size = c->first->size},
        "%lu %% of what is kept has another address, first by %s at %s%s%.40s: "
        "address map and corrected references cost %s bytes. Room to grow "
        "behind each section or library, or new code at the end, keeps "
        "addresses.",
        (unsigned long)(c->moved * 100 / c->all), shift(c->first->moved).text,
        delta_place(ev, c->first->new_start).text,
        before != NULL ? " behind " : "", before != NULL ? before->name : "",
        delta_number(bytes).text);
}

bool delta_advise_layout(struct delta_explanation *e,
                         const struct delta_evidence *ev)
{
    struct moved c = {.all = 0};
    bool done = false; // one of these is enough: they are about the same bytes
    bool ok;

    count_moved(&c, e);
    ok = advise_order(e, &done) && (done || advise_linked(e, &c, &done)) &&
         (done || advise_section(e, &done));
    return ok && (done || advise_moved(e, ev, &c));
}
