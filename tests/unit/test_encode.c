// SPDX-License-Identifier: MIT
// From two images to a stream: whatever the images, both codecs, any budget.
// delta_make applies every package with the real patcher and compares.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "chance.h"
#include "delta.h"
#include "dfota/format.h"
#include "budget.h"
#include "encode.h"
#include "images.h"

#define SMALL_MAX 300u

// Two images that nothing but their bytes is known of.
static struct delta_pair pair_of(const struct image *a, const struct image *b)
{
    return (struct delta_pair){a->data, a->size, b->data, b->size, NULL, NULL};
}

static const uint8_t codecs[] = {DFOTA_CODEC_RANGE, DFOTA_CODEC_DEFLATE};

static struct delta_report make(struct delta_bytes *package,
                                const struct delta_pair *pair,
                                const struct delta_options *options)
{
    struct delta_report report;
    struct delta_error error;

    if (delta_make(package, &report, pair->old_data, pair->old_size,
                   pair->new_data, pair->new_size, options,
                   &error) != DELTA_OK) {
        fail_msg("%lu to %lu bytes, codec %d, RAM %lu: %s",
                 (unsigned long)pair->old_size, (unsigned long)pair->new_size,
                 (int)options->codec, (unsigned long)options->ram, error.text);
    }
    return report;
}

// Make a package, apply it, and compare; nothing grows but by the framing.
static uint32_t check_pair(const struct delta_pair *pair,
                           const struct delta_options *options)
{
    struct delta_bytes package, result;
    struct delta_report report = make(&package, pair, options);
    const struct delta_info *info = &report.info;

    assert_int_equal(info->package_size, package.size);
    assert_true(package.size - info->overhead <= pair->new_size);
    assert_true(info->ram <= (options->ram ? options->ram : 16384));
    assert_string_equal(info->codec_name, report.is_stored ? "stored"
                                          : options->codec == DELTA_RANGE
                                              ? "range"
                                              : "deflate");
    assert_int_equal(delta_apply(&result, pair->old_data, pair->old_size,
                                 package.data, package.size, NULL, 0, NULL),
                     DELTA_OK);
    assert_int_equal(result.size, pair->new_size);
    assert_memory_equal(result.data, pair->new_data, pair->new_size);
    delta_free(&package);
    delta_free(&result);
    return info->package_size;
}

static void check_both_codecs(const struct delta_pair *pair, uint32_t ram,
                              bool has_base, uint32_t base)
{
    for (int codec = 0; codec < 2; codec++) {
        struct delta_options options = {
            .codec = (enum delta_codec)codec,
            .ram = ram,
            .level = 1,
            .has_base = has_base,
            .base = base,
        };

        check_pair(pair, &options);
    }
}

// --- Small images ----------------------------------------------------------

enum pattern {
    MOVED,    // pointers and calls, shifted by a few bytes
    EQUAL,    //
    ZERO,     //
    REVERSED, // byte by byte
    NOISE,    //
    RUNS,     // long runs in both
    PATTERNS
};

static void fill_new(uint8_t *data, uint32_t size, const uint8_t *old_data,
                     uint32_t pattern, uint64_t *random)
{
    uint32_t shift = chance_pick(random, 9);

    for (uint32_t i = 0; i < size; i++) {
        switch (pattern) {
        case MOVED: data[i] = old_data[i < shift ? i : i - shift]; break;
        case EQUAL: data[i] = old_data[i]; break;
        case ZERO: data[i] = 0; break;
        case REVERSED: data[i] = old_data[size - 1 - i]; break;
        case NOISE: data[i] = (uint8_t)chance_word(random); break;
        default: data[i] = (uint8_t)(i / 40); break;
        }
    }
    if (pattern == MOVED) {
        for (uint32_t i = 16; i + 4 <= size; i += 32) {
            dfc_put32(data + i, 0x08000000 + i + shift);
        }
    }
}

static void check_small(uint32_t old_size, uint32_t new_size, uint32_t pattern,
                        uint64_t seed)
{
    uint8_t old_data[SMALL_MAX], new_data[SMALL_MAX];
    struct delta_pair pair = {old_data, old_size, new_data,
                              new_size, NULL,     NULL};
    uint32_t ram = 12000 + 8 * chance_pick(&seed, 2000);

    chance_code(&seed, old_data, SMALL_MAX);
    if (pattern == RUNS) {
        memset(old_data, 3, SMALL_MAX);
    }
    for (uint32_t i = 16; i + 4 <= SMALL_MAX && pattern == MOVED; i += 32) {
        dfc_put32(old_data + i, 0x08000000 + i);
    }
    fill_new(new_data, new_size, old_data, pattern, &seed);
    check_both_codecs(&pair, ram, pattern == MOVED, 0x08000000);
}

static void every_small_size_comes_back(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (uint32_t size = 1; size <= SMALL_MAX; size++) {
        uint32_t pattern = size % PATTERNS;
        uint32_t other = 1 + chance_pick(&random, SMALL_MAX);

        check_small(size, size, pattern, size);
        check_small(other, size, (pattern + 1) % PATTERNS, size);
        check_small(size, other, (pattern + 2) % PATTERNS, size);
    }
}

