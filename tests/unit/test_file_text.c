// SPDX-License-Identifier: MIT
// Intel HEX and S-record files.

#include "imagecheck.h"

static const uint8_t bytes[4] = {0xDE, 0xAD, 0xBE, 0xEF};

static void check_text(const char *text, enum delta_file_format format,
                       const char *error)
{
    struct imagefile f = {0};

    imagefile_text(&f, text);
    check_bad(&f, format, error);
    check_bad(&f, DELTA_FILE_AUTO, error); // an error, not a raw image
}

static void ihex_is_laid_out_by_address(void **state)
{
    static const uint8_t expected[] = {0xDE, 0xAD, 0xBE, 0xEF, 0xFF,
                                       0xFF, 0xDE, 0xAD, 0xBE, 0xEF};
    struct imagefile f = {0};
    struct delta_image image;

    (void)state;
    imagefile_ihex(&f, 4, 0, "\x08\x01", 2);
    imagefile_ihex(&f, 0, 0x106, bytes, 4);
    imagefile_text(&f, "\n  \r\n");
    imagefile_ihex(&f, 0, 0x100, bytes, 4);
    imagefile_ihex(&f, 5, 0, "\x08\x01\x01\x01", 4);
    imagefile_ihex(&f, 3, 0, "\x08\x01\x01\x01", 4);
    imagefile_ihex(&f, 1, 0, NULL, 0);
    check_good(&image, &f, DELTA_FILE_IHEX);
    assert_int_equal(image.size, sizeof(expected));
    assert_memory_equal(image.data, expected, sizeof(expected));
    assert_int_equal(image.fill_size, 2);
    assert_true(image.has_addresses);
    assert_int_equal(image.region_count, 1);
    check_region(&image, 0, 0, 0x08010100, DELTA_ARCH_UNKNOWN, true);
    delta_image_free(&image);
    delta_image_free(&image); // zeroed
    delta_image_free(NULL);
}

static void ihex_reads_small_digits_and_any_line_end(void **state)
{
    struct imagefile f = {0};
    struct delta_image image;

    (void)state;
    imagefile_text(&f, ":04001000deadbeefb4\r\n:00000001ff");
    check_good(&image, &f, DELTA_FILE_IHEX);
    assert_int_equal(image.size, 4);
    assert_memory_equal(image.data, bytes, 4);
    check_region(&image, 0, 0, 0x10, DELTA_ARCH_UNKNOWN, true);
    delta_image_free(&image);
    memset(&f, 0, sizeof(f));
    imagefile_text(&f, ":04001000deadbeefb4\r:00000001ff\r");
    check_good(&image, &f, DELTA_FILE_IHEX);
    delta_image_free(&image);
}

// What editors and people leave around records.
static void marks_and_blanks_are_passed_over(void **state)
{
    static const char *const texts[] = {
        "\xEF\xBB\xBF:04001000DEADBEEFB4\n:00000001FF\n",
        "\r\n\n  :04001000DEADBEEFB4\n\t:00000001FF \n",
        "\xEF\xBB\xBF\nS1070010DEADBEEFB0\nS9030000FC\n",
        "s1070010deadbeefb0\n  s9030000fc",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct imagefile f = {0};
        struct delta_image image;

        imagefile_text(&f, texts[i]);
        check_good(&image, &f, i < 2 ? DELTA_FILE_IHEX : DELTA_FILE_SREC);
        assert_int_equal(image.size, 4);
        assert_memory_equal(image.data, bytes, 4);
        delta_image_free(&image);
    }
    check_text("\n\n :04001000DEADBEEFB5\n", DELTA_FILE_IHEX,
               "Intel HEX: line 3: checksum does not match (found B5, expected "
               "B4)");
}

// Offsets of segments wrap, those of upper halves do not.
static void ihex_segments_wrap(void **state)
{
    struct imagefile f = {0};
    struct delta_image image;

    (void)state;
    imagefile_ihex(&f, 2, 0, "\x10\x00", 2);
    imagefile_ihex(&f, 0, 0xFFFE, bytes, 4);
    imagefile_ihex(&f, 1, 0, NULL, 0);
    check_good(&image, &f, DELTA_FILE_IHEX);
    assert_int_equal(image.size, 0x10000);
    assert_memory_equal(image.data, bytes + 2, 2);
    assert_memory_equal(image.data + 0xFFFE, bytes, 2);
    check_region(&image, 0, 0, 0x10000, DELTA_ARCH_UNKNOWN, true);
    delta_image_free(&image);

    memset(&f, 0, sizeof(f));
    imagefile_ihex(&f, 4, 0, "\x00\x01", 2);
    imagefile_ihex(&f, 0, 0xFFFE, bytes, 4);
    imagefile_ihex(&f, 1, 0, NULL, 0);
    check_good(&image, &f, DELTA_FILE_IHEX);
    assert_int_equal(image.size, 4);
    delta_image_free(&image);
}

