// SPDX-License-Identifier: MIT
// Parsing by price: which source each byte of the new image continues from.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "chance.h"
#include "scene.h"

#define BEAM 12u
#define SLACK 8u // bytes that may be cut off where alignments meet

// All tests run with the prices of either codec.
static bool is_deflate;

static int take_range_prices(void **state)
{
    (void)state;
    is_deflate = false;
    return 0;
}

static int take_deflate_prices(void **state)
{
    (void)state;
    is_deflate = true;
    return 0;
}

static struct delta_prices prices_of(uint32_t old_size)
{
    struct delta_prices prices;

    if (is_deflate) {
        delta_prices_deflate(&prices);
    } else {
        delta_prices_range(&prices, old_size);
    }
    return prices;
}

// Segments are in order, inside the image, and their sources exist.
static void check_segments(const struct delta_segments *segments,
                           uint32_t old_size, uint32_t new_size)
{
    uint32_t end = 0;

    for (uint32_t i = 0; i < segments->count; i++) {
        const struct delta_segment *s = &segments->list[i];

        assert_true(s->length > 0);
        assert_true(s->new_at >= end);
        assert_true(s->length <= new_size - s->new_at);
        end = s->new_at + s->length;
        if (s->source < old_size) {
            assert_true(s->length <= old_size - s->source);
        } else {
            // Each byte is read when it has been written.
            assert_true(s->source - old_size < s->new_at);
        }
    }
}

// Bytes in [from, to) of the new image that continue from `source`.
static uint32_t covered(const struct delta_segments *segments, uint32_t from,
                        uint32_t to, uint32_t source)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < segments->count; i++) {
        const struct delta_segment *s = &segments->list[i];

        if (s->source - s->new_at != source - from) {
            continue;
        }
        for (uint32_t k = 0; k < s->length; k++) {
            count += s->new_at + k >= from && s->new_at + k < to;
        }
    }
    return count;
}

// Two images of plain bytes and what the parser makes of them.
struct trial {
    uint8_t old_data[4096], new_data[8192];
    uint32_t old_size, new_size;
    struct delta_segments segments;
    bool is_far;                           // no index of nearby strings
    const struct delta_expected *expected; // sources, by the map
};

static void begin(struct trial *t, uint64_t seed)
{
    memset(t, 0, sizeof(*t));
    t->old_size = sizeof(t->old_data);
    chance_bytes(&seed, t->old_data, sizeof(t->old_data));
}

static void put_old(struct trial *t, uint32_t from, uint32_t size)
{
    memcpy(t->new_data + t->new_size, t->old_data + from, size);
    t->new_size += size;
}

static void put_random(struct trial *t, uint64_t seed, uint32_t size)
{
    chance_bytes(&seed, t->new_data + t->new_size, size);
    t->new_size += size;
}

static void run_with(struct trial *t, const struct delta_prices *prices,
                     uint32_t beam)
{
    struct scene s = {0};

    assert_true(
        scene_open(&s, t->old_data, t->old_size, t->new_data, t->new_size));
    if (t->is_far) {
        s.delta.nearby_count = 0;
    }
    s.delta.expected = t->expected;
    assert_true(delta_parse(&t->segments, &s.delta, prices, beam));
    check_segments(&t->segments, t->old_size, t->new_size);
    scene_close(&s);
}

static void run(struct trial *t, uint32_t beam)
{
    struct delta_prices prices = prices_of(t->old_size);

    run_with(t, &prices, beam);
}

static void check_covered(const struct trial *t, uint32_t from, uint32_t to,
                          uint32_t source)
{
    assert_true(covered(&t->segments, from, to, source) + SLACK >= to - from);
}

static void end(struct trial *t)
{
    free(t->segments.list);
}

// --- What alignments are found ---------------------------------------------

static void equal_images_are_one_segment(void **state)
{
    struct trial t;

    (void)state;
    begin(&t, 1);
    put_old(&t, 0, 4096);
    run(&t, BEAM);
    assert_int_equal(t.segments.count, 1);
    assert_int_equal(t.segments.list[0].new_at, 0);
    assert_int_equal(t.segments.list[0].source, 0);
    assert_int_equal(t.segments.list[0].length, 4096);
    end(&t);
}

