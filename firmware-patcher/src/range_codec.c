// SPDX-License-Identifier: MIT
// Codec range: adaptive binary range coder over predictions, FORMAT.md
// section 9.

#include <string.h>

#include "decoder.h"
#include "inplace.h"
#include "range_tables.h"

#if DFP_WITH_RANGE

// The coder looks four bytes ahead; the encoder drops trailing zero bytes.
#define OVERRUN_MAX 4u

// Most bytes that one step can take. A decision takes at most two bytes (its
// probability is at least 2^-16), a decision of probability one half a bit. One
// step decodes at most a miss, an end of alignment, a source (2 + 6 + 2
// decisions and 29 halves), a choice, a miss, and a correction (1 + 8).
#define STEP_INPUT_MAX ((2u + 2u + 10u + 1u + 1u + 9u) * 2u + 4u)
typedef char step_input_fits[STEP_INPUT_MAX <= DFOTA_RAM_CARRY ? 1 : -1];

static struct dfc_model *model_of(const struct dfp *p)
{
    return (struct dfc_model *)(void *)p->model;
}

static uint32_t next_byte(struct dfp *p)
{
    if (p->in_at < p->in_end) {
        return p->in[p->in_at++];
    }
    p->s.codec.range.overrun++;
    return 0;
}

// Decode one decision whose probability to be 1 is probability / 65536.
static inline uint32_t get_bit(struct dfp *p, uint32_t probability)
{
    struct dfp_range_state *r = &p->s.codec.range;
    uint32_t share = (r->range >> 16) * probability;
    uint32_t bit = r->code < share;

    if (bit) {
        r->range = share;
    } else {
        r->code -= share;
        r->range -= share;
    }
    while (r->range < 1u << 24) {
        r->range <<= 8;
        r->code = r->code << 8 | next_byte(p);
    }
    return bit;
}

static uint32_t get_flag(struct dfp *p, uint32_t flag)
{
    uint16_t *counter = &model_of(p)->flag[flag];
    uint32_t bit = get_bit(p, dfc_counter_p(*counter));

    dfc_counter_learn(counter, bit);
    return bit;
}

// count bits, highest first, as a binary tree of flags.
static uint32_t get_tree(struct dfp *p, uint32_t first, uint32_t count)
{
    uint32_t partial = 1;
    uint32_t i;

    for (i = 0; i < count; i++) {
        partial = partial << 1 | get_flag(p, first + partial);
    }
    return partial - (1u << count);
}

static uint32_t get_direct(struct dfp *p, uint32_t count)
{
    uint32_t value = 0;

    while (count-- > 0) {
        value = value << 1 | get_bit(p, 32768u);
    }
    return value;
}

uint32_t dfp_range_number(struct dfp *p, uint32_t kind)
{
    uint32_t bits = get_tree(p, DFC_FLAG_SIZE + kind * 64u, 6) & 63u;
    uint32_t value = 1;

    if (bits < 2) {
        return bits;
    }
    if (bits > 32) {
        bits = 32; // no encoder writes more
    }
    if (bits <= 3) {
        return value << (bits - 1) | get_direct(p, bits - 1);
    }
    value = value << (bits - 3) | get_direct(p, bits - 3);
    return value << 2 | get_tree(p, DFC_FLAG_TAIL + kind * 4u, 2);
}

static void start_coder(struct dfp *p)
{
    struct dfp_range_state *r = &p->s.codec.range;
    uint32_t i;

    r->range = 0xFFFFFFFFu;
    for (i = 0; i < 4; i++) {
        r->code = r->code << 8 | next_byte(p);
    }
}

// A literal (cursor NULL), or the correction of a predicted byte.
static uint32_t get_byte(struct dfp *p, const struct dfc_cursor *cursor,
                         uint32_t word)
{
    struct dfc_model *m = model_of(p);
    struct dfc_byte byte;

    dfc_byte_begin(&byte, m, &p->s.codec.range.history, cursor, word,
                   p->s.new_at);
    while (byte.partial < 256) {
        struct dfc_mix mix;

        dfc_mix_bit(&mix, m, &p->shape, &byte);
        dfc_mix_bit_learn(&mix, &byte, get_bit(p, mix.p));
    }
    return byte.partial & 0xFFu;
}

static uint32_t get_old_source(struct dfp *p)
{
    uint32_t middle = dfc_source_width(p->space.old_size) - 5u;
    uint32_t source = get_tree(p, DFC_FLAG_TOP, 3);

    source = source << middle | get_direct(p, middle);
    return source << 2 | ((get_tree(p, DFC_FLAG_LOW, 2) + p->s.new_at) & 3u);
}

