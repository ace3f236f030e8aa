// SPDX-License-Identifier: MIT
// Writes the stream of codec range: the patcher's range_codec.c in reverse,
// with the same model.

#include "rangecode.h"

#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "encode.h"
#include "epochs.h"
#include "model.h"
#include "rangeenc.h"

// Prices are looked up: they are asked for with every bit.
#define LOGARITHMS 4096u
#define LOGARITHM_STEP (65536u / LOGARITHMS)

struct coder {
    struct delta_rangeenc enc;
    struct dfc_model *model;
    struct dfc_shape shape;
    struct dfc_history history;
    struct dfc_cursor cursor;
    const struct delta_pair *pair;
    const struct dfc_space *space;
    struct delta_sight sight;
    uint32_t end;           // of what is coded in a row
    uint32_t predict_plain; // choice for the current field
    uint32_t unit;          // bytes left of the current unit
    uint32_t missing;       // one of them at least is a miss
    uint64_t spent;         // 1/4096 bit, since it was last taken
    struct delta_tally *tally;
    struct delta_place *places; // of the trace, or NULL
    uint32_t at;                // byte that bits are spent on
    uint16_t logarithms[LOGARITHMS];
};

// log2(x / 65536) in 1/4096, for x in [1, 2) * 65536: by squaring.
static uint32_t logarithm(uint64_t x)
{
    uint32_t result = 0;
    int i;

    for (i = 0; i < 12; i++) {
        x = x * x >> 16;
        result <<= 1;
        if (x >= 131072) {
            x >>= 1;
            result |= 1;
        }
    }
    return result;
}

// Of the middle of each step, but for the first one: one half is one bit.
static void fill_logarithms(uint16_t *table)
{
    uint32_t i;

    table[0] = 0;
    for (i = 1; i < LOGARITHMS; i++) {
        table[i] = (uint16_t)logarithm(65536u + LOGARITHM_STEP * i +
                                       LOGARITHM_STEP / 2u);
    }
}

// -log2(p / 65536) in 1/4096 bit.
static uint32_t price(const struct coder *c, uint32_t p)
{
    uint32_t bits = 0;

    while (p < 65536) {
        p <<= 1;
        bits++;
    }
    return bits * 4096 - c->logarithms[(p - 65536u) / LOGARITHM_STEP];
}

// What was spent since the last call was spent on this.
static void charge(struct coder *c, uint32_t cause)
{
    c->tally->bits[cause] += c->spent;
    c->tally->count[cause]++;
    if (c->places != NULL && c->at < c->pair->new_size) {
        c->places[c->at].bits += (uint32_t)c->spent;
    }
    c->spent = 0;
}

static void put_bit(struct coder *c, uint32_t p, uint32_t bit)
{
    c->spent += price(c, bit ? p : 65536u - p);
    delta_rangeenc_bit(&c->enc, p, bit);
}

