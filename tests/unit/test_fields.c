// SPDX-License-Identifier: MIT
// The references of whole images, and neutral forms: code that has moved is
// equal in them, byte for byte.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "chance.h"
#include "fields.h"
#include "images.h"

#define BASE 0x08000000u
#define SIZE 2048u

// --- Finding fields --------------------------------------------------------

static struct dfc_regions one_region(struct dfc_region *region, uint32_t size,
                                     uint32_t arch)
{
    *region = (struct dfc_region){0, size, BASE, arch};
    return (struct dfc_regions){region, 1};
}

// Byte s belongs to the field that a look-up from one of its bytes gives.
static void check_byte(const struct delta_field *fields,
                       const struct dfc_regions *regions,
                       const struct dfc_range *range,
                       const struct dfc_view *view, uint32_t s)
{
    uint32_t first = s - fields[s].offset;
    int found = 0;

    for (uint32_t i = first; i <= s; i++) {
        const struct dfc_region *region = dfc_region_at(regions, i);
        struct dfc_view here = *view;
        struct dfc_reference ref;

        here.base = region->base;
        dfc_reference_at(region->arch, range, 1, &here, i, &ref);
        found |= ref.at == first && ref.kind == fields[s].kind &&
                 ref.size == fields[s].size && region->arch == fields[s].arch &&
                 ref.target == fields[s].target && s < ref.at + ref.size;
    }
    assert_true(found);
}

static const uint32_t archs[] = {
    DFOTA_ARCH_NONE,  DFOTA_ARCH_THUMB,  DFOTA_ARCH_A32, DFOTA_ARCH_A64,
    DFOTA_ARCH_RISCV, DFOTA_ARCH_XTENSA, DFOTA_ARCH_AVR, DFOTA_ARCH_BIG};
#define ARCHS (sizeof(archs) / sizeof(archs[0]))

static void every_byte_belongs_to_a_field(void **state)
{
    static const struct dfc_range range = {BASE, BASE + SIZE};
    uint64_t random = 1;
    uint32_t kinds[DFC_KINDS] = {0};

    (void)state;
    for (uint32_t round = 0; round < 1600; round++) {
        uint8_t image[SIZE];
        struct delta_field fields[SIZE];
        uint32_t size = 1 + chance_pick(&random, SIZE);
        struct dfc_view view = {image, 0, size, size, 0x12345678};
        struct dfc_region region;
        struct dfc_regions regions =
            one_region(&region, size,
                       round % 2 ? DFOTA_ARCH_THUMB : archs[round / 2 % ARCHS]);

        if (region.arch == DFOTA_ARCH_THUMB) {
            chance_code(&random, image, size);
        } else {
            chance_bytes(&random, image, size);
        }
        for (uint32_t s = 0; s + 4 <= size; s += 64) {
            dfc_put32(image + s, BASE + chance_pick(&random, SIZE));
        }
        memset(fields, 0xFF, sizeof(fields));
        delta_fields_find(fields, &regions, &range, 1, &view);
        for (uint32_t s = 0; s < size; s++) {
            check_byte(fields, &regions, &range, &view, s);
            kinds[fields[s].kind]++;
        }
    }
    for (uint32_t kind = 0; kind < DFC_KINDS; kind++) {
        assert_true(kinds[kind] > 1000);
    }
}

// Regions that begin anywhere, also in the middle of what would be a field.
static void fields_are_those_of_their_region(void **state)
{
    static const struct dfc_range range = {BASE, BASE + SIZE};
    uint64_t random = 4;

    (void)state;
    for (uint32_t round = 0; round < 200; round++) {
        uint8_t image[SIZE];
        struct delta_field fields[SIZE];
        uint32_t size = 1 + chance_pick(&random, SIZE);
        struct dfc_view view = {image, 0, size, size, 0};
        struct dfc_region list[DFOTA_REGIONS_MAX];
        struct dfc_regions regions = {list, 0};
        uint32_t at = 0;

        while (at < size && regions.count < DFOTA_REGIONS_MAX) {
            uint32_t end = at + 1 + chance_pick(&random, 200);

            list[regions.count++] =
                (struct dfc_region){at, end, BASE + chance_pick(&random, SIZE),
                                    archs[chance_pick(&random, ARCHS)]};
            at = end;
        }
        chance_code(&random, image, size);
        delta_fields_find(fields, &regions, &range, 1, &view);
        for (uint32_t s = 0; s < size; s++) {
            check_byte(fields, &regions, &range, &view, s);
        }
    }
}

