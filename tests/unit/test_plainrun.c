// SPDX-License-Identifier: MIT
// Runs of plain fields: the same answer as looking up field after field.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chance.h"
#include "cursor.h"

#define SIZE 400u
#define REGIONS 3u

static const uint32_t archs[] = {
    DFOTA_ARCH_NONE,
    DFOTA_ARCH_THUMB,
    DFOTA_ARCH_A32,
    DFOTA_ARCH_A64,
    DFOTA_ARCH_A64 | DFC_ARCH_FAR,
    DFOTA_ARCH_RISCV,
    DFOTA_ARCH_RISCV | DFC_ARCH_FAR,
    DFOTA_ARCH_XTENSA,
    DFOTA_ARCH_AVR,
    DFOTA_ARCH_BIG,
};
#define ARCHS (sizeof(archs) / sizeof(archs[0]))

static const struct dfc_range ranges[] = {{0x08000000, 0x08000200},
                                          {0xF0000000u, 0xF0800000u}};

// --- Images ----------------------------------------------------------------

static void put_half(uint8_t *bytes, uint32_t half)
{
    bytes[0] = (uint8_t)half;
    bytes[1] = (uint8_t)(half >> 8);
}

// Halfwords of which many begin an instruction of 32 bits, some are the second
// half of one, and pointers at any even place. How many differs by image.
static void any_image(uint8_t *image, uint64_t *random)
{
    uint32_t calm = 1 + chance_pick(random, 40);
    uint32_t i = 0;

    chance_bytes(random, image, SIZE);
    while (i + 8 <= SIZE) {
        uint32_t word = chance_word(random);

        switch (chance_pick(random, 5 + calm)) {
        case 0: // F000..F7FF: what references begin with
            put_half(image + i, 0xF000 | (word & 0x07FF));
            break;
        case 1: // E800..FFFF: they tell where instructions begin
            put_half(image + i, 0xE800 + word % 0x1800);
            break;
        case 2: // a MOVW or MOVT, perhaps its partner soon
            put_half(image + i, 0xF240 | (word & 0x80) | (word & 0x040F));
            put_half(image + i + 2, word >> 16 & 0x71FF);
            break;
        case 3:
            put_half(image + i, word & 0x01FF);
            put_half(image + i + 2, 0x0800);
            break;
        case 4: // a call
            put_half(image + i, 0xF000 | (word & 0x07FF));
            put_half(image + i + 2, 0xF800 | (word >> 16 & 0x07FF));
            i += 2;
            break;
        default: put_half(image + i, word & 0xDFFF); // 16 bits, mostly
        }
        i += 2;
    }
}

// --- Field after field -----------------------------------------------------

// s begins a field, or is where one goes on.
static uint32_t walk(uint32_t arch, uint32_t range_count,
                     const struct dfc_view *view, uint32_t s, uint32_t end)
{
    while (s < end) {
        struct dfc_reference ref;

        dfc_reference_at(arch, ranges, range_count, view, s, &ref);
        if (ref.kind != DFC_PLAIN || ref.at + ref.size > end) {
            break;
        }
        s = ref.at + ref.size;
    }
    return s;
}

static uint32_t begins_field(uint32_t arch, uint32_t range_count,
                             const struct dfc_view *view, uint32_t s)
{
    struct dfc_reference ref;

    dfc_reference_at(arch, ranges, range_count, view, s, &ref);
    return ref.at == s;
}

// A window that shows what an answer for every position below `end` needs, and
// nothing else can be read.
struct window {
    struct dfc_view view;
    uint8_t *bytes;
};

static struct window open_window(const uint8_t *image, uint32_t size,
                                 uint32_t first, uint32_t end)
{
    struct window w;

    w.bytes = malloc(end - first);
    assert_non_null(w.bytes);
    memcpy(w.bytes, image + first, end - first);
    w.view = (struct dfc_view){w.bytes, first, end - first, size, 0x08000000};
    return w;
}

// A window around s, as narrow as it may be or wider.
static struct window any_window(const uint8_t *image, uint32_t size, uint32_t s,
                                uint64_t *random)
{
    uint32_t first = s < DFC_LOOKBACK ? 0 : s - DFC_LOOKBACK;
    uint32_t end = size - s < DFC_LOOKAHEAD ? size : s + DFC_LOOKAHEAD;

    if (chance_pick(random, 4) != 0) {
        first -= chance_pick(random, first + 1);
        end += chance_pick(random, size - end + 1);
    }
    return open_window(image, size, first, end);
}

// Up to where the window has an answer, or is the image's end.
static uint32_t last_answer(const struct dfc_view *view)
{
    uint32_t end = view->first + view->count;

    return end == view->size ? end : end - DFC_LOOKAHEAD;
}

// --- Tests -----------------------------------------------------------------

