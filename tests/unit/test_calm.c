// SPDX-License-Identifier: MIT
// Plain bytes found at once: dfc_plain_end and each architecture's *_calm give
// the answers of a look at each field, in made-up and in real code.

#include <stdlib.h>

#include "check.h"

#include "bytes.h"
#include "chance.h"
#include "images.h"
#include "reference.h"

#define IMAGES TEST_SOURCE_DIR "/.deps/images/" // by fetch_images.sh
#define MAX_SIZE 300u

struct calm_arch {
    uint32_t arch;
    uint32_t step; // plain fields begin at its multiples
    uint32_t (*at)(const struct dfc_view *view, uint32_t s,
                   struct dfc_reference *ref);
    uint32_t (*calm)(const struct dfc_view *view, uint32_t s, uint32_t end);
    const char *image;
    // What code looks like: bits that are fixed, and their values.
    struct {
        uint32_t mask, value;
    } forms[8];
};

static const struct calm_arch archs[] = {
    {DFOTA_ARCH_A32,
     4,
     dfc_a32_at,
     dfc_a32_calm,
     "a32.bin",
     {{0xFF800000, 0xEB000000},
      {0xFF800000, 0xEAFF8000 & 0xFF800000},
      {0xFFF0E000, 0xE3000000},
      {0xFFF0E000, 0xE3400000},
      {0xFE000000, 0xFA000000},
      {0, 0},
      {0x0E000000, 0x0A000000},
      {0, 0}}},
    {DFOTA_ARCH_A64,
     4,
     dfc_a64_at,
     dfc_a64_calm,
     "a64.bin",
     {{0xFC000000, 0x94000000},
      {0x9F00001E, 0x90000000},
      {0xFFC003C0, 0x91000000},
      {0xFFC003C0, 0xF9400000},
      {0xFFE00010, 0x54000000},
      {0x7EE00000, 0x34000000},
      {0x7E000000, 0x36000000},
      {0xBFE00000, 0x18000000}}},
    {DFOTA_ARCH_A64 | DFC_ARCH_FAR,
     4,
     dfc_a64_far_at,
     dfc_a64_far_calm,
     "a64.bin",
     {{0x9F00001C, 0x90000000},
      {0xFFC00380, 0x91000000},
      {0xFFC00380, 0xB9000000},
      {0xFFC00380, 0xF9400000},
      {0, 0},
      {0, 0},
      {0, 0},
      {0x9FE00000, 0x10000000}}},
    {DFOTA_ARCH_RISCV,
     2,
     dfc_riscv_at,
     dfc_riscv_calm,
     "riscv.bin",
     {{0xF7F, 0xEF},
      {0x7F, 0x63},
      {0xF7F, 0x717},
      {0xF7F, 0x7B7},
      {0xF707F, 0x70013},
      {0xF005F, 0x70003},
      {0xE003, 0x2001},
      {3, 1}}},
    {DFOTA_ARCH_RISCV | DFC_ARCH_FAR,
     2,
     dfc_riscv_far_at,
     dfc_riscv_far_calm,
     "riscv.bin",
     {{0xE7F, 0x617},
      {0xE7F, 0x637},
      {0xE707F, 0x60013},
      {0xE005F, 0x60003},
      {0xF807F, 0x18023},
      {3, 3},
      {3, 2},
      {0, 0}}},
    {DFOTA_ARCH_XTENSA,
     1,
     dfc_xtensa_at,
     dfc_xtensa_calm,
     "xtensa.bin",
     {{0x1F, 0x05},
      {0x8000FF, 0x800021},
      {0x3F, 0x16},
      {0xFFC03F, 0x06},
      {0xFFFFFF, 0xC0C112},
      {0xFFFFFF, 0x00F00D},
      {0xF00008, 0x08},
      {0xFFFFFF, 0x004136}}},
    {DFOTA_ARCH_AVR,
     2,
     dfc_avr_at,
     dfc_avr_calm,
     "avr.bin",
     {{0xFE0E, 0x940E},
      {0xFE0E, 0x940C},
      {0xFC0F, 0x9000},
      {0xF000, 0xD000},
      {0xF0F0F0F0, 0xE090E080},
      {0xE000, 0xC000},
      {0, 0},
      {0xFE0C, 0x940C}}},
};
#define ARCHS (sizeof(archs) / sizeof(archs[0]))

