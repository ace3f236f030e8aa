// SPDX-License-Identifier: MIT
// What a raw image tells of itself: its architecture and load address.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "chance.h"
#include "dfota/format.h"
#include "image.h"
#include "images.h"

#define PAIRS TEST_SOURCE_DIR "/samples/pairs/movehub/"

static void check_image(struct image *image, uint32_t arch, uint32_t base)
{
    uint32_t found = 0;

    assert_non_null(image->data);
    assert_int_equal(delta_image_arch(image->data, image->size), arch);
    assert_true(delta_image_base(&found, image->data, image->size));
    assert_int_equal(found, base);
    image_free(image);
}

static void firmware_tells_its_base(void **state)
{
    struct image old_image = image_read(PAIRS "movehub-7.27.0.bin");
    struct image new_image = image_read(PAIRS "movehub-7.28.0.bin");

    (void)state;
    check_image(&old_image, DFOTA_ARCH_THUMB, 0x08005000);
    check_image(&new_image, DFOTA_ARCH_THUMB, 0x08005000);
}

static void so_do_synthetic_images(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 20; seed++) {
        struct image image = image_make(seed, seed % 4, 8192u << seed % 4);

        check_image(&image, DFOTA_ARCH_THUMB, IMAGES_BASE);
    }
}

// Move an image with pointers to another base.
static void rebase(struct image *image, uint32_t base)
{
    for (uint32_t s = 0; s + 4 <= image->size; s += 4) {
        uint32_t word = dfc_get32(image->data + s);

        if (word - IMAGES_BASE < image->size) {
            dfc_put32(image->data + s, word - IMAGES_BASE + base);
        }
    }
}

static void any_base_is_found(void **state)
{
    static const uint32_t bases[] = {0x00000000, 0x00000100, 0x00804000,
                                     0x08000000, 0x10000000, 0x60001F00,
                                     0xE0000000u};

    (void)state;
    for (uint32_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
        struct image image = image_make(7, 1, 30000);

        rebase(&image, bases[i]);
        check_image(&image, DFOTA_ARCH_THUMB, bases[i]);
    }
}

static void check_none(const uint8_t *data, uint32_t size)
{
    uint32_t base = 0;

    assert_int_equal(delta_image_arch(data, size), DFOTA_ARCH_NONE);
    assert_false(delta_image_base(&base, data, size));
}

static void noise_has_neither(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (uint32_t size = 1000; size < 600000; size *= 3) {
        uint8_t *data = malloc(size);

        assert_non_null(data);
        for (uint32_t round = 0; round < 3; round++) {
            chance_bytes(&random, data, size);
            check_none(data, size);
        }
        free(data);
    }
}

static void text_has_neither(void **state)
{
    static const char word[] = "firmware \n over the air, ";
    uint8_t *data = malloc(100000);

    (void)state;
    assert_non_null(data);
    for (uint32_t i = 0; i < 100000; i++) {
        data[i] = (uint8_t)word[i % (sizeof(word) - 1)];
    }
    check_none(data, 100000);
    free(data);
}

static void constant_bytes_have_neither(void **state)
{
    // Among them those that look like functions (0xB5B5) and calls.
    static const uint8_t values[] = {0x00, 0xFF, 0xB5, 0xF0, 0xF8, 0x55};
    uint8_t *data = malloc(100000);

    (void)state;
    assert_non_null(data);
    for (uint32_t i = 0; i < sizeof(values); i++) {
        memset(data, values[i], 100000);
        check_none(data, 100000);
    }
    free(data);
}

// An image of 64 functions, then tables of pointers to the first so many of
// them: one for each base.
#define FUNCTIONS 64u

static uint32_t put_tables(uint8_t *data, const uint32_t *counts,
                           const uint32_t *bases, uint32_t tables)
{
    uint32_t at[FUNCTIONS];
    uint64_t random = 3;
    uint32_t size = 0;

    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        at[i] = size;
        dfc_put16(data + size, 0xB510);
        size += 2;
        for (uint32_t n = 1 + chance_pick(&random, 40); n > 0; n--) {
            dfc_put16(data + size, 0xBF00);
            size += 2;
        }
    }
    size = (size + 3) & ~3u;
    for (uint32_t table = 0; table < tables; table++) {
        for (uint32_t i = 0; i < counts[table]; i++) {
            dfc_put32(data + size, bases[table] + at[i] + 1);
            size += 4;
        }
    }
    return size;
}

static void a_base_must_stand_out(void **state)
{
    static const uint32_t bases[] = {0x08000000, 0x10000000};
    uint8_t data[8192];

    (void)state;
    for (uint32_t first = 2; first <= 40; first += 2) {
        for (uint32_t second = 0; second <= first; second += 2) {
            const uint32_t counts[] = {first, second};
            uint32_t size = put_tables(data, counts, bases, 2);
            uint32_t base = 0;
            bool found = delta_image_base(&base, data, size);

            assert_int_equal(found, first >= 8 && first >= 2 * second);
            assert_true(!found || base == bases[0]);
        }
    }
}

// Calls of 32-bit Thumb code, some of which go to the function at 0.
static uint32_t arch_of(uint32_t good, uint32_t bad)
{
    uint8_t *data = malloc(8 + 4 * (good + bad));
    uint32_t size = 4;
    uint32_t arch;

    assert_non_null(data);
    dfc_put32(data, 0xBF00B510u);
    for (uint32_t i = 0; i < good + bad; i++) {
        // A target of 0 is 4 bytes farther back for each one.
        uint32_t distance = i < good ? 0 - (size + 4) : 0;

        dfc_put16(data + size,
                  0xF000 | (distance >> 31) << 10 | (distance >> 12 & 0x3FF));
        dfc_put16(data + size + 2, 0xF800 | (distance >> 1 & 0x7FF));
        size += 4;
    }
    arch = delta_image_arch(data, size);
    free(data);
    return arch;
}

static void calls_must_meet_functions(void **state)
{
    (void)state;
    assert_int_equal(arch_of(3, 0), DFOTA_ARCH_NONE);
    assert_int_equal(arch_of(4, 0), DFOTA_ARCH_THUMB);
    assert_int_equal(arch_of(4, 60), DFOTA_ARCH_THUMB);
    assert_int_equal(arch_of(4, 100), DFOTA_ARCH_NONE);
    assert_int_equal(arch_of(60, 900), DFOTA_ARCH_THUMB);
    assert_int_equal(arch_of(50, 900), DFOTA_ARCH_NONE);
    assert_int_equal(arch_of(0, 100), DFOTA_ARCH_NONE);
}

static void tiny_images_are_harmless(void **state)
{
    uint64_t random = 2;

    (void)state;
    for (uint32_t round = 0; round < 20; round++) {
        for (uint32_t size = 0; size <= 64; size++) {
            // Exactly that many bytes, so that a sanitizer sees more.
            uint8_t *data = malloc(size > 0 ? size : 1);

            assert_non_null(data);
            if (round == 0) {
                memset(data, 0xB5, size);
            } else if (round % 2) {
                chance_bytes(&random, data, size);
            } else {
                chance_code(&random, data, size);
            }
            check_none(data, size);
            free(data);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(firmware_tells_its_base),
        cmocka_unit_test(so_do_synthetic_images),
        cmocka_unit_test(any_base_is_found),
        cmocka_unit_test(noise_has_neither),
        cmocka_unit_test(text_has_neither),
        cmocka_unit_test(constant_bytes_have_neither),
        cmocka_unit_test(a_base_must_stand_out),
        cmocka_unit_test(calls_must_meet_functions),
        cmocka_unit_test(tiny_images_are_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
