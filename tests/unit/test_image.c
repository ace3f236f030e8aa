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

static bool find_base(uint32_t *base, const uint8_t *data, uint32_t size)
{
    struct dfc_region region = {0, size, 0, DFOTA_ARCH_THUMB};
    struct dfc_regions regions = {&region, 1};

    return delta_image_base(base, &regions, data, size);
}

static void check_image(struct image *image, uint32_t arch, uint32_t base)
{
    uint32_t found = 0;

    assert_non_null(image->data);
    assert_int_equal(delta_image_arch(image->data, image->size), arch);
    assert_true(find_base(&found, image->data, image->size));
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
    assert_false(find_base(&base, data, size));
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
            bool found = find_base(&base, data, size);

            assert_int_equal(found, first >= 8 && first >= 2 * second);
            assert_true(!found || base == bases[0]);
        }
    }
}

static void most_pointers_tell_the_byte_order(void **state)
{
    const uint32_t base = 0x80100000;
    uint8_t data[4096];

    (void)state;
    for (uint32_t big = 0; big <= 32; big++) {
        for (uint32_t little = 0; little <= 8; little++) {
            memset(data, 0, sizeof(data));
            for (uint32_t i = 0; i < big + little; i++) {
                uint32_t word = base + 0x14 * i;
                uint8_t *b = data + 4 * i;

                dfc_put32(b, word);
                if (i < big) {
                    b[0] = (uint8_t)(word >> 24);
                    b[1] = (uint8_t)(word >> 16);
                    b[2] = (uint8_t)(word >> 8);
                    b[3] = (uint8_t)word;
                }
            }
            assert_int_equal(delta_image_is_big(base, data, sizeof(data)),
                             big >= 16 && big / 4 >= little);
        }
    }
    assert_false(delta_image_is_big(base, data, 3));
}

// --- Architectures ---------------------------------------------------------

static const uint32_t archs[] = {
    DFOTA_ARCH_THUMB, DFOTA_ARCH_A32,    DFOTA_ARCH_A64,
    DFOTA_ARCH_RISCV, DFOTA_ARCH_XTENSA, DFOTA_ARCH_AVR,
};
#define ARCHS (sizeof(archs) / sizeof(archs[0]))

// Pieces of code of 8 bytes: a call, and what does nothing.
#define PIECE 8u

static uint32_t field(uint32_t value, uint32_t low, uint32_t bits, uint32_t to)
{
    return (value >> low & ((1u << bits) - 1u)) << to;
}

// JAL ra.
static uint32_t riscv_call(uint32_t d)
{
    return 0xEFu | field(d, 20, 1, 31) | field(d, 1, 10, 21) |
           field(d, 11, 1, 20) | field(d, 12, 8, 12);
}

static void put_piece(uint8_t *data, uint32_t arch, uint32_t at,
                      uint32_t target)
{
    uint32_t call = 0, nothing = 0;
    uint32_t d = target - at;

    switch (arch) {
    case DFOTA_ARCH_THUMB: // BL
        call = 0xF800F000u | field(d - 4, 12, 10, 0) | field(d - 4, 31, 1, 10) |
               field(d - 4, 1, 11, 16);
        nothing = 0xBF00BF00u;
        break;
    case DFOTA_ARCH_A32:
        call = 0xEB000000u | field(d - 8, 2, 24, 0);
        nothing = 0xE1A00000u;
        break;
    case DFOTA_ARCH_A64:
        call = 0x94000000u | field(d, 2, 26, 0);
        nothing = 0xD503201Fu;
        break;
    case DFOTA_ARCH_RISCV:
        call = riscv_call(d);
        nothing = 0x00000013u;
        break;
    case DFOTA_ARCH_XTENSA: // ENTRY a1, 32; CALL8; NOP.N
        d -= 4;
        call = 0x00004136u | (0x25u | field(d, 2, 18, 6)) << 24;
        nothing = (0x25u | field(d, 2, 18, 6)) >> 8 | 0xF03D0000u;
        break;
    case DFOTA_ARCH_AVR: call = 0x0000940Eu | field(target, 1, 16, 16); break;
    default: break;
    }
    dfc_put32(data + at, call);
    dfc_put32(data + at + 4, nothing);
}

