// SPDX-License-Identifier: MIT
// What two images are: as their files say, as is asked for, or as found.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "chance.h"
#include "identify.h"
#include "images.h"

#define NOISE_SIZE 3000u

struct trial {
    struct image a, b;
    struct delta_image old_image, new_image;
    struct delta_pair pair;
    struct delta_coding coding;
    struct delta_identity id;
};

// The images are the trial's from here on.
static void begin(struct trial *t, struct image a, struct image b)
{
    memset(t, 0, sizeof(*t));
    assert_non_null(a.data);
    assert_non_null(b.data);
    t->a = a;
    t->b = b;
    t->pair = (struct delta_pair){a.data, a.size, b.data, b.size, NULL, NULL};
}

static void end(struct trial *t)
{
    image_free(&t->a);
    image_free(&t->b);
}

static struct image noise(uint64_t seed)
{
    uint8_t bytes[NOISE_SIZE];

    chance_bytes(&seed, bytes, sizeof(bytes));
    return image_copy(bytes, sizeof(bytes));
}

static void run(struct trial *t)
{
    memset(&t->id, 0xA5, sizeof(t->id));
    delta_identify(&t->id, &t->pair, &t->coding);
}

static void check_region(const struct dfc_region *r, uint32_t start,
                         uint32_t end, uint32_t base, uint32_t arch)
{
    assert_int_equal(r->start, start);
    assert_int_equal(r->end, end);
    assert_int_equal(r->base, base);
    assert_int_equal(r->arch, arch);
}

// Each image is one region.
static void check_whole(const struct trial *t, uint32_t base, uint32_t arch)
{
    assert_int_equal(t->id.old_count, 1);
    assert_int_equal(t->id.new_count, 1);
    check_region(t->id.old_regions, 0, t->pair.old_size, base, arch);
    check_region(t->id.new_regions, 0, t->pair.new_size, base, arch);
    assert_int_equal(delta_identity_archs(&t->id), arch);
}

// --- Only bytes ------------------------------------------------------------

static void firmware_is_found_out(void **state)
{
    struct trial t;
    struct dfc_range ranges[DFOTA_RANGES_MAX];

    (void)state;
    begin(&t, image_make(1, 0, 20000), image_make(1, 1, 20000));
    run(&t);
    check_whole(&t, IMAGES_BASE, DFOTA_ARCH_THUMB);
    assert_true(t.id.has_base);
    assert_int_equal(delta_identity_ranges(ranges, &t.id), 1);
    assert_int_equal(ranges[0].start, IMAGES_BASE);
    assert_int_equal(ranges[0].end, IMAGES_BASE + t.a.size);
    end(&t);
}

static void the_new_image_may_tell_the_base(void **state)
{
    struct trial t;

    (void)state;
    // Of the old one nothing is known, not even that it is code.
    begin(&t, noise(1), image_make(1, 1, 20000));
    run(&t);
    check_whole(&t, IMAGES_BASE, DFOTA_ARCH_NONE);
    assert_true(t.id.has_base);
    end(&t);
    begin(&t, image_make(1, 1, 20000), noise(1));
    run(&t);
    check_whole(&t, IMAGES_BASE, DFOTA_ARCH_THUMB);
    end(&t);
}

static void noise_is_nothing(void **state)
{
    struct trial t;
    struct dfc_range ranges[DFOTA_RANGES_MAX];

    (void)state;
    begin(&t, noise(1), noise(2));
    run(&t);
    check_whole(&t, 0, DFOTA_ARCH_NONE);
    assert_false(t.id.has_base);
    // An image that is at no address has no pointers into it.
    assert_int_equal(delta_identity_ranges(ranges, &t.id), 0);
    end(&t);
}

static void a_base_that_is_given_counts(void **state)
{
    static const uint32_t bases[] = {0, 0x1234, 0x90000000u};
    struct trial t;

    (void)state;
    begin(&t, image_make(1, 0, 20000), image_make(1, 1, 20000));
    t.coding.base_given = true;
    for (uint32_t i = 0; i < 3; i++) {
        t.coding.base = bases[i];
        run(&t);
        check_whole(&t, bases[i], DFOTA_ARCH_THUMB);
        assert_true(t.id.has_base);
    }
    end(&t);
}