static void every_pattern_comes_back(void **state)
{
    static const uint32_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 64, 65, 255, 300};

    (void)state;
    for (uint32_t pattern = 0; pattern < PATTERNS; pattern++) {
        for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            check_small(300, sizes[i], pattern, i);
            check_small(sizes[i], 300, pattern, i);
        }
    }
}

// --- Firmware --------------------------------------------------------------

static void firmware_comes_back_at_every_level(void **state)
{
    struct image a = image_make(1, 0, 16000), b = image_make(1, 2, 16000);
    struct delta_pair pair = pair_of(&a, &b);

    (void)state;
    for (int codec = 0; codec < 2; codec++) {
        for (int level = 0; level <= 9; level++) {
            struct delta_options options = {.codec = (enum delta_codec)codec,
                                            .level = level};

            assert_true(check_pair(&pair, &options) < b.size / 4);
        }
    }
    image_free(&a);
    image_free(&b);
}

static void any_budget_is_kept(void **state)
{
    struct image a = image_make(2, 0, 6000), b = image_make(2, 1, 6000);
    struct delta_pair pair = pair_of(&a, &b);

    (void)state;
    for (uint32_t ram = 12000; ram < 8000000; ram = ram * 5 / 4 + 3) {
        check_both_codecs(&pair, ram, false, 0);
    }
    image_free(&a);
    image_free(&b);
}

static void any_base_will_do(void **state)
{
    // At the end of the address space; below RAM, above it; a wrong one.
    static const uint32_t bases[] = {0xFFFFF000u, 0x10000000, 0x90000000u, 1};
    struct image a = image_make(3, 0, 6000), b = image_make(3, 3, 6000);
    struct delta_pair pair = pair_of(&a, &b);

    (void)state;
    for (uint32_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
        check_both_codecs(&pair, 16384, true, bases[i]);
    }
    image_free(&a);
    image_free(&b);
}

// Pointers of both images to another base, so that RAM lies below the image.
static void rebase(struct image *image, uint32_t base)
{
    for (uint32_t s = 0; s + 4 <= image->size; s += 4) {
        uint32_t word = dfc_get32(image->data + s);

        if (word - IMAGES_BASE < image->size) {
            dfc_put32(image->data + s, word - IMAGES_BASE + base);
        }
    }
}

static void ram_may_lie_below_the_image(void **state)
{
    struct image a = image_make(4, 0, 40000), b = image_make(4, 2, 40000);
    struct delta_pair pair = pair_of(&a, &b);

    (void)state;
    rebase(&a, 0x60000000);
    rebase(&b, 0x60000000);
    check_both_codecs(&pair, 16384, false, 0);
    image_free(&a);
    image_free(&b);
}

static void twice_the_same_gives_the_same_bytes(void **state)
{
    struct image a = image_make(5, 0, 12000), b = image_make(5, 1, 12000);
    struct delta_pair pair = pair_of(&a, &b);

    (void)state;
    for (int codec = 0; codec < 2; codec++) {
        struct delta_options options = {.codec = (enum delta_codec)codec};
        struct delta_bytes first, second;

        make(&first, &pair, &options);
        make(&second, &pair, &options);
        assert_int_equal(first.size, second.size);
        assert_memory_equal(first.data, second.data, first.size);
        delta_free(&first);
        delta_free(&second);
    }
    image_free(&a);
    image_free(&b);
}

static void noise_is_stored(void **state)
{
    static uint8_t old_data[20000], new_data[20000];
    struct delta_pair pair = {
        old_data, sizeof(old_data), new_data, sizeof(new_data), NULL, NULL};
    uint64_t random = 6;

    (void)state;
    chance_bytes(&random, old_data, sizeof(old_data));
    chance_bytes(&random, new_data, sizeof(new_data));
    for (int codec = 0; codec < 2; codec++) {
        struct delta_options options = {.codec = (enum delta_codec)codec};
        struct delta_bytes package;
        struct delta_report report = make(&package, &pair, &options);

        assert_true(report.is_stored);
        assert_int_equal(package.size, sizeof(new_data) + report.info.overhead);
        delta_free(&package);
    }
}

// --- Limits ----------------------------------------------------------------

static void the_least_memory_is_exact(void **state)
{
    struct image a = image_make(7, 0, 3000), b = image_make(7, 1, 3000);
    struct delta_pair pair = pair_of(&a, &b);

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct delta_coding coding = {.codec = codecs[i], .level = 6};
        uint32_t least = delta_encode_least(codecs[i]);
        struct delta_budget budget;
        struct delta_stream stream;

        give_memory(&coding, &budget, least - 1);
        assert_int_equal(delta_encode(&stream, &pair, &coding),
                         DELTA_ERR_LIMIT);
        assert_null(stream.data);
        give_memory(&coding, &budget, least);
        assert_int_equal(delta_encode(&stream, &pair, &coding), DELTA_OK);
        assert_int_equal(stream.codec, codecs[i]);
        assert_int_equal(stream.map_entries, 0);
        assert_int_equal(stream.budget.memory, least);
        free(stream.data);
    }
    image_free(&a);
    image_free(&b);
}

