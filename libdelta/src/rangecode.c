// SPDX-License-Identifier: MIT
// Writes the stream of codec range: the patcher's range_codec.c in reverse,
// with the same model.

#include "rangecode.h"

#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "rangeenc.h"

struct coder {
    struct delta_rangeenc enc;
    struct dfc_model *model;
    uint32_t slots;
    struct dfc_history history;
    struct dfc_cursor cursor;
    const struct delta_pair *pair;
    const struct dfc_space *space;
    uint32_t predict_plain; // choice for the current field
    uint64_t spent;         // 1/4096 bit, since it was last taken
    struct delta_tally *tally;
};

// -log2(p / 65536) in 1/4096 bit.
static uint32_t price(uint32_t p)
{
    uint32_t bits = 0;
    uint64_t x = p;
    uint32_t result = 0;
    int i;

    while (x < 65536) {
        x <<= 1;
        bits++;
    }
    // x in [1, 2) * 65536: binary logarithm by squaring.
    for (i = 0; i < 12; i++) {
        x = x * x >> 16;
        result <<= 1;
        if (x >= 131072) {
            x >>= 1;
            result |= 1;
        }
    }
    return bits * 4096 - result;
}

static uint64_t take(struct coder *c)
{
    uint64_t spent = c->spent;

    c->spent = 0;
    return spent;
}

static void put_bit(struct coder *c, uint32_t p, uint32_t bit)
{
    c->spent += price(bit ? p : 65536u - p);
    delta_rangeenc_bit(&c->enc, p, bit);
}

static void put_flag(struct coder *c, uint32_t flag, uint32_t bit)
{
    put_bit(c, c->model->flag[flag], bit);
    dfc_flag_learn(&c->model->flag[flag], bit);
}

// count bits of value, highest first, as a binary tree of flags.
static void put_tree(struct coder *c, uint32_t first, uint32_t count,
                     uint32_t value)
{
    uint32_t partial = 1;

    while (count-- > 0) {
        uint32_t bit = value >> count & 1u;

        put_flag(c, first + partial, bit);
        partial = partial << 1 | bit;
    }
}

static void put_direct(struct coder *c, uint32_t count, uint32_t value)
{
    while (count-- > 0) {
        put_bit(c, 32768u, value >> count & 1u);
    }
}

static void put_number(struct coder *c, uint32_t kind, uint32_t value)
{
    uint32_t bits = 0;

    while (bits < 32 && value >> bits != 0) {
        bits++;
    }
    put_tree(c, DFC_FLAG_SIZE + kind * 64u, 6, bits);
    if (bits > 3) {
        put_direct(c, bits - 3, value >> 2 & ((1u << (bits - 3)) - 1u));
        put_tree(c, DFC_FLAG_TAIL + kind * 4u, 2, value & 3u);
    } else if (bits > 1) {
        put_direct(c, bits - 1, value & ((1u << (bits - 1)) - 1u));
    }
}

static uint32_t fold(uint32_t difference)
{
    return difference << 1 ^ (difference >> 31 ? 0xFFFFFFFFu : 0);
}

static void put_map(struct coder *c)
{
    const struct dfc_space *space = c->space;
    uint32_t at = 0, shift = 0;
    uint32_t i;

    put_number(c, DFC_NUMBER_ADDRESS, space->range_count);
    for (i = 0; i < space->range_count; i++) {
        put_number(c, DFC_NUMBER_ADDRESS, space->ranges[i].start - at);
        put_number(c, DFC_NUMBER_ADDRESS,
                   space->ranges[i].end - space->ranges[i].start);
        at = space->ranges[i].end;
    }
    at = 0;
    for (i = 0; i < space->map_count; i++) {
        put_number(c, DFC_NUMBER_ADDRESS, space->map[i].start - at);
        put_number(c, DFC_NUMBER_SHIFT, fold(space->map[i].shift - shift));
        at = space->map[i].start;
        shift = space->map[i].shift;
    }
    c->tally->map += take(c);
}