static void an_architecture_that_is_given_counts(void **state)
{
    static const uint32_t archs[] = {DFOTA_ARCH_NONE, DFOTA_ARCH_RISCV,
                                     DFOTA_ARCH_BIG};
    struct trial t;

    (void)state;
    begin(&t, image_make(1, 0, 20000), image_make(1, 1, 20000));
    t.coding.arch_given = true;
    t.coding.arch = DFOTA_ARCH_THUMB;
    run(&t);
    check_whole(&t, IMAGES_BASE, DFOTA_ARCH_THUMB);
    for (uint32_t i = 0; i < 3; i++) {
        t.coding.arch = archs[i];
        run(&t);
        check_whole(&t, t.id.old_regions[0].base, archs[i]);
    }
    end(&t);
}

static void an_image_does_not_wrap_around(void **state)
{
    struct trial t;

    (void)state;
    begin(&t, noise(1), noise(2));
    t.coding.base_given = true;
    t.coding.base = 0u - NOISE_SIZE - 1;
    run(&t);
    check_whole(&t, t.coding.base, DFOTA_ARCH_NONE);
    assert_true(t.id.has_base);
    for (uint32_t beyond = 0; beyond < NOISE_SIZE; beyond += 999) {
        t.coding.base = 0u - NOISE_SIZE + beyond;
        run(&t);
        check_whole(&t, 0, DFOTA_ARCH_NONE);
        assert_false(t.id.has_base);
    }
    end(&t);
}

// --- Files that say more ---------------------------------------------------

// Thumb firmware in three regions: code, data, and code not known what for.
static void begin_stated(struct trial *t)
{
    begin(t, image_make(1, 0, 20000), image_make(1, 1, 20000));
    t->old_image = (struct delta_image){
        .data = t->a.data,
        .size = t->a.size,
        .region_count = 3,
        .regions = {{0, 0x08000000, DFOTA_ARCH_A64, true},
                    {1000, 0x20000000, DFOTA_ARCH_A64, false},
                    {3000, 0x10000000, DELTA_ARCH_UNKNOWN, true}},
        .has_addresses = true,
    };
    t->new_image = (struct delta_image){
        .data = t->b.data,
        .size = t->b.size,
        .region_count = 2,
        .regions = {{0, 0x08100000, DFOTA_ARCH_A64, true},
                    {5000, 0x30000000, DELTA_ARCH_UNKNOWN, false}},
        .has_addresses = true,
    };
    t->pair.old_image = &t->old_image;
    t->pair.new_image = &t->new_image;
}

// Thumb firmware behind a header of that size.
static struct image behind_header(uint32_t header, uint32_t variant)
{
    struct image program = image_make(1, variant, 20000);
    uint8_t *data = calloc(1, header + program.size);
    struct image all;

    assert_non_null(data);
    memcpy(data + header, program.data, program.size);
    all = image_copy(data, header + program.size);
    free(data);
    image_free(&program);
    return all;
}

// The program's address is round, that of the header in front need not be.
static void a_header_is_passed_over(void **state)
{
    struct trial t;

    (void)state;
    for (uint32_t header = 0; header < 1024; header += 92) {
        begin(&t, behind_header(header, 0), behind_header(header, 1));
        t.old_image = (struct delta_image){
            .data = t.a.data,
            .size = t.a.size,
            .region_count = header > 0 ? 2 : 1,
            .regions = {{0, 0, DELTA_ARCH_UNKNOWN, header == 0},
                        {header, header, DELTA_ARCH_UNKNOWN, true}},
        };
        t.new_image = t.old_image;
        t.new_image.data = t.b.data;
        t.new_image.size = t.b.size;
        t.pair.old_image = &t.old_image;
        t.pair.new_image = &t.new_image;
        run(&t);
        check_whole(&t, IMAGES_BASE - header, DFOTA_ARCH_THUMB);
        assert_true(t.id.has_base);
        end(&t);
    }
}

