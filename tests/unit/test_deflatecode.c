// SPDX-License-Identifier: MIT
// The stream of codec deflate, FORMAT.md section 8: where its segments begin,
// how long they are, how far they look back, and what they say.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "chance.h"
#include "deflatecode.h"
#include "images.h"
#include "scene.h"

#define SEGMENTS_MAX 1000u
#define SEGMENT_LIMIT 65536u // of stream, FORMAT.md 8.1
#define BLOCK 4096u          // segments begin at multiples of it

// A stream taken apart.
struct parts {
    struct delta_buffer ops;     // all that was inflated
    size_t first[SEGMENTS_MAX];  // where in ops each segment begins
    size_t length[SEGMENTS_MAX]; // of its stream
    uint32_t count;
};

// --- Inflating -------------------------------------------------------------

// Inflate one segment. Returns its length in the stream, 0 when it cannot be
// inflated with this window. The output is taken byte by byte, so that zlib
// has nothing but its window to copy from.
static size_t inflate_segment(struct delta_buffer *ops, const uint8_t *data,
                              size_t size, int window_bits)
{
    z_stream z;
    size_t used;
    int result;

    memset(&z, 0, sizeof(z));
    assert_int_equal(inflateInit2(&z, -window_bits), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)size;
    do {
        uint8_t byte;

        z.next_out = &byte;
        z.avail_out = 1;
        result = inflate(&z, Z_NO_FLUSH);
        if (z.avail_out == 0) {
            delta_buffer_put(ops, byte);
        }
    } while (result == Z_OK);
    used = size - z.avail_in;
    inflateEnd(&z);
    return result == Z_STREAM_END ? used : 0;
}

static bool take_apart(struct parts *p, const struct delta_buffer *stream,
                       int window_bits)
{
    size_t at = 0;

    memset(p, 0, sizeof(*p));
    while (at < stream->size) {
        assert_true(p->count < SEGMENTS_MAX);
        p->first[p->count] = p->ops.size;
        p->length[p->count] = inflate_segment(&p->ops, stream->data + at,
                                              stream->size - at, window_bits);
        if (p->length[p->count] == 0) {
            return false;
        }
        at += p->length[p->count++];
    }
    return true;
}

// --- Reading the op stream -------------------------------------------------

struct reader {
    const struct delta_buffer *ops;
    size_t at;
};

static uint32_t get_byte(struct reader *r)
{
    assert_true(r->at < r->ops->size);
    return r->ops->data[r->at++];
}

static uint32_t get_varint(struct reader *r)
{
    uint32_t value = 0;
    uint32_t byte, shift = 0;

    do {
        byte = get_byte(r);
        value |= (byte & 0x7F) << shift;
        shift += 7;
    } while (byte & 0x80);
    return value;
}

static uint32_t get_svarint(struct reader *r)
{
    uint32_t n = get_varint(r);

    return n >> 1 ^ (0 - (n & 1));
}

static void check_map(struct reader *r, const struct dfc_space *space)
{
    uint32_t end = 0, start = 0, shift = 0;

    assert_int_equal(get_varint(r), space->range_count);
    for (uint32_t i = 0; i < space->range_count; i++) {
        assert_int_equal(end + get_varint(r), space->ranges[i].start);
        end = space->ranges[i].start + get_varint(r);
        assert_int_equal(end, space->ranges[i].end);
    }
    assert_int_equal(get_varint(r), space->map_count);
    for (uint32_t i = 0; i < space->map_count; i++) {
        start += get_varint(r);
        shift += get_svarint(r);
        assert_int_equal(start, space->map[i].start);
        assert_int_equal(shift, space->map[i].shift);
    }
}

// Predicts and corrects one copied byte.
static uint8_t copied_byte(struct dfc_cursor *cursor, struct reader *r,
                           const struct delta_pair *pair,
                           const struct dfc_space *space,
                           const uint8_t *new_data, uint32_t at)
{
    struct dfc_view view = {new_data, 0, at, at, 0};
    uint8_t byte;

    if (cursor->source < pair->old_size) {
        view = (struct dfc_view){pair->old_data, 0, pair->old_size,
                                 pair->old_size, 0};
    }
    dfc_cursor_load(cursor, space, &view, at);
    byte = (uint8_t)(cursor->mapped + get_byte(r));
    dfc_cursor_advance(cursor);
    return byte;
}

