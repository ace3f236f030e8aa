// SPDX-License-Identifier: MIT
// Times of updates: what is added up, what goes on together, what is refused.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "delta_estimate.h"
#include "profile.h"

// Whatever is done once takes a time of its own. 1 MHz and 10 cycles for an
// instruction: 100 of them take a millisecond.
static const struct delta_profile plain = {
    .name = "plain",
    .link_bits_per_second = 8000, // 1 ms a byte
    .link_round_trip_ms = 10,
    .flash_read_bytes_per_second = 1000,
    .flash_page_size = 100,
    .flash_page_us = 7000,
    .flash_erase_size = 1000,
    .flash_erase_us = 50000,
    .cpu_khz = 1000,
    .cpu_cycles_per_100 = 1000,
    .range_output = 200,
    .range_stream = 3000,
    .deflate_output = 400,
    .deflate_stream = 5000,
    .stored_output = 600,
    .sha256_byte = 900,
    .xxh64_byte = 300,
    .signature = 70000,
};

static struct delta_estimate estimate(const struct delta_work *work,
                                      const struct delta_profile *profile)
{
    struct delta_estimate e;
    struct delta_error error;

    assert_int_equal(delta_estimate(&e, work, profile, &error), DELTA_OK);
    // Each is rounded up.
    uint64_t sum = e.decode_ms + e.hash_ms + e.signature_ms;
    assert_in_range(sum - e.compute_ms, 0, 2);
    sum = e.download_ms + e.erase_ms + e.program_ms + e.read_ms + e.compute_ms;
    assert_in_range(sum + 1 - e.total_ms - e.overlap_ms, 0, 5);
    return e;
}

static void test_nothing_takes_no_time(void **state)
{
    struct delta_work work = {.codec = DELTA_WORK_RANGE};

    (void)state;
    assert_int_equal(estimate(&work, &plain).total_ms, 0);
}

static void test_each_cost_counts(void **state)
{
    struct delta_work work = {.codec = DELTA_WORK_RANGE, .package_size = 100};

    (void)state;
    // Two round trips to connect, one for the request; 3 ms a byte hashed.
    struct delta_estimate e = estimate(&work, &plain);
    assert_int_equal(e.download_ms, 130);
    assert_int_equal(e.hash_ms, 300);

    work.is_signed = true;
    e = estimate(&work, &plain);
    assert_int_equal(e.hash_ms, 900);
    assert_int_equal(e.signature_ms, 700);

    work.image_size = 5;
    work.read_size = 20;
    e = estimate(&work, &plain);
    assert_int_equal(e.hash_ms, 945);
    assert_int_equal(e.read_ms, 25);
    assert_int_equal(e.read_size, 25);

    static const uint64_t decode[] = {2 * 11 + 30 * 3, 4 * 11 + 50 * 3, 6 * 11};
    work.output_size = 11;
    work.stream_size = 3;
    for (int codec = 0; codec <= DELTA_WORK_STORED; codec++) {
        work.codec = (enum delta_work_codec)codec;
        assert_int_equal(estimate(&work, &plain).decode_ms, decode[codec]);
    }
}

static void test_requests(void **state)
{
    struct delta_work work = {.package_size = 100};
    struct delta_profile profile = plain;

    (void)state;
    profile.link_request_size = 50;
    assert_int_equal(estimate(&work, &profile).download_ms, 140);
    profile.link_request_size = 49;
    assert_int_equal(estimate(&work, &profile).download_ms, 150);
}

static void test_areas(void **state)
{
    struct delta_profile profile = plain;
    struct delta_work work = {0};

    (void)state;
    for (int i = 0; i < DELTA_WORK_AREAS; i++) {
        work.areas[i] = (struct delta_area_work){1000, 1u << i, 100, 0};
    }
    struct delta_estimate e = estimate(&work, &profile);
    assert_int_equal(e.erased_blocks, 15);
    assert_int_equal(e.erase_ms, 15 * 50);
    assert_int_equal(e.programmed, 400);
    assert_int_equal(e.program_ms, 4 * 7);

    // A page is programmed whole; small pieces are operations of their own.
    work = (struct delta_work){.areas = {{0, 0, 101, 0}, {0, 0, 101, 5}}};
    assert_int_equal(estimate(&work, &profile).program_ms, (2 + 5) * 7);

    // Blocks of other sizes, by the commands that the part has.
    work = (struct delta_work){.areas = {{9000, 2, 0, 0}, {10, 1, 0, 0}}};
    assert_int_equal(estimate(&work, &profile).erase_ms, (18 + 1) * 50);
    profile.flash_large_size = 4000;
    profile.flash_large_us = 60000;
    assert_int_equal(estimate(&work, &profile).erase_ms,
                     2 * (2 * 60 + 50) + 50);
}