static uint32_t get_recent_source(struct dfp *p)
{
    uint32_t which = get_tree(p, DFC_FLAG_RECENT, 2);

    return which < 3 ? p->s.new_at + p->s.codec.range.history.rep[which]
                     : dfc_expected_source(&p->space, p->s.new_at);
}

static void get_source(struct dfp *p)
{
    struct dfp_range_state *r = &p->s.codec.range;
    uint32_t at = p->s.new_at;
    uint32_t source;

    switch (get_tree(p, DFC_FLAG_CLASS, 2)) {
    case DFC_SOURCE_RECENT: source = get_recent_source(p); break;
    case DFC_SOURCE_NEAR:
        source = at + dfc_anchor(&r->history) +
                 dfp_range_unfold(dfp_range_number(p, DFC_NUMBER_NEAR));
        break;
    case DFC_SOURCE_OLD: source = get_old_source(p); break;
    default:
        source = p->space.old_size + at - 1u -
                 dfp_range_number(p, DFC_NUMBER_DISTANCE);
        break;
    }
    dfc_history_source(&r->history, source - at, source < p->space.old_size);
    dfc_cursor_seek(&r->cursor, source);
    r->unit = 0;
}

// Is the source in the cache, and known to be plain?
static bool is_calm(const struct dfp *p)
{
    return DFP_FAST && p->s.codec.range.cursor.source >= p->calm_first &&
           p->s.codec.range.cursor.source < p->calm_end;
}

static const uint8_t *calm_bytes(const struct dfp *p)
{
    return p->u.cache + (p->s.codec.range.cursor.source - p->cache_first);
}

// Look for plain bytes from the source on. (Not in the new image: a byte
// written meanwhile may change the next field.)
static void find_calm(struct dfp *p, struct dfc_view *view)
{
    uint32_t source = p->s.codec.range.cursor.source;

    // What ends plain bytes does not begin others, and what follows a pointer
    // is mostly one, too.
    if (source < p->space.old_size && source != p->calm_end &&
        p->s.codec.range.cursor.kind != DFC_POINTER) {
        p->calm_first = source;
        p->calm_end =
            source + dfc_plain_run(&p->space, view, source, DFP_CACHE_SIZE);
    }
}

// Is the field here to be read as mapped?
static void choose(struct dfp *p)
{
    struct dfp_range_state *r = &p->s.codec.range;

    if (r->cursor.kind != DFC_PLAIN) {
        r->unit = 0;
    }
    if (r->cursor.mapped != r->cursor.plain) {
        r->plain = get_flag(p, dfc_choice_context(&r->history, r->cursor.kind));
        dfc_history_choice(&r->history, r->cursor.kind, r->plain);
    }
}

// The field that the source has here.
static enum dfp_status begin_field(struct dfp *p)
{
    struct dfp_range_state *r = &p->s.codec.range;
    struct dfc_view view;
    uint32_t s;

    r->plain = 0;
    if (!is_calm(p)) {
        enum dfp_status status = dfp_view(p, r->cursor.source, &view, &s);

        if (status != DFP_OK) {
            return status;
        }
        if (DFP_FAST) {
            find_calm(p, &view);
        }
    }
    if (is_calm(p)) {
        dfc_cursor_plain(&r->cursor, &p->space, calm_bytes(p));
    } else {
        dfc_cursor_load(&r->cursor, &p->space, &view, p->s.new_at);
        choose(p);
    }
    return DFP_OK;
}

static enum dfp_status put(struct dfp *p, uint32_t byte)
{
    dfc_history_byte(&p->s.codec.range.history, byte);
    return dfp_put(p, (uint8_t)byte);
}

static enum dfp_status step_literal(struct dfp *p)
{
    struct dfp_range_state *r = &p->s.codec.range;

    if (get_flag(p, dfc_copy_context(&r->history, p->s.new_at))) {
        get_source(p);
        r->seq = DFP_RANGE_ALIGNED;
        return DFP_OK;
    }
    dfc_history_literal(&r->history);
    return put(p, get_byte(p, NULL, 0));
}

