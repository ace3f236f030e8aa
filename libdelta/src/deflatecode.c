// SPDX-License-Identifier: MIT
// Writes the stream of codec deflate: records of copies with differences and
// literals, packed by zlib in segments that a patcher can restart from.

#include "deflatecode.h"

#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

// A segment longer than this is split where the output reaches a multiple of
// an erase block, so that a patcher which checkpoints there need not fetch
// more than this again.
#define SEGMENT_MAX 40960u
#define BLOCK_SMALL 4096u
#define BLOCK_LARGE 65536u

struct ops {
    struct delta_buffer bytes;
    struct delta_buffer places; // offset in bytes of each 4 KiB of output, u32
    const struct delta_pair *pair;
    const struct dfc_space *space;
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
    if (at % BLOCK_SMALL == 0) {
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
        const struct delta_pair *pair = o->pair;
        struct dfc_view view = {pair->new_data, 0, at, at, 0};

        if (cursor.source < pair->old_size) {
            view = (struct dfc_view){pair->old_data, 0, pair->old_size,
                                     pair->old_size, 0};
        }
        dfc_cursor_load(&cursor, o->space, &view, at);
        put_output(o, at, (uint8_t)(pair->new_data[at] - cursor.mapped));
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

static void put_records(struct ops *o, const struct delta_segments *segments)
{
    uint32_t count = segments->count;
    uint32_t size = o->pair->new_size;
    uint32_t i;

    if (count == 0 || segments->list[0].new_at > 0) {
        put_record(o, NULL, 0, count == 0 ? size : segments->list[0].new_at);
    }
    for (i = 0; i < count; i++) {
        const struct delta_segment *s = &segments->list[i];

        put_record(o, s, s->new_at + s->length,
                   i + 1 < count ? s[1].new_at : size);
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

bool delta_deflate_encode(struct delta_buffer *out,
                          const struct delta_pair *pair,
                          const struct dfc_space *space,
                          const struct delta_segments *segments,
                          int window_bits)
{
    uint32_t blocks = (pair->new_size + BLOCK_SMALL - 1) / BLOCK_SMALL;
    uint32_t reach = blocks; // blocks to try at once
    struct ops ops;
    uint32_t first = 0;
    bool ok;

    memset(&ops, 0, sizeof(ops));
    ops.pair = pair;
    ops.space = space;
    put_map(&ops);
    put_records(&ops, segments);
    ok = !ops.bytes.failed && !ops.places.failed;
    while (ok && first < blocks) {
        uint32_t end = reach < blocks - first ? first + reach : blocks;

        end = put_segment(out, &ops, first, end, window_bits);
        ok = end != 0;
        reach = 2 * (end - first); // the next one will be of similar length
        first = end;
    }
    delta_buffer_free(&ops.bytes);
    delta_buffer_free(&ops.places);
    return ok;
}