// Other ranges: what is looked at again and what is kept agree with what a
// search from nothing finds.
static void updated_fields_are_found_ones(void **state)
{
    static const struct dfc_range ranges[][2] = {
        {{BASE, BASE + SIZE}, {0, 0}},
        {{BASE, BASE + SIZE / 2}, {BASE + SIZE, BASE + 2 * SIZE}},
        {{BASE + SIZE / 4, BASE + SIZE}, {0x20000000, 0x28000000}},
        {{0, 0}, {0, 0}},
    };
    uint64_t random = 7;
    uint32_t changed = 0;

    (void)state;
    for (uint32_t round = 0; round < 400; round++) {
        uint8_t image[SIZE];
        struct delta_field fields[SIZE], again[SIZE], before[SIZE];
        uint32_t size = 1 + chance_pick(&random, SIZE);
        struct dfc_view view = {image, 0, size, size, 0};
        struct dfc_region region;
        struct dfc_regions regions =
            one_region(&region, size, archs[round % ARCHS]);

        memset(fields, 0, sizeof(fields));
        memset(again, 0, sizeof(again));
        chance_code(&random, image, size);
        for (uint32_t s = 0; s + 4 <= size; s += 32) {
            dfc_put32(image + s, BASE + chance_pick(&random, 2 * SIZE));
        }
        delta_fields_find(again, &regions, ranges[round % 4], 2, &view);
        for (uint32_t i = 1; i < 5; i++) {
            const struct dfc_range *now = ranges[(round + i * i) % 4];

            memcpy(before, again, sizeof(before));
            delta_fields_update(again, &regions, now, 2, &view);
            delta_fields_find(fields, &regions, now, 2, &view);
            assert_memory_equal(again, fields, sizeof(fields));
            changed += memcmp(before, again, sizeof(before)) != 0;
        }
    }
    assert_true(changed > 400);
}

// --- Neutral forms ---------------------------------------------------------

struct form {
    struct delta_field fields[2 * SIZE];
    uint8_t neutral[2 * SIZE];
};

static const struct dfc_range whole = {BASE, BASE + 2 * SIZE};
static const struct dfc_range everywhere = {0, 0xFFFFFFFFu};

static void make_neutral(struct form *f, const struct dfc_range *range,
                         const uint8_t *image, uint32_t size,
                         const struct dfc_map_entry *map, uint32_t count,
                         bool is_new, bool blank)
{
    struct dfc_view view = {image, 0, size, size, 0};
    struct delta_inverse inverse;
    struct dfc_region region;
    struct dfc_regions regions = one_region(&region, size, DFOTA_ARCH_THUMB);

    assert_true(delta_inverse_make(&inverse, map, count));
    delta_fields_find(f->fields, &regions, range, 1, &view);
    delta_neutral(f->neutral, &view, f->fields, is_new ? &inverse : NULL,
                  blank);
    delta_inverse_free(&inverse);
}

// An image of calls, branches, address pairs and pointers whose targets lie
// in it, with a nop between any two, so that nothing depends on neighbours.
static void make_image(uint8_t *image, uint64_t *random)
{
    static const uint32_t calls[] = {0xF800F000, 0xB800F000};

    for (uint32_t s = 0; s < SIZE; s += 16) {
        uint32_t target = BASE + 2 * chance_pick(random, SIZE / 2);
        struct dfc_view view = {image, 0, SIZE, SIZE, BASE};
        struct dfc_reference ref;

        for (uint32_t i = 0; i < 16; i += 2) {
            dfc_put16(image + s + i, 0xBF00);
        }
        dfc_put32(image + s, calls[chance_pick(random, 2)]);
        assert_int_equal(dfc_thumb_at(&view, s, &ref), 1);
        dfc_put32(image + s, dfc_thumb_bytes(&view, &ref, BASE + s, target));
        dfc_put16(image + s + 4, chance_pick(random, 0xE000));
        dfc_put32(image + s + 8, target ^ chance_pick(random, 2));
    }
}