// Is there a miss in the unit that begins here, or is the byte here one?
static inline uint32_t get_miss(struct dfp *p, uint32_t word, uint32_t unit)
{
    const struct dfp_range_state *r = &p->s.codec.range;
    struct dfc_mix mix;
    uint32_t miss;

    dfc_mix_miss(&mix, model_of(p), &p->shape, &r->history, &r->cursor, word,
                 p->s.new_at, unit);
    miss = get_bit(p, mix.p);
    dfc_mix_miss_learn(&mix, miss, unit);
    return miss;
}

// A unit: in long runs hits are coded by it.
static void begin_unit(struct dfp *p, uint32_t word)
{
    struct dfp_range_state *r = &p->s.codec.range;

    r->missing = get_miss(p, word, 1);
    r->unit =
        r->cursor.kind == DFC_PLAIN ? DFC_UNIT_SIZE : r->cursor.field_left;
}

static uint32_t get_hit(struct dfp *p, uint32_t word)
{
    struct dfp_range_state *r = &p->s.codec.range;
    uint32_t miss = get_miss(p, word, 0);

    if (miss) {
        dfc_history_miss(&r->history);
    } else {
        dfc_history_hits(&r->history, 1);
    }
    return miss;
}

// One byte from the source, or the end of the alignment.
static enum dfp_status step_aligned(struct dfp *p)
{
    struct dfp_range_state *r = &p->s.codec.range;
    uint32_t word, byte;
    enum dfp_status status;
    bool hit;

    if (r->cursor.source == p->space.old_size && r->history.age != 0) {
        r->seq = DFP_RANGE_LITERAL; // the old image ends
        return DFP_OK;
    }
    if (r->cursor.field_left == 0) {
        status = begin_field(p);
        if (status != DFP_OK) {
            return status;
        }
    }
    word = r->plain ? r->cursor.plain : r->cursor.mapped;
    if (r->unit == 0 && r->history.run >= DFC_UNIT_RUN) {
        begin_unit(p, word);
    }
    hit = r->unit != 0 && !r->missing;
    if (DFP_FAST && hit) {
        return DFP_OK; // step_hits goes on
    }
    r->unit -= r->unit != 0;
    byte = word & 0xFFu;
    if (hit) {
        dfc_history_hits(&r->history, 1);
    } else if (get_hit(p, word)) {
        uint32_t difference;

        if (!get_flag(p, dfc_stay_context(&r->history))) {
            r->seq = DFP_RANGE_LITERAL;
            // An alignment of no bytes would make no progress.
            return r->history.age == 1 ? dfp_range_bad(p, "alignment") : DFP_OK;
        }
        difference = get_byte(p, &r->cursor, word);
        dfc_history_difference(&r->history, difference);
        byte = (byte + difference) & 0xFFu;
    }
    dfc_cursor_advance(&r->cursor);
    return put(p, byte);
}

// Is the next byte known to be a hit? (A unit cannot begin with the first byte
// of a source, so at old_size the old image has ended.)
static bool is_hit(const struct dfp *p)
{
    const struct dfp_range_state *r = &p->s.codec.range;

    return r->unit != 0 && !r->missing && r->cursor.source != p->space.old_size;
}

// Bytes from where the cursor stands, at most a page's rest, all of them hits.
static enum dfp_status put_hits(struct dfp *p, const uint8_t *bytes,
                                uint32_t count)
{
    struct dfp_range_state *r = &p->s.codec.range;
    const uint8_t *b = bytes + count;

    switch (count) {
    default: dfc_history_byte(&r->history, b[-4]); // fall through
    case 3: dfc_history_byte(&r->history, b[-3]);  // fall through
    case 2: dfc_history_byte(&r->history, b[-2]);  // fall through
    case 1: dfc_history_byte(&r->history, b[-1]);
    }
    dfc_history_hits(&r->history, count);
    r->cursor.source += count;
    r->unit -= count;
    return dfp_put_run(p, bytes, count);
}

// What is left of the field.
static enum dfp_status put_field(struct dfp *p, uint32_t max)
{
    struct dfp_range_state *r = &p->s.codec.range;
    struct dfc_cursor *c = &r->cursor;
    uint32_t word = r->plain ? c->plain : c->mapped;
    uint32_t count = c->field_left < max ? c->field_left : max;
    uint8_t bytes[4];

    bytes[0] = (uint8_t)word;
    bytes[1] = (uint8_t)(word >> 8);
    bytes[2] = (uint8_t)(word >> 16);
    bytes[3] = (uint8_t)(word >> 24);
    c->field_left -= count;
    c->mapped = count < 4 ? c->mapped >> 8 * count : 0;
    c->plain = count < 4 ? c->plain >> 8 * count : 0;
    return put_hits(p, bytes, count);
}

