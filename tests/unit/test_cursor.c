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
    struct dfc_region old_regions[4], new_regions[4];
    struct dfc_map_entry map[1];
    struct dfc_space space;
    struct dfc_cursor cursor;
};

// Each image is one region.
static void begin(struct setting *t, uint32_t arch)
{
    memset(t, 0, sizeof(*t));
    t->map[0] = (struct dfc_map_entry){OLD_BASE + 32, 0x100};
    t->old_regions[0] = (struct dfc_region){0, OLD_SIZE, OLD_BASE, arch};
    t->new_regions[0] = (struct dfc_region){0, SIZE_MAX_TEST, NEW_BASE, arch};
    t->space.old_size = OLD_SIZE;
    t->space.old_regions = (struct dfc_regions){t->old_regions, 1};
    t->space.new_regions = (struct dfc_regions){t->new_regions, 1};
    t->space.range_count = 1;
    t->space.ranges[0] = (struct dfc_range){OLD_BASE, OLD_BASE + OLD_SIZE};
    t->space.map = t->map;
    t->space.map_count = 1;
}

// Make the cursor know its field, as a codec would at new position `at`.
static void load(struct setting *t, uint32_t at)
{
    uint32_t old_size = t->space.old_size;
    // Not the view's base counts, but the region's.
    struct dfc_view view = {t->new_data, 0, at, at, 0x5A5A5A5A};

    if (t->cursor.source < old_size) {
        view =
            (struct dfc_view){t->old_data, 0, old_size, old_size, 0xA5A5A5A5u};
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
    t.new_regions[0].base = OLD_BASE;
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
    t.new_regions[0].base = OLD_BASE;
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
        t.new_regions[0].base = OLD_BASE;
        t.space.map_count = 0;
        check_copy(&t, source, source);
    }
}

// --- Regions ---------------------------------------------------------------

// The old image: code, then data at another address, then code without Thumb
// at a third one. The new image has the same regions elsewhere.
#define CODE_BASE 0x08000000u
#define DATA_BASE (0x20000000u - 24)
#define LAST_BASE 0x10000000u

static void begin_regions(struct setting *t)
{
    static const struct dfc_region old_regions[] = {
        {0, 24, CODE_BASE, DFOTA_ARCH_THUMB},
        {24, 40, DATA_BASE, DFOTA_ARCH_NONE},
        {40, OLD_SIZE, LAST_BASE, DFOTA_ARCH_A64},
    };
    static const struct dfc_region new_regions[] = {
        {0, 32, DATA_BASE + 24, DFOTA_ARCH_NONE},
        {32, 64, CODE_BASE + 0x1000, DFOTA_ARCH_THUMB},
        {64, 96, LAST_BASE + 0x800, DFOTA_ARCH_A64},
        {96, 128, CODE_BASE - 0x1000, DFOTA_ARCH_THUMB},
    };

    begin(t, DFOTA_ARCH_NONE);
    memcpy(t->old_regions, old_regions, sizeof(old_regions));
    memcpy(t->new_regions, new_regions, sizeof(new_regions));
    t->space.old_regions.count = 3;
    t->space.new_regions.count = 4;
    t->space.ranges[0] = (struct dfc_range){0x20000000, 0x20000100};
    t->space.map_count = 0;
}

static void positions_have_the_region_that_holds_them(void **state)
{
    struct setting t;

    (void)state;
    begin_regions(&t);
    for (uint32_t s = 0; s < 200; s++) {
        const struct dfc_region *r = dfc_region_at(&t.space.old_regions, s);

        assert_ptr_equal(r, t.old_regions + (s < 24 ? 0 : s < 40 ? 1 : 2));
        r = dfc_region_at(&t.space.new_regions, s);
        assert_ptr_equal(r, t.new_regions + (s < 32   ? 0
                                             : s < 64 ? 1
                                             : s < 96 ? 2
                                                      : 3));
    }
    // Beyond all of them, and of an image of one region.
    assert_ptr_equal(dfc_region_at(&t.space.new_regions, 0xFFFFFFFFu),
                     t.new_regions + 3);
    t.space.new_regions.count = 1;
    assert_ptr_equal(dfc_region_at(&t.space.new_regions, 31), t.new_regions);
    assert_ptr_equal(dfc_region_at(&t.space.new_regions, 32), t.new_regions);
    assert_ptr_equal(dfc_region_at(&t.space.new_regions, 0xFFFFFFFFu),
                     t.new_regions);
}

