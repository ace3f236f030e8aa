// SPDX-License-Identifier: MIT
// Prediction from an aligned source, FORMAT.md section 6.1.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "chance.h"
#include "cursor.h"

#define OLD_BASE 0x08000000u
#define NEW_BASE 0x08100000u
#define OLD_SIZE 64u
#define SIZE_MAX_TEST 160u

// Both images, and a map that moves the old image's upper half by 0x100.
struct setting {
    uint8_t old_data[SIZE_MAX_TEST], new_data[SIZE_MAX_TEST];
    struct dfc_map_entry map[1];
    struct dfc_space space;
    struct dfc_cursor cursor;
};

static void begin(struct setting *t, uint32_t arch)
{
    memset(t, 0, sizeof(*t));
    t->map[0] = (struct dfc_map_entry){OLD_BASE + 32, 0x100};
    t->space.arch = arch;
    t->space.old_size = OLD_SIZE;
    t->space.old_base = OLD_BASE;
    t->space.new_base = NEW_BASE;
    t->space.range_count = 1;
    t->space.ranges[0] = (struct dfc_range){OLD_BASE, OLD_BASE + OLD_SIZE};
    t->space.map = t->map;
    t->space.map_count = 1;
}

// Make the cursor know its field, as a codec would at new position `at`.
static void load(struct setting *t, uint32_t at)
{
    uint32_t old_size = t->space.old_size;
    struct dfc_view view = {t->new_data, 0, at, at, t->space.new_base};

    if (t->cursor.source < old_size) {
        view = (struct dfc_view){t->old_data, 0, old_size, old_size,
                                 t->space.old_base};
    }
    dfc_cursor_load(&t->cursor, &t->space, &view, at);
}

// Seek to a source for new position `at`, then see both readings of what is
// left of its field.
static void look(struct setting *t, uint32_t source, uint32_t at)
{
    dfc_cursor_seek(&t->cursor, source);
    load(t, at);
}

static void check_field(const struct setting *t, uint32_t kind, uint32_t left,
                        uint32_t mapped, uint32_t plain)
{
    assert_int_equal(t->cursor.kind, kind);
    assert_int_equal(t->cursor.field_left, left);
    assert_int_equal(t->cursor.mapped, mapped);
    assert_int_equal(t->cursor.plain, plain);
}

static void plain_words_are_read_from_where_they_begin(void **state)
{
    struct setting t;

    (void)state;
    begin(&t, DFOTA_ARCH_NONE);
    dfc_put32(t.old_data + 8, 0x44332211);
    look(&t, 8, 0);
    check_field(&t, DFC_PLAIN, 4, 0x44332211, 0x44332211);
    look(&t, 9, 0);
    check_field(&t, DFC_PLAIN, 3, 0x443322, 0x443322);
    look(&t, 11, 0);
    check_field(&t, DFC_PLAIN, 1, 0x44, 0x44);
    // Thumb: by halfwords.
    begin(&t, DFOTA_ARCH_THUMB);
    dfc_put32(t.old_data + 8, 0x44332211);
    look(&t, 9, 0);
    check_field(&t, DFC_PLAIN, 1, 0x22, 0x22);
    look(&t, 10, 0);
    check_field(&t, DFC_PLAIN, 2, 0x4433, 0x4433);
}

static void pointers_of_the_old_image_go_through_the_map(void **state)
{
    struct setting t;

    (void)state;
    begin(&t, DFOTA_ARCH_NONE);
    dfc_put32(t.old_data + 8, OLD_BASE + 0x20);
    dfc_put32(t.old_data + 12, OLD_BASE + 0x1F); // below the map's entry
    dfc_put32(t.old_data + 16, OLD_BASE + 0x40); // beyond the range
    look(&t, 8, 20);
    check_field(&t, DFC_POINTER, 4, OLD_BASE + 0x120, OLD_BASE + 0x20);
    look(&t, 12, 20);
    check_field(&t, DFC_POINTER, 4, OLD_BASE + 0x1F, OLD_BASE + 0x1F);
    look(&t, 16, 20);
    check_field(&t, DFC_PLAIN, 4, OLD_BASE + 0x40, OLD_BASE + 0x40);
}

static void pointers_of_the_new_image_stay(void **state)
{
    struct setting t;

    (void)state;
    begin(&t, DFOTA_ARCH_NONE);
    dfc_put32(t.new_data + 8, OLD_BASE + 0x20);
    look(&t, OLD_SIZE + 8, 40);
    check_field(&t, DFC_POINTER, 4, OLD_BASE + 0x20, OLD_BASE + 0x20);
}

