// SPDX-License-Identifier: MIT
// Program images of Espressif chips.

#include "imagecheck.h"

static const uint8_t bytes[64] = {1, 2, 3, 4, 5, 6, 7, 8};

static void check_taken_as_it_is(const struct delta_image *image,
                                 const struct imagefile *f)
{
    assert_int_equal(image->size, f->size);
    assert_memory_equal(image->data, f->data, f->size);
    assert_int_equal(image->fill_size, 0);
    assert_true(image->has_addresses);
}

static void esp8266_version_1(void **state)
{
    struct imagefile f = {0};
    struct delta_image image;

    (void)state;
    imagefile_esp_header(&f, 3, -1);
    imagefile_esp_segment(&f, 0x40201010, bytes, 64);
    imagefile_esp_segment(&f, 0x40100000, bytes, 20);
    imagefile_esp_segment(&f, 0x3FFE8000, bytes, 4);
    imagefile_esp_end(&f, 0);
    check_good(&image, &f, DELTA_FILE_ESP);
    check_taken_as_it_is(&image, &f);
    assert_int_equal(image.region_count, 4);
    check_region(&image, 0, 0, DELTA_ADDRESS_NONE, DFOTA_ARCH_XTENSA, false);
    check_region(&image, 1, 16, 0x40201010, DFOTA_ARCH_XTENSA, true);
    check_region(&image, 2, 88, 0x40100000, DFOTA_ARCH_XTENSA, true);
    check_region(&image, 3, 116, 0x3FFE8000, DFOTA_ARCH_XTENSA, false);
    delta_image_free(&image);
}

// The loader's page, then the program.
static void images_follow_each_other_in_pages(void **state)
{
    struct imagefile f = {0};
    struct delta_image image;

    (void)state;
    imagefile_esp_header(&f, 1, -1);
    imagefile_esp_segment(&f, 0x4010F000, bytes, 64);
    imagefile_esp_end(&f, 0);
    imagefile_fill(&f, 0xAA, 4096 - f.size);
    imagefile_esp_header(&f, 1, -1);
    imagefile_esp_segment(&f, 0x40201010, bytes, 64);
    imagefile_esp_end(&f, 4096);
    check_good(&image, &f, DELTA_FILE_ESP);
    check_taken_as_it_is(&image, &f);
    assert_int_equal(image.region_count, 4);
    check_region(&image, 0, 0, DELTA_ADDRESS_NONE, DFOTA_ARCH_XTENSA, false);
    check_region(&image, 1, 16, 0x4010F000, DFOTA_ARCH_XTENSA, true);
    check_region(&image, 2, 96, DELTA_ADDRESS_NONE, DFOTA_ARCH_XTENSA, false);
    check_region(&image, 3, 4112, 0x40201010, DFOTA_ARCH_XTENSA, true);
    delta_image_free(&image);
    // What is no image there is data.
    imagefile_set(&f, 4096, 0xE8, 1);
    check_good(&image, &f, DELTA_FILE_ESP);
    assert_int_equal(image.region_count, 3);
    delta_image_free(&image);
}

// An empty page, a loader, a page of data, a program.
static void make_flash(struct imagefile *f, long chip)
{
    imagefile_fill(f, 0xFF, 0x1000);
    imagefile_esp_header(f, 1, 5);
    imagefile_esp_segment(f, 0x40380000, bytes, 64);
    imagefile_esp_end(f, 0x1000);
    imagefile_fill(f, 0xAA, 0x3000 - f->size);
    imagefile_esp_header(f, 1, chip);
    imagefile_esp_segment(f, 0x42000020, bytes, 64);
    imagefile_esp_end(f, 0x3000);
}

static void a_whole_flash_has_all_its_images(void **state)
{
    struct imagefile f = {0};
    struct delta_image image;

    (void)state;
    make_flash(&f, 5);
    check_good(&image, &f, DELTA_FILE_ESP);
    check_taken_as_it_is(&image, &f);
    assert_int_equal(image.region_count, 4);
    check_region(&image, 0, 0, DELTA_ADDRESS_NONE, DFOTA_ARCH_RISCV, false);
    check_region(&image, 1, 0x1020, 0x40380000, DFOTA_ARCH_RISCV, true);
    check_region(&image, 2, 0x1070, DELTA_ADDRESS_NONE, DFOTA_ARCH_RISCV,
                 false);
    check_region(&image, 3, 0x3020, 0x42000020, DFOTA_ARCH_RISCV, true);
    delta_image_free(&image);
    // What would be for another chip is data.
    memset(&f, 0, sizeof(f));
    make_flash(&f, 9);
    check_good(&image, &f, DELTA_FILE_ESP);
    assert_int_equal(image.region_count, 3);
    delta_image_free(&image);
    // Only empty pages may be in front.
    f.data[0x17] = 0;
    check_raw(&f);
    memset(&f, 0, sizeof(f));
    imagefile_fill(&f, 0xFF, 0x2000);
    check_raw(&f);
}

