// SPDX-License-Identifier: MIT
// UF2 files.

#include "imagecheck.h"

#define FAMILY 0x2000u
#define RP2040 0xE48BFF56u

static const uint8_t page[256] = {1, 2, 3, 4};

static void check_both(const struct imagefile *f, const char *text)
{
    check_bad(f, DELTA_FILE_UF2, text);
    check_bad(f, DELTA_FILE_AUTO, text);
}

static void blocks_are_laid_out_by_address(void **state)
{
    struct imagefile f = {0};
    struct delta_image image;

    (void)state;
    imagefile_uf2(&f, FAMILY, 0x10000300, 1, 4, RP2040, page, 256);
    imagefile_uf2(&f, FAMILY, 0x10000100, 0, 4, RP2040, page, 256);
    imagefile_uf2(&f, FAMILY | 1, 0x20000000, 2, 4, RP2040, page, 256);
    imagefile_uf2(&f, 0x1000, 0, 3, 4, 99, page, 256);
    check_good(&image, &f, DELTA_FILE_UF2);
    assert_int_equal(image.size, 0x300);
    assert_memory_equal(image.data, page, 256);
    assert_int_equal(image.data[0x100], 0xFF);
    assert_int_equal(image.fill_size, 256);
    assert_memory_equal(image.data + 0x200, page, 256);
    assert_true(image.has_addresses);
    check_region(&image, 0, 0, 0x10000100, DELTA_ARCH_UNKNOWN, true);
    delta_image_free(&image);
}

// Tools put it in front of programs for the RP2350.
static void the_block_that_goes_nowhere_is_skipped(void **state)
{
    struct imagefile f = {0};
    struct delta_image image;

    (void)state;
    imagefile_uf2(&f, FAMILY, 0x10FFFF00, 0, 2, 0xE48BFF57, page, 256);
    imagefile_uf2(&f, FAMILY, 0x10000000, 0, 1, 0xE48BFF59, page, 256);
    check_good(&image, &f, DELTA_FILE_UF2);
    assert_int_equal(image.size, 256);
    delta_image_free(&image);
}

static void errors_name_the_block(void **state)
{
    struct imagefile good = {0};
    struct imagefile f;

    (void)state;
    imagefile_uf2(&good, FAMILY, 0x1000, 0, 2, RP2040, page, 256);
    imagefile_uf2(&good, FAMILY, 0x1100, 1, 2, RP2040, page, 256);
    f = good;
    f.size -= 1;
    check_both(&f, "UF2: cut short (found 1023 bytes, expected blocks of 512)");
    f = good;
    f.size = 512;
    check_both(&f, "UF2: byte 0x0: blocks missing (found 0x1, expected "
                   "0x2)");
    f = good;
    imagefile_set(&f, 512, 0, 4);
    check_both(&f, "UF2: byte 0x200: not a block (found 0x0, expected "
                   "0xa324655)");
    f = good;
    imagefile_set(&f, 512 + 24, 3, 4);
    check_both(&f, "UF2: byte 0x200: another number of blocks (found 0x3, "
                   "expected 0x2)");
    f = good;
    imagefile_set(&f, 512 + 20, 0, 4);
    check_both(&f, "UF2: byte 0x200: block number out of range or used "
                   "twice (found 0x0, expected 0x1)");
    f = good;
    imagefile_set(&f, 512 + 20, 2, 4);
    check_both(&f, "UF2: byte 0x200: block number out of range or used "
                   "twice (found 0x2, expected 0x1)");
    f = good;
    imagefile_set(&f, 512 + 28, 7, 4);
    check_both(&f, "UF2: byte 0x200: programs for two chip families (found "
                   "0x7, expected 0xe48bff56)");
    imagefile_set(&f, 512 + 20, 0, 4); // each program counts from 0
    check_both(&f, "UF2: byte 0x200: programs for two chip families (found "
                   "0x7, expected 0xe48bff56)");
    f = good;
    imagefile_set(&f, 512 + 16, 477, 4);
    check_both(&f, "UF2: byte 0x200: too many bytes (found 0x1dd, expected "
                   "0x1dc)");
    f = good;
    imagefile_set(&f, 512 + 12, 0xFFFFFF01, 4);
    check_both(&f, "UF2: byte 0x200: data beyond the last address (found "
                   "0xffffff01, expected 0xffffff00)");
    f = good;
    imagefile_set(&f, 24, 0, 4);
    check_both(&f, "UF2: byte 0x0: blocks missing (found 0x2, expected "
                   "0x0)");
    imagefile_uf2(&good, FAMILY | 1, 0, 2, 4, RP2040, page, 1);
    imagefile_set(&good, 24, 4, 4);
    imagefile_set(&good, 512 + 24, 4, 4);
    check_both(&good, "UF2: byte 0x0: blocks missing (found 0x3, expected "
                      "0x4)");
    memset(&f, 0, sizeof(f));
    imagefile_uf2(&f, FAMILY, 0x10FFFF00, 0, 2, 0xE48BFF57, page, 256);
    imagefile_uf2(&f, FAMILY, 0x10000000, 0, 2, 0xE48BFF59, page, 256);
    check_both(&f, "UF2: blocks missing (found 1, expected 2)");
    memset(&f, 0, sizeof(f));
    imagefile_uf2(&f, 1, 0, 0, 1, 0, page, 256);
    check_both(&f, "UF2: no data for the flash (found 0 bytes, expected at "
                   "least 1)");
}

static void what_only_begins_so_is_raw(void **state)
{
    struct imagefile f = {0};

    (void)state;
    imagefile_uf2(&f, 0, 0, 0, 1, 0, page, 256);
    imagefile_set(&f, 508, 0, 4);
    check_both(&f,
               "UF2: byte 0x1fc: not a block (found 0x0, expected 0xab16f30)");
    f.size = 100;
    check_both(&f, "UF2: cut short (found 100 bytes, expected blocks of 512)");
    f.size = 7;
    check_raw(&f);
    imagefile_set(&f, 4, 0, 4);
    f.size = 512;
    check_raw(&f);
    f.size = 0;
    check_bad(&f, DELTA_FILE_UF2,
              "UF2: cut short (found 0 bytes, expected blocks of 512)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_laid_out_by_address),
        cmocka_unit_test(the_block_that_goes_nowhere_is_skipped),
        cmocka_unit_test(errors_name_the_block),
        cmocka_unit_test(what_only_begins_so_is_raw),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
