// SPDX-License-Identifier: MIT
// delta_make around an encoder that fails in every way: no package leaves it
// that the patcher has not turned into the new image.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <zlib.h>

#define delta_encode fake_encode
#include "coding.c" // NOLINT
#undef delta_encode

#define OLD_SIZE 300u
#define NEW_SIZE 1000u // compresses well

static uint8_t old_image[OLD_SIZE];
static uint8_t new_image[NEW_SIZE];

// What the encoder does to a package that would be right.
enum fault {
    FAULT_NONE,
    FAULT_BYTE,   // another image
    FAULT_SHORT,  // an image that ends early
    FAULT_CODEC,  // bytes of another codec
    FAULT_MAP,    // tables that are not in the stream
    FAULT_RAM,    // more memory than the budget has
    FAULT_MEMORY, // none left
    FAULT_LARGE,  // stream as large as the image
};
static enum fault fault;
static struct delta_coding seen;
static struct delta_budget seen_budget; // the largest
static struct delta_pair seen_pair;
static uint32_t moved; // new base - old base

// Codec deflate: no ranges, no map, one record of literals.
static void put_literals(struct delta_stream *out, const uint8_t *data,
                         uint32_t size)
{
    uint8_t plain[NEW_SIZE + 8] = {0, 0, 0, 0, 0};
    uLong bound = compressBound(sizeof(plain));
    z_stream z = {0};

    plain[3] = (uint8_t)(size & 0x7F) | 0x80; // copy length 0, then size
    plain[4] = (uint8_t)(size >> 7);
    memcpy(plain + 5, data, size);
    out->data = malloc(bound);
    assert_non_null(out->data);
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -9, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    z.next_in = plain;
    z.avail_in = size + 5;
    z.next_out = out->data;
    z.avail_out = (uInt)bound;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->size = (uint32_t)z.total_out;
    deflateEnd(&z);
}

enum delta_status fake_encode(struct delta_stream *out,
                              const struct delta_pair *pair,
                              const struct delta_coding *coding)
{
    uint8_t data[NEW_SIZE];

    memset(out, 0, sizeof(*out));
    memcpy(data, pair->new_data, NEW_SIZE);
    seen = *coding;
    seen_budget = coding->budgets[coding->budget_count - 1];
    seen_pair = *pair;
    for (unsigned i = 0; coding->progress != NULL && i <= 1000; i += 100) {
        coding->progress(coding->context, i);
    }
    if (fault == FAULT_MEMORY) {
        return DELTA_ERR_NOMEM;
    }
    data[NEW_SIZE - 1] ^= fault == FAULT_BYTE;
    put_literals(out, data, fault == FAULT_SHORT ? NEW_SIZE - 1 : NEW_SIZE);
    out->codec = fault == FAULT_CODEC ? DFOTA_CODEC_RANGE : DFOTA_CODEC_DEFLATE;
    out->codec_version =
        fault == FAULT_CODEC ? DFOTA_RANGE_VERSION : DFOTA_DEFLATE_VERSION;
    out->param = fault == FAULT_RAM ? 15 : 9;
    out->table_entries = fault == FAULT_MAP ? 1 : 0;
    out->budget = seen_budget;
    out->base = coding->base;
    out->new_base = coding->base + moved;
    out->has_base = coding->base_given;
    if (fault == FAULT_LARGE) {
        out->size = NEW_SIZE;
        out->data = realloc(out->data, out->size);
        assert_non_null(out->data);
    }
    return DELTA_OK;
}

static int fill_images(void **state)
{
    (void)state;
    memset(old_image, 7, sizeof(old_image));
    for (uint32_t i = 0; i < NEW_SIZE; i++) {
        new_image[i] = (uint8_t)(i / 50);
    }
    fault = FAULT_NONE;
    moved = 0;
    return 0;
}

static enum delta_status make(struct delta_bytes *package,
                              struct delta_report *report,
                              const struct delta_options *options,
                              struct delta_error *error)
{
    return delta_make(package, report, old_image, OLD_SIZE, new_image, NEW_SIZE,
                      options, error);
}

static void good_stream_becomes_a_package(void **state)
{
    struct delta_bytes package;
    struct delta_bytes made;
    struct delta_report report;

    (void)state;
    assert_int_equal(make(&package, &report, NULL, NULL), DELTA_OK);
    assert_int_equal(report.info.package_size, package.size);
    assert_false(report.is_stored);
    assert_int_equal(delta_apply(&made, old_image, OLD_SIZE, package.data,
                                 package.size, NULL, 0, NULL),
                     DELTA_OK);
    assert_int_equal(made.size, NEW_SIZE);
    assert_memory_equal(made.data, new_image, NEW_SIZE);
    delta_free(&made);
    delta_free(&package);
}