// Nothing is found in noise, but one file tells an address.
static void one_file_speaks_for_both(void **state)
{
    struct trial t;

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        struct delta_image *image = i == 0 ? &t.old_image : &t.new_image;

        begin(&t, noise(1), noise(2));
        *image = (struct delta_image){
            .region_count = 1,
            .regions = {{0, i < 2 ? 0x08004000 : DELTA_ADDRESS_NONE,
                         DELTA_ARCH_UNKNOWN, true}},
            .has_addresses = true,
        };
        t.pair.old_image = i == 0 ? image : NULL;
        t.pair.new_image = i == 0 ? NULL : image;
        run(&t);
        check_whole(&t, i < 2 ? 0x08004000 : 0, DFOTA_ARCH_NONE);
        assert_int_equal(t.id.has_base, i < 2);
        end(&t);
    }
}

static void an_architecture_for_stated_regions(void **state)
{
    struct trial t;

    (void)state;
    begin_stated(&t);
    t.coding.arch_given = true;
    t.coding.arch = DFOTA_ARCH_RISCV;
    run(&t);
    assert_int_equal(t.id.old_regions[0].arch, DFOTA_ARCH_RISCV);
    assert_int_equal(t.id.old_regions[1].arch, DFOTA_ARCH_NONE); // data
    assert_int_equal(t.id.old_regions[2].arch, DFOTA_ARCH_RISCV);
    t.coding.arch = DFOTA_ARCH_BIG;
    run(&t);
    assert_int_equal(t.id.old_regions[1].arch, DFOTA_ARCH_BIG);
    t.coding.arch = DFOTA_ARCH_NONE;
    run(&t);
    assert_int_equal(delta_identity_archs(&t.id), DFOTA_ARCH_NONE);
    end(&t);
}

static void regions_are_as_stated(void **state)
{
    struct trial t;

    (void)state;
    begin_stated(&t);
    run(&t);
    assert_true(t.id.has_base);
    assert_int_equal(t.id.old_count, 3);
    assert_int_equal(t.id.new_count, 2);
    check_region(t.id.old_regions, 0, 1000, 0x08000000, DFOTA_ARCH_A64);
    // The base is the address of byte 0, were it there; data is no code.
    check_region(t.id.old_regions + 1, 1000, 3000, 0x20000000 - 1000,
                 DFOTA_ARCH_NONE);
    // What is left open is found out.
    check_region(t.id.old_regions + 2, 3000, t.a.size, 0x10000000 - 3000,
                 DFOTA_ARCH_THUMB);
    check_region(t.id.new_regions, 0, 5000, 0x08100000, DFOTA_ARCH_A64);
    check_region(t.id.new_regions + 1, 5000, t.b.size, 0x30000000 - 5000,
                 DFOTA_ARCH_NONE);
    assert_int_equal(delta_identity_archs(&t.id),
                     DFOTA_ARCH_A64 | DFOTA_ARCH_THUMB);
    end(&t);
}

static void a_given_base_is_stronger_than_files(void **state)
{
    struct trial t;

    (void)state;
    begin_stated(&t);
    t.coding.base_given = true;
    t.coding.base = 0x4000;
    run(&t);
    check_whole(&t, 0x4000, DFOTA_ARCH_THUMB);
    end(&t);
}

static void both_files_must_state_addresses(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 4; round++) {
        struct trial t;

        begin_stated(&t);
        switch (round) {
        case 0: t.pair.old_image = NULL; break;
        case 1: t.pair.new_image = NULL; break;
        case 2: t.old_image.has_addresses = false; break;
        default: t.new_image.has_addresses = false; break;
        }
        run(&t);
        check_whole(&t, IMAGES_BASE, DFOTA_ARCH_THUMB);
        end(&t);
    }
}

