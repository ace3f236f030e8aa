// SPDX-License-Identifier: MIT
// Anchors: moved stretches are found, and nothing outside the text is read.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "anchors.h"
#include "chance.h"

#define OLD 3000u

static struct delta_anchors *make(const uint8_t *text, uint32_t old_size,
                                  uint32_t new_size)
{
    struct delta_anchors *a = delta_anchors_make(text, old_size, new_size);

    assert_non_null(a);
    return a;
}

static void check_segments(const struct delta_segments *segments,
                           uint32_t old_size, uint32_t new_size)
{
    uint32_t end = 0;

    for (uint32_t i = 0; i < segments->count; i++) {
        const struct delta_segment *s = &segments->list[i];

        assert_true(s->length > 0 && s->new_at >= end);
        assert_true(s->length <= new_size - s->new_at);
        assert_true(s->length <= old_size - s->source);
        end = s->new_at + s->length;
    }
}

// Three stretches of the old image in another order, new bytes between them,
// some bytes changed.
static void moved_stretches_are_aligned(void **state)
{
    static const struct delta_segment moved[] = {
        {0, 2000, 500}, {540, 300, 700}, {1240, 1300, 600}};
    uint8_t text[OLD + 2000];
    uint64_t random = 1;
    struct delta_segments found;

    (void)state;
    for (uint32_t round = 0; round < 50; round++) {
        uint32_t hits = 0;

        chance_bytes(&random, text, sizeof(text));
        for (uint32_t i = 0; i < 3; i++) {
            memcpy(text + OLD + moved[i].new_at, text + moved[i].source,
                   moved[i].length);
            text[OLD + moved[i].new_at + 200 + chance_pick(&random, 99)] ^= 1;
        }
        struct delta_anchors *a = make(text, OLD, 2000);

        assert_true(delta_anchors_align(&found, a));
        check_segments(&found, OLD, 2000);
        for (uint32_t i = 0; i < found.count; i++) {
            for (uint32_t k = 0; k < 3; k++) {
                if (found.list[i].source - found.list[i].new_at ==
                    moved[k].source - moved[k].new_at) {
                    hits += found.list[i].length;
                }
            }
        }
        assert_in_range(hits, 1790, 1820);
        free(found.list);
        delta_anchors_free(a);
    }
}

static void candidates_are_found(void **state)
{
    uint8_t text[OLD + 1000];
    uint64_t random = 2;
    uint32_t found[DELTA_CANDIDATES];
    uint32_t hits[3] = {0};

    (void)state;
    chance_bytes(&random, text, sizeof(text));
    memcpy(text + OLD + 100, text + 700, 50);
    memcpy(text + OLD + 600, text + OLD + 300, 12);
    struct delta_anchors *a = make(text, OLD, 1000);

    for (uint32_t at = 0; at < 1000; at++) {
        delta_anchors_find(a, at, found);
        if (at >= 100 && at <= 134) {
            hits[0] += found[0] == 600 + at;
            hits[1] += found[1] == 600 + at;
        }
        hits[2] += at >= 600 && at <= 606 && found[2] == OLD + at - 300;
        for (uint32_t i = 0; i < DELTA_CANDIDATES; i++) {
            assert_true(found[i] == DELTA_NO_SOURCE || found[i] < OLD + at);
        }
    }
    // Now and then another place has the same hash.
    assert_in_range(hits[0], 15, 35);
    assert_in_range(hits[1], 15, 35);
    assert_in_range(hits[2], 3, 7);
    delta_anchors_free(a);
}

static void tiny_texts_are_harmless(void **state)
{
    uint64_t random = 3;

    (void)state;
    for (uint32_t round = 0; round < 2000; round++) {
        uint32_t old_size = 1 + chance_pick(&random, 60);
        uint32_t new_size = 1 + chance_pick(&random, 60);
        // Of the exact size, so that a sanitizer sees reads beyond it.
        uint8_t *text = malloc(old_size + new_size);
        uint32_t bound = 1 + round % 4;
        uint32_t found[DELTA_CANDIDATES];
        struct delta_segments segments;

        assert_non_null(text);
        for (uint32_t i = 0; i < old_size + new_size; i++) {
            text[i] = (uint8_t)chance_pick(&random, bound);
        }
        struct delta_anchors *a = make(text, old_size, new_size);

        assert_true(delta_anchors_align(&segments, a));
        check_segments(&segments, old_size, new_size);
        for (uint32_t at = 0; at < new_size; at++) {
            delta_anchors_find(a, at, found);
        }
        free(segments.list);
        delta_anchors_free(a);
        free(text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(moved_stretches_are_aligned),
        cmocka_unit_test(candidates_are_found),
        cmocka_unit_test(tiny_texts_are_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
