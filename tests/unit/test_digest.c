// SPDX-License-Identifier: MIT
// Digests: known answers, and any pieces give what one call gives.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "digest.h"

static void check_known(enum dfp_digest_kind kind, const char *text,
                        const uint8_t *wanted, size_t size)
{
    struct dfp_digest d;
    uint8_t out[DFP_DIGEST_MAX];

    dfp_digest_once(&d, kind, text, (uint32_t)strlen(text), out);
    assert_memory_equal(out, wanted, size);
}

static void known_answers(void **state)
{
    static const uint8_t xxh_empty[8] = {0x99, 0xE9, 0xD8, 0x51,
                                         0x37, 0xDB, 0x46, 0xEF};
    static const uint8_t xxh_abc[8] = {0x99, 0x09, 0x77, 0xAD,
                                       0xF5, 0x2C, 0xBC, 0x44};
    static const uint8_t sha_abc[32] = {
        0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA, 0x41, 0x41, 0x40,
        0xDE, 0x5D, 0xAE, 0x22, 0x23, 0xB0, 0x03, 0x61, 0xA3, 0x96, 0x17,
        0x7A, 0x9C, 0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00, 0x15, 0xAD};
    struct dfp_digest d;

    (void)state;
    check_known(DFP_XXH64, "", xxh_empty, 8);
    check_known(DFP_XXH64, "abc", xxh_abc, 8);
    check_known(DFP_SHA256, "abc", sha_abc, 32);
    assert_int_equal(dfp_check32(&d, "abc", 3), 0xAD770999);
}

static void pieces_do_not_matter(void **state)
{
    uint8_t data[200];

    (void)state;
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * i + 3 * i);
    }
    for (int kind = DFP_XXH64; kind <= DFP_SHA256; kind++) {
        for (uint32_t size = 0; size <= sizeof(data); size++) {
            struct dfp_digest d;
            uint8_t whole[DFP_DIGEST_MAX] = {0};

            dfp_digest_once(&d, (enum dfp_digest_kind)kind, data, size, whole);
            for (uint32_t at = 0; at <= size; at++) {
                uint8_t out[DFP_DIGEST_MAX] = {0};

                dfp_digest_init(&d, (enum dfp_digest_kind)kind);
                dfp_digest_update(&d, data, at);
                dfp_digest_update(&d, data + at, size - at);
                dfp_digest_final(&d, out);
                assert_memory_equal(out, whole, sizeof(out));
            }
        }
    }
}

static void chunk_digests_follow_the_seal(void **state)
{
    (void)state;
    assert_int_equal(dfp_chunk_digest_size(DFOTA_SEAL_XXH64), 8);
    assert_int_equal(dfp_chunk_digest_size(DFOTA_SEAL_ECDSA), 16);
    assert_int_equal(dfp_chunk_digest_kind(DFOTA_SEAL_XXH64), DFP_XXH64);
    assert_int_equal(dfp_chunk_digest_kind(DFOTA_SEAL_ECDSA), DFP_SHA256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(pieces_do_not_matter),
        cmocka_unit_test(chunk_digests_follow_the_seal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