static void empty_regions_hold_nothing(void **state)
{
    struct setting t;

    (void)state;
    begin_regions(&t);
    t.old_regions[0].end = 0;
    t.old_regions[1].start = 0;
    assert_ptr_equal(dfc_region_at(&t.space.old_regions, 0), t.old_regions + 1);
    // The last one answers for what no one has, empty or not.
    t.old_regions[2].start = 64;
    t.old_regions[1].end = 64;
    assert_ptr_equal(dfc_region_at(&t.space.old_regions, 63),
                     t.old_regions + 1);
    assert_ptr_equal(dfc_region_at(&t.space.old_regions, 64),
                     t.old_regions + 2);
}

// BL with displacement 0x10 at CODE_BASE + 8, to CODE_BASE + 0x1C.
static void calls_are_encoded_for_the_region_they_go_to(void **state)
{
    struct setting t;

    (void)state;
    begin_regions(&t);
    dfc_put32(t.old_data + 8, CALL_OLD);
    // To CODE_BASE + 0x1000 + 40: displacement 0x1C - 0x102C = -0x1010.
    look(&t, 8, 40);
    check_field(&t, DFC_CALL, 4, 0xFFF8F7FEu, CALL_OLD);
    // To CODE_BASE - 0x1000 + 100: 0x1C + 0x1000 - 104 = 0xFB4.
    look(&t, 8, 100);
    check_field(&t, DFC_CALL, 4, 0xFFDAF000u, CALL_OLD);
    // Beyond the last region the last one goes on.
    look(&t, 8, 132);
    check_field(&t, DFC_CALL, 4, 0xFFCAF000u, CALL_OLD);
}

static void the_source_s_region_tells_how_it_is_read(void **state)
{
    static const uint32_t call = 0x94000004u; // A64: BL 16 bytes farther
    struct setting t;

    (void)state;
    begin_regions(&t);
    // The same bytes are a call in one region and a number in the others.
    for (uint32_t s = 0; s < OLD_SIZE; s += 4) {
        dfc_put32(t.old_data + s, CALL_OLD);
    }
    look(&t, 8, 40);
    assert_int_equal(t.cursor.kind, DFC_CALL);
    look(&t, 28, 40);
    check_field(&t, DFC_PLAIN, 4, CALL_OLD, CALL_OLD);
    look(&t, 48, 40);
    assert_int_equal(t.cursor.kind, DFC_PLAIN);
    for (uint32_t s = 0; s < OLD_SIZE; s += 4) {
        dfc_put32(t.old_data + s, call);
    }
    look(&t, 8, 40);
    check_field(&t, DFC_PLAIN, 2, call & 0xFFFF, call & 0xFFFF);
    look(&t, 28, 40);
    check_field(&t, DFC_PLAIN, 4, call, call);
    // To LAST_BASE + 48 + 16, from LAST_BASE + 0x800 + 72.
    look(&t, 48, 72);
    check_field(&t, DFC_CALL, 4, 0x97FFFDFEu, call);
    // Read as its own region says, even where code of another kind stands.
    t.space.new_regions.list = t.old_regions;
    look(&t, 48, 8);
    assert_int_equal(t.cursor.kind, DFC_CALL);
}

static void new_sources_have_the_new_image_s_regions(void **state)
{
    struct setting t;

    (void)state;
    begin_regions(&t);
    for (uint32_t s = 0; s < SIZE_MAX_TEST; s += 4) {
        dfc_put32(t.new_data + s, CALL_OLD);
    }
    look(&t, OLD_SIZE + 8, 120);
    check_field(&t, DFC_PLAIN, 4, CALL_OLD, CALL_OLD);
    // From CODE_BASE + 0x1000 + 40 to CODE_BASE - 0x1000 + 104: its target
    // CODE_BASE + 0x103C is 0x203C - 108 away from there.
    look(&t, OLD_SIZE + 40, 104);
    check_field(&t, DFC_CALL, 4, 0xFFE8F001u, CALL_OLD);
    // Position 40 of the old image is of another kind.
    look(&t, 40, 104);
    assert_int_equal(t.cursor.kind, DFC_PLAIN);
}

static void pointers_are_read_in_every_region(void **state)
{
    struct setting t;

    (void)state;
    begin_regions(&t);
    t.space.map_count = 1;
    t.map[0] = (struct dfc_map_entry){0x20000000, 0x40};
    for (uint32_t s = 4; s < OLD_SIZE; s += 20) {
        dfc_put32(t.old_data + s, 0x20000010);
        look(&t, s, 40);
        check_field(&t, DFC_POINTER, 4, 0x20000050, 0x20000010);
    }
}