static void test_what_goes_on_together(void **state)
{
    struct delta_work work = {
        .is_signed = true,
        .package_size = 100,
        .output_size = 10,
        .image_size = 5,
        .areas = {[DELTA_WORK_IMAGE] = {1000, 2, 0, 0},
                  [DELTA_WORK_STAGING] = {1000, 1, 0, 0}},
    };
    struct delta_profile profile = plain;

    (void)state;
    // All but images and signature; more of it than of download.
    profile.link_round_trip_ms = 0;
    assert_int_equal(estimate(&work, &profile).overlap_ms, 100);
    // Less of it.
    profile.link_bits_per_second = 8;
    assert_int_equal(estimate(&work, &profile).overlap_ms,
                     2 * 50 + 50 + 10 * 2 + 900);
    // What is staged is only stored meanwhile.
    work.is_staged = true;
    assert_int_equal(estimate(&work, &profile).overlap_ms, 50);
}

// --- Refusals --------------------------------------------------------------

static void test_profile_out_of_range(void **state)
{
    struct delta_work work = {0};
    struct delta_estimate e;
    struct delta_error error;

    (void)state;
    for (const struct delta_profile_field *f = delta_profile_fields;
         f->name != NULL; f++) {
        struct delta_profile profile = plain;
        uint32_t bad = f->min > 0 ? f->min - 1 : f->max + 1;
        if (f->min == 0 && f->max == UINT32_MAX) {
            continue; // anything is good
        }
        memcpy((char *)&profile + f->offset, &bad, sizeof(bad));
        assert_int_equal(delta_estimate(&e, &work, &profile, &error),
                         DELTA_ERR_PROFILE);
        assert_string_equal(error.subject, "profile");
        assert_memory_equal(error.text, f->name, strlen(f->name));
        assert_int_equal(e.total_ms, 0);
    }
    struct delta_profile profile = plain;
    profile.flash_large_size = 1500;
    assert_int_equal(delta_estimate(&e, &work, &profile, &error),
                     DELTA_ERR_PROFILE);
    assert_non_null(strstr(error.text, "found 1500, expected a multiple of "
                                       "1000"));
}

static void test_work_out_of_range(void **state)
{
    const uint64_t most = 1ull << 36;
    struct delta_work good = {
        .image_size = most,
        .read_size = most,
        .areas = {{1u << 31, 32, most, 0}},
    };
    struct delta_work bad[] = {good, good, good, good, good, good, good};
    struct delta_estimate e;
    struct delta_error error;

    (void)state;
    assert_int_equal(delta_estimate(&e, &good, &plain, &error), DELTA_OK);
    bad[0].image_size++;
    bad[1].read_size++;
    bad[2].areas[DELTA_WORK_STAGING].programmed = most + 1;
    bad[3].areas[DELTA_WORK_IMAGE].blocks++;
    bad[4].areas[DELTA_WORK_JOURNAL].blocks = 1; // of no size
    bad[5].areas[DELTA_WORK_JOURNAL].programs = most + 1;
    bad[6].areas[DELTA_WORK_IMAGE].blocks = 1ull << 60; // 2^91 bytes
    for (int i = 0; i < 7; i++) {
        assert_int_equal(delta_estimate(&e, &bad[i], &plain, &error),
                         DELTA_ERR_OPTION);
        assert_string_equal(error.subject, "work");
        assert_int_equal(e.total_ms, 0);
    }
}

