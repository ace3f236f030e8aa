// SPDX-License-Identifier: MIT
// ELF files: layout, regions, symbols, and what is wrong with bad ones.

#include "imagecheck.h"

enum { ARM = 40, AVR = 83, XTENSA = 94, AARCH64 = 183, RISCV = 243, MIPS = 8 };
enum { PROGBITS = 1, NOBITS = 8, ATTRIBUTES = 0x70000003 };
enum { WRITE = 1, ALLOC = 2, EXEC = 4 };
enum { OBJECT = 1, FUNC = 2 };

static const uint8_t text[256] = {1, 2, 3}, constants[100] = {4, 5, 6},
                     values[40] = {7, 8, 9};

static const struct imagefile_section sections[] = {
    {".text", PROGBITS, ALLOC | EXEC, 0x08000000, 0x08000000, text, 256},
    {".rodata", PROGBITS, ALLOC, 0x08000100, 0x08000100, constants, 100},
    {".data", PROGBITS, ALLOC | WRITE, 0x20000000, 0x08000168, values, 40},
    {".bss", NOBITS, ALLOC | WRITE, 0x20000028, 0x20000028, NULL, 1000},
    {".comment", PROGBITS, 0, 0, 0, values, 40},
};

static const struct imagefile_symbol symbols[] = {
    {"main", 0x08000041, 32, FUNC, 1},
    {"start", 0x08000001, 16, FUNC, 1},
    {"table", 0x08000100, 4, OBJECT, 2},
    {"count", 0x20000004, 400, OBJECT, 3},
    {"zeros", 0x20000028, 4, OBJECT, 4},
    {"label", 0x08000010, 0, FUNC, 1},
    {"other", 0x09000010, 4, FUNC, 1},
    {"file", 0x08000010, 4, 4, 1},
    {"bad\n\x80", 0x08000080, 4, FUNC, 1},
};

static struct imagefile_elf make_elf(uint16_t machine)
{
    struct imagefile_elf elf = {0};

    elf.machine = machine;
    elf.entry = 0x08000001;
    elf.sections = sections;
    elf.section_count = sizeof(sections) / sizeof(*sections);
    elf.symbols = symbols;
    elf.symbol_count = sizeof(symbols) / sizeof(*symbols);
    return elf;
}

static void read_elf(struct delta_image *image, const struct imagefile_elf *elf)
{
    struct imagefile f = {0};

    imagefile_elf(&f, elf);
    assert_true(f.size < sizeof(f.data));
    check_good(image, &f, DELTA_FILE_ELF);
    assert_true(image->has_addresses);
}

static void check_layout(const struct delta_image *image)
{
    assert_int_equal(image->size, 0x168 + 40);
    assert_memory_equal(image->data, text, 256);
    assert_memory_equal(image->data + 0x100, constants, 100);
    assert_memory_equal(image->data + 0x164, "\xFF\xFF\xFF\xFF", 4);
    assert_memory_equal(image->data + 0x168, values, 40);
    assert_int_equal(image->fill_size, 4);
}

static void check_regions(const struct delta_image *image, uint8_t arch)
{
    assert_int_equal(image->region_count, 3);
    check_region(image, 0, 0, 0x08000000, arch, true);
    check_region(image, 1, 0x100, 0x08000100, arch, false);
    check_region(image, 2, 0x168, 0x20000000, arch, false);
}

static void every_class_and_byte_order(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct imagefile_elf elf = make_elf(RISCV);
        struct delta_image image;

        elf.is_64 = (i & 1) != 0;
        elf.is_big = (i & 2) != 0;
        read_elf(&image, &elf);
        check_layout(&image);
        check_regions(&image, elf.is_big ? DFOTA_ARCH_BIG : DFOTA_ARCH_RISCV);
        assert_int_equal(image.symbol_count, 5);
        delta_image_free(&image);
        elf.no_sections = true;
        read_elf(&image, &elf);
        check_layout(&image);
        check_regions(&image, elf.is_big ? DFOTA_ARCH_BIG : DFOTA_ARCH_RISCV);
        assert_int_equal(image.symbol_count, 0);
        delta_image_free(&image);
    }
}

static void symbols_are_sorted_and_can_be_shown(void **state)
{
    static const struct delta_symbol expected[] = {
        {0, 16, "start", ".text"},     {0x40, 32, "main", ".text"},
        {0x80, 4, "bad??", ".text"},   {0x100, 4, "table", ".rodata"},
        {0x16C, 36, "count", ".data"},
    };
    struct imagefile_elf elf = make_elf(ARM);
    struct delta_image image;

    (void)state;
    read_elf(&image, &elf);
    assert_int_equal(image.symbol_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(image.symbols[i].start, expected[i].start);
        assert_int_equal(image.symbols[i].size, expected[i].size);
        assert_string_equal(image.symbols[i].name, expected[i].name);
        assert_string_equal(image.symbols[i].section, expected[i].section);
    }
    delta_image_free(&image);
}

