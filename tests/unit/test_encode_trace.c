// SPDX-License-Identifier: MIT
// What delta_encode tells of a stream: what each byte and each cause has cost.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chance.h"
#include "dfota/format.h"
#include "budget.h"
#include "encode.h"
#include "images.h"

#define SMALL_MAX 300u

static const uint8_t codecs[] = {DFOTA_CODEC_RANGE, DFOTA_CODEC_DEFLATE};

static struct delta_pair pair_of(const struct image *a, const struct image *b)
{
    return (struct delta_pair){a->data, a->size, b->data, b->size, NULL, NULL};
}

static struct delta_stream traced(const struct delta_pair *pair, uint8_t codec)
{
    struct delta_coding coding = {.codec = codec, .level = 5, .trace = true};
    struct delta_budget budget;
    struct delta_stream stream;

    give_memory(&coding, &budget, 16384);
    assert_int_equal(delta_encode(&stream, pair, &coding), DELTA_OK);
    return stream;
}

static void forget(struct delta_stream *stream)
{
    free(stream->data);
    free(stream->trace.places);
}

// Sums over causes [first, last].
static uint64_t spent(const struct delta_tally *tally, uint32_t first,
                      uint32_t last)
{
    uint64_t bits = 0;

    for (; first <= last; first++) {
        bits += tally->bits[first];
    }
    return bits;
}

static uint32_t times(const struct delta_tally *tally, uint32_t first,
                      uint32_t last)
{
    uint32_t count = 0;

    for (; first <= last; first++) {
        count += tally->count[first];
    }
    return count;
}

static void check_sums(const struct delta_stream *s,
                       const struct delta_pair *pair)
{
    uint64_t sum = s->tally.bits[DELTA_CAUSE_TABLES];
    uint64_t bytes;

    for (uint32_t i = 0; i < pair->new_size; i++) {
        sum += s->trace.places[i].bits;
    }
    // Not one bit is lost between causes and places.
    assert_true(sum == spent(&s->tally, 0, DELTA_CAUSES - 1));
    // The coder's end is of no cause: 4 bytes; prices are rounded down.
    bytes = sum / 32768;
    assert_true(bytes <= s->size + s->size / 200);
    assert_true(bytes + 6 + s->size / 200 >= s->size);
}

static void check_place(const struct delta_stream *s,
                        const struct delta_pair *pair, uint32_t at)
{
    const struct delta_place *p = &s->trace.places[at];
    uint8_t byte;

    if (p->origin == DELTA_ORIGIN_LITERAL) {
        assert_int_equal(p->source, DELTA_NO_SOURCE);
        assert_int_equal(p->kind, DFC_PLAIN);
        assert_false(p->moved);
        return;
    }
    assert_true(p->source < pair->old_size + at);
    assert_true(p->kind < DFC_KINDS);
    byte = p->source < pair->old_size
               ? pair->old_data[p->source]
               : pair->new_data[p->source - pair->old_size];
    if (p->kind == DFC_PLAIN) {
        assert_false(p->moved);
        assert_int_equal(p->origin == DELTA_ORIGIN_HIT,
                         byte == pair->new_data[at]);
    } else if (!p->moved) {
        assert_int_equal(p->origin == DELTA_ORIGIN_HIT,
                         byte == pair->new_data[at]);
    }
}

