// SPDX-License-Identifier: MIT
// Images of several regions: whatever they are, the new image comes back, and
// they make packages smaller.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "chance.h"
#include "delta_image.h"
#include "dfota/format.h"
#include "budget.h"
#include "encode.h"
#include "images.h"

#define PROGRAM_BASE 0x60000000u // of the second program, far from RAM

static const uint8_t codecs[] = {DFOTA_CODEC_RANGE, DFOTA_CODEC_DEFLATE};

// Pointers of an image to another base.
static void rebase(struct image *image, uint32_t base)
{
    for (uint32_t s = 0; s + 4 <= image->size; s += 4) {
        uint32_t word = dfc_get32(image->data + s);

        if (word - IMAGES_BASE < image->size) {
            dfc_put32(image->data + s, word - IMAGES_BASE + base);
        }
    }
}

static struct delta_bytes make_images(const struct delta_image *a,
                                      const struct delta_image *b,
                                      const struct delta_options *options,
                                      struct delta_report *report)
{
    struct delta_bytes package, result;
    struct delta_error error;

    if (delta_make_images(&package, report, a, b, options, &error) !=
        DELTA_OK) {
        fail_msg("%u and %u regions, codec %d, RAM %lu: %s",
                 (unsigned)a->region_count, (unsigned)b->region_count,
                 (int)options->codec, (unsigned long)options->ram, error.text);
    }
    assert_int_equal(delta_apply(&result, a->data, a->size, package.data,
                                 package.size, NULL, 0, NULL),
                     DELTA_OK);
    assert_int_equal(result.size, b->size);
    assert_memory_equal(result.data, b->data, b->size);
    delta_free(&result);
    return package;
}

// Two programs one behind the other, at addresses of their own.
static struct delta_image two_programs(uint32_t seed, uint32_t release,
                                       uint32_t base)
{
    struct image first = image_make(seed, release, 12000);
    struct image second = image_make(seed + 1, release, 12000);
    uint32_t size = first.size + second.size;
    struct delta_image image = {
        .data = malloc(size),
        .size = size,
        .region_count = 2,
        .regions = {{0, IMAGES_BASE, DFOTA_ARCH_THUMB, true},
                    {first.size, base, DFOTA_ARCH_THUMB, true}},
        .has_addresses = true,
    };

    assert_non_null(image.data);
    rebase(&second, base);
    memcpy(image.data, first.data, first.size);
    memcpy(image.data + first.size, second.data, second.size);
    image_free(&first);
    image_free(&second);
    return image;
}

// What is spent on prediction.
static uint32_t predicted_bytes(const struct delta_report *report)
{
    return report->bytes_map + report->bytes_hits + report->bytes_corrections;
}

static void regions_make_smaller_packages(void **state)
{
    struct delta_image a = two_programs(20, 0, PROGRAM_BASE);
    struct delta_image b = two_programs(20, 2, PROGRAM_BASE);
    struct delta_options options = {.level = 6};
    struct delta_options with_base = {
        .level = 6, .has_base = true, .base = IMAGES_BASE};
    struct delta_report report, plain_report;
    struct delta_bytes package = make_images(&a, &b, &options, &report);
    struct delta_bytes plain = make_images(&a, &b, &with_base, &plain_report);

    (void)state;
    assert_true(report.has_base);
    assert_string_equal(report.info.codec_name, "range");
    assert_int_equal(report.info.old_base, IMAGES_BASE);
    // The second program's pointers are understood only with regions.
    assert_true(package.size < plain.size);
    // Without them some are met by more entries of the map.
    assert_true(predicted_bytes(&report) <
                predicted_bytes(&plain_report) * 95 / 100);
    delta_free(&package);
    delta_free(&plain);
    free(a.data);
    free(b.data);
}

static void a_region_may_move_on_its_own(void **state)
{
    struct delta_image a = two_programs(22, 0, PROGRAM_BASE);
    struct delta_image b = two_programs(22, 0, PROGRAM_BASE + 0x8000);
    struct delta_options options = {.level = 6};
    struct delta_report report;
    struct delta_bytes package = make_images(&a, &b, &options, &report);

    (void)state;
    // All that has changed are the second program's pointers, which one entry
    // of the map foretells.
    assert_true(package.size - report.info.overhead < 70);
    assert_true(report.bytes_hits + report.bytes_corrections < 10);
    delta_free(&package);
    free(a.data);
    free(b.data);
}

static void state_regions(struct delta_image *image, uint64_t *random)
{
    static const uint8_t archs[] = {
        DFOTA_ARCH_NONE,  DFOTA_ARCH_THUMB,   DFOTA_ARCH_A32,
        DFOTA_ARCH_A64,   DFOTA_ARCH_RISCV,   DFOTA_ARCH_XTENSA,
        DFOTA_ARCH_AVR,   DFOTA_ARCH_BIG,     DELTA_ARCH_UNKNOWN,
        DFOTA_ARCH_THUMB, DELTA_ARCH_UNKNOWN, DFOTA_ARCH_THUMB};
    uint32_t step = image->size / (1 + chance_pick(random, 60)) + 1;
    uint32_t start = 0;

    image->has_addresses = true;
    image->region_count = 0;
    while (start < image->size && image->region_count < DELTA_REGIONS_MAX) {
        uint32_t address = chance_pick(random, 4) == 0
                               ? chance_word(random)
                               : 0x08000000 + 64 * chance_pick(random, 1000);

        image->regions[image->region_count++] = (struct delta_region){
            start, address, archs[chance_pick(random, 12)],
            chance_pick(random, 4) != 0};
        start += 1 + chance_pick(random, 2 * step);
    }
}