static void changed_bytes_do_not_end_an_alignment(void **state)
{
    struct trial t;

    (void)state;
    begin(&t, 1);
    put_old(&t, 0, 4096);
    for (uint32_t at = 50; at < 4000; at += 50) {
        t.new_data[at] ^= 0x55;
    }
    run(&t, BEAM);
    assert_int_equal(t.segments.count, 1);
    assert_int_equal(t.segments.list[0].length, 4096);
    end(&t);
}

static void an_insertion_is_literal(void **state)
{
    struct trial t;

    (void)state;
    begin(&t, 1);
    put_old(&t, 0, 2000);
    put_random(&t, 2, 100);
    put_old(&t, 2000, 2096);
    run(&t, BEAM);
    check_covered(&t, 0, 2000, 0);
    check_covered(&t, 2100, 4196, 2000);
    assert_true(t.segments.count <= 4);
    end(&t);
}

static void a_deletion_moves_the_rest(void **state)
{
    struct trial t;

    (void)state;
    begin(&t, 1);
    put_old(&t, 0, 1000);
    put_old(&t, 1300, 2796);
    run(&t, BEAM);
    assert_int_equal(t.segments.count, 2);
    check_covered(&t, 0, 1000, 0);
    check_covered(&t, 1000, 3796, 1300);
    end(&t);
}

static void halves_that_change_places_are_found(void **state)
{
    struct trial t;

    (void)state;
    begin(&t, 1);
    put_old(&t, 2048, 2048);
    put_old(&t, 0, 2048);
    run(&t, BEAM);
    // The first one ends where the old image ends, not beyond.
    assert_int_equal(t.segments.count, 2);
    assert_int_equal(t.segments.list[0].length, 2048);
    check_covered(&t, 2048, 4096, 0);
    end(&t);
}

static void what_is_doubled_is_copied_twice(void **state)
{
    struct trial t;

    (void)state;
    begin(&t, 1);
    put_old(&t, 500, 1000);
    put_old(&t, 500, 1000);
    run(&t, BEAM);
    check_covered(&t, 0, 1000, 500);
    assert_true(covered(&t.segments, 1000, 2000, 500) +
                    covered(&t.segments, 1000, 2000, 4096) + SLACK >=
                1000);
    end(&t);
}

static void new_code_is_copied_from_the_new_image(void **state)
{
    struct trial t;

    (void)state;
    begin(&t, 1);
    put_random(&t, 2, 1000);
    put_old(&t, 0, 1000);
    put_random(&t, 2, 1000);
    run(&t, BEAM);
    check_covered(&t, 1000, 2000, 0);
    check_covered(&t, 2000, 3000, 4096);
    end(&t);
}

static void a_run_continues_itself(void **state)
{
    struct trial t;

    (void)state;
    begin(&t, 1);
    memset(t.new_data, 0xEE, 3000);
    t.new_size = 3000;
    run(&t, BEAM);
    check_covered(&t, 1, 3000, 4096); // from one byte before
    end(&t);
}

static void what_is_unrelated_is_literal(void **state)
{
    struct trial t;
    uint32_t copied = 0;

    (void)state;
    begin(&t, 1);
    put_random(&t, 2, 8000);
    run(&t, BEAM);
    for (uint32_t i = 0; i < t.segments.count; i++) {
        copied += t.segments.list[i].length;
    }
    assert_true(copied < 80);
    end(&t);
}

static void one_state_is_enough_for_simple_moves(void **state)
{
    static const uint32_t beams[] = {1, 2, 32, 1000};

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        struct trial t;

        begin(&t, 1);
        put_old(&t, 2000, 1000);
        put_random(&t, 2, 100);
        put_old(&t, 0, 1000);
        run(&t, beams[i]);
        check_covered(&t, 0, 1000, 2000);
        check_covered(&t, 1100, 2100, 0);
        end(&t);
    }
}