// How many plain bytes there are at once. An epoch may end within a field,
// which goes on with the bytes that it has now: those come one field at a time.
static uint32_t calm_count(const struct dfp *p, uint32_t max)
{
    uint32_t source = p->s.codec.range.cursor.source;
    uint32_t count = p->calm_end - source;

    count = count < max ? count : max;
    if (dfp_in_place(p) && p->s.new_at + count == dfp_stretch_end(p)) {
        uint32_t cut = (source + count) & 3u;

        count -= cut < count ? cut : count;
    }
    return count;
}

// Plain bytes at once, else what is left of the field.
static enum dfp_status put_some(struct dfp *p, uint32_t max)
{
    struct dfp_range_state *r = &p->s.codec.range;
    struct dfc_cursor *c = &r->cursor;

    if (c->field_left == 0 && !is_calm(p)) {
        enum dfp_status status = begin_field(p);

        // What is no plain field is a unit of its own.
        if (status != DFP_OK || r->unit == 0) {
            return status;
        }
    }
    if (is_calm(p) && (c->field_left == 0 || c->kind == DFC_PLAIN)) {
        uint32_t count = calm_count(p, max);

        if (count != 0) {
            c->field_left = 0;
            return put_hits(p, calm_bytes(p), count);
        }
        if (c->field_left == 0) {
            dfc_cursor_plain(c, &p->space, calm_bytes(p));
        }
    }
    return put_field(p, max);
}

// Bytes that are known to be hits: the rest of a unit.
static enum dfp_status step_hits(struct dfp *p, uint32_t stop)
{
    const struct dfp_range_state *r = &p->s.codec.range;
    enum dfp_status status;

    do {
        uint32_t max = stop - p->s.new_at;
        uint32_t room = dfp_page_left(p);

        max = max < room ? max : room;
        max = max < r->unit ? max : r->unit;
        status = put_some(p, max);
    } while (status == DFP_OK && is_hit(p) && p->s.new_at < stop);
    return status;
}

static enum dfp_status step(struct dfp *p)
{
    switch (p->s.codec.range.seq) {
    case DFP_RANGE_START: start_coder(p); return dfp_range_tables(p);
    case DFP_RANGE_LITERAL: return step_literal(p);
    case DFP_RANGE_ALIGNED: return step_aligned(p);
    default: return dfp_range_tables(p);
    }
}

void dfp_range_begin(struct dfp *p)
{
    memset(&p->s.codec.range, 0, sizeof(p->s.codec.range));
    dfc_model_begin(model_of(p), &p->shape);
    dfc_history_begin(&p->s.codec.range.history);
}

enum dfp_status dfp_range_run(struct dfp *p, uint32_t stop)
{
    const struct dfp_range_state *r = &p->s.codec.range;

    while (p->s.new_at < stop) {
        enum dfp_status status;

        if (!p->in_last && p->in_end - p->in_at < DFOTA_RAM_CARRY) {
            return DFP_YIELD;
        }
        status = DFP_FAST && is_hit(p) ? step_hits(p, stop) : step(p);
        if (status != DFP_OK) {
            return status;
        }
        if (r->overrun > OVERRUN_MAX) {
            return dfp_range_bad(p, "stream ends early");
        }
    }
    return DFP_OK;
}

void dfp_range_jump(struct dfp *p, uint32_t ended)
{
    if ((p->s.part.order & DFOTA_ORDER_FRESH) != 0) {
        dfc_model_begin(model_of(p), &p->shape);
    }
    if (p->s.new_at != ended) {
        p->s.codec.range.seq = DFP_RANGE_LITERAL;
        p->s.codec.range.unit = 0;
    }
}

enum dfp_status dfp_range_check(const struct dfp *p)
{
    const struct dfp_range_state *r = &p->s.codec.range;
    bool begun = r->seq != DFP_RANGE_START; // else at the start of a part

    if (r->seq > DFP_RANGE_ALIGNED || (begun && r->seq < DFP_RANGE_LITERAL) ||
        (begun && r->range < 1u << 24) || r->overrun > OVERRUN_MAX ||
        r->cursor.kind >= DFC_KINDS ||
        r->cursor.field_left > r->cursor.field_size ||
        r->cursor.field_size > 4 || r->unit > DFC_UNIT_SIZE) {
        return DFP_ERR_DATA;
    }
    return DFP_OK;
}

#endif
