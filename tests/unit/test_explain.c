// SPDX-License-Identifier: MIT
// Explanations: causes sum up to the package, parts cover the new image, moves
// are where content went.

#include <stdlib.h>

#include "check.h"
#include "delta_explain.h"
#include "dfota/format.h"
#include "images.h"

#define NOISE 4096u

// A raw image over bytes that it does not own.
static struct delta_image raw(const uint8_t *data, uint32_t size)
{
    struct delta_image image = {
        .data = (uint8_t *)(uintptr_t)data,
        .size = size,
        .format = DELTA_FILE_RAW,
        .region_count = 1,
        .regions = {{0, 0, DELTA_ARCH_UNKNOWN, true}},
    };

    return image;
}

// Bytes without any pattern.
static void fill_noise(uint8_t *out, uint32_t size, uint32_t seed)
{
    for (uint32_t i = 0; i < size; i++) {
        seed = seed * 1664525u + 1013904223u;
        out[i] = (uint8_t)(seed >> 24);
    }
}

static void check_cover(const struct delta_part *parts, size_t count,
                        uint32_t size)
{
    uint32_t at = 0;

    for (size_t i = 0; i < count; i++) {
        const struct delta_part *p = &parts[i];

        assert_int_equal(p->start, at);
        assert_true(p->size > 0);
        assert_int_equal(p->literals + p->corrections + p->hits, p->size);
        at += p->size;
    }
    assert_int_equal(at, size);
}

static void check_sums(const struct delta_explanation *e)
{
    uint32_t sum = 0, coded = 0;
    double parts = 0;

    for (int i = 0; i < DELTA_SPENT_COUNT; i++) {
        sum += e->spent[i];
        if (i >= DELTA_SPENT_HITS && i < DELTA_SPENT_REST) {
            coded += e->spent[i];
        }
    }
    assert_int_equal(sum, e->report.info.package_size);
    check_cover(e->parts, e->part_count, e->new_size);
    check_cover(e->sections, e->section_count, e->new_size);
    for (size_t i = 0; i < e->part_count; i++) {
        parts += e->parts[i].bytes;
    }
    assert_true(parts > coded - 8.0 && parts < coded + 8.0);
}

static void a_release_adds_up(void **state)
{
    struct image a = image_make(1, 0, 40000);
    struct image b = image_make(1, 1, 40000);
    struct delta_image old_image = raw(a.data, a.size);
    struct delta_image new_image = raw(b.data, b.size);
    struct delta_options options = {.has_base = true, .base = IMAGES_BASE};
    struct delta_explanation e;
    struct delta_bytes package;

    (void)state;
    assert_int_equal(delta_explain(&e, &old_image, &new_image, &options, NULL),
                     DELTA_OK);
    check_sums(&e);
    assert_int_equal(e.section_count, 1);
    assert_int_equal(e.parts[0].address, IMAGES_BASE);
    assert_false(e.parts[0].has_symbol);
    assert_true(e.move_count > 0);
    assert_true(e.advice_count > 0);
    // It is the package that is made without explaining.
    assert_int_equal(delta_make_images(&package, NULL, &old_image, &new_image,
                                       &options, NULL),
                     DELTA_OK);
    assert_int_equal(package.size, e.report.info.package_size);
    delta_free(&package);
    delta_explanation_free(&e);
    assert_null(e.parts);
    delta_explanation_free(NULL);
    free(a.data);
    free(b.data);
}

static void what_is_put_in_moves_the_rest(void **state)
{
    static uint8_t a[2 * NOISE], b[2 * NOISE + 100];
    struct delta_image old_image = raw(a, sizeof(a));
    struct delta_image new_image = raw(b, sizeof(b));
    struct delta_explanation e;

    (void)state;
    fill_noise(a, sizeof(a), 1);
    memcpy(b, a, NOISE);
    fill_noise(b + NOISE, 100, 2);
    memcpy(b + NOISE + 100, a + NOISE, NOISE);
    assert_int_equal(delta_explain(&e, &old_image, &new_image, NULL, NULL),
                     DELTA_OK);
    check_sums(&e);
    assert_int_equal(e.move_count, 2);
    assert_int_equal(e.moves[0].moved, 0);
    assert_int_equal(e.moves[0].matched, NOISE);
    assert_int_equal(e.moves[1].moved, 100);
    assert_int_equal(e.moves[1].new_start, NOISE + 100);
    assert_int_equal(e.moves[1].old_start, NOISE);
    assert_int_equal(e.moves[1].size, NOISE);
    assert_int_equal(e.kinds[NOISE - 1], DELTA_BYTE_HIT);
    assert_int_equal(e.kinds[NOISE], DELTA_BYTE_LITERAL);
    assert_int_equal(e.kinds[NOISE + 100], DELTA_BYTE_HIT);
    // Eight bits and a flag for each byte.
    assert_in_range(e.spent[DELTA_SPENT_LITERALS], 98, 140);
    assert_true(e.parts[e.part_count - 1].has_move);
    assert_int_equal(e.parts[e.part_count - 1].moved, 100);
    delta_explanation_free(&e);
}