static void put_flag(struct coder *c, uint32_t flag, uint32_t bit)
{
    put_bit(c, dfc_counter_p(c->model->flag[flag]), bit);
    dfc_counter_learn(&c->model->flag[flag], bit);
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
    uint32_t bits = delta_bit_length(value);

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

static void put_shift(struct coder *c, uint32_t shift)
{
    put_number(c, DFC_NUMBER_SHIFT, fold(shift));
}

// Those of the new image are told by what they differ from the old one's.
static void put_regions(struct coder *c, const struct dfc_regions *regions,
                        const struct dfc_regions *like)
{
    uint32_t i;

    for (i = 0; i < regions->count; i++) {
        const struct dfc_region *region = &regions->list[i];
        struct dfc_region from = {0, 0, 0, 0};

        if (like != NULL) {
            from = like->list[i < like->count ? i : like->count - 1];
        }
        put_shift(c, region->end - region->start - (from.end - from.start));
        put_shift(c, region->base - from.base);
        put_shift(c,
                  (region->arch & ~DFC_ARCH_FAR) - (from.arch & ~DFC_ARCH_FAR));
    }
}

// One region in each image is what the manifest describes.
static void put_tables(struct coder *c)
{
    const struct dfc_space *space = c->space;
    uint32_t old_count = space->old_regions.count;
    uint32_t new_count = space->new_regions.count;
    uint32_t at = 0, shift = 0;
    uint32_t i;

    if (delta_is_plain(space)) {
        put_number(c, DFC_NUMBER_ADDRESS, 0);
    } else {
        put_number(c, DFC_NUMBER_ADDRESS, old_count);
        put_number(c, DFC_NUMBER_ADDRESS, new_count);
    }
    put_number(c, DFC_NUMBER_ADDRESS, space->range_count);
    if (!delta_is_plain(space)) {
        put_regions(c, &space->old_regions, NULL);
        put_regions(c, &space->new_regions, &space->old_regions);
    }
    for (i = 0; i < space->range_count; i++) {
        put_number(c, DFC_NUMBER_ADDRESS, space->ranges[i].start - at);
        put_number(c, DFC_NUMBER_ADDRESS,
                   space->ranges[i].end - space->ranges[i].start);
        at = space->ranges[i].end;
    }
    at = 0;
    for (i = 0; i < space->map_count; i++) {
        put_number(c, DFC_NUMBER_ADDRESS, space->map[i].start - at);
        put_shift(c, space->map[i].shift - shift);
        at = space->map[i].start;
        shift = space->map[i].shift;
    }
    charge(c, DELTA_CAUSE_TABLES);
}

static void put_byte(struct coder *c, const struct dfc_cursor *cursor,
                     uint32_t word, uint32_t at, uint32_t byte)
{
    struct dfc_byte b;

    dfc_byte_begin(&b, c->model, &c->history, cursor, word, at);
    while (b.partial < 256) {
        uint32_t bit = byte >> 7 & 1u;
        struct dfc_mix mix;

        dfc_mix_bit(&mix, c->model, &c->shape, &b);
        put_bit(c, mix.p, bit);
        dfc_mix_bit_learn(&mix, &b, bit);
        byte <<= 1;
    }
}

// What a flag costs, and the parts of a source, in 1/4096 bit.
static uint32_t flag_price(const struct coder *c, uint32_t flag, uint32_t bit)
{
    uint32_t p = dfc_counter_p(c->model->flag[flag]);

    return price(c, bit ? p : 65536u - p);
}

static uint32_t tree_price(const struct coder *c, uint32_t first,
                           uint32_t count, uint32_t value)
{
    uint32_t partial = 1, sum = 0;

    while (count-- > 0) {
        uint32_t bit = value >> count & 1u;

        sum += flag_price(c, first + partial, bit);
        partial = partial << 1 | bit;
    }
    return sum;
}

// An absolute source against one near the last: which is the cheaper? One of
// the new image is told by its distance, which is negative behind the epoch.
static bool is_near(const struct coder *c, uint32_t absolute, uint32_t distance,
                    uint32_t moved)
{
    uint32_t bits = delta_bit_length(moved);
    uint32_t width = absolute == DFC_SOURCE_OLD
                         ? dfc_source_width(c->space->old_size) + 1
                     : distance >> 31 ? 36
                                      : 18;
    uint32_t near =
        tree_price(c, DFC_FLAG_CLASS, 2, DFC_SOURCE_NEAR) +
        tree_price(c, DFC_FLAG_SIZE + DFC_NUMBER_NEAR * 64u, 6, bits) +
        4096u * (bits > 1 ? bits - 1 : 0);

    return near < tree_price(c, DFC_FLAG_CLASS, 2, absolute) + 4096u * width;
}

static void put_old_source(struct coder *c, uint32_t at, uint32_t source)
{
    uint32_t middle = dfc_source_width(c->space->old_size) - 5u;

    put_tree(c, DFC_FLAG_TOP, 3, source >> (middle + 2));
    put_direct(c, middle, source >> 2 & ((1u << middle) - 1u));
    put_tree(c, DFC_FLAG_LOW, 2, (source - at) & 3u);
}

// Which of the recent sources is it? 4: none.
static uint32_t recent_source(const struct coder *c, uint32_t at,
                              uint32_t source)
{
    uint32_t i;

    for (i = 0; i < 3; i++) {
        if (c->history.rep[i] == source - at) {
            return i;
        }
    }
    return dfc_expected_source(c->space, at) == source ? 3 : 4;
}

static void put_source(struct coder *c, uint32_t at, uint32_t source)
{
    uint32_t old_size = c->space->old_size;
    uint32_t alignment = source - at;
    uint32_t moved = fold(alignment - dfc_anchor(&c->history));
    uint32_t absolute = source < old_size ? DFC_SOURCE_OLD : DFC_SOURCE_NEW;
    uint32_t recent = recent_source(c, at, source);
    uint32_t distance = at - (source - old_size) - 1u; // if it is new

    if (recent < 4) {
        put_tree(c, DFC_FLAG_CLASS, 2, DFC_SOURCE_RECENT);
        put_tree(c, DFC_FLAG_RECENT, 2, recent);
        charge(c, DELTA_CAUSE_RECENT);
    } else if (is_near(c, absolute, distance, moved)) {
        put_tree(c, DFC_FLAG_CLASS, 2, DFC_SOURCE_NEAR);
        put_number(c, DFC_NUMBER_NEAR, moved);
        c->tally->near_bits += delta_bit_length(moved);
        charge(c, DELTA_CAUSE_NEAR);
    } else if (absolute == DFC_SOURCE_OLD) {
        put_tree(c, DFC_FLAG_CLASS, 2, DFC_SOURCE_OLD);
        put_old_source(c, at, source);
        charge(c, DELTA_CAUSE_OLD);
    } else {
        put_tree(c, DFC_FLAG_CLASS, 2, DFC_SOURCE_NEW);
        put_number(c, DFC_NUMBER_DISTANCE, distance);
        c->tally->new_bits += delta_bit_length(distance);
        charge(c, DELTA_CAUSE_NEW);
    }
    dfc_history_source(&c->history, alignment, absolute == DFC_SOURCE_OLD);
    dfc_cursor_seek(&c->cursor, source);
    c->unit = 0;
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

// What the patcher sees of the cursor's image when it makes byte `at`.
static void look_up(const struct coder *c, struct dfc_cursor *cursor,
                    uint32_t at)
{
    struct dfc_view view = delta_sight_view(&c->sight, cursor->source, at);

    dfc_cursor_load(cursor, c->space, &view, at);
}

// What is coded next belongs to the byte at `at`.
static void enter(struct coder *c, uint32_t at)
{
    const struct delta_inplace *g = c->sight.g;
    uint32_t before = c->sight.epoch.index;

    delta_sight_reach(&c->sight, at);
    if (g != NULL && g->fresh && c->sight.epoch.index != before) {
        dfc_model_begin(c->model, &c->shape);
    }
}

// Make the cursor know its field; choose a reading where there are two.
static void load(struct coder *c, uint32_t at, uint32_t left)
{
    if (c->cursor.field_left != 0) {
        return;
    }
    look_up(c, &c->cursor, at);
    if (c->cursor.kind != DFC_PLAIN) {
        c->unit = 0;
    }
    c->predict_plain = 0;
    if (c->cursor.mapped != c->cursor.plain) {
        uint32_t kind = c->cursor.kind;

        c->predict_plain = choose(c, at, left);
        put_flag(c, dfc_choice_context(&c->history, kind), c->predict_plain);
        dfc_history_choice(&c->history, kind, c->predict_plain);
        charge(c, c->predict_plain ? DELTA_CAUSE_PLAIN : DELTA_CAUSE_MAPPED);
    }
}

static uint32_t word_of(const struct coder *c)
{
    return c->predict_plain ? c->cursor.plain : c->cursor.mapped;
}

static uint32_t predicted(const struct coder *c)
{
    return byte_of(word_of(c));
}

// Is there a miss in the unit that begins here? Counts the bytes before it.
// The segment ends at `end`. What the patcher will see in the next epoch cannot
// be told yet: a unit that reaches it counts as one with a miss.
static uint32_t unit_misses(const struct coder *c, uint32_t at, uint32_t end,
                            uint32_t *bytes)
{
    struct dfc_cursor probe = c->cursor;
    uint32_t kind = probe.kind;
    uint32_t size = kind == DFC_PLAIN ? DFC_UNIT_SIZE : probe.field_left;
    uint32_t word = word_of(c);

    for (*bytes = 0; *bytes < size; ++*bytes, at++, word >>= 8) {
        if (at == c->end || probe.source == c->space->old_size) {
            return 0; // the image ends, and nothing is coded for that
        }
        if (at == end || at == c->sight.epoch.end) {
            return 1;
        }
        if (probe.field_left == 0) {
            look_up(c, &probe, at);
            word = probe.mapped;
        }
        if (probe.kind != kind) {
            return 0;
        }
        if (byte_of(word) != c->pair->new_data[at]) {
            return 1;
        }
        dfc_cursor_advance(&probe);
    }
    return 0;
}

// In long runs hits are coded by the unit. Returns 1 if the next byte is one.
static uint32_t put_unit(struct coder *c, uint32_t at, uint32_t end)
{
    if (c->unit == 0) {
        struct dfc_mix mix;
        uint32_t bytes;

        if (c->history.run < DFC_UNIT_RUN) {
            return 0;
        }
        c->missing = unit_misses(c, at, end, &bytes);
        dfc_mix_miss(&mix, c->model, &c->shape, &c->history, &c->cursor,
                     word_of(c), at, 1);
        put_bit(c, mix.p, c->missing);
        dfc_mix_miss_learn(&mix, c->missing, 1);
        c->unit =
            c->cursor.kind == DFC_PLAIN ? DFC_UNIT_SIZE : c->cursor.field_left;
        if (!c->missing) {
            charge(c, DELTA_CAUSE_HIT + 3);
            c->tally->count[DELTA_CAUSE_HIT + 3] += bytes - 1;
        }
    }
    c->unit--;
    return !c->missing;
}

// The segment ends at `end`.
static uint32_t put_hit(struct coder *c, uint32_t at, uint32_t end,
                        uint32_t miss)
{
    uint32_t run = delta_run_class(c->history.run);
    struct dfc_mix mix;

    if (put_unit(c, at, end)) {
        dfc_history_hits(&c->history, 1);
        return 0;
    }
    dfc_mix_miss(&mix, c->model, &c->shape, &c->history, &c->cursor, word_of(c),
                 at, 0);
    put_bit(c, mix.p, miss);
    dfc_mix_miss_learn(&mix, miss, 0);
    if (miss) {
        dfc_history_miss(&c->history);
    } else {
        dfc_history_hits(&c->history, 1);
    }
    charge(c, (miss ? DELTA_CAUSE_MISS : DELTA_CAUSE_HIT) + run);
    return miss;
}

static void put_correction(struct coder *c, uint32_t at, uint32_t byte)
{
    uint32_t difference = byte_of(byte - predicted(c));

    put_byte(c, &c->cursor, word_of(c), at, difference);
    if (difference == byte_of(c->history.differences)) {
        c->tally->repeat_bits += c->spent;
        c->tally->repeat_count++;
    }
    dfc_history_difference(&c->history, difference);
    charge(c, DELTA_CAUSE_CORRECTION + c->cursor.kind);
}

// For the trace: where the byte in question comes from.
static void note(struct coder *c, enum delta_origin origin)
{
    struct delta_place *place;

    if (c->places == NULL) {
        return;
    }
    place = &c->places[c->at];
    place->origin = (uint8_t)origin;
    place->source = DELTA_NO_SOURCE;
    if (origin != DELTA_ORIGIN_LITERAL) {
        place->source = c->cursor.source;
        place->kind = (uint8_t)c->cursor.kind;
        place->moved = c->cursor.mapped != c->cursor.plain;
    }
}

static void put_segment(struct coder *c, const struct delta_segment *segment)
{
    uint32_t end = segment->new_at + segment->length;
    uint32_t at;

    c->at = segment->new_at;
    enter(c, segment->new_at);
    put_flag(c, dfc_copy_context(&c->history, segment->new_at), 1);
    charge(c, DELTA_CAUSE_COPY);
    put_source(c, segment->new_at, segment->source);
    for (at = segment->new_at; at < end; at++) {
        uint32_t byte = c->pair->new_data[at];

        c->at = at;
        enter(c, at);
        load(c, at, end - at);
        note(c, DELTA_ORIGIN_HIT);
        if (put_hit(c, at, end, predicted(c) != byte)) {
            put_flag(c, dfc_stay_context(&c->history), 1);
            charge(c, DELTA_CAUSE_STAY);
            put_correction(c, at, byte);
            note(c, DELTA_ORIGIN_CORRECTION);
        }
        dfc_history_byte(&c->history, byte);
        dfc_cursor_advance(&c->cursor);
    }
}

// Leave the alignment: a miss that is not corrected.
static void put_leave(struct coder *c, uint32_t at)
{
    enter(c, at);
    load(c, at, 0);
    put_hit(c, at, at, 1);
    put_flag(c, dfc_stay_context(&c->history), 0);
    charge(c, DELTA_CAUSE_LEAVE);
}

static void put_literal(struct coder *c, uint32_t at)
{
    uint32_t byte = c->pair->new_data[at];

    c->at = at;
    enter(c, at);
    note(c, DELTA_ORIGIN_LITERAL);
    put_flag(c, dfc_copy_context(&c->history, at), 0);
    charge(c, DELTA_CAUSE_GO_ON);
    dfc_history_literal(&c->history);
    put_byte(c, NULL, 0, at, byte);
    charge(c, DELTA_CAUSE_LITERAL);
    dfc_history_byte(&c->history, byte);
}

// Does the image that the cursor reads end here? Then the alignment ends by
// itself, and nothing is coded.
static bool source_ends(const struct coder *c)
{
    return c->cursor.source == c->space->old_size && c->history.age != 0;
}

// Code [at, c->end), with the segments from segments->list[i] on.
static void put_row(struct coder *c, uint32_t at,
                    const struct delta_segments *segments, uint32_t i)
{
    bool is_aligned = false;

    for (;; i++) {
        const struct delta_segment *segment = NULL;
        uint32_t next = c->end;

        if (i < segments->count && segments->list[i].new_at < c->end) {
            segment = &segments->list[i];
            next = segment->new_at;
        }
        if (is_aligned && at < c->end && !source_ends(c)) {
            put_leave(c, at);
        }
        for (; at < next; at++) {
            put_literal(c, at);
        }
        if (segment == NULL) {
            return;
        }
        put_segment(c, segment);
        at = next + segment->length;
        is_aligned = true;
    }
}

// From back to front each epoch is coded for itself.
static void put_all(struct coder *c, const struct delta_segments *segments)
{
    const struct delta_inplace *g = c->sight.g;
    uint32_t i = segments->count;

    if (g == NULL || !g->backwards) {
        put_row(c, 0, segments, 0);
        return;
    }
    for (c->end = c->pair->new_size; c->end > 0;) {
        uint32_t begin = delta_epoch_at(g, g->new_size, c->end - 1).begin;

        while (i > 0 && segments->list[i - 1].new_at >= begin) {
            i--;
        }
        c->unit = 0;
        put_row(c, begin, segments, i);
        c->end = begin;
    }
}

bool delta_range_encode(struct delta_buffer *out, const struct delta_pair *pair,
                        const struct dfc_space *space,
                        const struct delta_inplace *inplace,
                        const struct delta_segments *segments,
                        uint32_t model_size, struct delta_tally *tally,
                        struct delta_trace *trace)
{
    struct coder *c = calloc(1, sizeof(*c));

    if (c != NULL) {
        c->model = malloc(model_size);
    }
    if (c == NULL || c->model == NULL ||
        !delta_sight_make(&c->sight, inplace, pair->old_data, pair->old_size,
                          pair->new_data, pair->new_size)) {
        free(c != NULL ? c->model : NULL);
        free(c);
        return false;
    }
    fill_logarithms(c->logarithms);
    c->pair = pair;
    c->space = space;
    c->end = pair->new_size;
    c->tally = tally;
    c->places = trace != NULL ? trace->places : NULL;
    c->at = UINT32_MAX; // the tables belong to no byte
    c->shape = dfc_model_shape(model_size);
    dfc_model_begin(c->model, &c->shape);
    dfc_history_begin(&c->history);
    delta_rangeenc_begin(&c->enc, out);
    put_tables(c);
    put_all(c, segments);
    delta_rangeenc_end(&c->enc);
    delta_sight_free(&c->sight);
    free(c->model);
    free(c);
    return !out->failed;
}