// These pieces are too short to be worth a source of its own at such prices,
// but not an alignment that was used before.
static void alignments_used_before_are_used_again(void **state)
{
    struct delta_prices prices = prices_of(4096);
    struct trial t;
    uint32_t count = 0;

    (void)state;
    prices.recent = 64;
    prices.near = 20000;
    prices.far_old = 20000;
    prices.far_new = 20000;
    begin(&t, 1);
    put_old(&t, 3000, 100);
    put_old(&t, 100, 100);
    for (uint32_t i = 0; i < 10; i++) {
        put_old(&t, 3000 + t.new_size, 20);
        put_old(&t, t.new_size, 80);
    }
    run_with(&t, &prices, BEAM);
    for (uint32_t at = 200; at < t.new_size; at += 100) {
        count += covered(&t.segments, at, at + 20, 3000 + at);
    }
    assert_true(count >= 10 * 16);
    end(&t);
}

// A long piece, a short one of `between` bytes from elsewhere, and a piece that
// lies `distance` from where the first one went on. Returns the whole cost.
static uint64_t cost_after_anchor(uint32_t between, uint32_t distance)
{
    struct trial t;

    begin(&t, 1);
    put_old(&t, 0, 400);
    put_old(&t, 1000, between);
    put_old(&t, t.new_size + distance, 1500);
    run(&t, BEAM);
    check_covered(&t, 0, 400, 0);
    check_covered(&t, 400, 400 + between, 1000);
    check_covered(&t, 400 + between, t.new_size, 400 + between + distance);
    end(&t);
    return t.segments.cost;
}

static void near_is_counted_from_the_last_long_alignment(void **state)
{
    (void)state;
    // 64 is told by four bits more than 4. A piece of 14 bytes and the miss
    // that ends it are too short for an anchor.
    assert_int_equal(cost_after_anchor(14, 64) - cost_after_anchor(14, 4),
                     4 * 64);
    // From the piece between it is hundreds of bytes in either case.
    assert_int_equal(cost_after_anchor(40, 64), cost_after_anchor(40, 4));
}

// Other sources are too dear for pieces of this size.
static void sources_that_the_map_expects_are_taken(void **state)
{
    struct delta_stretch stretches[] = {{0, 0}, {400, 1000}, {500, 2900}};
    const struct delta_expected expected = {stretches, 3};
    struct delta_prices prices = prices_of(4096);

    (void)state;
    prices.recent = 64;
    prices.near = 20000;
    prices.far_old = 20000;
    prices.far_new = 20000;
    for (uint32_t round = 0; round < 2; round++) {
        struct trial t;
        uint32_t third;

        begin(&t, 1);
        put_old(&t, 0, 400);
        put_random(&t, 2, 50);
        put_old(&t, 1450, 20); // as expected from 400 on
        put_random(&t, 3, 40);
        third = t.new_size;
        put_old(&t, 2900 + third, 20); // as expected from 500 on
        t.expected = round == 0 ? &expected : NULL;
        run_with(&t, &prices, BEAM);
        if (round == 0) {
            check_covered(&t, 450, 470, 1450);
            check_covered(&t, third, third + 20, 2900 + third);
        } else {
            assert_int_equal(covered(&t.segments, 450, 470, 1450), 0);
            assert_int_equal(
                covered(&t.segments, third, third + 20, 2900 + third), 0);
        }
        end(&t);
    }
}

// Every piece of the old image is there many times, so that the longest match
// is anywhere; but the new image takes each from near where it went on.
static void put_echoes(struct trial *t, uint64_t *random)
{
    for (uint32_t i = 0; i < t->old_size; i += 8) {
        uint64_t seed = 1 + chance_pick(random, 40);

        chance_bytes(&seed, t->old_data + i, 8);
    }
    for (uint32_t at = 0; at + 200 < t->old_size; at += 24) {
        put_old(t, at + 8 * chance_pick(random, 4), 6);
        put_random(t, chance_word(random), 2);
    }
}

static void near_strings_are_cheaper(void **state)
{
    uint64_t random = 7;
    uint64_t costs[2] = {0, 0};

    (void)state;
    for (uint32_t round = 0; round < 10; round++) {
        struct trial near, far;

        begin(&near, 1);
        put_echoes(&near, &random);
        far = near;
        far.is_far = true;
        run(&near, BEAM);
        run(&far, BEAM);
        costs[0] += near.segments.cost;
        costs[1] += far.segments.cost;
        end(&near);
        end(&far);
    }
    assert_true(costs[0] < costs[1]);
}

