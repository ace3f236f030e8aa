// SPDX-License-Identifier: MIT
// Preamble and manifest: every field is read, every wrong one is refused.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "manifest.h"
#include "pair.h"

static enum dfp_status peek(const struct pack_bytes *package,
                            struct dfp_info *info)
{
    size_t wanted;

    return dfp_peek(package->data, package->size, info, &wanted);
}

static void every_field_is_read(void **state)
{
    struct pair t;
    struct dfp_info info;
    struct dfp_key key = pack_key();

    (void)state;
    pair_make(&t, DFOTA_CODEC_DEFLATE, true);
    t.pack.new_base = 0x20000;
    t.pack.chunk_size = 1234;
    t.pack.arch = DFOTA_ARCH_THUMB;
    pair_pack(&t);
    assert_int_equal(peek(&t.package, &info), DFP_OK);
    assert_int_equal(info.package_size, t.package.size);
    assert_int_equal(info.ram,
                     (1152 + 16 + 7424 + 512 + 256 + 128 + 1234 + 7) / 8 * 8);
    assert_int_equal(info.features, 0);
    assert_int_equal(info.format_version, 1);
    assert_int_equal(info.seal, DFOTA_SEAL_ECDSA);
    assert_int_equal(info.mode, DFOTA_MODE_TWO_SLOT);
    assert_int_equal(info.codec, DFOTA_CODEC_DEFLATE);
    assert_int_equal(info.codec_version, DFOTA_DEFLATE_VERSION);
    assert_int_equal(info.arch, DFOTA_ARCH_THUMB);
    assert_int_equal(info.chunk_size, 1234);
    assert_int_equal(info.map_entries, 2);
    assert_int_equal(info.codec_param, 9);
    assert_int_equal(info.counter, 5);
    assert_int_equal(info.old_size, 2000);
    assert_int_equal(info.new_size, 3000);
    assert_int_equal(info.old_base, PAIR_BASE);
    assert_int_equal(info.new_base, 0x20000);
    assert_int_equal(info.stream_size, t.stream.size);
    assert_string_equal(info.product, "thing");
    assert_string_equal(info.from_version, "1.0");
    assert_string_equal(info.to_version, "1.1");
    assert_true(info.key_id[0] | info.key_id[1] | info.key_id[2]);
    assert_int_equal(key.point[0], 4);
    pair_free(&t);

    pair_make(&t, DFOTA_CODEC_STORED, false);
    t.pack.product = NULL;
    t.pack.from_version = NULL;
    t.pack.to_version = NULL;
    pair_pack(&t);
    assert_int_equal(peek(&t.package, &info), DFP_OK);
    assert_string_equal(info.product, "");
    assert_string_equal(info.to_version, "");
    assert_int_equal(info.new_base, PAIR_BASE);
    assert_memory_equal(info.key_id, "\0\0\0\0", 4);
    pair_free(&t);
}

static void peek_says_how_much_it_wants(void **state)
{
    struct pair t;
    struct dfp_info info;
    size_t wanted, manifest;

    (void)state;
    pair_make(&t, DFOTA_CODEC_STORED, false);
    manifest = pack_head_size(&t.package) - DFOTA_SEAL_XXH64_SIZE;
    for (size_t size = 0; size <= t.package.size; size++) {
        uint8_t *copy = malloc(size + 1); // of the exact size, but for 0

        memcpy(copy + 1, t.package.data, size);
        assert_int_equal(dfp_peek(copy + 1, size, &info, &wanted), DFP_OK);
        assert_int_equal(wanted, size < 24         ? 24
                                 : size < manifest ? manifest
                                                   : 0);
        assert_int_equal(info.package_size, size < 24 ? 0 : t.package.size);
        assert_int_equal(info.new_size, size < manifest ? 0 : 3000);
        free(copy);
    }
    pair_free(&t);
}

// One change of a package that is otherwise good.
struct change {
    uint32_t at; // in the package; from MANIFEST on: in the manifest
    uint32_t value;
    uint32_t size; // bytes of it
    enum dfp_status status;
};
#define MANIFEST 0x1000u
#define PART (MANIFEST + 16u) // of an unsigned package