// A BL to OLD_BASE + 0x24 that stands at 0x10 of the old image: displacement
// 0x10. Its target moves to OLD_BASE + 0x124.
#define CALL_OLD 0xF808F000u

static void calls_of_the_old_image_are_moved_and_mapped(void **state)
{
    struct setting t;

    (void)state;
    begin(&t, DFOTA_ARCH_THUMB);
    t.space.new_base = OLD_BASE;
    dfc_put32(t.old_data + 0x10, CALL_OLD);
    // At 0x10 again: displacement 0x124 - 0x14 = 0x110.
    look(&t, 0x10, 0x10);
    check_field(&t, DFC_CALL, 4, 0xF888F000u, CALL_OLD);
    // At 0x110 it is 0x10, as it was.
    look(&t, 0x10, 0x110);
    check_field(&t, DFC_CALL, 4, CALL_OLD, CALL_OLD);
    // At 0x210: -0xF0.
    look(&t, 0x10, 0x210);
    check_field(&t, DFC_CALL, 4, 0xFF88F7FFu, CALL_OLD);
}

static void calls_of_the_new_image_keep_their_target(void **state)
{
    struct setting t;

    (void)state;
    begin(&t, DFOTA_ARCH_THUMB);
    dfc_put32(t.new_data + 0x10, CALL_OLD); // to NEW_BASE + 0x24
    look(&t, OLD_SIZE + 0x10, 0x14);        // displacement 0x0C
    check_field(&t, DFC_CALL, 4, 0xF806F000u, CALL_OLD);
}

static void a_copy_may_begin_inside_a_field(void **state)
{
    struct setting t;

    (void)state;
    begin(&t, DFOTA_ARCH_THUMB);
    t.space.new_base = OLD_BASE;
    dfc_put32(t.old_data + 0x10, CALL_OLD);
    for (uint32_t skip = 0; skip < 4; skip++) {
        // The field stands at 0x10 of the new image, its rest at 0x10 + skip.
        look(&t, 0x10 + skip, 0x10 + skip);
        check_field(&t, DFC_CALL, 4 - skip, 0xF888F000u >> 8 * skip,
                    CALL_OLD >> 8 * skip);
    }
    // Its place may even be before the new image.
    look(&t, 0x13, 0);
    check_field(&t, DFC_CALL, 1, 0xF8, 0xF8);
}

static void a_field_is_looked_up_once(void **state)
{
    struct setting t;
    uint32_t mapped;

    (void)state;
    begin(&t, DFOTA_ARCH_NONE);
    dfc_put32(t.old_data + 8, OLD_BASE + 0x20);
    look(&t, 8, 0);
    mapped = OLD_BASE + 0x120;
    for (uint32_t i = 1; i < 4; i++) {
        dfc_cursor_advance(&t.cursor);
        mapped >>= 8;
        // Needs no view, and takes no notice of other contents.
        dfc_put32(t.old_data + 8, 0);
        dfc_cursor_load(&t.cursor, &t.space, NULL, i);
        assert_int_equal(t.cursor.source, 8 + i);
        assert_int_equal(t.cursor.field_left, 4 - i);
        assert_int_equal(t.cursor.mapped, mapped);
    }
    dfc_cursor_advance(&t.cursor);
    load(&t, 4);
    check_field(&t, DFC_PLAIN, 4, 0, 0);
}

static void seeking_drops_the_field(void **state)
{
    struct setting t;

    (void)state;
    begin(&t, DFOTA_ARCH_NONE);
    dfc_put32(t.old_data + 8, 0x44332211);
    look(&t, 8, 0);
    look(&t, 10, 0);
    check_field(&t, DFC_PLAIN, 2, 0x4433, 0x4433);
}

static void fields_end_with_their_image(void **state)
{
    struct setting t;

    (void)state;
    for (uint32_t arch = 0; arch < 2; arch++) {
        uint32_t step = arch == DFOTA_ARCH_THUMB ? 2 : 4;

        for (uint32_t size = 1; size <= 9; size++) {
            begin(&t, arch);
            t.space.old_size = size;
            for (uint32_t s = 0; s < size; s++) {
                uint32_t end = (s / step + 1) * step;

                look(&t, s, 3);
                assert_int_equal(t.cursor.field_left,
                                 (end < size ? end : size) - s);
                // The same in a new image of which so much exists.
                look(&t, size + s, size);
                assert_int_equal(t.cursor.field_left,
                                 (end < size ? end : size) - s);
            }
        }
    }
}