static void put_byte(struct coder *c, const struct dfc_cursor *cursor,
                     uint32_t predicted, uint32_t at, uint32_t byte)
{
    struct dfc_byte b;
    uint32_t partial = 1;

    dfc_byte_begin(&b, &c->history, cursor, predicted, at);
    while (partial < 256) {
        uint32_t bit = byte >> 7 & 1u;
        struct dfc_mix mix;

        dfc_mix_bit(&mix, c->model, c->slots, &b, partial);
        put_bit(c, mix.p, bit);
        dfc_mix_bit_learn(&mix, bit);
        partial = partial << 1 | bit;
        byte <<= 1;
    }
}

static void put_source(struct coder *c, uint32_t at, uint32_t source)
{
    uint32_t old_size = c->space->old_size;
    uint32_t alignment = source - at;
    uint32_t moved = fold(alignment - c->history.rep[0]);
    uint32_t bits = 0;
    uint32_t i;

    for (i = 0; i < 4 && c->history.rep[i] != alignment; i++) {
    }
    while (moved >> bits > 1) {
        bits++;
    }
    if (i < 4) {
        put_tree(c, DFC_FLAG_CLASS, 2, DFC_SOURCE_RECENT);
        put_tree(c, DFC_FLAG_REP, 2, i);
    } else if (bits < 8) {
        put_tree(c, DFC_FLAG_CLASS, 2, DFC_SOURCE_NEAR);
        put_number(c, DFC_NUMBER_NEAR, moved);
    } else if (source < old_size) {
        uint32_t width = dfc_source_width(old_size);

        put_tree(c, DFC_FLAG_CLASS, 2, DFC_SOURCE_OLD);
        put_tree(c, DFC_FLAG_TOP, 6, source >> (width - 6));
        if (width > 8) {
            put_direct(c, width - 8, source >> 2 & ((1u << (width - 8)) - 1u));
            put_tree(c, DFC_FLAG_LOW, 2, source & 3u);
        } else {
            put_direct(c, width - 6, source & ((1u << (width - 6)) - 1u));
        }
    } else {
        put_tree(c, DFC_FLAG_CLASS, 2, DFC_SOURCE_NEW);
        put_number(c, DFC_NUMBER_DISTANCE, at - (source - old_size) - 1u);
    }
    dfc_history_source(&c->history, alignment);
    dfc_cursor_seek(&c->cursor, source);
}

static uint32_t byte_of(uint32_t word)
{
    return word & 0xFFu;
}

// How many bytes of the field that begins at position `at` will each reading
// predict? The plain one is chosen if it predicts more.
static uint32_t choose(const struct coder *c, uint32_t at, uint32_t left)
{
    uint32_t mapped = c->cursor.mapped, plain = c->cursor.plain;
    uint32_t n = c->cursor.field_left < left ? c->cursor.field_left : left;
    int score = 0;
    uint32_t i;

    for (i = 0; i < n; i++) {
        uint32_t byte = c->pair->new_data[at + i];

        score += byte_of(plain) == byte;
        score -= byte_of(mapped) == byte;
        plain >>= 8;
        mapped >>= 8;
    }
    return score > 0;
}

// Make the cursor know its field; choose a reading where there are two.
static void load(struct coder *c, uint32_t at, uint32_t left)
{
    struct dfc_view view;

    if (c->cursor.field_left != 0) {
        return;
    }
    if (c->cursor.source < c->space->old_size) {
        view = (struct dfc_view){c->pair->old_data, 0, c->pair->old_size,
                                 c->pair->old_size, c->space->old_base};
    } else {
        view =
            (struct dfc_view){c->pair->new_data, 0, at, at, c->space->new_base};
    }
    dfc_cursor_load(&c->cursor, c->space, &view, at);
    c->predict_plain = 0;
    if (c->cursor.mapped != c->cursor.plain) {
        uint32_t kind = c->cursor.kind;

        c->predict_plain = choose(c, at, left);
        put_flag(c, dfc_choice_context(&c->history, kind), c->predict_plain);
        dfc_history_choice(&c->history, kind, c->predict_plain);
        c->tally->choice_bits += take(c);
    }
}