static void the_least_budget_is_the_one_named(void **state)
{
    struct image a = image_make(7, 0, 3000), b = image_make(7, 1, 3000);
    struct delta_pair pair = pair_of(&a, &b);

    (void)state;
    for (int codec = 0; codec < 2; codec++) {
        struct delta_options options = {.codec = (enum delta_codec)codec,
                                        .ram = 100};
        struct delta_bytes package;
        struct delta_error error;
        const char *named;

        assert_int_equal(delta_make(&package, NULL, a.data, a.size, b.data,
                                    b.size, &options, &error),
                         DELTA_ERR_LIMIT);
        assert_null(package.data);
        named = strstr(error.text, "at least ");
        assert_non_null(named);
        options.ram = (uint32_t)strtoul(named + 9, NULL, 10);
        assert_true(options.ram > 4000 && options.ram < 16000);
        check_pair(&pair, &options);
        options.ram--;
        assert_int_equal(delta_make(&package, NULL, a.data, a.size, b.data,
                                    b.size, &options, &error),
                         DELTA_ERR_LIMIT);
    }
    image_free(&a);
    image_free(&b);
}

static void what_is_coded_fits_the_memory(void **state)
{
    struct image a = image_make(8, 0, 50000), b = image_make(8, 4, 50000);
    struct delta_pair pair = pair_of(&a, &b);

    (void)state;
    for (uint32_t ram = 8192; ram < 200000; ram = ram * 3 / 2) {
        for (uint32_t i = 0; i < 2; i++) {
            struct delta_coding coding = {.codec = codecs[i], .level = 1};
            struct delta_budget budget;
            struct delta_stream stream;
            uint32_t used;

            give_memory(&coding, &budget, ram);
            assert_int_equal(delta_encode(&stream, &pair, &coding), DELTA_OK);
            assert_int_equal(stream.table_entries, stream.map_entries);
            used = 8u * stream.table_entries;
            used += codecs[i] == DFOTA_CODEC_RANGE
                        ? 64u * stream.param
                        : DFOTA_RAM_INFLATE + (1u << stream.param);
            assert_true(used <= ram);
            assert_true(stream.map_entries <= ram / 16);
            free(stream.data);
        }
    }
    image_free(&a);
    image_free(&b);
}

static void note_progress(void *context, unsigned permille)
{
    unsigned *last = context;

    assert_true(permille >= *last && permille <= 1000);
    *last = permille;
}

static void progress_ascends_to_the_end(void **state)
{
    struct image a = image_make(9, 0, 3000), b = image_make(9, 1, 3000);
    struct delta_pair pair = pair_of(&a, &b);
    unsigned last = 0;
    struct delta_coding coding = {.codec = DFOTA_CODEC_RANGE,
                                  .level = 9,
                                  .progress = note_progress,
                                  .context = &last};
    struct delta_budget budget;
    struct delta_stream stream;

    (void)state;
    give_memory(&coding, &budget, 16384);
    assert_int_equal(delta_encode(&stream, &pair, &coding), DELTA_OK);
    assert_int_equal(last, 1000);
    free(stream.data);
    image_free(&a);
    image_free(&b);
}

static void reported_bytes_are_those_of_the_stream(void **state)
{
    struct image a = image_make(10, 0, 30000), b = image_make(10, 2, 30000);
    struct delta_pair pair = pair_of(&a, &b);
    struct delta_coding coding = {.codec = DFOTA_CODEC_RANGE, .level = 6};
    struct delta_budget budget;
    struct delta_stream s;
    uint32_t sum;

    (void)state;
    give_memory(&coding, &budget, 16384);
    assert_int_equal(delta_encode(&s, &pair, &coding), DELTA_OK);
    sum = s.bytes_map + s.bytes_hits + s.bytes_corrections + s.bytes_sources +
          s.bytes_literals;
    // The prices are cut to 1/64 bit.
    assert_true(sum + 8 >= s.size * 97 / 100 && sum <= s.size * 103 / 100 + 8);
    free(s.data);
    image_free(&a);
    image_free(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_small_size_comes_back),
        cmocka_unit_test(every_pattern_comes_back),
        cmocka_unit_test(firmware_comes_back_at_every_level),
        cmocka_unit_test(any_budget_is_kept),
        cmocka_unit_test(any_base_will_do),
        cmocka_unit_test(ram_may_lie_below_the_image),
        cmocka_unit_test(twice_the_same_gives_the_same_bytes),
        cmocka_unit_test(noise_is_stored),
        cmocka_unit_test(the_least_memory_is_exact),
        cmocka_unit_test(the_least_budget_is_the_one_named),
        cmocka_unit_test(what_is_coded_fits_the_memory),
        cmocka_unit_test(progress_ascends_to_the_end),
        cmocka_unit_test(reported_bytes_are_those_of_the_stream),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
