// SPDX-License-Identifier: MIT
// Codec deflate: raw DEFLATE segments that hold a stream of operations
// (FORMAT.md section 8). Works with any zlib-compatible inflate.

#include <string.h>

#include "decoder.h"
#include "inplace.h"
#include "memory.h"

#if DFP_WITH_DEFLATE

#define ZLIB_CONST
#include <zlib.h>

// What the next byte of the op stream belongs to.
enum {
    OP_RANGES,       // varint: number of pointer ranges
    OP_RANGE_START,  // varint
    OP_RANGE_SIZE,   // varint
    OP_ENTRIES,      // varint: number of map entries
    OP_ENTRY_START,  // varint
    OP_ENTRY_SHIFT,  // svarint
    OP_COPY_SIZE,    // varint: a record begins
    OP_LITERAL_SIZE, // varint
    OP_SOURCE,       // svarint
    OP_COPY,         // difference to the predicted byte
    OP_LITERAL,      // byte of the new image
};

// Model memory: inflate's state and what it allocates. Never saved.
struct inflater {
    z_stream z;
    uint32_t room; // bytes of heap
    uint32_t used;
    uint8_t out[64];
};

// The heap begins here, aligned to 8.
#define HEAP_AT (((uint32_t)sizeof(struct inflater) + 7u) & ~7u)

static struct inflater *inflater(const struct dfp *p)
{
    return (struct inflater *)(void *)p->model;
}

static void *allocate(void *opaque, unsigned items, unsigned size)
{
    struct inflater *f = opaque;
    uint32_t left = f->room - f->used;
    uint8_t *memory = (uint8_t *)f + HEAP_AT + f->used;

    if (size != 0 && items > left / size) {
        return NULL;
    }
    left = (items * size + 7u) & ~7u;
    if (left > f->room - f->used) {
        return NULL;
    }
    f->used += left;
    return memory;
}

// Memory comes back all at once, when the next segment begins.
static void release(void *opaque, void *memory)
{
    (void)opaque;
    (void)memory;
}

static enum dfp_status bad(struct dfp *p, const char *field, uint32_t limit,
                           uint32_t found)
{
    return dfp_fail(p, DFP_ERR_DATA, field, limit, found);
}

// --- Inflate ---------------------------------------------------------------

static enum dfp_status begin_segment(struct dfp *p)
{
    struct inflater *f = inflater(p);

    memset(f, 0, sizeof(*f));
    f->room = dfp_model_size(&p->s.part) - HEAP_AT;
    f->z.opaque = f;
    f->z.zalloc = allocate;
    f->z.zfree = release;
    if (inflateInit2(&f->z, -(int)p->s.part.codec_param) != Z_OK) {
        return dfp_fail(p, DFP_ERR_MEMORY, "inflate", f->room, f->used);
    }
    p->s.codec.deflate.fresh = 0;
    return DFP_OK;
}

// Refill the output buffer, which is empty.
static enum dfp_status inflate_more(struct dfp *p)
{
    struct dfp_deflate_state *d = &p->s.codec.deflate;
    struct inflater *f = inflater(p);
    int result;

    if (d->fresh) {
        enum dfp_status status;

        if (p->in_at == p->in_end) {
            return DFP_YIELD;
        }
        status = begin_segment(p);
        if (status != DFP_OK) {
            return status;
        }
    }
    f->z.next_in = p->in + p->in_at;
    f->z.avail_in = p->in_end - p->in_at;
    f->z.next_out = f->out;
    f->z.avail_out = sizeof(f->out);
    result = inflate(&f->z, Z_NO_FLUSH);
    p->in_at = p->in_end - f->z.avail_in;
    d->out_at = 0;
    d->out_end = (uint32_t)sizeof(f->out) - f->z.avail_out;
    switch (result) {
    case Z_STREAM_END: d->fresh = 1; return DFP_OK;
    case Z_OK: return DFP_OK;
    case Z_BUF_ERROR: // nothing in, nothing out
        return DFP_YIELD;
    case Z_MEM_ERROR:
        return dfp_fail(p, DFP_ERR_MEMORY, "inflate", f->room, f->used);
    default: return bad(p, "deflate stream", 0, p->in_at);
    }
}