static void nothing_in_common_is_all_literal(void **state)
{
    static uint8_t a[NOISE], b[NOISE];
    struct delta_image old_image = raw(a, sizeof(a));
    struct delta_image new_image = raw(b, sizeof(b));
    struct delta_explanation e;

    (void)state;
    fill_noise(a, sizeof(a), 3);
    fill_noise(b, sizeof(b), 4);
    assert_int_equal(delta_explain(&e, &old_image, &new_image, NULL, NULL),
                     DELTA_OK);
    check_sums(&e);
    assert_true(e.report.is_stored);
    assert_int_equal(e.report.literals, NOISE);
    assert_int_equal(e.spent[DELTA_SPENT_LITERALS], NOISE);
    assert_int_equal(e.spent[DELTA_SPENT_REST], 0);
    assert_int_equal(e.move_count, 0);
    assert_false(e.parts[0].has_move);
    delta_explanation_free(&e);
}

static void symbols_are_parts(void **state)
{
    static uint8_t a[NOISE], b[NOISE];
    static char long_name[200];
    struct delta_symbol symbols[] = {
        {64, 100, "first", ".text"},
        {64, 80, "alias", ".text"},
        {200, 56, "second", ".text"},
        {1024, 512, long_name, ".rodata"},
        {NOISE - 8, 100, "beyond", ".rodata"},
    };
    struct delta_section sections[] = {
        {0, 300, ".text"},
        {300, 200, ".init"},
        {512, NOISE - 512, ".rodata"},
    };
    struct delta_image old_image = raw(a, sizeof(a));
    struct delta_image new_image = raw(b, sizeof(b));
    struct delta_explanation e;

    (void)state;
    memset(long_name, 'n', sizeof(long_name) - 1);
    fill_noise(a, sizeof(a), 5);
    memcpy(b, a, sizeof(b));
    fill_noise(b + 210, 20, 6);
    new_image.region_count = 2;
    new_image.regions[0] =
        (struct delta_region){0, 0x8000000, DFOTA_ARCH_THUMB, true};
    new_image.regions[1] =
        (struct delta_region){512, 0x8000400, DFOTA_ARCH_NONE, false};
    memcpy(old_image.regions, new_image.regions, sizeof(old_image.regions));
    old_image.region_count = 2;
    old_image.has_addresses = new_image.has_addresses = true;
    new_image.symbols = symbols;
    new_image.symbol_count = sizeof(symbols) / sizeof(symbols[0]);
    new_image.sections = sections;
    new_image.section_count = sizeof(sections) / sizeof(sections[0]);
    assert_int_equal(delta_explain(&e, &old_image, &new_image, NULL, NULL),
                     DELTA_OK);
    check_sums(&e);
    // Before, first, between, second, up to .init, all of it, what is in no
    // section, up to the third, third, between, beyond.
    assert_int_equal(e.part_count, 11);
    assert_string_equal(e.parts[0].name, "0x08000000-0x08000040");
    assert_string_equal(e.parts[0].section, ".text");
    assert_string_equal(e.parts[1].name, "first");
    assert_true(e.parts[1].has_symbol);
    assert_string_equal(e.parts[3].name, "second");
    assert_true(e.parts[3].literals + e.parts[3].corrections >= 18);
    assert_string_equal(e.parts[4].section, ".text");
    assert_int_equal(e.parts[4].start + e.parts[4].size, 300);
    assert_string_equal(e.parts[5].section, ".init");
    assert_int_equal(e.parts[5].size, 200);
    assert_string_equal(e.parts[6].section, "");
    assert_int_equal(e.parts[6].size, 12);
    assert_string_equal(e.parts[7].section, ".rodata");
    assert_int_equal(e.parts[7].address, 0x8000400);
    assert_int_equal(strlen(e.parts[8].name), DELTA_NAME_MAX);
    assert_string_equal(e.parts[8].name + DELTA_NAME_MAX - 4, "n...");
    assert_int_equal(e.parts[10].size, 8);
    assert_int_equal(e.section_count, 4);
    assert_string_equal(e.sections[0].name, ".text");
    assert_string_equal(e.sections[1].name, ".init");
    assert_string_equal(e.sections[2].name, "0x080001f4-0x08000200");
    assert_string_equal(e.sections[3].name, ".rodata");
    assert_int_equal(e.sections[3].start, 512);
    delta_explanation_free(&e);
    // Without symbols there are blocks, each in one section.
    new_image.symbol_count = 0;
    assert_int_equal(delta_explain(&e, &old_image, &new_image, NULL, NULL),
                     DELTA_OK);
    check_sums(&e);
    assert_string_equal(e.parts[1].section, ".init");
    assert_int_equal(e.parts[1].start, 300);
    assert_int_equal(e.section_count, 4);
    delta_explanation_free(&e);
}