static const struct dfc_range ranges[] = {{0x20000000, 0x20010000},
                                          {0x40200000, 0x40280000},
                                          {0x08000000, 0x08040000}};

// Code of this architecture, each second instruction a likely reference.
static void make_code(const struct calm_arch *a, uint64_t *random,
                      uint8_t *bytes, uint32_t size)
{
    uint32_t at = 0;

    chance_bytes(random, bytes, size);
    while (at + 4 <= size) {
        uint32_t form = chance_pick(random, 12);

        if (form < 8) {
            uint32_t word = (chance_word(random) & ~a->forms[form].mask) |
                            a->forms[form].value;

            for (uint32_t i = 0; i < 4; i++) {
                bytes[at + i] = (uint8_t)(word >> 8 * i);
            }
        }
        at += a->step == 4 ? 4 : a->step * (1 + chance_pick(random, 3));
    }
}

// A long run of what could be either half of an instruction.
static void repeat_form(const struct calm_arch *a, uint64_t *random,
                        uint8_t *bytes, uint32_t size)
{
    uint32_t half = a->forms[chance_pick(random, 2)].value;

    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(i % 2 == 0 ? half : half >> 8);
    }
}

// A word that is just in a range of pointers, or just not.
static void put_edge(uint64_t *random, uint8_t *bytes, uint32_t size)
{
    const struct dfc_range *range = &ranges[chance_pick(random, 3)];
    uint32_t edge = chance_pick(random, 2) ? range->start : range->end;

    if (size >= 4) {
        dfc_put32(bytes + (chance_pick(random, size - 3) & ~3u),
                  edge - chance_pick(random, 2));
    }
}

// Where the plain fields end, one look after the other; a short one, with which
// the image ends, as well or not.
static uint32_t look_ahead(const struct calm_arch *a, uint32_t range_count,
                           const struct dfc_view *view, uint32_t s,
                           uint32_t end, bool with_short)
{
    while (s + a->step <= end || (with_short && s < end && end == view->size)) {
        struct dfc_reference ref;

        dfc_reference_at(a->arch, ranges, range_count, view, s, &ref);
        if (ref.kind != DFC_PLAIN) {
            break;
        }
        assert_int_equal(ref.at, s);
        s += ref.size;
    }
    return s;
}

// From s to `end`, in memory that holds no more than what may be looked at.
static void check_stretch(const struct calm_arch *a,
                          const struct dfc_view *image, uint32_t s,
                          uint32_t end)
{
    uint32_t first = s < DFC_LOOKBACK ? 0 : s - DFC_LOOKBACK;
    uint32_t last =
        image->size - end < DFC_LOOKAHEAD ? image->size : end + DFC_LOOKAHEAD;
    uint8_t *bytes = malloc(last - first);
    struct dfc_view view = {bytes, first, last - first, image->size,
                            image->base};

    assert_non_null(bytes);
    memcpy(bytes, image->bytes + (first - image->first), last - first);
    assert_int_equal(a->calm(&view, s, end),
                     look_ahead(a, 0, image, s, end, false));
    for (uint32_t count = 0; count <= 3; count++) {
        assert_int_equal(dfc_plain_end(a->arch, ranges, count, &view, s, end),
                         look_ahead(a, count, image, s, end, true));
    }
    free(bytes);
}