// Version 2; three pointers meet functions if the part begins in `page`.
static void make_version_2(struct imagefile *f, uint32_t page)
{
    uint8_t flash[0x2100] = {0};
    uint8_t pointers[12];
    static const uint32_t functions[3] = {0x10, 0x104, 0x800};
    size_t second;

    memset(pointers, 0, sizeof(pointers));
    for (unsigned i = 0; i < 3; i++) {
        uint32_t pointer = 0x40200010 + (page << 12) + functions[i];

        flash[functions[i]] = 0x12;
        flash[functions[i] + 1] = 0xC1;
        for (unsigned k = 0; k < 4; k++) {
            pointers[4 * i + k] = (uint8_t)(pointer >> 8 * k);
        }
    }
    imagefile_number(f, 0xEA, 1);
    imagefile_number(f, 4, 1);
    imagefile_fill(f, 0, 6);
    imagefile_esp_segment(f, 0, flash, 0x1000);
    second = f->size;
    imagefile_esp_header(f, 2, -1);
    imagefile_esp_segment(f, 0x40100000, pointers, 12);
    imagefile_esp_segment(f, 0x3FFE8000, bytes, 8);
    imagefile_esp_end(f, second);
    imagefile_number(f, 0x12345678, 4); // CRC-32
}

static void esp8266_version_2(void **state)
{
    static const uint32_t pages[] = {0, 1, 0x41, 0x81, 255};

    (void)state;
    for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
        struct imagefile f = {0};
        struct delta_image image;

        make_version_2(&f, pages[i]);
        check_good(&image, &f, DELTA_FILE_ESP);
        check_taken_as_it_is(&image, &f);
        assert_int_equal(image.region_count, 5);
        check_region(&image, 0, 0, DELTA_ADDRESS_NONE, DFOTA_ARCH_XTENSA,
                     false);
        check_region(&image, 1, 16, 0x40200010 + (pages[i] << 12),
                     DFOTA_ARCH_XTENSA, true);
        check_region(&image, 2, 0x1020, 0x40100000, DFOTA_ARCH_XTENSA, true);
        check_region(&image, 3, 0x1034, 0x3FFE8000, DFOTA_ARCH_XTENSA, false);
        check_region(&image, 4, 0x1040, DELTA_ADDRESS_NONE, DFOTA_ARCH_XTENSA,
                     false);
        delta_image_free(&image);
    }
}

static void version_2_follows_the_loader_by_default(void **state)
{
    struct imagefile f = {0};
    struct delta_image image;

    (void)state;
    make_version_2(&f, 300); // beyond what is mapped
    check_good(&image, &f, DELTA_FILE_ESP);
    check_region(&image, 1, 16, 0x40201010, DFOTA_ARCH_XTENSA, true);
    delta_image_free(&image);
}

struct chip {
    uint32_t id;
    uint8_t arch;
    uint32_t constants, data, ram, flash;
};

static void later_chips(void **state)
{
    static const struct chip chips[] = {
        {0x00, DFOTA_ARCH_XTENSA, 0x3F400020, 0x3FFB0000, 0x40080000,
         0x400D0018},
        {0x02, DFOTA_ARCH_XTENSA, 0x3F000020, 0x3FFC0000, 0x40022000,
         0x40080020},
        {0x05, DFOTA_ARCH_RISCV, 0x3C110020, 0x3FC94000, 0x40380000,
         0x42000020},
        {0x09, DFOTA_ARCH_XTENSA, 0x3C050020, 0x3FC90000, 0x40374000,
         0x42000020},
        {0x0C, DFOTA_ARCH_RISCV, 0x3C010020, 0x3FCA8000, 0x40380000,
         0x42000020},
        {0x0D, DFOTA_ARCH_RISCV, 0x42820020, 0x50000000, 0x40800000,
         0x42000020},
        {0x10, DFOTA_ARCH_RISCV, 0x42020020, 0x50000000, 0x40800000,
         0x42000020},
        {0x12, DFOTA_ARCH_RISCV, 0x40020020, 0x50108000, 0x4FF00000,
         0x40000020},
        {0x14, DFOTA_ARCH_RISCV, 0x42020020, 0x50000000, 0x40800000,
         0x42000020},
        {0x17, DFOTA_ARCH_RISCV, 0x42020020, 0x50000000, 0x40800000,
         0x42000020},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(chips) / sizeof(*chips); i++) {
        const struct chip *chip = chips + i;
        struct imagefile f = {0};
        struct delta_image image;

        imagefile_esp_header(&f, 5, (long)chip->id);
        imagefile_esp_segment(&f, chip->constants, "\x32\x54\xCD\xAB....", 8);
        imagefile_esp_segment(&f, chip->data, bytes, 8);
        imagefile_esp_segment(&f, chip->ram, bytes, 8);
        imagefile_esp_segment(&f, 0, NULL, 0); // padding
        imagefile_esp_segment(&f, chip->flash, bytes, 16);
        imagefile_esp_end(&f, 0);
        imagefile_fill(&f, 7, 32); // digest
        check_good(&image, &f, DELTA_FILE_ESP);
        check_taken_as_it_is(&image, &f);
        assert_int_equal(image.region_count, 6);
        check_region(&image, 0, 0, DELTA_ADDRESS_NONE, chip->arch, false);
        check_region(&image, 1, 32, chip->constants, chip->arch, false);
        check_region(&image, 2, 48, chip->data, chip->arch, false);
        check_region(&image, 3, 64, chip->ram, chip->arch, true);
        check_region(&image, 4, 88, chip->flash, chip->arch, true);
        check_region(&image, 5, 112, DELTA_ADDRESS_NONE, chip->arch, false);
        delta_image_free(&image);
    }
}