// An image of so many calls that go to the beginning, and so many that go
// each to another place.
static uint32_t arch_of(uint32_t arch, uint32_t good, uint32_t bad)
{
    uint32_t size = PIECE * (good + bad);
    uint8_t *data = malloc(size);
    uint32_t found;

    assert_non_null(data);
    for (uint32_t i = 0; i < good + bad; i++) {
        put_piece(data, arch, PIECE * i, i < good ? 0 : 4 * (i + 1));
    }
    found = delta_image_arch(data, size);
    free(data);
    return found;
}

static void calls_must_agree(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < ARCHS; i++) {
        uint32_t arch = archs[i];

        // Eight of them, and half of all.
        assert_int_equal(arch_of(arch, 1, 0), DFOTA_ARCH_NONE);
        assert_int_equal(arch_of(arch, 7, 0), DFOTA_ARCH_NONE);
        assert_int_equal(arch_of(arch, 8, 0), arch);
        assert_int_equal(arch_of(arch, 8, 8), arch);
        assert_int_equal(arch_of(arch, 8, 10), DFOTA_ARCH_NONE);
        assert_int_equal(arch_of(arch, 50, 50), arch);
        assert_int_equal(arch_of(arch, 50, 52), DFOTA_ARCH_NONE);
        assert_int_equal(arch_of(arch, 0, 100), DFOTA_ARCH_NONE);
        assert_int_equal(arch_of(arch, 1, 100), DFOTA_ARCH_NONE);
    }
}

// 64 functions of 64 bytes, each of which calls eight others.
#define PROGRAM (64u * 64u)

static void put_program(uint8_t *data, uint32_t arch, uint32_t at,
                        uint64_t *random)
{
    for (uint32_t s = 0; s < PROGRAM; s += PIECE) {
        put_piece(data, arch, at + s, at + 64 * chance_pick(random, 64));
    }
}

static void calls_tell_every_architecture(void **state)
{
    static uint8_t data[2 * PROGRAM];
    uint64_t random = 4;

    (void)state;
    for (uint32_t i = 0; i < ARCHS; i++) {
        put_program(data, archs[i], 0, &random);
        assert_int_equal(delta_image_arch(data, PROGRAM), archs[i]);
        // With as many bytes that are no code before or behind it.
        chance_bytes(&random, data + PROGRAM, PROGRAM);
        assert_int_equal(delta_image_arch(data, 2 * PROGRAM), archs[i]);
        chance_bytes(&random, data, PROGRAM);
        put_program(data, archs[i], PROGRAM, &random);
        assert_int_equal(delta_image_arch(data, 2 * PROGRAM), archs[i]);
    }
}

static void calls_that_leave_the_image_do_not_count(void **state)
{
    static uint8_t data[PROGRAM];

    (void)state;
    for (uint32_t i = 0; i < ARCHS; i++) {
        for (uint32_t s = 0; s < PROGRAM; s += PIECE) {
            put_piece(data, archs[i], s, PROGRAM + 64);
        }
        assert_int_equal(delta_image_arch(data, PROGRAM), DFOTA_ARCH_NONE);
    }
}

static void the_most_calls_tell(void **state)
{
    static uint8_t data[3 * PROGRAM];
    uint64_t random = 5;

    (void)state;
    for (uint32_t i = 0; i < ARCHS; i++) {
        for (uint32_t k = 0; k < ARCHS; k++) {
            put_program(data, archs[i], 0, &random);
            put_program(data, archs[k], PROGRAM, &random);
            put_program(data, archs[k], 2 * PROGRAM, &random);
            assert_int_equal(delta_image_arch(data, 3 * PROGRAM), archs[k]);
        }
    }
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
        cmocka_unit_test(most_pointers_tell_the_byte_order),
        cmocka_unit_test(calls_must_agree),
        cmocka_unit_test(calls_tell_every_architecture),
        cmocka_unit_test(calls_that_leave_the_image_do_not_count),
        cmocka_unit_test(the_most_calls_tell),
        cmocka_unit_test(tiny_images_are_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