static const struct change changes[] = {
    {DFOTA_PRE_MAGIC, 0x544F4645, 4, DFP_ERR_FORMAT},
    {DFOTA_PRE_VERSION, 0, 1, DFP_ERR_VERSION},
    {DFOTA_PRE_VERSION, 2, 1, DFP_ERR_VERSION},
    {DFOTA_PRE_SEAL, 2, 1, DFP_ERR_FEATURE},
    {DFOTA_PRE_SEAL, 1, 1, DFP_ERR_MANIFEST}, // without a key id
    {DFOTA_PRE_MANIFEST_SIZE, 1025, 2, DFP_ERR_LIMIT},
    {DFOTA_PRE_MANIFEST_SIZE, 103, 2, DFP_ERR_MANIFEST},
    {DFOTA_PRE_FEATURES, 4, 4, DFP_ERR_FEATURE},
    {DFOTA_PRE_FEATURES, 0x100, 4, DFP_ERR_FEATURE},
    {DFOTA_PRE_PACKAGE_SIZE, 0, 4, DFP_ERR_MANIFEST},
    {DFOTA_PRE_PACKAGE_SIZE, 200, 4, DFP_ERR_MANIFEST},
    {DFOTA_PRE_PACKAGE_SIZE, 0xFFFFFFFF, 4, DFP_ERR_MANIFEST},
    {DFOTA_PRE_RESERVED, 0xFFFFFFFF, 4, DFP_OK},
    {MANIFEST + DFOTA_MAN_MODE, 1, 1, DFP_ERR_MODE},
    {MANIFEST + DFOTA_MAN_PARTS, 0, 1, DFP_ERR_MANIFEST},
    {MANIFEST + DFOTA_MAN_PARTS, 2, 1, DFP_ERR_MANIFEST},
    {MANIFEST + DFOTA_MAN_CHUNK_SIZE, 63, 2, DFP_ERR_LIMIT},
    {MANIFEST + DFOTA_MAN_CHUNK_SIZE, 32769, 2, DFP_ERR_LIMIT},
    {MANIFEST + DFOTA_MAN_CHUNK_SIZE, 65, 2, DFP_ERR_MANIFEST},
    {PART + DFOTA_PART_CODEC, 3, 1, DFP_ERR_CODEC},
    {PART + DFOTA_PART_CODEC_VERSION, 2, 1, DFP_ERR_CODEC_VERSION},
    {PART + DFOTA_PART_ARCH, 0x80, 1, DFP_ERR_ARCH},
    {PART + DFOTA_PART_ARCH, 0x81, 1, DFP_ERR_ARCH}, // with a known one
    {PART + DFOTA_PART_ARCH, 0x7F, 1, DFP_OK},       // a set of all
    {PART + DFOTA_PART_MAP_ENTRIES, 8193, 2, DFP_ERR_LIMIT},
    {PART + DFOTA_PART_MAP_ENTRIES, 1, 2, DFP_ERR_MANIFEST}, // stored
    {PART + DFOTA_PART_PARAM, 1, 2, DFP_ERR_MANIFEST},
    {PART + DFOTA_PART_OLD_SIZE, 0, 4, DFP_ERR_LIMIT},
    {PART + DFOTA_PART_OLD_SIZE, 0x20000001, 4, DFP_ERR_LIMIT},
    {PART + DFOTA_PART_OLD_SIZE, 0x20000000, 4, DFP_OK},
    {PART + DFOTA_PART_NEW_SIZE, 0, 4, DFP_ERR_LIMIT},
    {PART + DFOTA_PART_NEW_SIZE, 0x20000001, 4, DFP_ERR_LIMIT},
    {PART + DFOTA_PART_NEW_SIZE, 2999, 4, DFP_ERR_MANIFEST}, // stored
    {PART + DFOTA_PART_STREAM_SIZE, 0, 4, DFP_ERR_MANIFEST},
    {PART + DFOTA_PART_STREAM_SIZE, 3001, 4, DFP_ERR_MANIFEST},
    // Records: product "thing" is 1, 5, ...; versions follow.
    {PART + 88, 0, 1, DFP_ERR_MANIFEST},      // tag 0
    {PART + 88 + 1, 0, 1, DFP_ERR_MANIFEST},  // empty text
    {PART + 88 + 1, 65, 1, DFP_ERR_MANIFEST}, // beyond the manifest
    {PART + 88 + 4, 0, 1, DFP_ERR_MANIFEST},  // NUL in a text
    {PART + 95, 1, 1, DFP_ERR_MANIFEST},      // tag 1 again
    {PART + 95, 4, 1, DFP_ERR_MANIFEST},      // a key id: unsigned
};