// Every start; ends nearby, in the middle of fields and where the image ends.
static void check_image(const struct calm_arch *a, const struct dfc_view *image,
                        uint64_t *random)
{
    for (uint32_t s = 0; s < image->size; s += a->step) {
        uint32_t left = image->size - s;

        check_stretch(a, image, s, image->size);
        check_stretch(a, image, s,
                      s + chance_pick(random, left < 16 ? left : 16));
        check_stretch(a, image, s,
                      s + chance_pick(random, left < 100 ? left : 100));
    }
}

static void every_stretch_of_made_up_code_is_told_as_by_fields(void **state)
{
    uint64_t random = 11;

    (void)state;
    for (uint32_t i = 0; i < ARCHS; i++) {
        uint32_t found = 0, plain = 0;

        for (uint32_t round = 0; round < 400; round++) {
            uint8_t bytes[MAX_SIZE];
            uint32_t size = 1 + chance_pick(&random, MAX_SIZE);
            struct dfc_view image = {bytes, 0, size, size,
                                     chance_word(&random) & 0x400FFFFCu};

            if (round % 8 == 0) {
                repeat_form(&archs[i], &random, bytes, size);
            } else {
                make_code(&archs[i], &random, bytes, size);
            }
            put_edge(&random, bytes, size);
            check_image(&archs[i], &image, &random);
            for (uint32_t s = 0; s < size; s++) {
                struct dfc_reference ref;

                if (archs[i].at(&image, s, &ref)) {
                    found++;
                } else {
                    plain++;
                }
            }
        }
        // Enough of both for the comparison to mean something.
        assert_true(found > 5000 && plain > 5000);
    }
}

// A field that the source is in the middle of is left to dfc_reference_at.
static void no_stretch_begins_within_a_field(void **state)
{
    static const uint8_t bytes[64] = {0};
    struct dfc_view view = {bytes, 0, 64, 64, 0x1000};

    (void)state;
    for (uint32_t i = 0; i < ARCHS; i++) {
        for (uint32_t s = 0; s < 16; s++) {
            uint32_t begins = s % archs[i].step == 0;

            assert_int_equal(
                dfc_plain_end(archs[i].arch, ranges, 3, &view, s, 32),
                begins ? 32 : s);
        }
    }
}

static void big_endian_pointers_end_a_stretch(void **state)
{
    uint8_t bytes[32] = {0};
    struct dfc_view view = {bytes, 0, 32, 32, 0};

    (void)state;
    bytes[12] = 0x20; // 0x20000040
    bytes[15] = 0x40;
    assert_int_equal(dfc_plain_end(DFOTA_ARCH_BIG, ranges, 1, &view, 0, 32),
                     12);
    assert_int_equal(dfc_plain_end(DFOTA_ARCH_BIG, ranges, 1, &view, 16, 32),
                     32);
    assert_int_equal(dfc_plain_end(0, ranges, 1, &view, 0, 32), 32);
}

static void every_stretch_of_real_code_is_told_as_by_fields(void **state)
{
    uint64_t random = 12;
    uint32_t images = 0;

    (void)state;
    for (uint32_t i = 0; i < ARCHS; i++) {
        char path[512];
        struct image image;

        (void)snprintf(path, sizeof(path), IMAGES "%s", archs[i].image);
        image = image_read(path);
        if (image.data == NULL) {
            continue;
        }
        images++;
        for (uint32_t round = 0; round < 24 && image.size > 4096; round++) {
            uint32_t at = chance_pick(&random, image.size - 2048) & ~3u;
            struct dfc_view slice = {image.data + at, 0, 1024, 1024,
                                     0x40200000u + at};

            check_image(&archs[i], &slice, &random);
        }
        image_free(&image);
    }
    if (images == 0) {
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stretch_of_made_up_code_is_told_as_by_fields),
        cmocka_unit_test(no_stretch_begins_within_a_field),
        cmocka_unit_test(big_endian_pointers_end_a_stretch),
        cmocka_unit_test(every_stretch_of_real_code_is_told_as_by_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