static void no_wrong_package_leaves(void **state)
{
    static const enum fault faults[] = {FAULT_BYTE, FAULT_SHORT, FAULT_CODEC,
                                        FAULT_MAP, FAULT_RAM};

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        static const struct delta_report zero;
        struct delta_bytes package;
        struct delta_report report;
        struct delta_error error;
        fault = faults[i];
        assert_int_equal(make(&package, &report, NULL, &error),
                         DELTA_ERR_CHECK);
        assert_int_equal(error.status, DELTA_ERR_CHECK);
        assert_null(package.data);
        assert_int_equal(package.size, 0);
        assert_memory_equal(&report, &zero, sizeof(zero));
    }
}

static void check_bases(uint32_t old_base, uint32_t new_base, bool is_stored)
{
    struct delta_options options = {.has_base = true, .base = old_base};
    struct delta_bytes package;
    struct delta_report report;

    assert_int_equal(make(&package, &report, &options, NULL), DELTA_OK);
    assert_int_equal(report.is_stored, is_stored);
    assert_true(report.has_base);
    assert_int_equal(report.info.old_base, old_base);
    assert_int_equal(report.info.new_base, new_base);
    delta_free(&package);
}

static void bases_are_those_of_the_encoder(void **state)
{
    (void)state;
    check_bases(0x08004000, 0x08004000, false);
    moved = 0x10000;
    check_bases(0x08004000, 0x08014000, false);
    check_bases(0, 0x10000, false);
}

static void what_is_stored_has_bases_too(void **state)
{
    (void)state;
    fault = FAULT_LARGE;
    check_bases(0, 0, true);
    check_bases(0x08004000, 0x08004000, true);
    moved = 0x10000;
    check_bases(0x08004000, 0x08014000, true);
}

static void what_is_known_of_images_reaches_the_encoder(void **state)
{
    struct delta_image a = {.data = old_image, .size = OLD_SIZE};
    struct delta_image b = {.data = new_image, .size = NEW_SIZE};
    struct delta_bytes package;

    (void)state;
    a.region_count = 1;
    b.region_count = 2;
    a.has_addresses = true;
    assert_int_equal(delta_make_images(&package, NULL, &a, &b, NULL, NULL),
                     DELTA_OK);
    assert_ptr_equal(seen_pair.old_image, &a);
    assert_ptr_equal(seen_pair.new_image, &b);
    assert_ptr_equal(seen_pair.old_data, old_image);
    assert_int_equal(seen_pair.new_size, NEW_SIZE);
    assert_false(seen.trace);
    delta_free(&package);
    a.size = 0;
    assert_int_equal(delta_make_images(&package, NULL, &a, &b, NULL, NULL),
                     DELTA_ERR_IMAGE);
}

static void larger_than_the_image_is_stored(void **state)
{
    struct delta_bytes package;
    struct delta_report report;

    (void)state;
    fault = FAULT_LARGE;
    assert_int_equal(make(&package, &report, NULL, NULL), DELTA_OK);
    assert_true(report.is_stored);
    assert_string_equal(report.info.codec_name, "stored");
    assert_int_equal(package.size, NEW_SIZE + report.info.overhead);
    delta_free(&package);
}

static void errors_of_the_encoder_come_through(void **state)
{
    struct delta_bytes package;
    struct delta_error error;

    (void)state;
    fault = FAULT_MEMORY;
    assert_int_equal(make(&package, NULL, NULL, &error), DELTA_ERR_NOMEM);
    assert_string_equal(error.text, "out of memory");
}

