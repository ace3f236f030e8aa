// SPDX-License-Identifier: MIT
// MCUboot images, by themselves and inside of other files; raw images.

#include "imagecheck.h"

// A program that is no code for the patcher is not told apart from the rest.
static void check_parts(struct delta_image *image, uint32_t header,
                        uint32_t program, uint32_t base, bool has_code)
{
    assert_int_equal(image->region_count, has_code ? 3 : 1);
    check_region(image, 0, 0, base, DELTA_ARCH_UNKNOWN, false);
    if (has_code) {
        check_region(image, 1, header, base + header, DELTA_ARCH_UNKNOWN, true);
        check_region(image, 2, header + program, base + header + program,
                     DELTA_ARCH_UNKNOWN, false);
    }
}

static void header_program_and_trailer_are_told_apart(void **state)
{
    (void)state;
    for (unsigned protected_size = 0; protected_size < 40;
         protected_size += 20) {
        struct imagefile f = {0};
        struct delta_image image;

        imagefile_mcuboot(&f, 512, 1000, 0, 0, protected_size);
        imagefile_fill(&f, 0xFF, 100); // the rest of a slot
        check_good(&image, &f, DELTA_FILE_MCUBOOT);
        assert_int_equal(image.size, f.size);
        assert_memory_equal(image.data, f.data, f.size);
        assert_false(image.has_addresses);
        check_parts(&image, 512, 1000, 0, true);
        delta_image_free(&image);
    }
}