// --- Operations ------------------------------------------------------------

static uint32_t signed_of(uint32_t value)
{
    return value >> 1 ^ (0u - (value & 1u));
}

// One entry of ranges or map is complete: on to the next, or to `then`.
static void next_entry(struct dfp_deflate_state *d, uint32_t count,
                       uint32_t first, uint32_t then)
{
    d->index++;
    d->op = first;
    if (d->index >= count) {
        d->index = 0;
        d->last = 0;
        d->op = then;
    }
}

static enum dfp_status take_ranges(struct dfp *p, uint32_t value)
{
    struct dfp_deflate_state *d = &p->s.codec.deflate;
    struct dfc_range *range = &p->space.ranges[d->index];

    if (d->op == OP_RANGES) {
        if (value > DFOTA_RANGES_MAX) {
            return bad(p, "pointer ranges", DFOTA_RANGES_MAX, value);
        }
        p->space.range_count = value;
        d->op = value != 0 ? OP_RANGE_START : OP_ENTRIES;
    } else if (d->op == OP_RANGE_START) {
        range->start = d->last + value;
        d->op = OP_RANGE_SIZE;
    } else {
        range->end = range->start + value;
        d->last = range->end;
        next_entry(d, p->space.range_count, OP_RANGE_START, OP_ENTRIES);
    }
    return DFP_OK;
}

static enum dfp_status take_map(struct dfp *p, uint32_t value)
{
    struct dfp_deflate_state *d = &p->s.codec.deflate;
    uint32_t entries = p->s.part.map_entries;

    if (d->op == OP_ENTRIES) {
        if (value != entries) {
            return bad(p, "map entries", entries, value);
        }
        d->op = entries != 0 ? OP_ENTRY_START : OP_COPY_SIZE;
    } else if (d->op == OP_ENTRY_START) {
        uint32_t start = d->last + value;

        if (d->index != 0 && start <= d->last) {
            return bad(p, "map entry", d->last, start);
        }
        dfp_map(p)[d->index].start = start;
        d->last = start;
        d->op = OP_ENTRY_SHIFT;
    } else {
        d->moved += signed_of(value);
        dfp_map(p)[d->index].shift = d->moved;
        next_entry(d, entries, OP_ENTRY_START, OP_COPY_SIZE);
    }
    return DFP_OK;
}

static enum dfp_status take_source(struct dfp *p, uint32_t source)
{
    struct dfp_deflate_state *d = &p->s.codec.deflate;
    uint32_t old_size = p->s.part.old_size;

    // (Where the new image may be read shows when it is.)
    if (source < old_size && d->copy > old_size - source) {
        return bad(p, "source", old_size, source);
    }
    dfc_cursor_seek(&d->cursor, source);
    d->expected = source + d->copy + d->literal;
    d->op = OP_COPY;
    return DFP_OK;
}

static enum dfp_status take_record(struct dfp *p, uint32_t value)
{
    struct dfp_deflate_state *d = &p->s.codec.deflate;
    uint32_t left = dfp_stretch_end(p) - p->s.new_at;

    if (d->op == OP_SOURCE) {
        return take_source(p, d->expected + signed_of(value));
    }
    if (d->op == OP_COPY_SIZE) {
        if (value > left) {
            return bad(p, "copy size", left, value);
        }
        d->copy = value;
        d->op = OP_LITERAL_SIZE;
        return DFP_OK;
    }
    left -= d->copy;
    if (value > left || (value | d->copy) == 0) {
        return bad(p, "literal size", left, value);
    }
    d->literal = value;
    if (d->copy == 0) {
        d->expected += value;
        d->op = OP_LITERAL;
    } else {
        d->op = OP_SOURCE;
    }
    return DFP_OK;
}

// Gather a varint; hand it on when it is complete.
static enum dfp_status take_varint(struct dfp *p, uint8_t byte)
{
    struct dfp_deflate_state *d = &p->s.codec.deflate;
    uint32_t value;