static void as_many_regions_as_the_format_has_fit(void **state)
{
    struct trial t;

    (void)state;
    begin_stated(&t);
    t.old_image.region_count = DELTA_REGIONS_MAX;
    t.new_image.region_count = DELTA_REGIONS_MAX;
    for (uint32_t i = 0; i < DELTA_REGIONS_MAX; i++) {
        t.old_image.regions[i] = (struct delta_region){
            64 * i, 0x1000 * i, (uint8_t)(1u << i % 7), true};
        t.new_image.regions[i] = (struct delta_region){
            32 * i, 0x2000 * i, DFOTA_ARCH_AVR, i % 2 == 0};
    }
    run(&t);
    assert_int_equal(t.id.old_count, DFOTA_REGIONS_MAX);
    assert_int_equal(t.id.new_count, DFOTA_REGIONS_MAX);
    for (uint32_t i = 0; i < DFOTA_REGIONS_MAX; i++) {
        bool last = i + 1 == DFOTA_REGIONS_MAX;

        check_region(t.id.old_regions + i, 64 * i,
                     last ? t.a.size : 64 * (i + 1), 0x1000 * i - 64 * i,
                     1u << i % 7);
        check_region(t.id.new_regions + i, 32 * i,
                     last ? t.b.size : 32 * (i + 1), 0x2000 * i - 32 * i,
                     i % 2 == 0 ? DFOTA_ARCH_AVR : DFOTA_ARCH_NONE);
    }
    assert_int_equal(delta_identity_archs(&t.id), DFOTA_ARCH_KNOWN);
    end(&t);
}

// --- Ranges ----------------------------------------------------------------

struct place {
    uint32_t address, size;
};

static uint32_t ranges_of(struct dfc_range *ranges, const struct place *places,
                          uint32_t count)
{
    struct delta_identity id;
    uint32_t at = 0;

    memset(&id, 0, sizeof(id));
    id.has_base = true;
    id.old_count = count;
    id.new_count = 1; // whose addresses do not matter
    id.new_regions[0] = (struct dfc_region){0, 100, 0x70000000, 0};
    for (uint32_t i = 0; i < count; i++) {
        id.old_regions[i] = (struct dfc_region){
            at, at + places[i].size, places[i].address - at, DFOTA_ARCH_NONE};
        at += places[i].size;
    }
    return delta_identity_ranges(ranges, &id);
}

static void check_range(const struct dfc_range *range, uint32_t start,
                        uint32_t range_end)
{
    assert_int_equal(range->start, start);
    assert_int_equal(range->end, range_end);
}

// Two pieces of Thumb code with data between them, at some addresses.
static void begin_joined(struct trial *t, struct dfc_region data)
{
    begin(t, image_make(1, 0, 20000), image_make(1, 1, 20000));
    memset(t->a.data + data.start, 0, data.end - data.start);
    t->id.old_regions[0] =
        (struct dfc_region){0, data.start, 0x08000000, DFOTA_ARCH_THUMB};
    t->id.old_regions[1] = data;
    t->id.old_regions[2] =
        (struct dfc_region){data.end, t->a.size, 0x08000000, DFOTA_ARCH_THUMB};
    t->id.new_regions[0] =
        (struct dfc_region){0, t->b.size, 0x08000000, DFOTA_ARCH_THUMB};
    t->id.old_count = 3;
    t->id.new_count = 1;
}

static void data_that_shows_no_instructions_goes_to_code(void **state)
{
    const struct dfc_region data = {4000, 8000, 0x20000000, DFOTA_ARCH_NONE};
    struct trial t;

    (void)state;
    begin_joined(&t, data);
    delta_identity_join(&t.id, &t.pair);
    check_whole(&t, 0x08000000, DFOTA_ARCH_THUMB);
    end(&t);
    // What shows many stays what it is: a call for every word.
    begin_joined(&t, data);
    for (uint32_t at = 4000; at < 8000; at += 4) {
        dfc_put32(t.a.data + at, 0xF800F000);
    }
    delta_identity_join(&t.id, &t.pair);
    assert_int_equal(t.id.old_count, 3);
    check_region(t.id.old_regions + 1, 4000, 8000, 0x20000000, DFOTA_ARCH_NONE);
    end(&t);
    // Data first, and code that goes on at another address.
    begin_joined(&t, data);
    t.id.old_regions[0].arch = DFOTA_ARCH_NONE;
    memset(t.a.data, 0, 4000);
    t.id.old_regions[2].base = 0x10000000;
    delta_identity_join(&t.id, &t.pair);
    assert_int_equal(t.id.old_count, 1);
    check_region(t.id.old_regions, 0, t.a.size, 0x10000000, DFOTA_ARCH_THUMB);
    end(&t);
    begin_joined(&t, data);
    t.id.old_regions[2].base = 0x10000000;
    delta_identity_join(&t.id, &t.pair);
    assert_int_equal(t.id.old_count, 2);
    check_region(t.id.old_regions, 0, 8000, 0x08000000, DFOTA_ARCH_THUMB);
    check_region(t.id.old_regions + 1, 8000, t.a.size, 0x10000000,
                 DFOTA_ARCH_THUMB);
    end(&t);
    // Data of the other byte order is no mere data.
    begin_joined(&t, data);
    t.id.old_regions[1].arch = DFOTA_ARCH_BIG;
    delta_identity_join(&t.id, &t.pair);
    assert_int_equal(t.id.old_count, 3);
    end(&t);
}