// The most of everything still fits into 64 bits: the sum is no less than any
// of its parts.
static void test_no_overflow(void **state)
{
    struct delta_profile slow = {.name = "slow"};
    struct delta_work work = {
        .is_signed = true,
        .package_size = UINT32_MAX,
        .stream_size = UINT32_MAX,
        .output_size = UINT32_MAX,
        .image_size = 1ull << 36,
        .read_size = 1ull << 36,
    };

    (void)state;
    for (const struct delta_profile_field *f = delta_profile_fields;
         f->name != NULL; f++) {
        memcpy((char *)&slow + f->offset, &f->max, sizeof(f->max));
    }
    slow.link_bits_per_second = slow.flash_read_bytes_per_second = 1;
    slow.link_request_size = slow.flash_page_size = slow.flash_erase_size = 1;
    slow.flash_large_size = 0;
    slow.cpu_khz = 1000;
    for (int i = 0; i < DELTA_WORK_AREAS; i++) {
        work.areas[i] = (struct delta_area_work){16, UINT32_MAX, 1ull << 36, 0};
    }
    struct delta_estimate e;
    assert_int_equal(delta_estimate(&e, &work, &slow, NULL), DELTA_OK);
    // In milliseconds: 20,000 instructions for each, 20 cycles each.
    assert_int_equal(e.decode_ms, 400ull * 2 * UINT32_MAX);
    assert_int_equal(e.hash_ms, 400ull * ((1ull << 36) + UINT32_MAX));
    assert_int_equal(e.erase_ms, 4 * 10000ull * 16 * UINT32_MAX);
    assert_int_equal(e.program_ms, 4 * 10000ull << 36);
    assert_int_equal(e.read_ms, 2000ull << 36);
    assert_true(e.total_ms >= e.erase_ms);
}

// --- Packages --------------------------------------------------------------

static struct delta_info package_info(uint32_t new_size, uint32_t package_size)
{
    return (struct delta_info){
        .package_size = package_size,
        .overhead = package_size / 50,
        .ram = 16384,
        .old_size = new_size - 4096,
        .new_size = new_size,
        .codec_name = "range",
        .mode_name = "two-slot",
        .is_signed = true,
    };
}

static void test_work_of_a_package(void **state)
{
    const struct delta_profile *profile = delta_profile_find("air724");
    struct delta_info info = package_info(1000000, 100000);
    struct delta_work work;

    (void)state;
    assert_int_equal(delta_estimate_package(&work, &info, profile, NULL),
                     DELTA_OK);
    assert_int_equal(work.codec, DELTA_WORK_RANGE);
    assert_true(work.is_signed);
    assert_false(work.is_staged);
    assert_int_equal(work.package_size, 100000);
    assert_int_equal(work.stream_size, 98000);
    assert_int_equal(work.output_size, 1000000);
    assert_int_equal(work.image_size, 2000000 - 4096);
    assert_int_equal(work.areas[DELTA_WORK_IMAGE].blocks, 245);
    assert_int_equal(work.areas[DELTA_WORK_IMAGE].programmed, 1000000);
    assert_int_equal(work.areas[DELTA_WORK_STAGING].blocks, 0);
    // Two start records of one block each, and one state of 16,384 bytes.
    assert_int_equal(work.areas[DELTA_WORK_JOURNAL].blocks, 2 + 5);
    assert_int_equal(work.areas[DELTA_WORK_JOURNAL].programs, 2 + 246 + 65);

    info.mode_name = "in-place";
    info.codec_name = "deflate";
    info.is_signed = false;
    assert_int_equal(delta_estimate_package(&work, &info, profile, NULL),
                     DELTA_OK);
    assert_int_equal(work.codec, DELTA_WORK_DEFLATE);
    assert_false(work.is_signed);
    assert_true(work.is_staged);
    assert_int_equal(work.areas[DELTA_WORK_IMAGE].blocks, 2 * 245);
    assert_int_equal(work.areas[DELTA_WORK_IMAGE].programmed, 2200000);
    assert_int_equal(work.areas[DELTA_WORK_STAGING].blocks, 25);
    assert_int_equal(work.areas[DELTA_WORK_STAGING].programmed, 100000);

    info.codec_name = "stored";
    assert_int_equal(delta_estimate_package(&work, &info, profile, NULL),
                     DELTA_OK);
    assert_int_equal(work.codec, DELTA_WORK_STORED);
    assert_int_equal(work.read_size, 100000); // the staged package
}

// By blocks of another size: as many bytes erased, in whole blocks.
static void use_blocks(struct delta_work *work, uint32_t block_size)
{
    for (int i = 0; i < DELTA_WORK_AREAS; i++) {
        struct delta_area_work *area = &work->areas[i];
        uint64_t erased = area->blocks * area->block_size;
        area->blocks = (erased + block_size - 1) / block_size;
        area->block_size = block_size;
    }
}

