// SPDX-License-Identifier: MIT
// Packages in place: whatever the images and the flash, the patcher makes the
// new image on one slot, within the limits that were stated.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chance.h"
#include "delta.h"
#include "images.h"

#define SMALL_MAX 3000u

struct bytes {
    const uint8_t *data;
    uint32_t size;
};

static struct bytes bytes_of(const struct image *image)
{
    return (struct bytes){image->data, image->size};
}

static void check_limits(const struct delta_report *report,
                         const struct delta_options *o)
{
    const struct delta_info *info = &report->info;
    uint32_t block = o->in_place.block_size ? o->in_place.block_size : 4096;
    uint32_t scratch =
        o->in_place.scratch_size ? o->in_place.scratch_size : 65536;

    assert_string_equal(info->mode_name, "in-place");
    assert_int_equal(info->features, 2);
    assert_int_equal(info->block_size, block);
    assert_in_range(info->scratch_blocks, 1, scratch / block);
    assert_in_range(info->epoch_blocks, 1, info->scratch_blocks);
    assert_true(info->ram <= (o->ram ? o->ram : 16384));
    assert_true(report->slot.erased_most <= 1);
    assert_int_equal(report->slot.block_size, block);
    assert_int_equal(report->slot.erased + info->kept_blocks,
                     (info->new_size + block - 1) / block);
}

// The package is the caller's.
static struct delta_report make(struct delta_bytes *package, struct bytes a,
                                struct bytes b,
                                const struct delta_options *options)
{
    struct delta_options o = *options;
    struct delta_report report;
    struct delta_error error;

    o.mode = DELTA_IN_PLACE;
    if (delta_make(package, &report, a.data, a.size, b.data, b.size, &o,
                   &error) != DELTA_OK) {
        fail_msg("%lu to %lu bytes, block %lu, scratch %lu: %s: %s",
                 (unsigned long)a.size, (unsigned long)b.size,
                 (unsigned long)o.in_place.block_size,
                 (unsigned long)o.in_place.scratch_size, error.subject,
                 error.text);
    }
    check_limits(&report, &o);
    return report;
}

static struct delta_report check(struct bytes a, struct bytes b,
                                 const struct delta_options *options)
{
    struct delta_bytes package, made;
    struct delta_report report = make(&package, a, b, options);

    assert_int_equal(delta_apply(&made, a.data, a.size, package.data,
                                 package.size, NULL, 0, NULL),
                     DELTA_OK);
    assert_int_equal(made.size, b.size);
    assert_memory_equal(made.data, b.data, b.size);
    delta_free(&made);
    delta_free(&package);
    return report;
}

static struct delta_options any_options(uint64_t *random)
{
    struct delta_options o = {.threads = 1};
    uint32_t block = 64u << chance_pick(random, 4);

    o.in_place.block_size = block;
    o.in_place.scratch_size = block * (1 + chance_pick(random, 12));
    o.in_place.journal_page = 1u << chance_pick(random, 9);
    o.in_place.minimize =
        chance_pick(random, 4) == 0 ? DELTA_MINIMIZE_WEAR : DELTA_MINIMIZE_SIZE;
    o.codec = chance_pick(random, 3) == 0 ? DELTA_DEFLATE : DELTA_RANGE;
    o.level = 1 + (int)chance_pick(random, 5);
    return o;
}

// Pieces of the old image in another order, some of them changed.
static uint32_t shuffle(uint64_t *random, uint8_t *out, const uint8_t *from,
                        uint32_t size)
{
    uint32_t made = 0;

    while (made < SMALL_MAX && (made == 0 || chance_pick(random, 12) != 0)) {
        uint32_t at = chance_pick(random, size);
        uint32_t count = 1 + chance_pick(random, size - at);

        count = count < SMALL_MAX - made ? count : SMALL_MAX - made;
        memcpy(out + made, from + at, count);
        out[made + chance_pick(random, count)] ^=
            (uint8_t)chance_pick(random, 4);
        made += count;
    }
    return made;
}

static void small_images_come_out_on_any_flash(void **state)
{
    static uint8_t a[SMALL_MAX], b[SMALL_MAX];
    uint64_t random = 3;

    (void)state;
    for (uint32_t round = 0; round < 250; round++) {
        struct delta_options o = any_options(&random);
        uint32_t size = 1 + chance_pick(&random, SMALL_MAX);

        if (round % 2 == 0) {
            chance_code(&random, a, size);
        } else {
            chance_bytes(&random, a, size);
        }
        check((struct bytes){a, size},
              (struct bytes){b, shuffle(&random, b, a, size)}, &o);
    }
}

