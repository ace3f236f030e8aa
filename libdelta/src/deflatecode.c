// SPDX-License-Identifier: MIT
// Writes the stream of codec deflate: records of copies with differences and
// literals, packed by zlib in segments that a patcher can restart from.

#include "deflatecode.h"

#include "epochs.h"

#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

// A segment longer than this is split where the output reaches a multiple of
// an erase block, so that a patcher which checkpoints there need not fetch
// more than this again.
#define SEGMENT_MAX 40960u
#define BLOCK_SMALL 4096u
#define BLOCK_LARGE 65536u

// Records of one epoch.
struct ops {
    struct delta_buffer bytes;
    struct delta_buffer places; // offset in bytes of each 4 KiB of output, u32
    const struct delta_pair *pair;
    const struct dfc_space *space;
    struct delta_sight sight;
    uint32_t expected; // source if nothing moves
};

static void put_map(struct ops *o)
{
    const struct dfc_space *space = o->space;
    uint32_t at = 0, shift = 0;
    uint32_t i;

    delta_buffer_varint(&o->bytes, space->range_count);
    for (i = 0; i < space->range_count; i++) {
        delta_buffer_varint(&o->bytes, space->ranges[i].start - at);
        delta_buffer_varint(&o->bytes,
                            space->ranges[i].end - space->ranges[i].start);
        at = space->ranges[i].end;
    }
    delta_buffer_varint(&o->bytes, space->map_count);
    at = 0;
    for (i = 0; i < space->map_count; i++) {
        delta_buffer_varint(&o->bytes, space->map[i].start - at);
        delta_buffer_svarint(&o->bytes, space->map[i].shift - shift);
        at = space->map[i].start;
        shift = space->map[i].shift;
    }
}

// One byte of output; remember where every block of it begins.
static void put_output(struct ops *o, uint32_t at, uint8_t byte)
{
    if ((at - o->sight.epoch.begin) % BLOCK_SMALL == 0) {
        uint32_t place = (uint32_t)o->bytes.size;

        delta_buffer_append(&o->places, &place, sizeof(place));
    }
    delta_buffer_put(&o->bytes, byte);
}

static void put_differences(struct ops *o, const struct delta_segment *s)
{
    struct dfc_cursor cursor;
    uint32_t at;

    memset(&cursor, 0, sizeof(cursor));
    dfc_cursor_seek(&cursor, s->source);
    for (at = s->new_at; at < s->new_at + s->length; at++) {
        struct dfc_view view = delta_sight_view(&o->sight, cursor.source, at);

        dfc_cursor_load(&cursor, o->space, &view, at);
        put_output(o, at, (uint8_t)(o->pair->new_data[at] - cursor.mapped));
        dfc_cursor_advance(&cursor);
    }
}

// A copy (of no bytes: segment NULL), then literals [at, end).
static void put_record(struct ops *o, const struct delta_segment *s,
                       uint32_t at, uint32_t end)
{
    delta_buffer_varint(&o->bytes, s == NULL ? 0 : s->length);
    delta_buffer_varint(&o->bytes, end - at);
    if (s != NULL) {
        delta_buffer_svarint(&o->bytes, s->source - o->expected);
        o->expected = s->source + s->length;
        put_differences(o, s);
    }
    o->expected += end - at;
    for (; at < end; at++) {
        put_output(o, at, o->pair->new_data[at]);
    }
}

// What of a segment lies in the epoch; false: nothing.
static bool cut(struct delta_segment *out, const struct delta_segment *s,
                const struct delta_epoch *epoch)
{
    uint32_t begin = s->new_at, end = s->new_at + s->length;

    begin = begin > epoch->begin ? begin : epoch->begin;
    end = end < epoch->end ? end : epoch->end;
    if (begin >= end) {
        return false;
    }
    *out = (struct delta_segment){begin, s->source + (begin - s->new_at),
                                  end - begin};
    return true;
}