// Packages and profiles as large as they may be are counted, or refused.
static void test_largest_packages(void **state)
{
    struct delta_profile profile = plain;
    struct delta_info info = package_info(DELTA_IMAGE_MAX, DELTA_PACKAGE_MAX);
    struct delta_work work;
    struct delta_estimate e;
    struct delta_error error;

    (void)state;
    info.mode_name = "in-place";
    profile.flash_erase_size = 4096;
    assert_int_equal(delta_estimate_package(&work, &info, &profile, &error),
                     DELTA_OK);
    assert_int_equal(work.areas[DELTA_WORK_IMAGE].blocks, 2 << 17);
    assert_true(estimate(&work, &profile).total_ms > 0);
    profile.flash_erase_size = 1; // a mark for each byte
    assert_int_equal(delta_estimate_package(&work, &info, &profile, &error),
                     DELTA_OK);
    assert_int_equal(delta_estimate(&e, &work, &profile, &error),
                     DELTA_ERR_OPTION);
}

// What users of the module are used to: a package of 600 kB of a far release,
// from the first byte asked to the new firmware verified, within 3 minutes at
// 60 kbit/s. The images are those of a core slot, of core and app, and of half
// the flash; in place with the most that may be erased and programmed.
static void test_600_kb_within_3_minutes(void **state)
{
    static const struct {
        const char *mode;
        uint32_t new_size, block_size;
    } cases[] = {
        {"two-slot", 0x170000, 4096},  {"two-slot", 0x2F0000, 4096},
        {"two-slot", 0x400000, 4096},  {"in-place", 0x170000, 4096},
        {"in-place", 0x2F0000, 65536},
    };
    const struct delta_profile *profile = delta_profile_find("air724");

    (void)state;
    assert_int_equal(profile->link_bits_per_second, 60000);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct delta_info info = package_info(cases[i].new_size, 600000);
        struct delta_work work;
        info.mode_name = cases[i].mode;
        assert_int_equal(delta_estimate_package(&work, &info, profile, NULL),
                         DELTA_OK);
        use_blocks(&work, cases[i].block_size);
        struct delta_estimate e = estimate(&work, profile);
        print_message("%s, %u bytes, blocks of %u: download %.1f, erase %.1f, "
                      "program %.1f, read %.1f, compute %.1f, together %.1f, "
                      "total %.1f s\n",
                      cases[i].mode, cases[i].new_size, cases[i].block_size,
                      (double)e.download_ms / 1000, (double)e.erase_ms / 1000,
                      (double)e.program_ms / 1000, (double)e.read_ms / 1000,
                      (double)e.compute_ms / 1000, (double)e.overlap_ms / 1000,
                      (double)e.total_ms / 1000);
        assert_in_range(e.download_ms, 80000, 81000);
        assert_in_range(e.total_ms, e.download_ms, 180000);
        assert_in_range(e.decode_ms, 8000, 12000);
    }
}

static void test_built_in_profiles(void **state)
{
    static const char *const names[] = {"air724", "ec618"};
    struct delta_error error;
    size_t size = 0;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct delta_profile *profile = delta_profile_find(names[i]);
        assert_non_null(profile);
        assert_string_equal(profile->name, names[i]);
        assert_int_equal(delta_profile_check(profile, &error), DELTA_OK);
        assert_non_null(strstr(delta_profile_names(), names[i]));
        size += strlen(names[i]);
    }
    assert_int_equal(strlen(delta_profile_names()), size + strlen(", "));
    assert_null(delta_profile_find("air"));
    assert_null(delta_profile_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_takes_no_time),
        cmocka_unit_test(test_each_cost_counts),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_areas),
        cmocka_unit_test(test_what_goes_on_together),
        cmocka_unit_test(test_profile_out_of_range),
        cmocka_unit_test(test_work_out_of_range),
        cmocka_unit_test(test_no_overflow),
        cmocka_unit_test(test_work_of_a_package),
        cmocka_unit_test(test_largest_packages),
        cmocka_unit_test(test_600_kb_within_3_minutes),
        cmocka_unit_test(test_built_in_profiles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
