// SPDX-License-Identifier: MIT
// delta_make_parts and what reads such packages: each part has what is its own,
// and what cannot be is refused with its name.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bundle.h"
#include "bytes.h"
#include "cases.h"
#include "chance.h"
#include "delta_parts.h"
#include "package.h"

#define SIZE 6000u

static struct image files[4]; // two releases of two firmwares
static struct delta_image images[4];

static int make_images(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        files[i] = image_make(70 + i / 2, i % 2, SIZE);
        if (files[i].data == NULL ||
            delta_image_read(&images[i], files[i].data, files[i].size,
                             DELTA_FILE_RAW, NULL) != DELTA_OK) {
            return 1;
        }
    }
    return 0;
}

static int free_images(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        image_free(&files[i]);
        delta_image_free(&images[i]);
    }
    return 0;
}

static void two_parts(struct delta_part_input parts[2])
{
    memset(parts, 0, 2 * sizeof(*parts));
    for (uint32_t i = 0; i < 2; i++) {
        parts[i].id = (uint8_t)i;
        parts[i].old_image = &images[2 * i];
        parts[i].new_image = &images[2 * i + 1];
    }
}

static const struct delta_options options = {.level = 2};

static void check_refused(const struct delta_part_input *parts, size_t count,
                          const struct delta_options *o,
                          enum delta_status status, const char *subject)
{
    struct delta_bytes package;
    struct delta_error error;

    assert_int_equal(delta_make_parts(&package, NULL, parts, count, o, &error),
                     status);
    assert_int_equal(error.status, status);
    assert_string_equal(error.subject, subject);
    assert_null(package.data);
}

static void each_part_has_options_and_a_report_of_its_own(void **state)
{
    struct delta_options own = {
        .codec = DELTA_DEFLATE, .level = 2, .has_base = true, .base = 0x1000};
    struct delta_options all = {.level = 2, .ram = 20000, .counter = 3};
    struct delta_part_input parts[2];
    struct delta_report reports[2];
    struct delta_bytes package;
    struct delta_info info;

    (void)state;
    two_parts(parts);
    parts[1].options = &own;
    assert_int_equal(delta_make_parts(&package, reports, parts, 2, &all, NULL),
                     DELTA_OK);
    assert_string_equal(reports[0].info.codec_name, "range");
    assert_string_equal(reports[1].info.codec_name, "deflate");
    assert_int_equal(reports[1].info.old_base, 0x1000);
    for (uint32_t i = 0; i < 2; i++) {
        const struct delta_info *made = &reports[i].info;

        assert_int_equal(made->part_count, 2);
        assert_int_equal(made->part_id, i);
        assert_int_equal(made->features, DFOTA_FEATURE_PARTS);
        assert_int_equal(made->counter, 3);
        assert_int_equal(made->old_size, files[2 * i].size);
        assert_int_equal(made->new_size, files[2 * i + 1].size);
        assert_int_equal(made->package_size, package.size);
        assert_true(made->ram <= 20000);
        assert_int_equal(
            delta_inspect_part(&info, package.data, package.size, i, NULL),
            DELTA_OK);
        assert_memory_equal(&info.old_sha256, made->old_sha256, 32);
    }
    assert_int_equal(package.size, reports[0].info.overhead +
                                       reports[0].info.stream_size +
                                       reports[1].info.stream_size);
    delta_free(&package);
}

static void number_and_order_of_parts_are_checked(void **state)
{
    struct delta_part_input parts[2];
    struct delta_bytes package;
    struct delta_error error;
    struct delta_info info;

    (void)state;
    two_parts(parts);
    check_refused(parts, 0, &options, DELTA_ERR_OPTION, "package");
    check_refused(parts, DELTA_PARTS_MAX + 1, &options, DELTA_ERR_OPTION,
                  "package");
    parts[0].id = 1;
    check_refused(parts, 2, &options, DELTA_ERR_OPTION, "part-ids");
    parts[0].id = 2;
    check_refused(parts, 2, &options, DELTA_ERR_OPTION, "part-ids");
    // Alone it may have any.
    assert_int_equal(delta_make_parts(&package, NULL, parts, 1, &options, NULL),
                     DELTA_OK);
    assert_int_equal(
        delta_inspect_part(&info, package.data, package.size, 1, &error),
        DELTA_ERR_OPTION);
    assert_string_equal(error.subject, "part");
    assert_int_equal(delta_inspect(&info, package.data, package.size, NULL),
                     DELTA_OK);
    assert_int_equal(info.part_id, 2);
    assert_int_equal(info.features, 0);
    delta_free(&package);
}