static void releases_come_out_in_both_directions(void **state)
{
    struct image a = image_make(5, 0, 60000);
    struct image b = image_make(5, 1, 60000);
    struct delta_options o = {.threads = 1};
    uint32_t backwards = 0;

    (void)state;
    assert_true(a.data != NULL && b.data != NULL);
    for (uint32_t round = 0; round < 24; round++) {
        o.codec = round % 3 == 0 ? DELTA_DEFLATE : DELTA_RANGE;
        o.level = round % 4 == 0 ? 1 : 4;
        o.in_place.block_size = 256u << round % 5;
        o.in_place.scratch_size = 2048u << round / 6;
        if (o.in_place.scratch_size >= o.in_place.block_size) {
            backwards +=
                check(bytes_of(&a), bytes_of(&b), &o).info.is_backwards;
            backwards +=
                check(bytes_of(&b), bytes_of(&a), &o).info.is_backwards;
        }
    }
    assert_in_range(backwards, 1, 40);
    image_free(&a);
    image_free(&b);
}

// All of the old image moves by 20,000 bytes: only one order can read it.
static void the_order_follows_what_moves(void **state)
{
    static uint8_t data[100000];
    struct delta_options o = {.threads = 1, .level = 3};
    struct delta_report report;
    uint64_t random = 9;

    (void)state;
    o.in_place.scratch_size = 16384;
    chance_bytes(&random, data, sizeof(data));
    report = check((struct bytes){data + 20000, 80000},
                   (struct bytes){data, 100000}, &o);
    assert_true(report.info.is_backwards);
    assert_in_range(report.info.package_size, 20000, 20800);
    report = check((struct bytes){data, 100000},
                   (struct bytes){data + 20000, 80000}, &o);
    assert_false(report.info.is_backwards);
    assert_in_range(report.info.package_size, 100, 800);
}

// Nothing in common, in whatever order it was tried.
static void what_no_delta_is_smaller_than_is_stored(void **state)
{
    static uint8_t data[150000];
    struct delta_options o = {.threads = 1, .level = 2};
    uint64_t random = 17;

    (void)state;
    chance_bytes(&random, data, sizeof(data));
    for (uint32_t size = 10000; size < 70000; size += 9999) {
        struct delta_report report =
            check((struct bytes){data, 70000},
                  (struct bytes){data + 70000, size}, &o);
        assert_true(report.is_stored);
        report = check((struct bytes){data + 70000, size},
                       (struct bytes){data, 70000}, &o);
        assert_true(report.is_stored);
    }
}

static uint64_t programmed(const struct delta_report *report)
{
    return report->slot.programmed + report->scratch.programmed +
           report->journal.programmed;
}

static void the_flash_is_spared(void **state)
{
    struct image a = image_make(7, 0, 200000);
    struct image b = image_make(7, 1, 200000);
    struct delta_options o = {.threads = 1, .level = 5};
    struct delta_options two_slots = o;
    struct delta_report report, wear, two;
    struct delta_bytes package;

    (void)state;
    assert_true(a.data != NULL && b.data != NULL);
    report = check(bytes_of(&a), bytes_of(&b), &o);
    assert_true(programmed(&report) * 10 <= (uint64_t)b.size * 22);
    assert_true(report.journal.programmed > 0);
    assert_true(report.scratch.programmed > 0);

    assert_int_equal(delta_make(&package, &two, a.data, a.size, b.data, b.size,
                                &two_slots, NULL),
                     DELTA_OK);
    // These images move whole functions, some of them out of reach.
    assert_true(package.size + package.size / 5 >= report.info.package_size);
    assert_int_equal(two.slot.programmed, 0);
    assert_int_equal(two.info.block_size, 0);
    delta_free(&package);

    // Two blocks of scratch are enough for that.
    for (uint32_t scratch = 8192; scratch < 65536; scratch *= 2) {
        o.in_place.scratch_size = scratch;
        report = check(bytes_of(&a), bytes_of(&b), &o);
        assert_true(programmed(&report) * 10 <= (uint64_t)b.size * 22);
    }
    o.in_place.scratch_size = 0;

    o.in_place.minimize = DELTA_MINIMIZE_WEAR;
    wear = check(bytes_of(&a), bytes_of(&b), &o);
    assert_true(programmed(&wear) < programmed(&report));
    image_free(&a);
    image_free(&b);
}