static uint32_t predicted(const struct coder *c)
{
    return byte_of(c->predict_plain ? c->cursor.plain : c->cursor.mapped);
}

static uint32_t put_hit(struct coder *c, uint32_t at, uint32_t miss)
{
    struct dfc_mix mix;

    dfc_mix_hit(&mix, c->model, &c->history, &c->cursor, predicted(c), at);
    put_bit(c, mix.p, miss);
    dfc_mix_hit_learn(&mix, miss);
    dfc_history_hit(&c->history, miss);
    c->tally->hit_flags += take(c);
    return miss;
}

static void put_correction(struct coder *c, uint32_t at, uint32_t byte)
{
    uint32_t difference = byte_of(byte - predicted(c));

    put_byte(c, &c->cursor, predicted(c), at, difference);
    dfc_history_difference(&c->history, difference);
    c->tally->correction_bits += take(c);
}

static void put_segment(struct coder *c, const struct delta_segment *segment)
{
    struct delta_tally *t = c->tally;
    uint32_t end = segment->new_at + segment->length;
    uint32_t at;

    put_flag(c, dfc_copy_context(&c->history), 1);
    t->copy_flags += take(c);
    put_source(c, segment->new_at, segment->source);
    t->source_bits += take(c);
    for (at = segment->new_at; at < end; at++) {
        uint32_t byte = c->pair->new_data[at];

        load(c, at, end - at);
        if (put_hit(c, at, predicted(c) != byte)) {
            put_flag(c, dfc_stay_context(&c->history), 1);
            t->stay_flags += take(c);
            put_correction(c, at, byte);
        }
        dfc_history_byte(&c->history, byte);
        dfc_cursor_advance(&c->cursor);
    }
}

// Leave the alignment: a miss that is not corrected.
static void put_leave(struct coder *c, uint32_t at)
{
    load(c, at, 0);
    put_hit(c, at, 1);
    put_flag(c, dfc_stay_context(&c->history), 0);
    c->tally->stay_flags += take(c);
}

static void put_literal(struct coder *c, uint32_t at)
{
    uint32_t byte = c->pair->new_data[at];

    put_flag(c, dfc_copy_context(&c->history), 0);
    c->tally->copy_flags += take(c);
    dfc_history_literal(&c->history);
    put_byte(c, NULL, 0, at, byte);
    c->tally->literal_bits += take(c);
    dfc_history_byte(&c->history, byte);
}

// Does the image that the cursor reads end here? Then the alignment ends by
// itself, and nothing is coded.
static bool source_ends(const struct coder *c)
{
    return c->cursor.source == c->space->old_size && c->history.age != 0;
}

static void put_all(struct coder *c, const struct delta_segments *segments)
{
    uint32_t size = c->pair->new_size;
    uint32_t at = 0;
    uint32_t i;

    for (i = 0; i <= segments->count; i++) {
        uint32_t next = i < segments->count ? segments->list[i].new_at : size;

        if (i > 0 && at < size && !source_ends(c)) {
            put_leave(c, at);
        }
        for (; at < next; at++) {
            put_literal(c, at);
        }
        if (i < segments->count) {
            put_segment(c, &segments->list[i]);
            at = next + segments->list[i].length;
        }
    }
}

bool delta_range_encode(struct delta_buffer *out, const struct delta_pair *pair,
                        const struct dfc_space *space,
                        const struct delta_segments *segments,
                        uint32_t model_size, struct delta_tally *tally)
{
    struct coder *c = calloc(1, sizeof(*c));

    if (c != NULL) {
        c->model = malloc(model_size);
    }
    if (c == NULL || c->model == NULL) {
        free(c);
        return false;
    }
    c->pair = pair;
    c->space = space;
    c->tally = tally;
    c->slots = dfc_model_slots(model_size);
    dfc_model_begin(c->model, model_size);
    dfc_history_begin(&c->history);
    delta_rangeenc_begin(&c->enc, out);
    put_map(c);
    put_all(c, segments);
    delta_rangeenc_end(&c->enc);
    free(c->model);
    free(c);
    return !out->failed;
}