static void images_are_named_by_their_part(void **state)
{
    struct delta_image none = images[0];
    struct delta_part_input parts[2];

    (void)state;
    none.size = 0;
    two_parts(parts);
    parts[1].old_image = &none;
    check_refused(parts, 2, &options, DELTA_ERR_IMAGE, "old 1");
    two_parts(parts);
    parts[1].new_image = &none;
    check_refused(parts, 2, &options, DELTA_ERR_IMAGE, "new 1");
    parts[0].new_image = &none;
    check_refused(parts, 1, &options, DELTA_ERR_IMAGE, "new");
}

static void ranges_are_checked(void **state)
{
    static const struct delta_span bad[][2] = {
        {{10, 10}, {20, 30}},        {{20, 30}, {10, 20}},
        {{10, 20}, {19, 30}},        {{10, 20}, {30, SIZE * 2}},
        {{20, 10}, {UINT32_MAX, 9}},
    };
    struct delta_span many[DELTA_UNMANAGED_MAX + 1];
    struct delta_part_input parts[2];

    (void)state;
    two_parts(parts);
    parts[1].unmanaged_count = 2;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        parts[1].unmanaged = bad[i];
        check_refused(parts, 2, &options, DELTA_ERR_OPTION, "unmanaged");
    }
    for (uint32_t i = 0; i <= DELTA_UNMANAGED_MAX; i++) {
        many[i] = (struct delta_span){20 * i, 20 * i + 10};
    }
    parts[1].unmanaged = many;
    parts[1].unmanaged_count = DELTA_UNMANAGED_MAX + 1;
    check_refused(parts, 2, &options, DELTA_ERR_OPTION, "unmanaged");
}

// All that a manifest may hold: texts, eight parts, as many ranges as fit.
static void largest_manifest_is_made(void **state)
{
    static const char text[] = "0123456789abcdef0123456789abcdef"
                               "0123456789abcdef0123456789abcdef";
    struct delta_options o = {.level = 1, .product = text};
    struct delta_part_input parts[DELTA_PARTS_MAX];
    struct delta_span spans[DELTA_UNMANAGED_MAX];
    struct delta_bytes package;
    size_t made = 0;

    (void)state;
    memset(parts, 0, sizeof(parts));
    for (uint32_t i = 0; i < DELTA_PARTS_MAX; i++) {
        parts[i].id = (uint8_t)i;
        parts[i].new_image = &images[1];
        parts[i].old_image = &images[0];
    }
    for (uint32_t i = 0; i < DELTA_UNMANAGED_MAX; i++) {
        spans[i] = (struct delta_span){20 * i, 20 * i + 10};
    }
    parts[0].unmanaged = spans;
    for (; made < DELTA_UNMANAGED_MAX; made++) {
        struct delta_error error;

        parts[0].unmanaged_count = made + 1;
        if (delta_make_parts(&package, NULL, parts, DELTA_PARTS_MAX, &o,
                             &error) != DELTA_OK) {
            assert_int_equal(error.status, DELTA_ERR_OPTION);
            assert_string_equal(error.subject, "package");
            break;
        }
        assert_true(dfc_get16(package.data + DFOTA_PRE_MANIFEST_SIZE) <=
                    DFOTA_MANIFEST_MAX);
        delta_free(&package);
    }
    assert_in_range(made, 1, DELTA_UNMANAGED_MAX - 1);
}

// What the two images have not in common a full image says in as many bytes.
static void useless_old_image_is_left_out(void **state)
{
    static uint8_t noise[SIZE];
    struct delta_part_input part = {.new_image = &images[1]};
    struct delta_image other;
    struct delta_report report;
    struct delta_bytes package, made;
    uint64_t random = 5;

    (void)state;
    chance_bytes(&random, noise, sizeof(noise));
    assert_int_equal(
        delta_image_read(&other, noise, sizeof(noise), DELTA_FILE_RAW, NULL),
        DELTA_OK);
    part.old_image = &images[0];
    assert_int_equal(
        delta_make_parts(&package, &report, &part, 1, &options, NULL),
        DELTA_OK);
    assert_int_equal(report.info.old_size, files[0].size);
    assert_int_equal(report.info.features, 0);
    delta_free(&package);

    part.old_image = NULL;
    assert_int_equal(
        delta_make_parts(&package, &report, &part, 1, &options, NULL),
        DELTA_OK);
    uint32_t alone = (uint32_t)package.size;
    assert_int_equal(report.info.old_size, 0);
    assert_int_equal(report.info.features, DFOTA_FEATURE_FULL);
    assert_int_equal(delta_apply(&made, noise, 100, package.data, package.size,
                                 NULL, 0, NULL),
                     DELTA_OK);
    assert_int_equal(made.size, files[1].size);
    assert_memory_equal(made.data, files[1].data, made.size);
    delta_free(&made);
    delta_free(&package);

    part.old_image = &other;
    assert_int_equal(
        delta_make_parts(&package, &report, &part, 1, &options, NULL),
        DELTA_OK);
    assert_true(package.size <= alone);
    delta_free(&package);
    delta_image_free(&other);
}