// The first segment that ends behind an epoch's beginning.
static uint32_t find_first(const struct delta_segments *segments,
                           const struct delta_epoch *epoch)
{
    uint32_t low = 0, high = segments->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct delta_segment *s = &segments->list[middle];

        if (s->new_at + s->length <= epoch->begin) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void put_records(struct ops *o, const struct delta_segments *segments)
{
    const struct delta_epoch *epoch = &o->sight.epoch;
    uint32_t i = find_first(segments, epoch);
    struct delta_segment s = {epoch->end, 0, 0}, next;
    bool more = i < segments->count && cut(&s, &segments->list[i], epoch);

    if (s.new_at > epoch->begin) {
        put_record(o, NULL, epoch->begin, s.new_at);
    }
    for (; more; s = next) {
        next.new_at = epoch->end;
        more = ++i < segments->count && cut(&next, &segments->list[i], epoch);
        put_record(o, &s, s.new_at + s.length, next.new_at);
    }
}

static bool compress_bytes(struct delta_buffer *out, const uint8_t *data,
                           size_t size, int window_bits)
{
    uint8_t block[4096];
    z_stream z;
    int result;

    memset(&z, 0, sizeof(z));
    if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, -window_bits, 9,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    z.next_in = data;
    z.avail_in = (uInt)size;
    do {
        z.next_out = block;
        z.avail_out = sizeof(block);
        result = deflate(&z, Z_FINISH);
        delta_buffer_append(out, block, sizeof(block) - z.avail_out);
    } while (result == Z_OK);
    deflateEnd(&z);
    return result == Z_STREAM_END && !out->failed;
}

static uint32_t place(const struct ops *o, uint32_t block)
{
    uint32_t offset = (uint32_t)o->bytes.size;

    if (block < o->places.size / sizeof(offset)) {
        memcpy(&offset, o->places.data + block * sizeof(offset),
               sizeof(offset));
    }
    return block == 0 ? 0 : offset;
}

// Where to split blocks [first, end): in the middle, at a large block's start
// if there is one.
static uint32_t split(uint32_t first, uint32_t end)
{
    uint32_t large = BLOCK_LARGE / BLOCK_SMALL;
    uint32_t middle = first + (end - first) / 2;
    uint32_t rounded = (middle + large / 2) / large * large;

    return rounded > first && rounded < end ? rounded : middle;
}

// Compress blocks from `first` on, as many as make a segment; returns where
// the next one begins, 0 when memory ran out.
static uint32_t put_segment(struct delta_buffer *out, const struct ops *o,
                            uint32_t first, uint32_t end, int window_bits)
{
    size_t begin = out->size;

    for (;;) {
        uint32_t from = place(o, first);

        if (!compress_bytes(out, o->bytes.data + from, place(o, end) - from,
                            window_bits)) {
            return 0;
        }
        if (out->size - begin <= SEGMENT_MAX || end - first == 1) {
            return end;
        }
        out->size = begin;
        end = split(first, end);
    }
}

// Pack what was put for an epoch. *reach: blocks to try at once.
static bool put_epoch(struct delta_buffer *out, const struct ops *o,
                      uint32_t *reach, int window_bits)
{
    const struct delta_epoch *epoch = &o->sight.epoch;
    uint32_t blocks =
        (epoch->end - epoch->begin + BLOCK_SMALL - 1) / BLOCK_SMALL;
    uint32_t first = 0;

    if (o->bytes.failed || o->places.failed) {
        return false;
    }
    while (first < blocks) {
        uint32_t end = *reach < blocks - first ? first + *reach : blocks;

        end = put_segment(out, o, first, end, window_bits);
        if (end == 0) {
            return false;
        }
        *reach = 2 * (end - first); // the next one will be of similar length
        first = end;
    }
    return true;
}

// Go on to the epoch after this one, whose bytes are put no more.
static void begin_next(struct ops *o)
{
    struct delta_epoch next = delta_epoch_next(o->sight.g, &o->sight.epoch);

    o->expected += next.begin - o->sight.epoch.end;
    o->bytes.size = 0;
    o->places.size = 0;
    delta_sight_reach(&o->sight, next.begin);
}

bool delta_deflate_encode(struct delta_buffer *out,
                          const struct delta_pair *pair,
                          const struct dfc_space *space,
                          const struct delta_inplace *inplace,
                          const struct delta_segments *segments,
                          int window_bits)
{
    uint32_t epochs = inplace != NULL ? delta_epoch_count(inplace) : 1;
    uint32_t reach = UINT32_MAX;
    struct ops ops;
    bool ok;

    memset(&ops, 0, sizeof(ops));
    ops.pair = pair;
    ops.space = space;
    ok = delta_sight_make(&ops.sight, inplace, pair->old_data, pair->old_size,
                          pair->new_data, pair->new_size);
    if (ok) {
        put_map(&ops);
        put_records(&ops, segments);
        ok = put_epoch(out, &ops, &reach, window_bits);
    }
    while (ok && --epochs > 0) {
        begin_next(&ops);
        put_records(&ops, segments);
        ok = put_epoch(out, &ops, &reach, window_bits);
    }
    delta_sight_free(&ops.sight);
    delta_buffer_free(&ops.bytes);
    delta_buffer_free(&ops.places);
    return ok;
}