// Copy [from, from + size) of the old image to `to` in the new one, with its
// references led through the map.
static void move_code(uint8_t *new_image, uint32_t to, const uint8_t *old_image,
                      uint32_t from, uint32_t size,
                      const struct dfc_map_entry *map, uint32_t count)
{
    struct dfc_view view = {old_image, 0, SIZE, SIZE, BASE};

    for (uint32_t s = from; s < from + size;) {
        struct dfc_reference ref;
        uint32_t at = to + s - from;

        dfc_reference_at(DFOTA_ARCH_THUMB, &whole, 1, &view, s, &ref);
        memcpy(new_image + at, old_image + s, ref.size);
        if (ref.kind != DFC_PLAIN) {
            uint32_t target = dfc_map(map, count, ref.target);

            dfc_put32(new_image + at,
                      dfc_reference_bytes(DFOTA_ARCH_THUMB, &view, &ref,
                                          BASE + at, target));
        }
        s += ref.size;
    }
}

static void moved_code_is_equal(void **state)
{
    // Three blocks change places; 256 bytes come in between.
    static const struct dfc_map_entry map[] = {
        {BASE, 1280}, {BASE + 512, 0xFFFFFE00u}, {BASE + 1536, 256}};
    uint64_t random = 2;

    (void)state;
    for (uint32_t round = 0; round < 50; round++) {
        uint8_t old_image[SIZE], new_image[SIZE + 256] = {0};
        struct form old_form, new_form;

        make_image(old_image, &random);
        move_code(new_image, 1280, old_image, 0, 512, map, 3);
        move_code(new_image, 0, old_image, 512, 1024, map, 3);
        move_code(new_image, 1792, old_image, 1536, 512, map, 3);
        make_neutral(&old_form, &whole, old_image, SIZE, NULL, 0, false, false);
        make_neutral(&new_form, &whole, new_image, SIZE + 256, map, 3, true,
                     false);
        assert_memory_equal(old_form.neutral, new_form.neutral + 1280, 512);
        assert_memory_equal(old_form.neutral + 512, new_form.neutral, 1024);
        assert_memory_equal(old_form.neutral + 1536, new_form.neutral + 1792,
                            512);
        // Which is more than can be said of the images.
        assert_memory_not_equal(old_image, new_image + 1280, 512);
    }
}

// References are written as if they stood at address 0.
static void neutral_references_stand_at_0(void **state)
{
    // BL to BASE + 0x44 and a branch to BASE - 0xBC, which no longer is what
    // it was when the place is another one; a pointer.
    uint8_t image[24];
    struct dfc_view view = {image, 0, 24, 24, 0};
    struct dfc_region region;
    struct dfc_regions regions = one_region(&region, 24, DFOTA_ARCH_THUMB);
    struct dfc_reference ref;
    struct form f;

    (void)state;
    memset(image, 0, sizeof(image));
    dfc_put32(image + 4, 0xF81EF000);  // + 4 + 4 + 0x3C
    dfc_put32(image + 12, 0xBF98F7FF); // + 12 + 4 - 0xD0
    dfc_put32(image + 20, BASE + 0x10);
    for (uint32_t round = 0; round < 2; round++) {
        // The target's lower 25 bits are what a displacement from 0 holds.
        region.base = round == 0 ? BASE : BASE + 0x100;
        delta_fields_find(f.fields, &regions, &whole, 1, &view);
        assert_int_equal(f.fields[4].kind, DFC_CALL);
        assert_int_equal(f.fields[12].kind, DFC_BRANCH);
        delta_neutral(f.neutral, &view, f.fields, NULL, false);
        for (uint32_t s = 4; s <= 12; s += 8) {
            struct dfc_view neutral = {f.neutral, 0, 24, 24, 0u - s};

            assert_int_equal(dfc_thumb_at(&neutral, s, &ref), 1);
            assert_int_equal(ref.kind, f.fields[s].kind);
            assert_int_equal((ref.target ^ f.fields[s].target) & 0x1FFFFFF, 0);
        }
        assert_int_equal(dfc_get32(f.neutral + 20), BASE + 0x10);
    }
}

