// SPDX-License-Identifier: MIT
// Framing: what package.c builds, inspect.c accepts and sign.c rebuilds.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "delta.h"
#include "package.h"

#define STREAM_MAX 5000u

static const uint8_t key_id[4] = {0xDE, 0xAD, 0xBE, 0xEF};

// A package of codec stored, whose stream is the new image.
static void make_draft(struct delta_draft *draft, uint8_t *stream,
                       uint32_t size, uint32_t chunk_size)
{
    static const uint8_t check[16] = {1};

    memset(draft, 0, sizeof(*draft));
    for (uint32_t i = 0; i < size; i++) {
        stream[i] = (uint8_t)(i * 7 + i / 251);
    }
    draft->counter = 9;
    draft->chunk_size = chunk_size;
    draft->ram = delta_ram_field(DFOTA_CODEC_STORED, 0, 0, chunk_size);
    draft->part_count = 1;
    draft->parts[0][DFOTA_PART_CODEC_VERSION] = DFOTA_STORED_VERSION;
    dfc_put32(draft->parts[0] + DFOTA_PART_OLD_SIZE, 3);
    dfc_put32(draft->parts[0] + DFOTA_PART_NEW_SIZE, size);
    dfc_put32(draft->parts[0] + DFOTA_PART_STREAM_SIZE, size);
    delta_sha256(draft->parts[0] + DFOTA_PART_OLD_SHA256, "old", 3);
    delta_sha256(draft->parts[0] + DFOTA_PART_NEW_SHA256, stream, size);
    delta_draft_record(draft, DFOTA_TAG_PRODUCT, "acme", 4);
    delta_draft_record(draft, DFOTA_TAG_IMAGE_CHECK, check, sizeof(check));
    draft->stream = stream;
    draft->stream_size = size;
}

static void build(struct delta_bytes *package, uint32_t size,
                  uint32_t chunk_size, const uint8_t *id)
{
    static uint8_t stream[STREAM_MAX];
    struct delta_draft draft;

    make_draft(&draft, stream, size, chunk_size);
    assert_int_equal(delta_package_build(package, &draft, id, NULL), DELTA_OK);
}

static void chunk_size_follows_the_budget(void **state)
{
    (void)state;
    assert_int_equal(delta_chunk_size(0), 256);
    assert_int_equal(delta_chunk_size(6143), 256);
    assert_int_equal(delta_chunk_size(6144), 1088);
    assert_int_equal(delta_chunk_size(16383), 1088);
    assert_int_equal(delta_chunk_size(16384), 1536);
    assert_int_equal(delta_chunk_size(32768), 2048);
    assert_int_equal(delta_chunk_size(65535), 2048);
    assert_int_equal(delta_chunk_size(65536), 4096);
}

static void ram_field_is_the_sum_of_format_md(void **state)
{
    (void)state;
    assert_int_equal(delta_ram_field(DFOTA_CODEC_STORED, 0, 0, 1088),
                     1152 + 256 + 128 + 1088);
    assert_int_equal(delta_ram_field(DFOTA_CODEC_RANGE, 100, 3, 1536),
                     1152 + 8 * 3 + 6400 + 256 + 128 + 1536);
    assert_int_equal(delta_ram_field(DFOTA_CODEC_DEFLATE, 12, 1, 65),
                     1152 + 8 + 7424 + 4096 + 256 + 128 + 72);
}

static void every_stream_size_survives_framing(void **state)
{
    (void)state;
    for (uint32_t size = 1; size <= 64 * 4; size++) {
        for (int is_signed = 0; is_signed < 2; is_signed++) {
            struct delta_bytes package;
            struct delta_bytes stream;
            struct delta_info info;
            struct delta_draft draft;
            uint32_t digest = is_signed ? 16 : 8;

            build(&package, size, 64, is_signed ? key_id : NULL);
            assert_int_equal(
                delta_inspect(&info, package.data, package.size, NULL),
                DELTA_OK);
            assert_int_equal(info.package_size, package.size);
            assert_int_equal(package.size - delta_body_at(package.data),
                             size + (info.chunk_count - 1) * digest);
            assert_int_equal(info.overhead, package.size - size);
            assert_int_equal(info.is_signed, is_signed);
            assert_int_equal(info.counter, 9);
            assert_string_equal(info.product, "acme");
            assert_int_equal(
                delta_package_open(&draft, &stream, package.data, NULL),
                DELTA_OK);
            assert_int_equal(stream.size, size);
            for (uint32_t i = 0; i < size; i++) {
                assert_int_equal(stream.data[i], (uint8_t)(i * 7 + i / 251));
            }
            delta_free(&stream);
            delta_free(&package);
        }
    }
}