static void flags_tell_address_and_code(void **state)
{
    static const struct {
        uint32_t flags;
        bool has_address, has_code;
    } cases[] = {
        {0x000, false, true},  {0x004, false, false}, {0x008, false, false},
        {0x020, true, true},   {0x100, true, true},   {0x200, false, false},
        {0x400, false, false}, {0x024, true, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct imagefile f = {0};
        struct delta_image image;

        imagefile_mcuboot(&f, 32, 64, cases[i].flags, 0x20001000, 0);
        check_good(&image, &f, DELTA_FILE_MCUBOOT);
        assert_int_equal(image.has_addresses, cases[i].has_address);
        check_parts(&image, 32, 64, cases[i].has_address ? 0x20001000 : 0,
                    cases[i].has_code);
        delta_image_free(&image);
    }
}

// A signed image as a HEX file has both: address and parts.
static void a_text_file_of_one_has_its_regions(void **state)
{
    struct imagefile inner = {0};
    struct imagefile f = {0};
    struct delta_image image;

    (void)state;
    imagefile_mcuboot(&inner, 128, 200, 0, 0, 0);
    imagefile_ihex(&f, 4, 0, "\x08\x02", 2);
    for (unsigned at = 0; at < inner.size; at += 16) {
        unsigned left = (unsigned)inner.size - at;

        imagefile_ihex(&f, 0, at, inner.data + at, left < 16 ? left : 16);
    }
    imagefile_ihex(&f, 1, 0, NULL, 0);
    check_good(&image, &f, DELTA_FILE_IHEX);
    assert_int_equal(image.size, inner.size);
    assert_memory_equal(image.data, inner.data, inner.size);
    assert_true(image.has_addresses);
    check_parts(&image, 128, 200, 0x08020000, true);
    delta_image_free(&image);
}

static void check_damaged(const struct imagefile *f, const char *text)
{
    check_bad(f, DELTA_FILE_MCUBOOT, text);
    check_raw(f);
}

static void errors_name_the_place(void **state)
{
    struct imagefile good = {0};
    struct imagefile f;

    (void)state;
    imagefile_mcuboot(&good, 64, 100, 0, 0, 20);
    f = good;
    f.size = 31;
    check_damaged(&f, "MCUboot: byte 0x0: cut short (found 0x1f, expected "
                      "0x20)");
    f = good;
    f.data[0]++;
    check_damaged(&f, "MCUboot: byte 0x0: no header (found 0x96f3b83e, "
                      "expected 0x96f3b83d)");
    f = good;
    imagefile_set(&f, 8, 31, 2);
    check_damaged(&f, "MCUboot: byte 0x8: header of the wrong size (found "
                      "0x1f, expected 0x20)");
    imagefile_set(&f, 8, 0xFFFF, 2);
    check_damaged(&f, "MCUboot: byte 0x8: header of the wrong size (found "
                      "0xffff, expected 0x20)");
    f = good;
    imagefile_set(&f, 12, 0, 4);
    check_damaged(&f, "MCUboot: byte 0xc: program of the wrong size (found "
                      "0x0, expected 0xa0)");
    imagefile_set(&f, 12, 0xFFFFFFFF, 4);
    check_damaged(&f, "MCUboot: byte 0xc: program of the wrong size (found "
                      "0xffffffff, expected 0xa0)");
    f = good;
    f.size = 164 + 3;
    check_damaged(&f, "MCUboot: byte 0xa4: cut short before the trailer (found "
                      "0xa7, expected 0xa8)");
    f = good;
    f.data[164]++;
    check_damaged(&f, "MCUboot: byte 0xa4: no trailer (found 0x6909, expected "
                      "0x6908)");
    f = good;
    f.data[166]++;
    check_damaged(&f, "MCUboot: byte 0xa4: protected trailer of the wrong size "
                      "(found 0x15, expected 0x14)");
    f = good;
    f.data[184]++;
    check_damaged(&f, "MCUboot: byte 0xb8: no trailer (found 0x6908, expected "
                      "0x6907)");
    f = good;
    f.data[186]++;
    check_damaged(&f, "MCUboot: byte 0xb8: trailer of the wrong size (found "
                      "0x29, expected 0x28)");
    f.data[186] = 3;
    check_damaged(&f, "MCUboot: byte 0xb8: trailer of the wrong size (found "
                      "0x3, expected 0x28)");
}

static void raw_is_taken_as_it_is_when_asked_for(void **state)
{
    struct imagefile f = {0};
    struct delta_image image;
    struct delta_error error;

    (void)state;
    imagefile_mcuboot(&f, 64, 100, 0, 0, 20);
    assert_int_equal(read_file(&image, &f, DELTA_FILE_RAW, &error), DELTA_OK);
    assert_int_equal(image.format, DELTA_FILE_RAW);
    assert_memory_equal(image.data, f.data, f.size);
    assert_int_equal(image.region_count, 1);
    check_region(&image, 0, 0, 0, DELTA_ARCH_UNKNOWN, true);
    assert_false(image.has_addresses);
    delta_image_free(&image);
    memset(&f, 0, sizeof(f));
    imagefile_text(&f, ":00000001FF");
    assert_int_equal(read_file(&image, &f, DELTA_FILE_RAW, &error), DELTA_OK);
    assert_int_equal(image.size, 11);
    delta_image_free(&image);
}

static void there_must_be_something(void **state)
{
    struct imagefile f = {0};

    (void)state;
    check_bad(&f, DELTA_FILE_AUTO,
              "image is empty or too large (found 0 bytes, expected 1 to "
              "536870912)");
    check_bad(&f, DELTA_FILE_RAW,
              "image is empty or too large (found 0 bytes, expected 1 to "
              "536870912)");
}

static void formats_have_names(void **state)
{
    static const char *const names[] = {"auto", "raw", "elf", "ihex",
                                        "srec", "uf2", "esp", "mcuboot"};
    struct imagefile f = {0};
    struct delta_image image;
    struct delta_error error;

    (void)state;
    for (int i = 0; i < 8; i++) {
        assert_string_equal(delta_file_format_name((enum delta_file_format)i),
                            names[i]);
    }
    assert_null(delta_file_format_name((enum delta_file_format)8));
    imagefile_fill(&f, 0, 4);
    assert_int_equal(read_file(&image, &f, (enum delta_file_format)8, &error),
                     DELTA_ERR_OPTION);
    assert_string_equal(error.subject, "format");
    assert_string_equal(error.text,
                        "unknown file format (found 8, expected 0 to 7)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_program_and_trailer_are_told_apart),
        cmocka_unit_test(flags_tell_address_and_code),
        cmocka_unit_test(a_text_file_of_one_has_its_regions),
        cmocka_unit_test(errors_name_the_place),
        cmocka_unit_test(raw_is_taken_as_it_is_when_asked_for),
        cmocka_unit_test(there_must_be_something),
        cmocka_unit_test(formats_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