static void a_new_source_shows_only_what_is_written(void **state)
{
    struct setting t;

    (void)state;
    begin(&t, DFOTA_ARCH_THUMB);
    dfc_put32(t.new_data + 0x10, CALL_OLD);
    // With 2 of its 4 bytes written it is no call yet.
    look(&t, OLD_SIZE + 0x10, 0x12);
    check_field(&t, DFC_PLAIN, 2, 0xF000, 0xF000);
    look(&t, OLD_SIZE + 0x10, 0x11);
    check_field(&t, DFC_PLAIN, 1, 0x00, 0x00);
}

static void a_short_distance_repeats_itself(void **state)
{
    (void)state;
    for (uint32_t arch = 0; arch < 2; arch++) {
        for (uint32_t distance = 1; distance <= 9; distance++) {
            struct setting t;

            begin(&t, arch);
            for (uint32_t i = 0; i < distance; i++) {
                t.new_data[i] = (uint8_t)(0x21 + i);
            }
            dfc_cursor_seek(&t.cursor, OLD_SIZE);
            for (uint32_t at = distance; at < SIZE_MAX_TEST; at++) {
                load(&t, at);
                t.new_data[at] = (uint8_t)t.cursor.mapped;
                assert_int_equal(t.new_data[at], 0x21 + at % distance);
                dfc_cursor_advance(&t.cursor);
            }
        }
    }
}

static void a_source_goes_on_from_old_to_new(void **state)
{
    struct setting t;

    (void)state;
    begin(&t, DFOTA_ARCH_NONE);
    t.old_data[OLD_SIZE - 1] = 0xAA;
    t.new_data[0] = 0xBB;
    look(&t, OLD_SIZE - 1, 8);
    check_field(&t, DFC_PLAIN, 1, 0xAA, 0xAA);
    dfc_cursor_advance(&t.cursor);
    load(&t, 8);
    check_field(&t, DFC_PLAIN, 4, 0xBB, 0xBB);
}

// What both readings must be for any image, wherever a copy begins.
static void check_copy(struct setting *t, uint32_t source, uint32_t at)
{
    uint32_t size = t->space.old_size;

    dfc_cursor_seek(&t->cursor, source);
    for (; source < size; source++, at++) {
        uint32_t byte = t->old_data[source];

        load(t, at);
        assert_true(t->cursor.field_left >= 1);
        assert_true(t->cursor.field_left <= t->cursor.field_size);
        assert_int_equal(t->cursor.source, source);
        assert_int_equal(t->cursor.plain & 0xFF, byte);
        if (t->cursor.kind == DFC_PLAIN) {
            assert_int_equal(t->cursor.mapped, t->cursor.plain);
        }
        // Nothing moves: then all is as it was.
        if (t->space.map_count == 0 && at == source) {
            assert_int_equal(t->cursor.mapped & 0xFF, byte);
        }
        dfc_cursor_advance(&t->cursor);
    }
}

static void the_plain_reading_is_the_source(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (uint32_t round = 0; round < 2000; round++) {
        struct setting t;
        uint32_t source;

        begin(&t, round & 1 ? DFOTA_ARCH_THUMB : DFOTA_ARCH_NONE);
        t.space.old_size = 1 + chance_pick(&random, SIZE_MAX_TEST);
        chance_code(&random, t.old_data, t.space.old_size);
        t.space.ranges[0] = (struct dfc_range){0, chance_word(&random)};
        source = chance_pick(&random, t.space.old_size);
        check_copy(&t, source, chance_pick(&random, 1000));
        t.space.new_base = OLD_BASE;
        t.space.map_count = 0;
        check_copy(&t, source, source);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_words_are_read_from_where_they_begin),
        cmocka_unit_test(pointers_of_the_old_image_go_through_the_map),
        cmocka_unit_test(pointers_of_the_new_image_stay),
        cmocka_unit_test(calls_of_the_old_image_are_moved_and_mapped),
        cmocka_unit_test(calls_of_the_new_image_keep_their_target),
        cmocka_unit_test(a_copy_may_begin_inside_a_field),
        cmocka_unit_test(a_field_is_looked_up_once),
        cmocka_unit_test(seeking_drops_the_field),
        cmocka_unit_test(fields_end_with_their_image),
        cmocka_unit_test(a_new_source_shows_only_what_is_written),
        cmocka_unit_test(a_short_distance_repeats_itself),
        cmocka_unit_test(a_source_goes_on_from_old_to_new),
        cmocka_unit_test(the_plain_reading_is_the_source),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