// Make the new image of what the records say, and note where in the op stream
// each of its bytes stands.
static void run_records(struct reader *r, uint8_t *new_data, size_t *place,
                        const struct delta_pair *pair,
                        const struct dfc_space *space)
{
    uint32_t expected = 0, at = 0;

    while (at < pair->new_size) {
        uint32_t copy = get_varint(r), literals = get_varint(r);
        struct dfc_cursor cursor = {0};

        assert_true(copy > 0 || literals > 0);
        assert_true((uint64_t)copy + literals <= pair->new_size - at);
        if (copy > 0) {
            expected += get_svarint(r);
            assert_true(expected >= pair->old_size ||
                        copy <= pair->old_size - expected);
            dfc_cursor_seek(&cursor, expected);
            expected += copy;
        }
        for (; copy > 0; copy--, at++) {
            place[at] = r->at;
            new_data[at] = copied_byte(&cursor, r, pair, space, new_data, at);
        }
        expected += literals;
        for (; literals > 0; literals--, at++) {
            place[at] = r->at;
            new_data[at] = (uint8_t)get_byte(r);
        }
    }
    assert_int_equal(r->at, r->ops->size);
}

// --- The whole check -------------------------------------------------------

// Segments begin where a block of the new image begins.
static void check_places(const struct parts *p, const size_t *place,
                         uint32_t new_size)
{
    uint32_t block = 0;

    for (uint32_t i = 1; i < p->count; i++) {
        do {
            block += BLOCK;
        } while (block < new_size && place[block] < p->first[i]);
        assert_true(block < new_size);
        assert_int_equal(place[block], p->first[i]);
    }
}

static uint32_t check_stream(const struct delta_buffer *stream,
                             const struct delta_pair *pair,
                             const struct dfc_space *space, int window_bits)
{
    uint8_t *new_data = malloc(pair->new_size);
    size_t *place = malloc(pair->new_size * sizeof(*place));
    struct reader r;
    struct parts p;

    assert_non_null(new_data);
    assert_non_null(place);
    assert_true(take_apart(&p, stream, window_bits));
    for (uint32_t i = 0; i < p.count; i++) {
        assert_true(p.length[i] <= SEGMENT_LIMIT);
    }
    r = (struct reader){&p.ops, 0};
    check_map(&r, space);
    run_records(&r, new_data, place, pair, space);
    assert_memory_equal(new_data, pair->new_data, pair->new_size);
    check_places(&p, place, pair->new_size);
    delta_buffer_free(&p.ops);
    free(place);
    free(new_data);
    return p.count;
}

static struct delta_buffer encode(const struct delta_pair *pair,
                                  const struct dfc_space *space,
                                  const struct delta_segments *segments,
                                  int window_bits)
{
    struct delta_buffer stream = {0};

    assert_true(delta_deflate_encode(&stream, pair, space, NULL, segments,
                                     window_bits));
    return stream;
}

// --- Tests -----------------------------------------------------------------

static const struct delta_segments nothing;
static uint8_t old_byte[1];

// Of images that are not looked at for references.
static const struct dfc_region anything[] = {{0, 0xFFFFFFFFu, 0, 0}};
static const struct dfc_space plain_space = {
    .old_size = 1, .old_regions = {anything, 1}, .new_regions = {anything, 1}};

static struct delta_pair new_only(const uint8_t *data, uint32_t size)
{
    return (struct delta_pair){old_byte, 1, data, size, NULL, NULL};
}

static void random_content_is_cut_into_segments(void **state)
{
    static const uint32_t sizes[] = {1,     4095,  4096,   4097,
                                     40000, 65536, 250000, 700001};
    struct dfc_space space = plain_space;
    uint8_t *data = malloc(700001);
    uint64_t random = 1;

    (void)state;
    assert_non_null(data);
    chance_bytes(&random, data, 700001);
    for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct delta_pair pair = new_only(data, sizes[i]);
        struct delta_buffer stream = encode(&pair, &space, &nothing, 15);
        uint32_t count = check_stream(&stream, &pair, &space, 15);

        assert_true(count > sizes[i] / SEGMENT_LIMIT);
        assert_true(count <= 1 + sizes[i] / (SEGMENT_LIMIT / 4));
        delta_buffer_free(&stream);
    }
    free(data);
}

static void what_packs_well_is_one_segment(void **state)
{
    struct dfc_space space = plain_space;
    uint8_t *data = calloc(1, 1000000);
    struct delta_pair pair = new_only(data, 1000000);
    struct delta_buffer stream;

    (void)state;
    assert_non_null(data);
    stream = encode(&pair, &space, &nothing, 12);
    assert_true(stream.size < 3000);
    assert_int_equal(check_stream(&stream, &pair, &space, 12), 1);
    delta_buffer_free(&stream);
    free(data);
}