// ARM, big-endian: since version 6 (BE8) only data is.
static void big_endian_arm_has_little_endian_code(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct imagefile_elf elf = make_elf(ARM);
        struct delta_image image;

        elf.is_big = true;
        elf.header_flags = i == 0 ? 0x05800200 : 0x05000200;
        read_elf(&image, &elf);
        assert_int_equal(image.region_count, 3);
        check_region(&image, 0, 0, 0x08000000,
                     i == 0 ? DFOTA_ARCH_THUMB : DFOTA_ARCH_BIG, true);
        check_region(&image, 1, 0x100, 0x08000100, DFOTA_ARCH_BIG, false);
        check_region(&image, 2, 0x168, 0x20000000, DFOTA_ARCH_BIG, false);
        delta_image_free(&image);
    }
}

static void sections_are_listed(void **state)
{
    static const struct delta_section expected[] = {
        {0, 256, ".text"}, {0x100, 100, ".rodata"}, {0x168, 40, ".data"}};
    struct imagefile_elf elf = make_elf(ARM);

    (void)state;
    for (unsigned count = 0; count < 2; count++) {
        struct delta_image image;

        elf.symbol_count = count;
        read_elf(&image, &elf);
        assert_int_equal(image.section_count, 3);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(image.sections[i].start, expected[i].start);
            assert_int_equal(image.sections[i].size, expected[i].size);
            assert_string_equal(image.sections[i].name, expected[i].name);
        }
        delta_image_free(&image);
    }
    elf.no_sections = true;
    struct delta_image image;
    read_elf(&image, &elf);
    assert_int_equal(image.section_count, 0);
    delta_image_free(&image);
}