static void other_budgets_are_measured(void **state)
{
    struct image a = image_make(2, 0, 60000);
    struct image b = image_make(2, 2, 60000);
    struct delta_image old_image = raw(a.data, a.size);
    struct delta_image new_image = raw(b.data, b.size);
    struct delta_options options = {.ram = 8192};
    struct delta_explanation e;
    uint32_t size = 0;

    (void)state;
    assert_int_equal(delta_explain(&e, &old_image, &new_image, &options, NULL),
                     DELTA_OK);
    size_t before = e.advice_count;
    assert_int_equal(delta_explain_ram(&e, &size, &old_image, &new_image,
                                       &options, 65536, NULL),
                     DELTA_OK);
    assert_in_range(size, 1, e.report.info.package_size - 1);
    assert_int_equal(e.advice_count, before + 1);
    // A budget that is no better is no advice; too small a one is an error.
    assert_int_equal(delta_explain_ram(&e, NULL, &old_image, &new_image,
                                       &options, 8192, NULL),
                     DELTA_OK);
    assert_int_equal(
        delta_explain_ram(&e, NULL, &old_image, &new_image, &options, 64, NULL),
        DELTA_ERR_LIMIT);
    assert_int_equal(e.advice_count, before + 1);
    delta_explanation_free(&e);
    free(a.data);
    free(b.data);
}

static void only_codec_range_can_be_explained(void **state)
{
    static const uint8_t byte = 1;
    struct delta_image image = raw(&byte, 1);
    struct delta_options options = {.codec = DELTA_DEFLATE};
    struct delta_explanation e;
    struct delta_error error;

    (void)state;
    assert_int_equal(delta_explain(&e, &image, &image, &options, &error),
                     DELTA_ERR_OPTION);
    assert_string_equal(error.subject, "codec");
    assert_null(e.parts);
    options = (struct delta_options){.level = 10};
    assert_int_equal(delta_explain(&e, &image, &image, &options, &error),
                     DELTA_ERR_OPTION);
    assert_string_equal(error.subject, "level");
    assert_int_equal(delta_explain(&e, &image, &image, NULL, &error), DELTA_OK);
    check_sums(&e);
    assert_int_equal(e.advice[0].kind, DELTA_ADVICE_SAME);
    delta_explanation_free(&e);
}

static void every_number_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < DELTA_SPENT_COUNT; i++) {
        assert_non_null(delta_spent_name((enum delta_spent)i));
    }
    assert_null(delta_spent_name(DELTA_SPENT_COUNT));
    for (int i = DELTA_ADVICE_SAME; i <= DELTA_ADVICE_GOOD; i++) {
        assert_non_null(delta_advice_name((enum delta_advice_kind)i));
    }
    assert_null(delta_advice_name((enum delta_advice_kind)0));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_release_adds_up),
        cmocka_unit_test(what_is_put_in_moves_the_rest),
        cmocka_unit_test(nothing_in_common_is_all_literal),
        cmocka_unit_test(symbols_are_parts),
        cmocka_unit_test(other_budgets_are_measured),
        cmocka_unit_test(only_codec_range_can_be_explained),
        cmocka_unit_test(every_number_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