// Neutral forms are equal when two regions have changed their addresses, each
// by its own amount, and the map says so.
static void regions_that_moved_apart_are_equal(void **state)
{
    static const struct dfc_region old_list[] = {
        {0, 1024, BASE, DFOTA_ARCH_THUMB},
        {1024, SIZE, 0x20000000 - 1024, DFOTA_ARCH_NONE}};
    static const struct dfc_region new_list[] = {
        {0, 1024, BASE + 0x2000, DFOTA_ARCH_THUMB},
        {1024, SIZE, 0x20004000 - 1024, DFOTA_ARCH_NONE}};
    static const struct dfc_regions old_regions = {old_list, 2};
    static const struct dfc_regions new_regions = {new_list, 2};
    static const struct dfc_map_entry map[] = {{BASE, 0x2000},
                                               {0x20000000, 0x4000}};
    static const struct dfc_range ranges[] = {{BASE, BASE + 0x3000},
                                              {0x20000000, 0x20005000}};
    uint8_t old_image[SIZE], new_image[SIZE];
    struct dfc_view old_view = {old_image, 0, SIZE, SIZE, 0};
    struct dfc_view new_view = {new_image, 0, SIZE, SIZE, 0};
    struct delta_inverse inverse;
    struct form old_form, new_form;
    uint64_t random = 5;

    (void)state;
    make_image(old_image, &random);
    memcpy(new_image, old_image, SIZE);
    for (uint32_t s = 8; s < SIZE; s += 16) {
        uint32_t target = (chance_pick(&random, 2) ? BASE : 0x20000000) +
                          chance_pick(&random, 1024);

        dfc_put32(old_image + s, target);
        dfc_put32(new_image + s, dfc_map(map, 2, target));
    }
    for (uint32_t s = 1024; s < SIZE; s += 16) {
        // No code here: what looks like a call is no reference.
        dfc_put32(old_image + s, 0xF800F000);
        dfc_put32(new_image + s, 0xF800F000);
    }
    assert_memory_not_equal(old_image, new_image, SIZE);
    delta_fields_find(old_form.fields, &old_regions, ranges, 2, &old_view);
    delta_fields_find(new_form.fields, &new_regions, ranges, 2, &new_view);
    for (uint32_t s = 0; s < SIZE; s += 16) {
        assert_int_equal(old_form.fields[s].kind != DFC_PLAIN, s < 1024);
        assert_int_equal(old_form.fields[s + 8].kind, DFC_POINTER);
    }
    assert_true(delta_inverse_make(&inverse, map, 2));
    delta_neutral(old_form.neutral, &old_view, old_form.fields, NULL, false);
    delta_neutral(new_form.neutral, &new_view, new_form.fields, &inverse,
                  false);
    delta_inverse_free(&inverse);
    assert_memory_equal(old_form.neutral, new_form.neutral, SIZE);
}

static void blank_code_is_equal_without_a_map(void **state)
{
    // All calls and branches, moved without any map.
    static const uint8_t code[] = {0x00, 0xF0, 0x00, 0xF8, 0x00, 0xBF,
                                   0xFF, 0xF7, 0xFE, 0xBF, 0x00, 0xBF};
    struct form a, b;
    uint8_t other[12];

    (void)state;
    memcpy(other, code, 12);
    other[0] = 0x12; // another target for the call
    make_neutral(&a, &whole, code, 12, NULL, 0, false, true);
    make_neutral(&b, &whole, other, 12, NULL, 0, true, true);
    assert_memory_equal(a.neutral, b.neutral, 12);
    make_neutral(&b, &whole, other, 12, NULL, 0, true, false);
    assert_memory_not_equal(a.neutral, b.neutral, 12);
    // A call is no branch, not even a blank one.
    assert_memory_not_equal(a.neutral, a.neutral + 6, 4);
}