static void density_may_change_at_any_place(void **state)
{
    struct dfc_space space = plain_space;
    uint8_t *data = calloc(1, 900000);
    uint64_t random = 2;
    struct delta_pair pair = new_only(data, 900000);
    struct delta_buffer stream;

    (void)state;
    assert_non_null(data);
    chance_bytes(&random, data + 300001, 100000);
    chance_bytes(&random, data + 800000, 100000);
    stream = encode(&pair, &space, &nothing, 15);
    assert_true(check_stream(&stream, &pair, &space, 15) >= 4);
    delta_buffer_free(&stream);
    free(data);
}

// Noise that comes again after 300, 3,000 and 30,000 bytes.
static void fill_repeating(uint8_t *data, uint32_t size)
{
    uint64_t random = 3;

    chance_bytes(&random, data, size);
    for (uint32_t i = 0; i + 31000 < size; i += 1000) {
        uint32_t distance = i % 3 == 0 ? 300 : i % 3 == 1 ? 3000 : 30000;

        memmove(data + i + distance, data + i, 200);
    }
}

static void distances_stay_in_the_window(void **state)
{
    struct dfc_space space = plain_space;
    uint8_t *data = malloc(200000);
    struct delta_pair pair = new_only(data, 200000);
    size_t before = SIZE_MAX;

    (void)state;
    assert_non_null(data);
    fill_repeating(data, 200000);
    for (int bits = 9; bits <= 15; bits++) {
        struct delta_buffer stream = encode(&pair, &space, &nothing, bits);
        struct parts p;

        check_stream(&stream, &pair, &space, bits);
        assert_true(stream.size <= before + before / 100);
        before = stream.size;
        // The control: a smaller window than 2^15 does not do for 2^15.
        if (bits == 15) {
            assert_false(take_apart(&p, &stream, 9));
            delta_buffer_free(&p.ops);
        }
        delta_buffer_free(&stream);
    }
    free(data);
}

static void copies_and_the_map_are_written_as_specified(void **state)
{
    struct image a = image_make(1, 0, 60000), b = image_make(1, 3, 60000);
    struct delta_pair pair = {a.data, a.size, b.data, b.size, NULL, NULL};
    // Any map is right, and costs differences where it is wrong.
    static const struct dfc_map_entry map[] = {
        {IMAGES_BASE + 100, 40}, {IMAGES_BASE + 3000, 0xFFFFFFF0u}};
    struct delta_segments segments;
    struct delta_prices prices;
    struct delta_buffer stream;
    struct scene s = {0};

    (void)state;
    s.arch = DFOTA_ARCH_THUMB;
    s.old_base = IMAGES_BASE;
    s.new_base = IMAGES_BASE;
    s.space.range_count = 2;
    // The second one lies below the first.
    s.space.ranges[0] = (struct dfc_range){0x20000000, 0x20004000};
    s.space.ranges[1] = (struct dfc_range){IMAGES_BASE, IMAGES_BASE + a.size};
    s.space.map = map;
    s.space.map_count = 2;
    assert_true(scene_open(&s, a.data, a.size, b.data, b.size));
    delta_prices_deflate(&prices);
    assert_true(delta_parse(&segments, &s.delta, &prices, 8));
    assert_true(segments.count > 10);
    stream = encode(&pair, &s.space, &segments, 12);
    check_stream(&stream, &pair, &s.space, 12);
    assert_true(stream.size < b.size / 2);
    delta_buffer_free(&stream);
    free(segments.list);
    scene_close(&s);
    image_free(&a);
    image_free(&b);
}

static void copies_from_the_new_image_are_written_too(void **state)
{
    static const struct delta_segment list[] = {
        {100, 500 + 0, 300},  // three periods of what is written
        {400, 200, 300},      // from the old image to its end
        {700, 500 + 650, 50}, // up to the byte being written
    };
    struct delta_segments segments = {
        .list = (struct delta_segment *)(uintptr_t)list, .count = 3};
    struct dfc_space space = plain_space;
    uint8_t old_data[500], new_data[800];
    struct delta_pair pair = {old_data, 500, new_data, 800, NULL, NULL};
    struct delta_buffer stream;
    uint64_t random = 4;

    (void)state;
    space.old_size = 500;
    chance_bytes(&random, old_data, 500);
    chance_bytes(&random, new_data, 800);
    stream = encode(&pair, &space, &segments, 9);
    assert_int_equal(check_stream(&stream, &pair, &space, 9), 1);
    delta_buffer_free(&stream);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_content_is_cut_into_segments),
        cmocka_unit_test(what_packs_well_is_one_segment),
        cmocka_unit_test(density_may_change_at_any_place),
        cmocka_unit_test(distances_stay_in_the_window),
        cmocka_unit_test(copies_and_the_map_are_written_as_specified),
        cmocka_unit_test(copies_from_the_new_image_are_written_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