    if (d->shift == 28 && byte > 0x0F) {
        return bad(p, "number", 0x0F, byte); // 2^32 or more
    }
    d->value |= (uint32_t)(byte & 0x7F) << d->shift;
    if ((byte & 0x80) != 0) {
        d->shift += 7;
        return DFP_OK;
    }
    value = d->value;
    d->value = 0;
    d->shift = 0;
    if (d->op <= OP_RANGE_SIZE) {
        return take_ranges(p, value);
    }
    return d->op <= OP_ENTRY_SHIFT ? take_map(p, value) : take_record(p, value);
}

static enum dfp_status take_copy(struct dfp *p, uint8_t byte)
{
    struct dfp_deflate_state *d = &p->s.codec.deflate;

    if (d->cursor.field_left == 0) {
        struct dfc_view view;
        uint32_t s;
        enum dfp_status status = dfp_view(p, d->cursor.source, &view, &s);

        if (status != DFP_OK) {
            return status;
        }
        dfc_cursor_load(&d->cursor, &p->space, &view, p->s.new_at);
    }
    byte = (uint8_t)(byte + d->cursor.mapped);
    dfc_cursor_advance(&d->cursor);
    if (--d->copy == 0) {
        d->op = d->literal != 0 ? OP_LITERAL : OP_COPY_SIZE;
    }
    return dfp_put(p, byte);
}

static enum dfp_status take_literal(struct dfp *p, uint8_t byte)
{
    struct dfp_deflate_state *d = &p->s.codec.deflate;

    if (--d->literal == 0) {
        d->op = OP_COPY_SIZE;
    }
    return dfp_put(p, byte);
}

// --- The seam --------------------------------------------------------------

void dfp_deflate_begin(struct dfp *p)
{
    memset(&p->s.codec.deflate, 0, sizeof(p->s.codec.deflate));
    p->s.codec.deflate.fresh = 1;
}

// At `stop` it goes on until an inflated byte shows that the segment is not at
// its end, or until it is: only then is it known whether the state can be
// saved here, and at the end of the image whether the stream ends too.
enum dfp_status dfp_deflate_run(struct dfp *p, uint32_t stop)
{
    struct dfp_deflate_state *d = &p->s.codec.deflate;
    enum dfp_status status = DFP_OK;

    while (status == DFP_OK) {
        if (d->out_at == d->out_end) {
            if (d->fresh && p->s.new_at >= stop) {
                return DFP_OK;
            }
            status = inflate_more(p);
        } else if (p->s.new_at >= stop) {
            if (stop == dfp_stretch_end(p)) {
                return bad(p, "end of stream", stop, d->out_end - d->out_at);
            }
            return DFP_OK;
        } else {
            uint8_t byte = inflater(p)->out[d->out_at++];

            status = d->op == OP_COPY      ? take_copy(p, byte)
                     : d->op == OP_LITERAL ? take_literal(p, byte)
                                           : take_varint(p, byte);
        }
    }
    return status;
}

bool dfp_deflate_between(const struct dfp *p)
{
    const struct dfp_deflate_state *d = &p->s.codec.deflate;

    return d->fresh != 0 && d->out_at == d->out_end;
}

// A segment has ended where the epoch did, and so has a record: none is longer
// than what is left of the epoch.
void dfp_deflate_jump(struct dfp *p, uint32_t ended)
{
    p->s.codec.deflate.expected += p->s.new_at - ended;
}

enum dfp_status dfp_deflate_check(const struct dfp *p)
{
    const struct dfp_deflate_state *d = &p->s.codec.deflate;
    uint32_t left = dfp_stretch_end(p) - p->s.new_at;

    // A checkpoint stands between two segments, and behind the map or before
    // all.
    if (d->fresh != 1 || d->out_at != d->out_end ||
        (d->op < OP_COPY_SIZE && d->op != OP_RANGES) || d->op > OP_LITERAL ||
        d->shift > 28 || d->copy > left || d->literal > left - d->copy ||
        (d->op == OP_COPY && d->copy == 0) ||
        (d->op == OP_LITERAL && d->literal == 0)) {
        return DFP_ERR_DATA;
    }
    return DFP_OK;
}

#endif