// A call whose halves lie in two regions: its first byte's region reads it as
// a call of 4 bytes, the other one does not. Read from the beginning it is
// whole; from behind the border it is what the second region makes of it.
static void a_field_may_lie_across_a_border(void **state)
{
    struct setting t;

    (void)state;
    begin_regions(&t);
    t.old_regions[0].end = 26;
    t.old_regions[1].start = 26;
    dfc_put32(t.old_data + 24, CALL_OLD);
    // From CODE_BASE + 24, target + 0x2C; now at CODE_BASE + 0x1000 + 40.
    look(&t, 24, 40);
    check_field(&t, DFC_CALL, 4, 0xF800F7FFu, CALL_OLD);
    look(&t, 25, 41);
    check_field(&t, DFC_CALL, 3, 0xF800F7u, CALL_OLD >> 8);
    look(&t, 26, 42);
    check_field(&t, DFC_PLAIN, 2, 0xF808, 0xF808);
    look(&t, 27, 43);
    check_field(&t, DFC_PLAIN, 1, 0xF8, 0xF8);
    // Whoever comes from before the border keeps the field.
    look(&t, 24, 40);
    for (uint32_t i = 1; i < 4; i++) {
        dfc_cursor_advance(&t.cursor);
        load(&t, 40 + i);
        check_field(&t, DFC_CALL, 4 - i, 0xF800F7FFu >> 8 * i,
                    CALL_OLD >> 8 * i);
    }
    // The other way round: data before, code behind. The second half alone is
    // no call, but looked at from it the whole one is there.
    t.old_regions[0].arch = DFOTA_ARCH_NONE;
    t.old_regions[1].arch = DFOTA_ARCH_THUMB;
    t.old_regions[1].base = CODE_BASE;
    look(&t, 24, 40);
    check_field(&t, DFC_PLAIN, 4, CALL_OLD, CALL_OLD);
    look(&t, 26, 42);
    check_field(&t, DFC_CALL, 2, 0xF800, 0xF808);
}

// The place where a field is written has the region of the byte that is made,
// also when the field's beginning would lie in the one before.
static void a_border_in_the_new_image_counts_by_the_byte(void **state)
{
    struct setting t;

    (void)state;
    begin_regions(&t);
    dfc_put32(t.old_data + 8, CALL_OLD); // to CODE_BASE + 0x1C
    // Byte 2 of it at 32, whose region begins there: the field would stand at
    // CODE_BASE + 0x1000 + 30, displacement 0x1C - 0x1022.
    look(&t, 10, 32);
    check_field(&t, DFC_CALL, 2, 0xFFFD, 0xF808);
    // Byte 1 of it at 31, in the region before: 0x0800001C - 0x20000122.
    t.new_regions[0].base = 0x20000100;
    look(&t, 9, 31);
    check_field(&t, DFC_CALL, 3, 0xFF7DF7, CALL_OLD >> 8);
}

// What both readings must be, with any regions in both images.
static void the_plain_reading_is_the_source_in_any_regions(void **state)
{
    static const uint32_t archs[] = {
        DFOTA_ARCH_NONE,  DFOTA_ARCH_THUMB,  DFOTA_ARCH_A32, DFOTA_ARCH_A64,
        DFOTA_ARCH_RISCV, DFOTA_ARCH_XTENSA, DFOTA_ARCH_AVR, DFOTA_ARCH_BIG};
    uint64_t random = 7;

    (void)state;
    for (uint32_t round = 0; round < 4000; round++) {
        uint32_t size = 1 + chance_pick(&random, SIZE_MAX_TEST);
        struct setting t;
        uint32_t source;

        begin(&t, DFOTA_ARCH_NONE);
        chance_code(&random, t.old_data, size);
        t.space.old_size = size;
        t.space.old_regions.count = 1 + chance_pick(&random, 4);
        for (uint32_t i = 0, at = 0; i < t.space.old_regions.count; i++) {
            struct dfc_region *r = t.old_regions + i;

            r->start = at;
            at += chance_pick(&random, size - at + 1);
            r->end = i + 1 == t.space.old_regions.count ? size : at;
            r->base = round & 1 ? chance_word(&random) : 4 * i;
            r->arch = archs[chance_pick(&random, 8)];
        }
        t.space.ranges[0] = (struct dfc_range){0, chance_word(&random)};
        source = chance_pick(&random, size);
        check_copy(&t, source, chance_pick(&random, 1000));
        // Nothing moves.
        t.space.new_regions = t.space.old_regions;
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
        cmocka_unit_test(positions_have_the_region_that_holds_them),
        cmocka_unit_test(empty_regions_hold_nothing),
        cmocka_unit_test(calls_are_encoded_for_the_region_they_go_to),
        cmocka_unit_test(the_source_s_region_tells_how_it_is_read),
        cmocka_unit_test(new_sources_have_the_new_image_s_regions),
        cmocka_unit_test(pointers_are_read_in_every_region),
        cmocka_unit_test(a_field_may_lie_across_a_border),
        cmocka_unit_test(a_border_in_the_new_image_counts_by_the_byte),
        cmocka_unit_test(the_plain_reading_is_the_source_in_any_regions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