static void wrong_fields_are_refused(void **state)
{
    struct pair t;

    (void)state;
    pair_make(&t, DFOTA_CODEC_STORED, false);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        const struct change *c = &changes[i];
        uint32_t at = c->at < MANIFEST ? c->at : c->at - MANIFEST + 24;
        struct dfp_info info;

        pair_pack(&t);
        for (uint32_t b = 0; b < c->size; b++) {
            t.package.data[at + b] = (uint8_t)(c->value >> 8 * b);
        }
        if (peek(&t.package, &info) != c->status) {
            fail_msg("change %u: status %d, not %d", (unsigned)i,
                     (int)peek(&t.package, &info), (int)c->status);
        }
    }
    pair_free(&t);
}

static void deflate_windows_are_bounded(void **state)
{
    struct pair t;
    struct dfp_info info;

    (void)state;
    pair_make(&t, DFOTA_CODEC_DEFLATE, false);
    for (t.pack.param = 0; t.pack.param < 20; t.pack.param++) {
        pair_pack(&t);
        assert_int_equal(peek(&t.package, &info),
                         t.pack.param >= 9 && t.pack.param <= 15
                             ? DFP_OK
                             : DFP_ERR_MANIFEST);
    }
    pair_free(&t);
}

// Records of later versions are skipped, as long as their form is right.
static void unknown_records_are_skipped(void **state)
{
    static const uint8_t good[] = {7, 0, 200, 3, 1, 2, 3, 255, 1, 0};
    static const uint8_t descending[] = {9, 0, 8, 0};
    static const uint8_t truncated[] = {7, 0, 8};
    static const uint8_t short_base[] = {6, 3, 0, 0, 0};
    static const uint8_t short_check[] = {5, 8, 0, 0, 0, 0, 0, 0, 0, 0};
    struct pair t;
    struct dfp_info info;

    (void)state;
    pair_make(&t, DFOTA_CODEC_STORED, false);
    t.pack.no_image_check = true;
#define CHECK(bytes, status)                                                \
    do {                                                                    \
        t.pack.records = (struct pack_bytes){(uint8_t *)(uintptr_t)(bytes), \
                                             sizeof(bytes), 0};             \
        pair_pack(&t);                                                      \
        assert_int_equal(peek(&t.package, &info), status);                  \
    } while (0)
    CHECK(good, DFP_OK);
    CHECK(descending, DFP_ERR_MANIFEST);
    CHECK(truncated, DFP_ERR_MANIFEST);
    CHECK(short_base, DFP_ERR_MANIFEST);
    CHECK(short_check, DFP_ERR_MANIFEST);
#undef CHECK
    pair_free(&t);
}

// Chunk geometry: any stream size, with and without a short last chunk.
static void stream_and_package_size_agree(void **state)
{
    struct pair t;
    struct dfp_info info;

    (void)state;
    for (uint32_t seal = 0; seal < 2; seal++) {
        pair_make(&t, DFOTA_CODEC_STORED, seal == 1);
        for (t.pack.new_size = 1; t.pack.new_size < 300; t.pack.new_size++) {
            pair_pack(&t);
            assert_int_equal(peek(&t.package, &info), DFP_OK);
            t.package.data[DFOTA_PRE_PACKAGE_SIZE]++;
            assert_int_equal(peek(&t.package, &info), DFP_ERR_MANIFEST);
        }
        pair_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(peek_says_how_much_it_wants),
        cmocka_unit_test(wrong_fields_are_refused),
        cmocka_unit_test(deflate_windows_are_bounded),
        cmocka_unit_test(unknown_records_are_skipped),
        cmocka_unit_test(stream_and_package_size_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