static void each_machine_has_its_architecture(void **state)
{
    static const struct {
        uint16_t machine;
        uint64_t entry;
        uint8_t arch;
    } cases[] = {
        {ARM, 0x08000001, DFOTA_ARCH_THUMB}, {ARM, 0x08000000, DFOTA_ARCH_A32},
        {AARCH64, 0, DFOTA_ARCH_A64},        {RISCV, 0, DFOTA_ARCH_RISCV},
        {XTENSA, 0, DFOTA_ARCH_XTENSA},      {MIPS, 0, DFOTA_ARCH_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct imagefile_elf elf = make_elf(cases[i].machine);
        struct delta_image image;

        elf.entry = cases[i].entry;
        read_elf(&image, &elf);
        check_regions(&image, cases[i].arch);
        delta_image_free(&image);
    }
}

// AVR: data is at 0x800000 and further up, EEPROM and fuses are left out.
static void avr_takes_the_flash_only(void **state)
{
    static const struct imagefile_section parts[] = {
        {".text", PROGBITS, ALLOC | EXEC, 0, 0, text, 256},
        {".data", PROGBITS, ALLOC | WRITE, 0x800100, 0x100, values, 40},
        {".eeprom", PROGBITS, ALLOC | WRITE, 0x810000, 0x810000, values, 40},
        {".fuse", PROGBITS, ALLOC | WRITE, 0x820000, 0x820000, values, 3},
    };
    struct imagefile_elf elf = make_elf(AVR);
    struct delta_image image;

    (void)state;
    elf.sections = parts;
    elf.section_count = 4;
    elf.symbol_count = 0;
    read_elf(&image, &elf);
    assert_int_equal(image.size, 256 + 40);
    assert_int_equal(image.region_count, 2);
    check_region(&image, 0, 0, 0, DFOTA_ARCH_AVR, true);
    check_region(&image, 1, 0x100, 0x800100, DFOTA_ARCH_AVR, false);
    delta_image_free(&image);
}

static void mapping_symbols_tell_thumb_from_a32(void **state)
{
    static const struct imagefile_symbol marks[] = {
        {"$t", 0x08000080, 0, 0, 1},     {"$a", 0x08000000, 0, 0, 1},
        {"$d", 0x08000040, 0, 0, 1},     {"$t.x", 0x080000A0, 0, 0, 1},
        {"$a", 0x080000C0, 0, 0, 1},     {"$t", 0x080000D0, 0, 0, 1},
        {"$thing", 0x08000020, 0, 0, 1}, {"$t", 0x08000120, 0, 0, 2},
        {"$t", 0x07000000, 0, 0, 1},
    };
    struct imagefile_elf elf = make_elf(ARM);
    struct delta_image image;

    (void)state;
    elf.symbols = marks;
    elf.symbol_count = sizeof(marks) / sizeof(*marks);
    read_elf(&image, &elf);
    // 16 bytes of A32 within Thumb are not worth a region.
    assert_int_equal(image.region_count, 4);
    check_region(&image, 0, 0, 0x08000000, DFOTA_ARCH_A32, true);
    check_region(&image, 1, 0x80, 0x08000080, DFOTA_ARCH_THUMB, true);
    check_region(&image, 2, 0x100, 0x08000100, DFOTA_ARCH_THUMB, false);
    assert_int_equal(image.symbol_count, 0);
    delta_image_free(&image);
}

// Build attributes: stripped files for Cortex-M whose entry is even.
static void attributes_tell_thumb(void **state)
{
    static const uint8_t profile[] = "A\x1D\0\0\0aeabi\0\x01\x13\0\0\0"
                                     "\x05M3\0\x06\x0A\x07M\x09\x02\x22\x01";
    static const uint8_t use[] = "A\x13\0\0\0aeabi\0\x01\x09\0\0\0"
                                 "\x08\0\x09\x01";
    static const uint8_t both[] = "A\x13\0\0\0aeabi\0\x01\x09\0\0\0"
                                  "\x08\x01\x09\x01";
    static const uint8_t vendor[] = "A\x12\0\0\0abcd\0\x01\x09\0\0\0"
                                    "\x07M\x09\x01";
    static const struct {
        const uint8_t *bytes;
        uint32_t size;
        uint8_t arch;
    } cases[] = {
        {profile, sizeof(profile) - 1, DFOTA_ARCH_THUMB},
        {use, sizeof(use) - 1, DFOTA_ARCH_THUMB},
        {both, sizeof(both) - 1, DFOTA_ARCH_A32},
        {vendor, sizeof(vendor) - 1, DFOTA_ARCH_A32},
        {profile, 1, DFOTA_ARCH_A32},
        {profile, 7, DFOTA_ARCH_A32},
        {profile, 18, DFOTA_ARCH_A32},
        {text, 256, DFOTA_ARCH_A32},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct imagefile_elf elf = make_elf(ARM);
        struct imagefile_section parts[6];
        struct delta_image image;

        memcpy(parts, sections, sizeof(sections));
        parts[5] =
            (struct imagefile_section){".ARM.attributes", ATTRIBUTES,   0, 0, 0,
                                       cases[i].bytes,    cases[i].size};
        elf.sections = parts;
        elf.section_count = 6;
        elf.entry = 0x08000000;
        elf.symbol_count = 0;
        read_elf(&image, &elf);
        check_regions(&image, cases[i].arch);
        delta_image_free(&image);
    }
}

// Linkers may put the file's header into the first segment.
static void the_header_is_no_part_of_the_program(void **state)
{
    struct imagefile_elf elf = make_elf(RISCV);
    struct delta_image image;

    (void)state;
    elf.with_header = true;
    read_elf(&image, &elf);
    check_layout(&image);
    check_regions(&image, DFOTA_ARCH_RISCV);
    delta_image_free(&image);
    elf.no_sections = true; // nothing tells
    read_elf(&image, &elf);
    assert_int_equal(image.size, 0x168 + 40 + 56);
    assert_memory_equal(image.data + 56, text, 256);
    delta_image_free(&image);
}

static void regions_are_joined_until_they_fit(void **state)
{
    struct imagefile_elf elf = make_elf(ARM);
    struct imagefile_symbol marks[100];
    uint8_t code[100 * 40] = {0};
    struct imagefile_section part = {".text", PROGBITS, ALLOC | EXEC, 0,
                                     0,       code,     sizeof(code)};
    struct delta_image image;

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        marks[i] = (struct imagefile_symbol){i % 2 == 0 ? "$t" : "$a", i * 40,
                                             0, 0, 1};
    }
    elf.sections = &part;
    elf.section_count = 1;
    elf.symbols = marks;
    elf.symbol_count = 100;
    read_elf(&image, &elf);
    assert_true(image.region_count <= DELTA_REGIONS_MAX);
    assert_int_equal(image.regions[0].start, 0);
    for (uint32_t i = 1; i < image.region_count; i++) {
        assert_true(image.regions[i].start > image.regions[i - 1].start);
    }
    delta_image_free(&image);
}

static void check_error(const struct imagefile *f, const char *error)
{
    check_bad(f, DELTA_FILE_ELF, error);
    check_bad(f, DELTA_FILE_AUTO, error);
}