static void ranges_ascend_and_are_joined(void **state)
{
    static const struct place places[] = {
        {0x20000000, 0x100}, {0x08000000, 0x100}, {0x08000100, 0x100},
        {0x30000000, 0x400}, {0x30000200, 0x100}, {0x08000180, 0x100}};
    struct dfc_range ranges[DFOTA_RANGES_MAX];

    (void)state;
    assert_int_equal(ranges_of(ranges, places, 6), 3);
    check_range(ranges, 0x08000000, 0x08000280);
    check_range(ranges + 1, 0x20000000, 0x20000100);
    check_range(ranges + 2, 0x30000000, 0x30000400);
}

static void what_is_at_no_address_has_no_range(void **state)
{
    static const struct place places[] = {{DELTA_ADDRESS_NONE, 24},
                                          {0x40000000, 0x100},
                                          {0xFFFFFFF0u, 0x20}, // wraps
                                          {0x50000000, 0}};
    struct dfc_range ranges[DFOTA_RANGES_MAX];
    struct delta_identity id;

    (void)state;
    assert_int_equal(ranges_of(ranges, places, 4), 1);
    check_range(ranges, 0x40000000, 0x40000100);
    memset(&id, 0, sizeof(id));
    id.old_count = 1;
    id.old_regions[0] = (struct dfc_region){0, 100, 0x1000, 0};
    assert_int_equal(delta_identity_ranges(ranges, &id), 0);
    id.has_base = true;
    assert_int_equal(delta_identity_ranges(ranges, &id), 1);
}

static void there_are_at_most_eight_ranges(void **state)
{
    struct place places[DFOTA_REGIONS_MAX];
    struct dfc_range ranges[DFOTA_RANGES_MAX + 1];

    (void)state;
    for (uint32_t i = 0; i < DFOTA_REGIONS_MAX; i++) {
        places[i] = (struct place){0x10000 * (DFOTA_REGIONS_MAX - i), 0x100};
    }
    ranges[DFOTA_RANGES_MAX].start = 77;
    assert_int_equal(ranges_of(ranges, places, DFOTA_REGIONS_MAX),
                     DFOTA_RANGES_MAX);
    for (uint32_t i = 0; i < DFOTA_RANGES_MAX; i++) {
        check_range(ranges + i, 0x10000 * (i + 1), 0x10000 * (i + 1) + 0x100);
    }
    assert_int_equal(ranges[DFOTA_RANGES_MAX].start, 77);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(firmware_is_found_out),
        cmocka_unit_test(the_new_image_may_tell_the_base),
        cmocka_unit_test(noise_is_nothing),
        cmocka_unit_test(a_base_that_is_given_counts),
        cmocka_unit_test(an_architecture_that_is_given_counts),
        cmocka_unit_test(a_header_is_passed_over),
        cmocka_unit_test(one_file_speaks_for_both),
        cmocka_unit_test(an_architecture_for_stated_regions),
        cmocka_unit_test(an_image_does_not_wrap_around),
        cmocka_unit_test(regions_are_as_stated),
        cmocka_unit_test(a_given_base_is_stronger_than_files),
        cmocka_unit_test(both_files_must_state_addresses),
        cmocka_unit_test(as_many_regions_as_the_format_has_fit),
        cmocka_unit_test(data_that_shows_no_instructions_goes_to_code),
        cmocka_unit_test(ranges_ascend_and_are_joined),
        cmocka_unit_test(what_is_at_no_address_has_no_range),
        cmocka_unit_test(there_are_at_most_eight_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