static void ihex_errors_name_the_line(void **state)
{
    (void)state;
    check_text(":04001000DEADBEEFB5\n:00000001FF\n", DELTA_FILE_IHEX,
               "Intel HEX: line 1: checksum does not match (found B5, expected "
               "B4)");
    check_text(":00000001FF\n", DELTA_FILE_IHEX,
               "Intel HEX: no data for the flash (found 0 bytes, expected at "
               "least 1)");
    check_text(":04001000DEADBEEFB4\n", DELTA_FILE_IHEX,
               "Intel HEX: cut short (found the end of the file after line 1, "
               "expected an end record)");
    check_text(":04001000DEADBEEFB4\n\n:04001000DEADBEE", DELTA_FILE_IHEX,
               "Intel HEX: line 3: half a byte (found 15 digits, expected an "
               "even number)");
    check_text(":04001000DEADBEEFB4\n:04001000DEADBE05\n", DELTA_FILE_IHEX,
               "Intel HEX: line 2: record of the wrong size (found 8 bytes, "
               "expected 9)");
    check_text(":04001000DEADBEEFB4\n:04\n", DELTA_FILE_IHEX,
               "Intel HEX: line 2: record of the wrong size (found 1 bytes, "
               "expected 9)");
    check_text(":04001000DEADBEEFB4\n:\n", DELTA_FILE_IHEX,
               "Intel HEX: line 2: record of the wrong size (found 0 bytes, "
               "expected 5)");
    check_text(":04001000DEADBEEFB4\n:0G\n", DELTA_FILE_IHEX,
               "Intel HEX: line 2: no digit in column 3 (found byte 0x47, "
               "expected 0-9 or A-F)");
    check_text(":04001000DEADBEEFB4\nhello\n", DELTA_FILE_IHEX,
               "Intel HEX: line 2: no record (found byte 0x68, expected ':')");
    check_text(":00000006FA\n", DELTA_FILE_IHEX,
               "Intel HEX: line 1: unknown record (found type 06, expected 00 "
               "to 05)");
    check_text(":0100000408F3\n", DELTA_FILE_IHEX,
               "Intel HEX: line 1: record of type 04 of the wrong size (found "
               "1 data bytes, expected 2)");
    check_text(":00000001FF\n:00000001FF\n", DELTA_FILE_IHEX,
               "Intel HEX: line 2: record behind the end record (found type "
               "01, expected none)");
    check_text(":02000004FFFFFC\n:04FFFE00DEADBEEFC7\n", DELTA_FILE_IHEX,
               "Intel HEX: line 2: data beyond the last address (found "
               "0xfffffffe and 4 bytes, expected 32 bits)");
}

static void ihex_lines_have_a_limit(void **state)
{
    struct imagefile f = {0};

    (void)state;
    imagefile_text(&f, ":04001000DEADBEEFB4\n:");
    imagefile_fill(&f, '0', 600);
    check_bad(&f, DELTA_FILE_IHEX,
              "Intel HEX: line 2: line too long (found 600 digits, expected at "
              "most 512)");
}

static void one_byte_has_one_value(void **state)
{
    struct imagefile f = {0};
    struct delta_image image;

    (void)state;
    imagefile_ihex(&f, 0, 0x100, bytes, 4);
    imagefile_ihex(&f, 0, 0x102, bytes + 2, 2); // the same again
    imagefile_ihex(&f, 1, 0, NULL, 0);
    check_good(&image, &f, DELTA_FILE_IHEX);
    assert_int_equal(image.size, 4);
    delta_image_free(&image);

    memset(&f, 0, sizeof(f));
    imagefile_ihex(&f, 0, 0x100, bytes, 4);
    imagefile_ihex(&f, 0, 0x102, "\xBE\xEE", 2);
    imagefile_ihex(&f, 1, 0, NULL, 0);
    check_bad(&f, DELTA_FILE_IHEX,
              "Intel HEX: two values for the byte at 0x00000103 (expected "
              "one)");
}

static void a_file_must_not_reach_too_far(void **state)
{
    struct imagefile f = {0};
    struct delta_image image;

    (void)state;
    imagefile_ihex(&f, 0, 0, bytes, 4);
    imagefile_ihex(&f, 4, 0, "\x03\xFF", 2);
    imagefile_ihex(&f, 0, 0xFFFC, bytes, 4);
    imagefile_ihex(&f, 1, 0, NULL, 0);
    check_good(&image, &f, DELTA_FILE_IHEX);
    assert_int_equal(image.size, DELTA_SPAN_MAX);
    assert_int_equal(image.fill_size, DELTA_SPAN_MAX - 8);
    delta_image_free(&image);

    memset(&f, 0, sizeof(f));
    imagefile_ihex(&f, 0, 0, bytes, 4);
    imagefile_ihex(&f, 4, 0, "\x10\x00", 2);
    imagefile_ihex(&f, 0, 0x1000, bytes, 4);
    imagefile_ihex(&f, 1, 0, NULL, 0);
    check_bad(&f, DELTA_FILE_IHEX,
              "Intel HEX: data is too far apart (found 0x00000000 and "
              "0x10001000, expected within 64 MiB)");
}