static void errors_say_what_is_wrong(void **state)
{
    struct imagefile_elf elf = make_elf(ARM);
    struct imagefile_section parts[2] = {sections[0], sections[1]};
    struct imagefile good = {0};
    struct imagefile f;

    (void)state;
    imagefile_elf(&good, &elf);
    f = good;
    imagefile_set(&f, 16, 1, 2);
    check_error(&f, "ELF: not a linked program (found 0x1, expected 0x2)");
    f = good;
    f.size = 200;
    imagefile_set(&f, 32, 0, 4); // no headers of sections
    imagefile_set(&f, 48, 0, 4);
    imagefile_set(&f, 28, 52, 4);
    imagefile_set(&f, 44, 1, 2);
    imagefile_set(&f, 52, 1, 4);
    imagefile_set(&f, 56, 100, 4);
    imagefile_set(&f, 60, 0, 4);
    imagefile_set(&f, 64, 0, 4);
    imagefile_set(&f, 68, 101, 4);
    check_error(&f, "ELF: cut short: a segment ends behind the file (found "
                    "0xc8, expected 0xc9)");
    imagefile_set(&f, 68, 0, 4);
    check_error(&f, "ELF: no data for the flash (found 0 bytes, expected at "
                    "least 1)");
    imagefile_set(&f, 44, 100, 2);
    check_error(&f, "ELF: cut short in the headers of segments (found 0xc8, "
                    "expected 0xcb4)");
    memset(&f, 0, sizeof(f));
    parts[1].place = 0x20000000;
    elf.sections = parts;
    elf.section_count = 2;
    imagefile_elf(&f, &elf);
    check_error(&f, "ELF: data is too far apart (found 0x08000000 and "
                    "0x20000000, expected within 64 MiB)");
    memset(&f, 0, sizeof(f));
    parts[1].place = 0x08000080;
    imagefile_elf(&f, &elf);
    check_error(&f, "ELF: two values for the byte at 0x08000080 (expected "
                    "one)");
    memset(&f, 0, sizeof(f));
    elf.is_64 = true;
    parts[1].place = 0xFFFFFFFFFFFFFFFF;
    imagefile_elf(&f, &elf);
    check_error(&f, "ELF: segment beyond the last address (found 0x64, "
                    "expected 0x1)");
}

static void bad_headers(void **state)
{
    struct imagefile_elf elf = make_elf(ARM);
    struct imagefile good = {0};

    (void)state;
    imagefile_elf(&good, &elf);
    for (unsigned at = 0; at < 7; at++) {
        struct imagefile f = good;

        f.data[at] = 0x77;
        if (at < 4) {
            check_raw(&f); // something else
        }
        check_bad(&f, at < 4 ? DELTA_FILE_ELF : DELTA_FILE_AUTO,
                  "ELF: bad header (found no 32-bit or 64-bit file of version "
                  "1, expected one)");
    }
    good.size = 51;
    check_error(&good,
                "ELF: cut short in the header (found 0x33, expected 0x34)");
    good.size = 4;
    check_error(&good, "ELF: bad header (found no 32-bit or 64-bit file of "
                       "version 1, expected one)");
    good.size = 3;
    check_raw(&good);
}

// Cut anywhere, or with a changed byte: no bad access, and it ends.
static void damage_does_no_harm(void **state)
{
    struct imagefile_elf elf = make_elf(ARM);
    struct imagefile good = {0};

    (void)state;
    imagefile_elf(&good, &elf);
    for (size_t at = 0; at < good.size; at++) {
        struct imagefile f = good;
        struct delta_image image;
        struct delta_error error;

        f.size = at;
        if (read_file(&image, &f, DELTA_FILE_ELF, &error) == DELTA_OK) {
            delta_image_free(&image);
        }
        f = good;
        f.data[at] ^= 0xFF;
        if (read_file(&image, &f, DELTA_FILE_ELF, &error) == DELTA_OK) {
            delta_image_free(&image);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_and_byte_order),
        cmocka_unit_test(symbols_are_sorted_and_can_be_shown),
        cmocka_unit_test(big_endian_arm_has_little_endian_code),
        cmocka_unit_test(sections_are_listed),
        cmocka_unit_test(each_machine_has_its_architecture),
        cmocka_unit_test(avr_takes_the_flash_only),
        cmocka_unit_test(mapping_symbols_tell_thumb_from_a32),
        cmocka_unit_test(attributes_tell_thumb),
        cmocka_unit_test(the_header_is_no_part_of_the_program),
        cmocka_unit_test(regions_are_joined_until_they_fit),
        cmocka_unit_test(errors_say_what_is_wrong),
        cmocka_unit_test(bad_headers),
        cmocka_unit_test(damage_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