static void thumb_is_calm_until_a_reference_in_code(void **state)
{
    uint8_t image[SIZE];
    uint64_t random = 1;
    uint32_t runs = 0;

    (void)state;
    for (uint32_t round = 0; round < 800; round++) {
        uint32_t size = SIZE - chance_pick(&random, 100);

        any_image(image, &random);
        for (uint32_t s = 0; s < size; s++) {
            struct window w = any_window(image, size, s, &random);
            uint32_t most = last_answer(&w.view) - s;
            uint32_t end = s + chance_pick(&random, most + 1);
            uint32_t found = dfc_thumb_calm(&w.view, s, end);

            if (begins_field(DFOTA_ARCH_THUMB, 0, &w.view, s)) {
                // A byte alone at the image's end is not its business.
                assert_int_equal(
                    found, walk(DFOTA_ARCH_THUMB, 0, &w.view, s, end & ~1u));
                runs += found - s > 8;
            } else {
                assert_int_equal(found, s);
            }
            free(w.bytes);
        }
    }
    assert_true(runs > 10000);
}

static void plain_ends_where_the_walk_ends(void **state)
{
    uint8_t image[SIZE];
    uint64_t random = 2;
    uint32_t runs[ARCHS] = {0};

    (void)state;
    for (uint32_t round = 0; round < 100 * ARCHS; round++) {
        uint32_t arch = archs[round % ARCHS];
        uint32_t count = chance_pick(&random, 3);
        uint32_t size = SIZE - chance_pick(&random, 100);

        any_image(image, &random);
        for (uint32_t s = 0; s < size; s++) {
            struct window w = any_window(image, size, s, &random);
            uint32_t most = last_answer(&w.view) - s;
            uint32_t end = s + chance_pick(&random, most + 1);

            if (begins_field(arch, count, &w.view, s)) {
                uint32_t found =
                    dfc_plain_end(arch, ranges, count, &w.view, s, end);

                assert_int_equal(found, walk(arch, count, &w.view, s, end));
                runs[round % ARCHS] += found - s > 8;
            }
            free(w.bytes);
        }
    }
    for (uint32_t i = 0; i < ARCHS; i++) {
        assert_true(runs[i] > 1000);
    }
}

// Regions of any architecture, from 0 to size.
static uint32_t any_regions(struct dfc_region *list, uint32_t size,
                            uint64_t *random)
{
    uint32_t count = 1 + chance_pick(random, REGIONS);
    uint32_t at = 0;

    for (uint32_t i = 0; i < count; i++) {
        list[i].start = at;
        at += chance_pick(random, (size - at) / 2 + 1);
        at = i + 1 == count ? size : at;
        list[i].end = at;
        list[i].base = chance_word(random) & ~3u;
        list[i].arch = archs[chance_pick(random, ARCHS)];
    }
    return count;
}

// Where a run from s ends at most: whole fields, of one region, that the window
// tells of.
static uint32_t run_limit(const struct dfc_region *region,
                          const struct dfc_view *view, uint32_t s, uint32_t max)
{
    uint32_t end = last_answer(view);

    end = end < region->end ? end : region->end;
    return end < s + max ? end : s + max;
}

static void runs_are_plain_fields_of_one_region(void **state)
{
    uint8_t image[SIZE];
    uint64_t random = 3;
    uint32_t runs = 0;

    (void)state;
    for (uint32_t round = 0; round < 1500; round++) {
        uint32_t size = SIZE - chance_pick(&random, 100);
        struct dfc_region list[REGIONS];
        struct dfc_space space = {.old_size = size};

        any_image(image, &random);
        space.old_regions =
            (struct dfc_regions){list, any_regions(list, size, &random)};
        space.range_count = chance_pick(&random, 3);
        memcpy(space.ranges, ranges, sizeof(ranges));
        for (uint32_t s = 0; s < size; s++) {
            struct window w = any_window(image, size, s, &random);
            const struct dfc_region *r = dfc_region_at(&space.old_regions, s);
            uint32_t max = chance_pick(&random, 40);
            uint32_t found = dfc_plain_run(&space, &w.view, s, max);

            assert_int_equal(w.view.base, r->base);
            // 0 is always an answer where a field only goes on.
            if (found != 0 ||
                begins_field(r->arch, space.range_count, &w.view, s)) {
                uint32_t end = run_limit(r, &w.view, s, max);

                assert_int_equal(s + found, walk(r->arch, space.range_count,
                                                 &w.view, s, end));
            }
            runs += found > 8;
            free(w.bytes);
        }
    }
    assert_true(runs > 10000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(thumb_is_calm_until_a_reference_in_code),
        cmocka_unit_test(plain_ends_where_the_walk_ends),
        cmocka_unit_test(runs_are_plain_fields_of_one_region),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