static void an_unknown_chip_may_have_code_anywhere(void **state)
{
    struct imagefile f = {0};
    struct delta_image image;

    (void)state;
    imagefile_esp_header(&f, 1, 0x7777);
    imagefile_esp_segment(&f, 0x12340000, bytes, 16);
    imagefile_esp_end(&f, 0);
    check_good(&image, &f, DELTA_FILE_ESP);
    check_region(&image, 1, 32, 0x12340000, DELTA_ARCH_UNKNOWN, true);
    delta_image_free(&image);
}

static void check_damaged(const struct imagefile *f, const char *text)
{
    check_bad(f, DELTA_FILE_ESP, text);
    check_raw(f); // the bytes are the same in any case
}

static void errors_name_the_place(void **state)
{
    struct imagefile good = {0};
    struct imagefile f;

    (void)state;
    imagefile_esp_header(&good, 2, 5);
    imagefile_esp_segment(&good, 0x42000020, bytes, 64);
    imagefile_esp_segment(&good, 0x40380000, bytes, 20);
    imagefile_esp_end(&good, 0);
    f = good;
    f.data[40]++;
    check_damaged(&f, "ESP: byte 0x7f: checksum does not match (found 0xef, "
                      "expected 0xee)");
    f = good;
    f.size = 127;
    check_damaged(&f, "ESP: byte 0x7c: cut short before the checksum (found "
                      "0x7f, expected 0x80)");
    f.size = 123;
    check_damaged(&f, "ESP: byte 0x64: segment reaches beyond the file (found "
                      "0x14, expected 0x13)");
    f.size = 100;
    check_damaged(&f, "ESP: byte 0x60: cut short in a segment's header (found "
                      "0x64, expected 0x68)");
    f.size = 23;
    check_damaged(&f, "ESP: byte 0x0: cut short in the header (found 0x17, "
                      "expected 0x18)");
    f.size = 7;
    check_damaged(&f, "ESP: byte 0x0: cut short in the header (found 0x7, "
                      "expected 0x8)");
    f = good;
    f.data[1] = 0;
    check_damaged(&f, "ESP: byte 0x1: number of segments out of range (found "
                      "0x0, expected 0x10)");
    f.data[1] = 17;
    check_damaged(&f, "ESP: byte 0x1: number of segments out of range (found "
                      "0x11, expected 0x10)");
    f = good;
    f.data[0] = 0;
    check_damaged(&f, "ESP: byte 0x0: no header (found 0x0, expected 0xe9)");
    f.data[0] = 0xEA;
    check_damaged(&f, "ESP: byte 0x1: not version 2 (found 0x2, expected "
                      "0x4)");
    memset(&f, 0, sizeof(f));
    make_version_2(&f, 1);
    f.data[0x1010] = 0;
    check_damaged(&f, "ESP: byte 0x1010: no header (found 0x0, expected "
                      "0xe9)");
    f.size = 0;
    check_bad(&f, DELTA_FILE_ESP,
              "image is empty or too large (found 0 bytes, expected 1 to "
              "536870912)");
}

// Cut at any place an image is raw; nothing behind it is read.
static void cuts_are_raw(void **state)
{
    struct imagefile good = {0};

    (void)state;
    make_version_2(&good, 1);
    for (size_t size = 1; size < good.size - 4; size++) {
        struct imagefile f = good;

        f.size = size;
        check_raw(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(esp8266_version_1),
        cmocka_unit_test(images_follow_each_other_in_pages),
        cmocka_unit_test(a_whole_flash_has_all_its_images),
        cmocka_unit_test(esp8266_version_2),
        cmocka_unit_test(version_2_follows_the_loader_by_default),
        cmocka_unit_test(later_chips),
        cmocka_unit_test(an_unknown_chip_may_have_code_anywhere),
        cmocka_unit_test(errors_name_the_place),
        cmocka_unit_test(cuts_are_raw),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