// --- Any images ------------------------------------------------------------

// Pieces of the old image, of the new one, and noise.
static void put_anything(struct trial *t, uint64_t *random)
{
    uint32_t letters = 1 + chance_pick(random, 256);

    t->old_size = 1 + chance_pick(random, 300);
    for (uint32_t i = 0; i < t->old_size; i++) {
        t->old_data[i] = (uint8_t)chance_pick(random, letters);
    }
    do {
        uint32_t size = 1 + chance_pick(random, 60);
        uint32_t from = chance_pick(random, t->old_size);

        switch (chance_pick(random, 3)) {
        case 0: put_random(t, chance_word(random), size); break;
        case 1:
            put_old(t, from,
                    size < t->old_size - from ? size : t->old_size - from);
            break;
        default:
            from = t->new_size == 0 ? 0 : chance_pick(random, t->new_size);
            for (uint32_t i = 0; i < size; i++) {
                t->new_data[t->new_size++] = t->new_data[from + i];
            }
        }
    } while (chance_pick(random, 8) != 0);
}

static void segments_are_sound_whatever_the_images(void **state)
{
    uint64_t random = 3;

    (void)state;
    for (uint32_t round = 0; round < 2000; round++) {
        struct trial t;

        memset(&t, 0, sizeof(t));
        put_anything(&t, &random);
        t.is_far = round % 4 == 0;
        run(&t, 1 + chance_pick(&random, 33));
        end(&t);
    }
}

static void so_they_are_with_references(void **state)
{
    uint64_t random = 4;

    (void)state;
    for (uint32_t round = 0; round < 300; round++) {
        uint8_t old_data[600], new_data[600];
        struct dfc_map_entry map = {100 + chance_pick(&random, 400),
                                    chance_pick(&random, 64)};
        uint32_t old_size = 1 + chance_pick(&random, 600);
        uint32_t new_size = 1 + chance_pick(&random, 600);
        struct delta_prices prices = prices_of(old_size);
        struct delta_segments segments;
        struct scene s = {0};

        chance_code(&random, old_data, old_size);
        memcpy(new_data, old_data, sizeof(new_data));
        if (new_size > 20) {
            chance_code(&random, new_data + new_size / 2, 9);
            memmove(new_data + 3, new_data, new_size - 3);
        }
        s.arch = DFOTA_ARCH_THUMB;
        s.space.map = &map;
        s.space.map_count = 1;
        s.space.range_count = 1;
        s.space.ranges[0] = (struct dfc_range){0, 0x10000};
        assert_true(scene_open(&s, old_data, old_size, new_data, new_size));
        assert_true(delta_parse(&segments, &s.delta, &prices, 1 + round % 12));
        check_segments(&segments, old_size, new_size);
        free(segments.list);
        scene_close(&s);
    }
}

static void twice_the_same_is_the_same(void **state)
{
    uint64_t random = 5;
    struct trial a, b;

    (void)state;
    memset(&a, 0, sizeof(a));
    put_anything(&a, &random);
    b = a;
    run(&a, BEAM);
    run(&b, BEAM);
    assert_int_equal(a.segments.count, b.segments.count);
    for (uint32_t i = 0; i < a.segments.count; i++) {
        assert_memory_equal(&a.segments.list[i], &b.segments.list[i],
                            sizeof(a.segments.list[i]));
    }
    end(&a);
    end(&b);
}

// --- Hits ------------------------------------------------------------------