static void check_trace(const struct delta_pair *pair)
{
    struct delta_stream s = traced(pair, DFOTA_CODEC_RANGE);
    const struct delta_tally *tally = &s.tally;
    uint32_t origins[3] = {0};
    uint32_t leaves;

    assert_non_null(s.trace.places);
    check_sums(&s, pair);
    for (uint32_t i = 0; i < pair->new_size; i++) {
        assert_true(s.trace.places[i].origin <= DELTA_ORIGIN_CORRECTION);
        origins[s.trace.places[i].origin]++;
        check_place(&s, pair, i);
    }
    assert_int_equal(origins[DELTA_ORIGIN_LITERAL],
                     tally->count[DELTA_CAUSE_LITERAL]);
    assert_int_equal(tally->count[DELTA_CAUSE_GO_ON],
                     tally->count[DELTA_CAUSE_LITERAL]);
    assert_int_equal(origins[DELTA_ORIGIN_HIT],
                     times(tally, DELTA_CAUSE_HIT, DELTA_CAUSE_HIT + 3));
    assert_int_equal(
        origins[DELTA_ORIGIN_CORRECTION],
        times(tally, DELTA_CAUSE_CORRECTION, DELTA_CAUSE_MAPPED - 1));
    assert_int_equal(origins[DELTA_ORIGIN_CORRECTION],
                     tally->count[DELTA_CAUSE_STAY]);
    leaves = tally->count[DELTA_CAUSE_LEAVE];
    assert_int_equal(times(tally, DELTA_CAUSE_MISS, DELTA_CAUSE_MISS + 3),
                     origins[DELTA_ORIGIN_CORRECTION] + leaves);
    assert_int_equal(times(tally, DELTA_CAUSE_RECENT, DELTA_CAUSE_NEW),
                     tally->count[DELTA_CAUSE_COPY]);
    assert_true(leaves <= tally->count[DELTA_CAUSE_COPY]);
    assert_int_equal(tally->count[DELTA_CAUSE_TABLES], 1);
    forget(&s);
}

static void a_trace_tells_every_byte_and_every_bit(void **state)
{
    (void)state;
    for (uint32_t seed = 11; seed < 15; seed++) {
        struct image a = image_make(seed, 0, 9000);
        struct image b = image_make(seed, seed % 4, 9000 + 500 * (seed % 3));
        struct delta_pair pair = pair_of(&a, &b);

        check_trace(&pair);
        image_free(&a);
        image_free(&b);
    }
    for (uint32_t size = 1; size < SMALL_MAX; size = size * 2 + 1) {
        uint8_t old_data[SMALL_MAX], new_data[SMALL_MAX];
        uint64_t random = size;
        struct delta_pair pair = {
            old_data, SMALL_MAX - size, new_data, size, NULL, NULL};

        chance_code(&random, old_data, SMALL_MAX);
        chance_bytes(&random, new_data, SMALL_MAX);
        // Half of it is from 5 bytes farther on.
        memcpy(new_data + size / 4, old_data + size / 4 + 5, size / 2);
        check_trace(&pair);
    }
}

static void tracing_changes_nothing(void **state)
{
    struct image a = image_make(15, 0, 9000), b = image_make(15, 1, 9000);
    struct delta_pair pair = pair_of(&a, &b);

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct delta_coding coding = {.codec = codecs[i], .level = 5};
        struct delta_stream with = traced(&pair, codecs[i]), without;
        struct delta_budget budget;

        give_memory(&coding, &budget, 16384);
        assert_int_equal(delta_encode(&without, &pair, &coding), DELTA_OK);
        assert_null(without.trace.places);
        assert_int_equal(with.size, without.size);
        assert_memory_equal(with.data, without.data, with.size);
        assert_int_equal(with.trace.places != NULL,
                         codecs[i] == DFOTA_CODEC_RANGE);
        forget(&with);
        forget(&without);
    }
    image_free(&a);
    image_free(&b);
}

static void changed_calls_are_told_as_moved(void **state)
{
    struct image a = image_make(16, 0, 20000), b = image_make(16, 2, 20000);
    struct delta_pair pair = pair_of(&a, &b);
    struct delta_stream s = traced(&pair, DFOTA_CODEC_RANGE);
    uint32_t moved = 0, hits = 0;

    (void)state;
    for (uint32_t i = 0; i < b.size; i++) {
        const struct delta_place *p = &s.trace.places[i];

        if (p->origin != DELTA_ORIGIN_LITERAL && p->kind == DFC_CALL &&
            p->moved) {
            moved++;
            hits += p->origin == DELTA_ORIGIN_HIT;
        }
    }
    assert_true(moved > 500 && hits > moved * 9 / 10);
    forget(&s);
    image_free(&a);
    image_free(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_tells_every_byte_and_every_bit),
        cmocka_unit_test(tracing_changes_nothing),
        cmocka_unit_test(changed_calls_are_told_as_moved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