static void budget_leaves_the_rest_to_the_encoder(void **state)
{
    struct delta_options options = {.ram = 20001, .level = 3};
    struct delta_bytes package;
    struct delta_error error;

    (void)state;
    assert_int_equal(make(&package, NULL, NULL, NULL), DELTA_OK);
    assert_int_equal(seen_budget.ram, 16384);
    assert_int_equal(seen_budget.memory, 16384 - 1152 - 256 - 128 - 1536);
    assert_int_equal(seen.budget_count, 5); // 4, 6, 8, 12, 16 KiB
    assert_int_equal(seen.level, DELTA_LEVEL_DEFAULT);
    assert_int_equal(seen.codec, DFOTA_CODEC_RANGE);
    assert_false(seen.base_given);
    delta_free(&package);
    assert_int_equal(make(&package, NULL, &options, NULL), DELTA_OK);
    assert_int_equal(seen_budget.ram, 16384);
    assert_int_equal(seen.level, 3);
    delta_free(&package);
    options.codec = DELTA_DEFLATE; // takes what there is
    assert_int_equal(make(&package, NULL, &options, NULL), DELTA_OK);
    assert_int_equal(seen.budget_count, 1);
    assert_int_equal(seen_budget.memory, 20000 - 1152 - 256 - 128 - 1536);
    delta_free(&package);
    options.codec = DELTA_RANGE;
    options.ram = 4095;
    assert_int_equal(make(&package, NULL, &options, &error), DELTA_ERR_LIMIT);
    assert_string_equal(error.subject, "ram");
    assert_string_equal(error.text,
                        "work memory too small for this codec (found 4095, "
                        "expected at least 4096)");
}

static void bad_arguments_are_named(void **state)
{
    static const char too_long[] = "12345678901234567890123456789012345678901"
                                   "234567890123456789012345";
    static const struct delta_key public_key = {.is_private = false};
    static const struct {
        struct delta_options options;
        enum delta_status status;
        const char *subject;
    } cases[] = {
        {{.level = 10}, DELTA_ERR_OPTION, "level"},
        {{.arch = (enum delta_arch)9}, DELTA_ERR_OPTION, "arch"},
        {{.level = -1}, DELTA_ERR_OPTION, "level"},
        {{.codec = (enum delta_codec)2}, DELTA_ERR_OPTION, "codec"},
        {{.product = ""}, DELTA_ERR_OPTION, "product"},
        {{.product = too_long}, DELTA_ERR_OPTION, "product"},
        {{.from_version = "\x80"}, DELTA_ERR_OPTION, "from-version"},
        {{.to_version = "\x1B[m"}, DELTA_ERR_OPTION, "to-version"},
        {{.key = &public_key}, DELTA_ERR_KEY, "key"},
    };
    struct delta_bytes package;
    struct delta_error error;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(make(&package, NULL, &cases[i].options, &error),
                         cases[i].status);
        assert_string_equal(error.subject, cases[i].subject);
        assert_null(package.data);
    }
    assert_int_equal(
        delta_make(&package, NULL, old_image, 0, new_image, 1, NULL, &error),
        DELTA_ERR_IMAGE);
    assert_string_equal(error.subject, "old");
    assert_int_equal(delta_make(&package, NULL, old_image, 1, new_image,
                                (size_t)DELTA_IMAGE_MAX + 1, NULL, &error),
                     DELTA_ERR_IMAGE);
    assert_string_equal(error.subject, "new");
}

static void note_progress(void *context, unsigned permille)
{
    unsigned *last = context;

    assert_true(permille >= *last);
    assert_true(permille <= 1000);
    *last = permille;
}

static void progress_ascends_to_the_end(void **state)
{
    unsigned last = 0;
    struct delta_options options = {.progress = note_progress,
                                    .context = &last};
    struct delta_bytes package;

    (void)state;
    assert_int_equal(make(&package, NULL, &options, NULL), DELTA_OK);
    assert_int_equal(last, 1000);
    delta_free(&package);
}

static void equal_images_are_noticed(void **state)
{
    struct delta_bytes package;
    struct delta_report report;

    (void)state;
    assert_int_equal(make(&package, &report, NULL, NULL), DELTA_OK);
    assert_false(report.is_same);
    delta_free(&package);
    assert_int_equal(delta_make(&package, &report, new_image, NEW_SIZE,
                                new_image, NEW_SIZE, NULL, NULL),
                     DELTA_OK);
    assert_true(report.is_same);
    delta_free(&package);
}

#define TEST(f) cmocka_unit_test_setup(f, fill_images)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(good_stream_becomes_a_package),
        TEST(no_wrong_package_leaves),
        TEST(bases_are_those_of_the_encoder),
        TEST(what_is_stored_has_bases_too),
        TEST(what_is_known_of_images_reaches_the_encoder),
        TEST(larger_than_the_image_is_stored),
        TEST(errors_of_the_encoder_come_through),
        TEST(budget_leaves_the_rest_to_the_encoder),
        TEST(bad_arguments_are_named),
        TEST(progress_ascends_to_the_end),
        TEST(equal_images_are_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