static void check_any_regions(enum delta_codec codec, uint64_t seed)
{
    uint8_t old_data[2000], new_data[2000];
    struct delta_image a = {.data = old_data};
    struct delta_image b = {.data = new_data};
    struct delta_options options = {.codec = codec, .level = 1, .ram = 16384};
    struct delta_bytes package;

    a.size = 1 + chance_pick(&seed, 2000);
    b.size = 1 + chance_pick(&seed, 2000);
    chance_code(&seed, old_data, 2000);
    for (uint32_t i = 0; i + 4 <= 2000; i += 4 + 4 * chance_pick(&seed, 16)) {
        dfc_put32(old_data + i, 0x08000000 + chance_pick(&seed, 64000));
    }
    memcpy(new_data, old_data, 2000);
    memmove(new_data + 9, new_data, 1900);
    for (uint32_t i = 40; i + 4 <= 2000; i += 120) {
        dfc_put32(new_data + i, 0x08000000 + chance_pick(&seed, 64000));
    }
    state_regions(&a, &seed);
    state_regions(&b, &seed);
    package = make_images(&a, &b, &options, NULL);
    delta_free(&package);
}

static void any_regions_come_back_with_codec_range(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        check_any_regions(DELTA_RANGE, seed);
    }
}

static void any_regions_come_back_with_codec_deflate(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        check_any_regions(DELTA_DEFLATE, seed);
    }
}

// One region in each image is what the manifest describes; it has one set of
// architectures for both.
static void any_two_architectures_come_back(void **state)
{
    static const uint8_t archs[] = {
        DFOTA_ARCH_NONE,  DFOTA_ARCH_THUMB,  DFOTA_ARCH_A32, DFOTA_ARCH_A64,
        DFOTA_ARCH_RISCV, DFOTA_ARCH_XTENSA, DFOTA_ARCH_AVR, DFOTA_ARCH_BIG};
    struct image old_image = image_make(25, 0, 3000);
    struct image new_image = image_make(25, 1, 3000);
    struct delta_image a = {.data = old_image.data, .size = old_image.size};
    struct delta_image b = {.data = new_image.data, .size = new_image.size};

    (void)state;
    a.has_addresses = true;
    b.has_addresses = true;
    a.region_count = 1;
    b.region_count = 1;
    for (uint32_t i = 0; i < 128; i++) {
        struct delta_options options = {.codec = (enum delta_codec)(i / 64),
                                        .level = 1};
        struct delta_bytes package;

        a.regions[0] =
            (struct delta_region){0, IMAGES_BASE, archs[i % 8], true};
        b.regions[0] =
            (struct delta_region){0, IMAGES_BASE, archs[i / 8 % 8], true};
        package = make_images(&a, &b, &options, NULL);
        delta_free(&package);
    }
    image_free(&old_image);
    image_free(&new_image);
}

// As many regions as there can be take 1 KiB of the memory.
static void regions_take_their_share_of_the_budget(void **state)
{
    struct image old_image = image_make(24, 0, 6000);
    struct image new_image = image_make(24, 1, 6000);
    struct delta_image a = {.data = old_image.data, .size = old_image.size};
    struct delta_image b = {.data = new_image.data, .size = new_image.size};
    struct delta_pair pair = {a.data, a.size, b.data, b.size, &a, &b};

    (void)state;
    a.region_count = DELTA_REGIONS_MAX;
    b.region_count = DELTA_REGIONS_MAX;
    a.has_addresses = true;
    b.has_addresses = true;
    for (uint32_t i = 0; i < DELTA_REGIONS_MAX; i++) {
        a.regions[i] = (struct delta_region){100 * i, IMAGES_BASE + 101 * i,
                                             DFOTA_ARCH_THUMB, true};
        b.regions[i] = a.regions[i];
    }
    for (uint32_t i = 0; i < 2; i++) {
        struct delta_coding coding = {.codec = codecs[i], .level = 1};
        uint32_t least = delta_encode_least(codecs[i]);
        struct delta_budget budget;
        struct delta_stream stream;

        for (uint32_t ram = least; ram < least + 4000; ram += 333) {
            uint32_t used;

            give_memory(&coding, &budget, ram);
            assert_int_equal(delta_encode(&stream, &pair, &coding), DELTA_OK);
            used = 8u * stream.table_entries;
            used += codecs[i] == DFOTA_CODEC_RANGE
                        ? 64u * stream.param
                        : DFOTA_RAM_INFLATE + (1u << stream.param);
            if (used > ram) {
                fail_msg("codec %u: %lu bytes for %lu", codecs[i],
                         (unsigned long)used, (unsigned long)ram);
            }
            free(stream.data);
        }
    }
    image_free(&old_image);
    image_free(&new_image);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_make_smaller_packages),
        cmocka_unit_test(a_region_may_move_on_its_own),
        cmocka_unit_test(any_regions_come_back_with_codec_range),
        cmocka_unit_test(any_regions_come_back_with_codec_deflate),
        cmocka_unit_test(any_two_architectures_come_back),
        cmocka_unit_test(regions_take_their_share_of_the_budget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
