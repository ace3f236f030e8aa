// SPDX-License-Identifier: MIT
// The range encoder against a decoder written from FORMAT.md section 9.2.

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "chance.h"
#include "rangeenc.h"

// --- Decoder ---------------------------------------------------------------

struct decoder {
    const struct delta_buffer *in;
    size_t at; // may be beyond the end: zeros are read there
    uint32_t range, code;
};

static uint32_t next_byte(struct decoder *d)
{
    uint32_t byte = d->at < d->in->size ? d->in->data[d->at] : 0;

    d->at++;
    return byte;
}

static void begin_decoder(struct decoder *d, const struct delta_buffer *in)
{
    d->in = in;
    d->at = 0;
    d->range = 0xFFFFFFFFu;
    d->code = 0;
    for (int i = 0; i < 4; i++) {
        d->code = d->code << 8 | next_byte(d);
    }
}

static uint32_t decode(struct decoder *d, uint32_t p)
{
    uint32_t share = (d->range >> 16) * p;
    uint32_t bit = d->code < share;

    if (bit) {
        d->range = share;
    } else {
        d->code -= share;
        d->range -= share;
    }
    while (d->range < 1u << 24) {
        d->range <<= 8;
        d->code = d->code << 8 | next_byte(d);
    }
    return bit;
}

// --- Sequences -------------------------------------------------------------

struct decision {
    uint32_t p, bit;
};

struct sequence {
    struct decision *list;
    uint32_t count;
};

static struct sequence new_sequence(uint32_t count)
{
    struct sequence q = {malloc((count + 1) * sizeof(*q.list)), count};

    assert_non_null(q.list);
    return q;
}

static struct delta_buffer encode(const struct sequence *q)
{
    struct delta_buffer out = {0};
    struct delta_rangeenc e;

    delta_rangeenc_begin(&e, &out);
    for (uint32_t i = 0; i < q->count; i++) {
        delta_rangeenc_bit(&e, q->list[i].p, q->list[i].bit);
    }
    delta_rangeenc_end(&e);
    assert_false(out.failed);
    return out;
}

static int decodes_to(const struct delta_buffer *stream,
                      const struct sequence *q, struct decoder *d)
{
    begin_decoder(d, stream);
    for (uint32_t i = 0; i < q->count; i++) {
        if (decode(d, q->list[i].p) != q->list[i].bit) {
            return 0;
        }
    }
    return 1;
}

// Encode, decode, and look for a byte too many or too few. Returns the size.
static size_t check_sequence(const struct sequence *q)
{
    struct delta_buffer stream = encode(q);
    struct decoder d;
    size_t size = stream.size;

    assert_true(size >= 1);
    assert_true(decodes_to(&stream, q, &d));
    assert_true(d.at >= size);     // nothing is left over
    assert_true(d.at <= size + 4); // at most four bytes beyond the end
    delta_buffer_free(&stream);
    return size;
}

static double entropy_bytes(const struct sequence *q)
{
    double bits = 0;

    for (uint32_t i = 0; i < q->count; i++) {
        uint32_t p = q->list[i].p;

        bits -= log2((q->list[i].bit ? p : 65536 - p) / 65536.0);
    }
    return bits / 8;
}

// A decision that comes out as its probability says.
static struct decision draw(uint64_t *random, uint32_t p)
{
    return (struct decision){p, chance_pick(random, 65536) < p};
}

// --- Tests -----------------------------------------------------------------

static void streams_are_as_long_as_their_information(void **state)
{
    // 0: any probability.
    static const uint32_t probabilities[] = {0,     1,     2,     100,   4096,
                                             32767, 32768, 32769, 61440, 65535};
    uint64_t random = 1;

    (void)state;
    for (uint32_t k = 0; k < sizeof(probabilities) / sizeof(uint32_t); k++) {
        struct sequence q = new_sequence(400000);
        double least;
        size_t size;

        for (uint32_t i = 0; i < q.count; i++) {
            uint32_t p = probabilities[k];

            q.list[i] = draw(&random, p ? p : 1 + chance_pick(&random, 65535));
        }
        least = entropy_bytes(&q);
        size = check_sequence(&q);
        assert_true((double)size <= least * 1.001 + 8);
        assert_true((double)size >= least * 0.999 - 8);
        free(q.list);
    }
}

static void every_short_sequence_comes_back(void **state)
{
    static const uint32_t probabilities[] = {1, 32767, 32768, 65535};

    (void)state;
    // Up to five decisions of eight kinds.
    for (uint32_t count = 0; count <= 5; count++) {
        for (uint32_t n = 0; n < 1u << 3 * count; n++) {
            struct sequence q = new_sequence(count);

            for (uint32_t i = 0; i < count; i++) {
                uint32_t kind = n >> 3 * i & 7;

                q.list[i].p = probabilities[kind >> 1];
                q.list[i].bit = kind & 1;
            }
            check_sequence(&q);
            free(q.list);
        }
    }
}