static void references_hit_as_mapped_or_as_they_stand(void **state)
{
    // A pointer that moves, one that does not, plain bytes; the new image has
    // each of the first in both ways and a third one.
    static const uint32_t old_words[] = {0x1008, 0x1000, 0x99999999};
    static const uint32_t new_words[] = {0x1028, 0x1008, 0x77777777, 0x1000,
                                         0x99999999};
    struct dfc_map_entry map = {0x1008, 0x20};
    uint8_t old_data[12], new_data[20];
    struct scene s = {0};

    (void)state;
    for (uint32_t i = 0; i < 5; i++) {
        if (i < 3) {
            dfc_put32(old_data + 4 * i, old_words[i]);
        }
        dfc_put32(new_data + 4 * i, new_words[i]);
    }
    s.old_base = 0x1000;
    s.new_base = 0x1000;
    s.space.map = &map;
    s.space.map_count = 1;
    s.space.range_count = 1;
    s.space.ranges[0] = (struct dfc_range){0x1000, 0x1100};
    assert_true(scene_open(&s, old_data, 12, new_data, 20));
    assert_int_equal(delta_match_at(&s.delta, 0, 0), DELTA_HIT);
    assert_int_equal(delta_match_at(&s.delta, 4, 0), DELTA_HIT_PLAIN);
    assert_int_equal(delta_match_at(&s.delta, 8, 0), DELTA_MISS);
    assert_int_equal(delta_match_at(&s.delta, 1, 1), DELTA_HIT);
    assert_int_equal(delta_match_at(&s.delta, 12, 4), DELTA_HIT);
    assert_int_equal(delta_match_at(&s.delta, 16, 8), DELTA_HIT);
    assert_int_equal(delta_match_at(&s.delta, 12, 8), DELTA_MISS);
    // In the new image nothing is mapped.
    assert_int_equal(delta_match_at(&s.delta, 4, 12 + 0), DELTA_MISS);
    assert_int_equal(delta_match_at(&s.delta, 5, 12 + 5), DELTA_HIT);
    scene_close(&s);
}

// The parser's idea of a prediction is the cursor's, for copies that begin
// where a field begins.
static void hits_are_what_the_cursor_predicts(void **state)
{
    uint64_t random = 6;

    (void)state;
    for (uint32_t round = 0; round < 300; round++) {
        uint8_t old_data[256], new_data[256];
        struct dfc_map_entry map = {chance_pick(&random, 256),
                                    2 * chance_pick(&random, 64)};
        uint32_t shift = 2 * chance_pick(&random, 32);
        struct dfc_cursor cursor = {0};
        struct scene s = {0};

        chance_code(&random, old_data, 256);
        s.arch = DFOTA_ARCH_THUMB;
        s.space.map = &map;
        s.space.map_count = 1;
        // Make the new image as the cursor predicts it.
        chance_bytes(&random, new_data, shift);
        scene_regions(&s, 256, 256);
        for (uint32_t at = shift; at < 256; at++) {
            struct dfc_view view = {old_data, 0, 256, 256, 0};

            dfc_cursor_load(&cursor, &s.space, &view, at);
            new_data[at] = (uint8_t)cursor.mapped;
            dfc_cursor_advance(&cursor);
        }
        assert_true(scene_open(&s, old_data, 256, new_data, 256));
        for (uint32_t at = shift; at < 256; at++) {
            assert_int_equal(delta_match_at(&s.delta, at, at - shift),
                             DELTA_HIT);
        }
        scene_close(&s);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_images_are_one_segment),
        cmocka_unit_test(changed_bytes_do_not_end_an_alignment),
        cmocka_unit_test(an_insertion_is_literal),
        cmocka_unit_test(a_deletion_moves_the_rest),
        cmocka_unit_test(halves_that_change_places_are_found),
        cmocka_unit_test(what_is_doubled_is_copied_twice),
        cmocka_unit_test(new_code_is_copied_from_the_new_image),
        cmocka_unit_test(a_run_continues_itself),
        cmocka_unit_test(what_is_unrelated_is_literal),
        cmocka_unit_test(one_state_is_enough_for_simple_moves),
        cmocka_unit_test(alignments_used_before_are_used_again),
        cmocka_unit_test(near_is_counted_from_the_last_long_alignment),
        cmocka_unit_test(sources_that_the_map_expects_are_taken),
        cmocka_unit_test(near_strings_are_cheaper),
        cmocka_unit_test(segments_are_sound_whatever_the_images),
        cmocka_unit_test(so_they_are_with_references),
        cmocka_unit_test(twice_the_same_is_the_same),
        cmocka_unit_test(references_hit_as_mapped_or_as_they_stand),
        cmocka_unit_test(hits_are_what_the_cursor_predicts),
    };

    return cmocka_run_group_tests(tests, take_range_prices, NULL) +
           cmocka_run_group_tests(tests, take_deflate_prices, NULL);
}