static void signature_added_later_is_the_same(void **state)
{
    struct delta_options o = options;
    struct delta_part_input parts[2];
    struct delta_bytes plain, later, package;
    struct delta_key key;

    (void)state;
    two_parts(parts);
    parts[1].old_image = NULL;
    assert_true(case_signing_key(&key));
    assert_int_equal(delta_make_parts(&plain, NULL, parts, 2, &o, NULL),
                     DELTA_OK);
    o.key = &key;
    assert_int_equal(delta_make_parts(&package, NULL, parts, 2, &o, NULL),
                     DELTA_OK);
    assert_int_equal(delta_sign(&later, plain.data, plain.size, &key, NULL),
                     DELTA_OK);
    assert_int_equal(later.size, package.size);
    assert_memory_equal(later.data, package.data, later.size);
    delta_free(&plain);
    delta_free(&later);
    delta_free(&package);
}

static void every_damage_is_found(void **state)
{
    struct bundle b;
    struct delta_info info;

    (void)state;
    assert_true(bundle_make(&b, true));
    for (size_t i = 0; i < b.package.size; i++) {
        b.package.data[i] ^= (uint8_t)(1u << i % 8);
        assert_int_not_equal(delta_inspect_part(&info, b.package.data,
                                                b.package.size, i % 3, NULL),
                             DELTA_OK);
        b.package.data[i] ^= (uint8_t)(1u << i % 8);
    }
    assert_int_equal(
        delta_inspect_part(&info, b.package.data, b.package.size, 2, NULL),
        DELTA_OK);
    assert_int_equal(info.unmanaged_bytes, 256);
    bundle_free(&b);
}

// Chunks of a part end with it, whatever is left for the last one.
static void every_stream_size_survives_framing(void **state)
{
    static uint8_t stream[600];
    uint64_t random = 9;

    (void)state;
    chance_bytes(&random, stream, sizeof(stream));
    for (uint32_t first = 1; first < 300; first++) {
        struct delta_draft draft = {.part_count = 2, .chunk_size = 64};
        struct delta_draft opened;
        struct delta_bytes package, joined;
        struct delta_info info;

        draft.features = DFOTA_FEATURE_PARTS;
        draft.ram = 4096;
        draft.stream = stream;
        draft.stream_size = first + 200;
        for (uint32_t i = 0; i < 2; i++) {
            uint8_t *part = draft.parts[i];

            part[DFOTA_PART_ID] = (uint8_t)i;
            part[DFOTA_PART_CODEC_VERSION] = DFOTA_STORED_VERSION;
            dfc_put32(part + DFOTA_PART_OLD_SIZE, 1);
            dfc_put32(part + DFOTA_PART_NEW_SIZE, i == 0 ? first : 200);
            dfc_put32(part + DFOTA_PART_STREAM_SIZE, i == 0 ? first : 200);
        }
        assert_int_equal(delta_package_build(&package, &draft, NULL, NULL),
                         DELTA_OK);
        assert_int_equal(
            delta_inspect_part(&info, package.data, package.size, 1, NULL),
            DELTA_OK);
        assert_int_equal(info.chunk_count,
                         (first + 55) / 56 + 1 + (200 - 64 + 55) / 56);
        assert_int_equal(
            delta_package_open(&opened, &joined, package.data, NULL), DELTA_OK);
        assert_int_equal(joined.size, first + 200);
        assert_memory_equal(joined.data, stream, joined.size);
        delta_free(&joined);
        delta_free(&package);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_has_options_and_a_report_of_its_own),
        cmocka_unit_test(number_and_order_of_parts_are_checked),
        cmocka_unit_test(images_are_named_by_their_part),
        cmocka_unit_test(ranges_are_checked),
        cmocka_unit_test(largest_manifest_is_made),
        cmocka_unit_test(useless_old_image_is_left_out),
        cmocka_unit_test(signature_added_later_is_the_same),
        cmocka_unit_test(every_damage_is_found),
        cmocka_unit_test(every_stream_size_survives_framing),
    };

    return cmocka_run_group_tests(tests, make_images, free_images);
}