static void decisions_against_all_odds_come_back(void **state)
{
    uint64_t random = 2;

    (void)state;
    for (uint32_t round = 0; round < 3000; round++) {
        struct sequence q = new_sequence(chance_pick(&random, 300));

        for (uint32_t i = 0; i < q.count; i++) {
            uint32_t kind = chance_pick(&random, 4);

            q.list[i].p = kind == 0   ? 1
                          : kind == 1 ? 65535
                                      : 1 + chance_pick(&random, 65535);
            q.list[i].bit = chance_pick(&random, 2);
        }
        check_sequence(&q);
        free(q.list);
    }
}

// Keep the interval around the middle of the number line, so that bytes of
// 0xFF pile up until the last decision says whether a carry goes through
// them. Returns the bytes held at most.
static uint32_t make_straddling(struct sequence *q, uint64_t *random,
                                uint32_t last)
{
    struct delta_buffer out = {0};
    struct delta_rangeenc e;
    uint64_t middle = 0x80000000u; // distance from the interval's low end
    uint32_t held = 0;

    delta_rangeenc_begin(&e, &out);
    for (uint32_t i = 0; i < q->count; i++) {
        uint32_t p = 1 + chance_pick(random, 65535);
        uint32_t share = (e.range >> 16) * p;
        uint32_t lower = i + 1 == q->count ? last : middle < share;
        uint32_t shifts = 0;

        middle -= lower ? 0 : share;
        q->list[i] = (struct decision){p, lower};
        for (uint32_t r = lower ? share : e.range - share; r < 1u << 24;
             r <<= 8) {
            shifts += 8;
        }
        middle <<= shifts;
        delta_rangeenc_bit(&e, p, q->list[i].bit);
        held = e.held > held ? e.held : held;
    }
    delta_buffer_free(&out);
    return held;
}

static void carries_go_through_all_held_bytes(void **state)
{
    uint64_t random = 3;
    uint32_t most_held = 0;
    uint32_t carries = 0;

    (void)state;
    for (uint32_t round = 0; round < 4000; round++) {
        struct sequence q = new_sequence(1 + chance_pick(&random, 200));
        uint32_t held = make_straddling(&q, &random, round & 1);
        struct delta_buffer stream = encode(&q);

        most_held = held > most_held ? held : most_held;
        carries += held >= 2 && stream.data[0] == 0x80;
        check_sequence(&q);
        delta_buffer_free(&stream);
        free(q.list);
    }
    assert_true(most_held >= 10);
    assert_true(carries >= 500);
}

static void the_end_is_cut_as_short_as_can_be(void **state)
{
    uint64_t random = 4;

    (void)state;
    for (uint32_t round = 0; round < 5000; round++) {
        struct sequence q = new_sequence(chance_pick(&random, 40));
        struct delta_buffer stream;
        struct decoder d;

        for (uint32_t i = 0; i < q.count; i++) {
            q.list[i] = draw(&random, 1 + chance_pick(&random, 65535));
        }
        stream = encode(&q);
        // No value of one byte less would do, with zeros behind it.
        if (stream.size > 1) {
            uint8_t *last = &stream.data[stream.size - 2];
            uint8_t byte = *last;

            stream.size--;
            for (uint32_t i = 0; i < 2; i++) {
                *last = (uint8_t)(byte + i);
                assert_false(decodes_to(&stream, &q, &d) &&
                             d.at <= stream.size + 4);
            }
        }
        delta_buffer_free(&stream);
        free(q.list);
    }
}

static void it_appends_to_what_is_there(void **state)
{
    struct delta_buffer out = {0};
    struct delta_rangeenc e;

    (void)state;
    delta_buffer_append(&out, "a\0", 2);
    delta_rangeenc_begin(&e, &out);
    delta_rangeenc_end(&e);
    // The shortest stream is one byte; what was there is not cut off.
    assert_int_equal(out.size, 3);
    assert_memory_equal(out.data, "a\0\0", 3);
    delta_buffer_free(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_as_long_as_their_information),
        cmocka_unit_test(every_short_sequence_comes_back),
        cmocka_unit_test(decisions_against_all_odds_come_back),
        cmocka_unit_test(carries_go_through_all_held_bytes),
        cmocka_unit_test(the_end_is_cut_as_short_as_can_be),
        cmocka_unit_test(it_appends_to_what_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