// Two changes in an image that otherwise stays: what is equal is not written.
static void blocks_that_stay_are_kept(void **state)
{
    static uint8_t a[100000], b[100000];
    struct delta_options o = {.threads = 1, .level = 2};
    struct delta_report report;
    uint64_t random = 11;

    (void)state;
    chance_bytes(&random, a, sizeof(a));
    memcpy(b, a, sizeof(b));
    b[30000] ^= 1;
    b[70000] ^= 1;
    report = check((struct bytes){a, 100000}, (struct bytes){b, 100000}, &o);
    assert_int_equal(report.info.kept_blocks, 9); // 8 .. 16: the longest run
    o.in_place.minimize = DELTA_MINIMIZE_WEAR;
    report = check((struct bytes){a, 100000}, (struct bytes){b, 100000}, &o);
    assert_int_equal(report.info.kept_blocks, 23); // all but 2 of 25
    assert_int_equal(report.slot.erased, 2);
    // A block that only the new image reaches to the end of is not kept.
    report = check((struct bytes){a, 99000}, (struct bytes){a, 100000}, &o);
    assert_int_equal(report.info.kept_blocks, 24);
    report = check((struct bytes){a, 100000}, (struct bytes){a, 99000}, &o);
    assert_int_equal(report.info.kept_blocks, 25);
    assert_int_equal(report.slot.erased, 0);
}

static void a_signature_later_gives_the_same_package(void **state)
{
    struct image a = image_make(3, 0, 30000);
    struct image b = image_make(3, 1, 30000);
    struct image pem = image_read(TEST_SOURCE_DIR "/tests/vectors/key.pem");
    struct delta_options o = {.threads = 1, .level = 2, .product = "thing"};
    struct delta_bytes unsealed, later, at_once;
    struct delta_key key;

    (void)state;
    assert_true(a.data != NULL && b.data != NULL && pem.data != NULL);
    assert_int_equal(delta_key_read(&key, pem.data, pem.size, NULL), DELTA_OK);
    make(&unsealed, bytes_of(&a), bytes_of(&b), &o);
    o.key = &key;
    make(&at_once, bytes_of(&a), bytes_of(&b), &o);
    assert_int_equal(
        delta_sign(&later, unsealed.data, unsealed.size, &key, NULL), DELTA_OK);
    assert_int_equal(later.size, at_once.size);
    assert_memory_equal(later.data, at_once.data, later.size);
    assert_int_equal(delta_verify(NULL, later.data, later.size, a.data, a.size,
                                  b.data, b.size, &key, 1, NULL),
                     DELTA_OK);
    delta_free(&unsealed);
    delta_free(&later);
    delta_free(&at_once);
    image_free(&a);
    image_free(&b);
    image_free(&pem);
}

static void check_refused(const struct delta_options *options,
                          const char *subject)
{
    struct delta_bytes package;
    struct delta_error error;

    assert_int_equal(
        delta_make(&package, NULL, "old", 3, "new", 3, options, &error),
        DELTA_ERR_OPTION);
    assert_string_equal(error.subject, subject);
    assert_null(package.data);
}

// Nothing of the old image helps: the direction, which was chosen before, must
// not matter.
static void noise_is_stored_front_to_back(void **state)
{
    struct delta_options o = {
        .threads = 1,
        .in_place = {.block_size = 64, .scratch_size = 256},
    };
    uint64_t random = 91;

    (void)state;
    for (uint32_t seed = 0; seed < 8; seed++) {
        struct image a = image_make(seed, 0, 1500);
        struct image b = image_copy(a.data, a.size);
        struct delta_report report;

        for (uint32_t i = 0; i < b.size; i++) {
            b.data[i] = (uint8_t)chance_pick(&random, 256);
        }
        report = check(bytes_of(&a), bytes_of(&b), &o);
        assert_string_equal(report.info.codec_name, "stored");
        assert_false(report.info.is_backwards);
        image_free(&a);
        image_free(&b);
    }
}

static void options_that_no_flash_has_are_refused(void **state)
{
    static const struct {
        struct delta_in_place in_place;
        const char *subject;
    } cases[] = {
        {{.block_size = 3000}, "erase-block"},
        {{.block_size = 32}, "erase-block"},
        {{.block_size = 1u << 25, .scratch_size = 1u << 26}, "erase-block"},
        {{.scratch_size = 4095}, "scratch"},
        {{.block_size = 1u << 17}, "scratch"},
        {{.journal_page = 3}, "journal page"},
        {{.journal_page = 8192}, "journal page"},
        {{.minimize = (enum delta_minimize)2}, "minimize"},
    };
    struct delta_options o = {.mode = (enum delta_mode)2};

    (void)state;
    check_refused(&o, "mode");
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        o.mode = DELTA_IN_PLACE;
        o.in_place = cases[i].in_place;
        check_refused(&o, cases[i].subject);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_images_come_out_on_any_flash),
        cmocka_unit_test(releases_come_out_in_both_directions),
        cmocka_unit_test(the_order_follows_what_moves),
        cmocka_unit_test(what_no_delta_is_smaller_than_is_stored),
        cmocka_unit_test(the_flash_is_spared),
        cmocka_unit_test(blocks_that_stay_are_kept),
        cmocka_unit_test(a_signature_later_gives_the_same_package),
        cmocka_unit_test(noise_is_stored_front_to_back),
        cmocka_unit_test(options_that_no_flash_has_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