static void neutral_forms_keep_plain_bytes(void **state)
{
    uint64_t random = 3;
    uint8_t image[SIZE];
    struct form f;

    (void)state;
    chance_code(&random, image, SIZE);
    make_neutral(&f, &whole, image, SIZE, NULL, 0, true, true);
    for (uint32_t s = 0; s < SIZE; s++) {
        if (f.fields[s].kind == DFC_PLAIN) {
            assert_int_equal(f.neutral[s], image[s]);
        }
    }
}

// Where a pointer of the new image pointed to in the old one.
static uint32_t old_target(uint32_t target, const struct dfc_map_entry *map,
                           uint32_t count)
{
    uint8_t word[4];
    struct form f;

    dfc_put32(word, target);
    make_neutral(&f, &everywhere, word, 4, map, count, true, false);
    return dfc_get32(f.neutral);
}

static void what_is_new_points_to_no_old_place(void **state)
{
    static const struct dfc_map_entry map[] = {{BASE + 0x100, 0x40}};

    (void)state;
    assert_int_equal(old_target(BASE + 0xFF, map, 1), BASE + 0xFF);
    assert_int_equal(old_target(BASE + 0x100, map, 1), ~(BASE + 0x100));
    assert_int_equal(old_target(BASE + 0x13F, map, 1), ~(BASE + 0x13F));
    assert_int_equal(old_target(BASE + 0x140, map, 1), BASE + 0x100);
}

static void where_pieces_overlap_the_later_one_is_asked_first(void **state)
{
    // [.., 0xFF] stays, [0x100, 0x1FF] goes down by 0x80.
    static const struct dfc_map_entry map[] = {{BASE + 0x100, 0xFFFFFF80u},
                                               {BASE + 0x200, 0}};

    (void)state;
    assert_int_equal(old_target(BASE + 0x7F, map, 2), BASE + 0x7F);
    assert_int_equal(old_target(BASE + 0x80, map, 2), BASE + 0x100);
    assert_int_equal(old_target(BASE + 0x17F, map, 2), BASE + 0x1FF);
    assert_int_equal(old_target(BASE + 0x180, map, 2), ~(BASE + 0x180));
    assert_int_equal(old_target(BASE + 0x200, map, 2), BASE + 0x200);
}

static void pieces_end_with_the_address_space(void **state)
{
    static const struct dfc_map_entry map[] = {{0, 0x10}, {0xFFFFFF00u, 0x80}};

    (void)state;
    assert_int_equal(old_target(0x0F, map, 2), ~0x0Fu);
    assert_int_equal(old_target(0x10, map, 2), 0);
    assert_int_equal(old_target(0xFFFFFF0Fu, map, 2), 0xFFFFFEFFu);
    assert_int_equal(old_target(0xFFFFFF10u, map, 2), ~0xFFFFFF10u);
    assert_int_equal(old_target(0xFFFFFF80u, map, 2), 0xFFFFFF00u);
    assert_int_equal(old_target(0xFFFFFFFEu, map, 2), 0xFFFFFF7Eu);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_belongs_to_a_field),
        cmocka_unit_test(fields_are_those_of_their_region),
        cmocka_unit_test(updated_fields_are_found_ones),
        cmocka_unit_test(moved_code_is_equal),
        cmocka_unit_test(neutral_references_stand_at_0),
        cmocka_unit_test(regions_that_moved_apart_are_equal),
        cmocka_unit_test(blank_code_is_equal_without_a_map),
        cmocka_unit_test(neutral_forms_keep_plain_bytes),
        cmocka_unit_test(what_is_new_points_to_no_old_place),
        cmocka_unit_test(where_pieces_overlap_the_later_one_is_asked_first),
        cmocka_unit_test(pieces_end_with_the_address_space),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
