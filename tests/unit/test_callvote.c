// SPDX-License-Identifier: MIT
// Regions of a raw image, found by calls between made functions.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "callvote.h"
#include "chance.h"
#include "dfota/format.h"
#include "images.h"

#define REGION_SIZE 0x8000u
#define REGIONS 3u
#define SIZE (REGIONS * REGION_SIZE)
#define FUNCTION_ROOM 128u
#define FUNCTIONS (SIZE / FUNCTION_ROOM)
#define CALLS 8u // in each function

static uint8_t image[SIZE];
static uint32_t starts[FUNCTIONS];

static void put_half(uint32_t s, uint32_t value)
{
    image[s] = (uint8_t)value;
    image[s + 1] = (uint8_t)(value >> 8);
}

// A BL at s to a position `distance` further on.
static void put_call(uint32_t s, uint32_t distance)
{
    struct dfc_view view = {image, 0, SIZE, SIZE, 0};
    struct dfc_reference ref = {s, 4, DFC_CALL, 0};
    uint32_t word;

    put_half(s, 0xF000);
    put_half(s + 2, 0xF800);
    word = dfc_reference_bytes(DFOTA_ARCH_THUMB, &view, &ref, 0, distance);
    put_half(s, word);
    put_half(s + 2, word >> 16);
}

// Functions, not in even steps, that call each other: one call in `share` goes
// to any region.
static void make_image(const uint32_t *bases, uint32_t share, uint64_t seed)
{
    memset(image, 0, sizeof(image));
    for (uint32_t f = 0; f < FUNCTIONS; f++) {
        starts[f] = f * FUNCTION_ROOM + 2 * chance_pick(&seed, 32);
    }
    for (uint32_t f = 0; f < FUNCTIONS; f++) {
        uint32_t region = starts[f] / REGION_SIZE;

        put_half(starts[f], 0xB510); // push {r4, lr}
        for (uint32_t i = 0; i < CALLS; i++) {
            uint32_t other = chance_pick(&seed, share) == 0
                                 ? chance_pick(&seed, REGIONS)
                                 : region;
            uint32_t target = starts[other * (FUNCTIONS / REGIONS) +
                                     chance_pick(&seed, FUNCTIONS / REGIONS)];
            uint32_t at = starts[f] + 2 + 6 * i;

            put_call(at, bases[other] + target - (bases[region] + at));
            put_half(at + 4, 0x2000 + chance_pick(&seed, 256)); // movs r0
        }
    }
}

static uint32_t find(struct dfc_region *regions)
{
    return delta_call_regions(regions, DFOTA_REGIONS_MAX, DFOTA_ARCH_THUMB,
                              image, SIZE);
}

static void check_regions(const uint32_t *bases)
{
    struct dfc_region regions[DFOTA_REGIONS_MAX];

    assert_int_equal(find(regions), REGIONS);
    for (uint32_t i = 0; i < REGIONS; i++) {
        uint32_t end = (i + 1) * REGION_SIZE;

        // A border is where a region's first function is.
        assert_int_equal(regions[i].start, i == 0 ? 0 : regions[i - 1].end);
        assert_in_range(regions[i].end, end, end + (i < 2 ? 64 : 0));
        assert_int_equal(regions[i].arch, DFOTA_ARCH_THUMB);
        assert_int_equal(regions[i].base - regions[0].base,
                         bases[i] - bases[0]);
    }
}

// Whichever of the pieces is nearest to which other one.
static void regions_at_other_distances(void **state)
{
    static const uint32_t places[] = {0, 0x30DF28, 0x800114};
    static const uint32_t orders[][REGIONS] = {
        {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0},
    };

    (void)state;
    for (uint32_t i = 0; i < 6; i++) {
        uint32_t bases[REGIONS];

        for (uint32_t k = 0; k < REGIONS; k++) {
            bases[k] = places[orders[i][k]];
        }
        make_image(bases, 4, i);
        check_regions(bases);
    }
}

static void the_longest_is_at_zero(void **state)
{
    static const uint32_t bases[] = {0x400000, 0x100000, 0x100000};
    struct dfc_region regions[DFOTA_REGIONS_MAX];

    (void)state;
    make_image(bases, 4, 1);
    assert_int_equal(find(regions), 2);
    assert_int_equal(regions[0].base, 0x300000);
    assert_int_equal(regions[1].base, 0);
}

// No room for three: what follows stays in the last one.
static void room_is_kept_to(void **state)
{
    static const uint32_t bases[] = {0, 0x30DF28, 0x800114};
    struct dfc_region regions[2];

    (void)state;
    make_image(bases, 4, 1);
    assert_int_equal(
        delta_call_regions(regions, 2, DFOTA_ARCH_THUMB, image, SIZE), 2);
    assert_int_equal(regions[1].end, SIZE);
}

static void check_one(uint32_t arch)
{
    struct dfc_region regions[DFOTA_REGIONS_MAX];

    assert_int_equal(
        delta_call_regions(regions, DFOTA_REGIONS_MAX, arch, image, SIZE), 1);
    assert_int_equal(regions[0].start, 0);
    assert_int_equal(regions[0].end, SIZE);
    assert_int_equal(regions[0].base, 0);
    assert_int_equal(regions[0].arch, arch);
}

static void one_region_where_all_is_near(void **state)
{
    static const uint32_t near[] = {0, 0, 0};
    static const uint32_t bases[] = {0, 0x30DF28, 0x800114};

    (void)state;
    make_image(near, 4, 1);
    check_one(DFOTA_ARCH_THUMB);
    // Of an architecture whose calls do not depend on where they stand.
    make_image(bases, 4, 1);
    check_one(DFOTA_ARCH_AVR);
    check_one(DFOTA_ARCH_NONE);
}

// Calls into a ROM that is not in the image, and noise.
static void calls_to_elsewhere_prove_nothing(void **state)
{
    static const uint32_t near[] = {0, 0, 0};
    uint64_t seed = 2;

    (void)state;
    make_image(near, 4, 1);
    for (uint32_t f = 0; f < FUNCTIONS; f++) {
        put_call(starts[f] + 2, 0x400000 + 2 * chance_pick(&seed, 0x8000));
    }
    check_one(DFOTA_ARCH_THUMB);
    for (seed = 0; seed < 8; seed++) {
        uint64_t random = seed;

        chance_code(&random, image, SIZE);
        check_one(DFOTA_ARCH_THUMB);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_at_other_distances),
        cmocka_unit_test(the_longest_is_at_zero),
        cmocka_unit_test(room_is_kept_to),
        cmocka_unit_test(one_region_where_all_is_near),
        cmocka_unit_test(calls_to_elsewhere_prove_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