static void srec_of_each_width(void **state)
{
    (void)state;
    for (unsigned type = 1; type <= 3; type++) {
        struct imagefile f = {0};
        struct delta_image image;
        uint32_t address = 0x08001234 & (0xFFFFFFFFu >> 8 * (3 - type));

        imagefile_srec(&f, 0, 0, "name", 4);
        imagefile_srec(&f, type, address, bytes, 4);
        imagefile_srec(&f, type, address + 8, bytes, 4);
        imagefile_srec(&f, 5, 2, NULL, 0);
        imagefile_srec(&f, 10 - type, 0, NULL, 0);
        check_good(&image, &f, DELTA_FILE_SREC);
        assert_int_equal(image.size, 12);
        assert_memory_equal(image.data, bytes, 4);
        assert_memory_equal(image.data + 4, "\xFF\xFF\xFF\xFF", 4);
        assert_memory_equal(image.data + 8, bytes, 4);
        check_region(&image, 0, 0, address, DELTA_ARCH_UNKNOWN, true);
        delta_image_free(&image);
    }
}

static void srec_errors_name_the_line(void **state)
{
    (void)state;
    check_text("S107001000DEADBEEFB1\nS9030000FC\n", DELTA_FILE_SREC,
               "S-record: line 1: record of the wrong size (found 9 bytes, "
               "expected 8)");
    check_text("S1070010DEADBEEFB1\nS9030000FC\n", DELTA_FILE_SREC,
               "S-record: line 1: checksum does not match (found B1, expected "
               "B0)");
    check_text("S1070010DEADBEEFB0\n", DELTA_FILE_SREC,
               "S-record: cut short (found the end of the file after line 1, "
               "expected S7, S8 or S9)");
    check_text("S1070010DEADBEEFB0\nS5030002FA\n", DELTA_FILE_SREC,
               "S-record: line 2: data records missing (found 1, expected 2)");
    check_text("S1070010DEADBEEFB0\nS9030000FC\nS9030000FC\n", DELTA_FILE_SREC,
               "S-record: line 3: record behind the end record (found S9, "
               "expected none)");
    check_text("S1070010DEADBEEFB0\nS4030000FC\n", DELTA_FILE_SREC,
               "S-record: line 2: unknown record (found byte 0x34 behind S, "
               "expected 0-3 or 5-9)");
    check_text("S1070010DEADBEEFB0\nS\n", DELTA_FILE_SREC,
               "S-record: line 2: unknown record (found byte 0x00 behind S, "
               "expected 0-3 or 5-9)");
    check_text("S1070010DEADBEEFB0\nX9030000FC\n", DELTA_FILE_SREC,
               "S-record: line 2: no record (found byte 0x58, expected 'S')");
    check_text("S1070010DEADBEEFB0\nS1020000\n", DELTA_FILE_SREC,
               "S-record: line 2: record of the wrong size (found 3 bytes, "
               "expected 4)");
    check_text("S1070010DEADBEEFB0\nS9\n", DELTA_FILE_SREC,
               "S-record: line 2: record of the wrong size (found 0 bytes, "
               "expected 4)");
    check_text("S309FFFFFFFEDEADBEEFC3\nS9030000FC\n", DELTA_FILE_SREC,
               "S-record: line 1: data beyond the last address (found "
               "0xfffffffe and 4 bytes, expected 32 bits)");
    check_text("S1070010DEADBEEFB0\nS10Z\n", DELTA_FILE_SREC,
               "S-record: line 2: no digit in column 4 (found byte 0x5a, "
               "expected 0-9 or A-F)");
    check_text("S9030000FC\n", DELTA_FILE_SREC,
               "S-record: no data for the flash (found 0 bytes, expected at "
               "least 1)");
}

// What only begins like a text format.
static void other_files_are_raw(void **state)
{
    static const char *const texts[] = {
        ":",       ":1234567",   ":0400100G00",    "S",          "S1",
        "S107001", "Sx070010DE", "SECTION HEADER", "S107 010DE", ": 04001000",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct imagefile f = {0};

        imagefile_text(&f, texts[i]);
        check_raw(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ihex_is_laid_out_by_address),
        cmocka_unit_test(ihex_reads_small_digits_and_any_line_end),
        cmocka_unit_test(marks_and_blanks_are_passed_over),
        cmocka_unit_test(ihex_segments_wrap),
        cmocka_unit_test(ihex_errors_name_the_line),
        cmocka_unit_test(ihex_lines_have_a_limit),
        cmocka_unit_test(one_byte_has_one_value),
        cmocka_unit_test(a_file_must_not_reach_too_far),
        cmocka_unit_test(srec_of_each_width),
        cmocka_unit_test(srec_errors_name_the_line),
        cmocka_unit_test(other_files_are_raw),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