static void digests_cost_at_most_one_and_a_half_percent(void **state)
{
    struct delta_bytes package;

    (void)state;
    build(&package, STREAM_MAX, 1088, key_id);
    size_t body = package.size - delta_body_at(package.data);
    assert_true((body - STREAM_MAX) * 1000 <= package.size * 15);
    delta_free(&package);
}

static void every_flipped_bit_is_refused(void **state)
{
    struct delta_bytes package;
    struct delta_info info;

    (void)state;
    build(&package, 150, 64, NULL);
    for (size_t i = 0; i < package.size * 8; i++) {
        struct delta_error error;
        package.data[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_int_not_equal(
            delta_inspect(&info, package.data, package.size, &error), DELTA_OK);
        assert_int_equal(-error.status / 100, 1);
        assert_string_equal(error.subject, "package");
        assert_true(strlen(error.text) > 0);
        assert_null(strchr(error.text, '\n'));
        package.data[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    assert_int_equal(delta_inspect(&info, package.data, package.size, NULL),
                     DELTA_OK);
    delta_free(&package);
}

static void every_truncation_is_refused(void **state)
{
    struct delta_bytes package;
    struct delta_info info;

    (void)state;
    build(&package, 150, 64, NULL);
    for (size_t size = 0; size < package.size; size++) {
        // A copy of its own, so that reading beyond it is seen.
        uint8_t *part = malloc(size + (size == 0));
        assert_non_null(part);
        memcpy(part, package.data, size);
        assert_int_not_equal(delta_inspect(&info, part, size, NULL), DELTA_OK);
        free(part);
    }
    delta_free(&package);
}

static void bytes_behind_the_end_are_refused(void **state)
{
    struct delta_bytes package;
    struct delta_info info;

    (void)state;
    build(&package, 150, 64, NULL);
    uint8_t *longer = calloc(package.size + 1, 1);
    assert_non_null(longer);
    memcpy(longer, package.data, package.size);
    assert_int_equal(delta_inspect(&info, longer, package.size + 1, NULL),
                     DELTA_ERR_DAMAGED);
    assert_int_equal(info.package_size, package.size);
    free(longer);
    delta_free(&package);
}

static void damaged_chunk_leaves_the_description(void **state)
{
    struct delta_bytes package;
    struct delta_info info;
    struct delta_error error;

    (void)state;
    build(&package, 150, 64, NULL);
    package.data[package.size - 1] ^= 1;
    assert_int_equal(delta_inspect(&info, package.data, package.size, &error),
                     DELTA_ERR_DAMAGED);
    assert_int_equal(info.new_size, 150);
    assert_non_null(strstr(error.text, "chunk 2"));
    delta_free(&package);
}

static void refusal_names_what_was_found(void **state)
{
    struct delta_bytes package;
    struct delta_info info;
    struct delta_error error;

    (void)state;
    build(&package, 150, 64, NULL);
    package.data[DFOTA_PRE_VERSION] = 7;
    assert_int_equal(delta_inspect(&info, package.data, package.size, &error),
                     DELTA_ERR_VERSION);
    assert_non_null(strstr(error.text, "(found 7, expected 1)"));
    assert_int_equal(info.package_size, 0);
    delta_free(&package);
}

// Offset of a record in the manifest, 0 if it is not there.
static uint32_t find_record(const uint8_t *package, uint32_t digest_size,
                            uint8_t tag)
{
    uint32_t at =
        DFOTA_PREAMBLE_SIZE + DFOTA_MAN_DIGEST + digest_size + DFOTA_PART_SIZE;

    while (at < delta_seal_at(package)) {
        if (package[at] == tag) {
            return at;
        }
        at += 2u + package[at + 1];
    }
    return 0;
}

static void key_id_takes_its_place_among_records(void **state)
{
    static uint8_t stream[STREAM_MAX];
    struct delta_draft draft;
    struct delta_bytes package;
    struct delta_info info;

    (void)state;
    make_draft(&draft, stream, 100, 64);
    delta_draft_record(&draft, 200, "later", 5);
    assert_int_equal(delta_package_build(&package, &draft, key_id, NULL),
                     DELTA_OK);
    assert_int_equal(delta_inspect(&info, package.data, package.size, NULL),
                     DELTA_OK); // so tags ascend
    assert_memory_equal(info.key_id, key_id, sizeof(key_id));
    assert_int_not_equal(find_record(package.data, 16, 200), 0);
    assert_int_equal(find_record(package.data, 16, DFOTA_TAG_IMAGE_CHECK), 0);
    delta_free(&package);

    assert_int_equal(delta_package_build(&package, &draft, NULL, NULL),
                     DELTA_OK);
    assert_int_not_equal(find_record(package.data, 8, DFOTA_TAG_IMAGE_CHECK),
                         0);
    assert_int_equal(find_record(package.data, 8, DFOTA_TAG_KEY_ID), 0);
    delta_free(&package);
}

static void manifest_beyond_the_limit_is_refused(void **state)
{
    static uint8_t stream[STREAM_MAX];
    static const uint8_t filler[255];
    struct delta_draft draft;
    struct delta_bytes package;

    (void)state;
    make_draft(&draft, stream, 100, 64);
    for (uint8_t tag = 100; tag < 103; tag++) {
        delta_draft_record(&draft, tag, filler, sizeof(filler));
    }
    delta_draft_record(&draft, 103, filler, 106);
    // 1,023 bytes: 8 + 8 + 88 + 6 + 18 + 3 x 257 + 108, and 16 more.
    assert_int_equal(delta_package_build(&package, &draft, NULL, NULL),
                     DELTA_OK);
    delta_free(&package);
    delta_draft_record(&draft, 104, filler, 30);
    struct delta_error error;
    assert_int_equal(delta_package_build(&package, &draft, NULL, &error),
                     DELTA_ERR_FORMAT);
    assert_null(package.data);
}

static void texts_of_a_package_are_made_harmless(void **state)
{
    static uint8_t stream[STREAM_MAX];
    struct delta_draft draft;
    struct delta_bytes package;
    struct delta_info info;

    (void)state;
    make_draft(&draft, stream, 100, 64);
    draft.records_size = 0;
    delta_draft_record(&draft, DFOTA_TAG_PRODUCT, "\x1B[31m\xC3\xA9\xFF", 8);
    delta_draft_record(&draft, DFOTA_TAG_TO_VERSION, "\xE2\x82", 2);
    assert_int_equal(delta_package_build(&package, &draft, NULL, NULL),
                     DELTA_OK);
    assert_int_equal(delta_inspect(&info, package.data, package.size, NULL),
                     DELTA_OK);
    assert_string_equal(info.product, "?[31m\xC3\xA9?");
    assert_string_equal(info.to_version, "??");
    delta_free(&package);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunk_size_follows_the_budget),
        cmocka_unit_test(ram_field_is_the_sum_of_format_md),
        cmocka_unit_test(every_stream_size_survives_framing),
        cmocka_unit_test(digests_cost_at_most_one_and_a_half_percent),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(bytes_behind_the_end_are_refused),
        cmocka_unit_test(damaged_chunk_leaves_the_description),
        cmocka_unit_test(refusal_names_what_was_found),
        cmocka_unit_test(key_id_takes_its_place_among_records),
        cmocka_unit_test(manifest_beyond_the_limit_is_refused),
        cmocka_unit_test(texts_of_a_package_are_made_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
