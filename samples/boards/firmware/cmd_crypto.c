// SPDX-License-Identifier: MIT
// Cryptography by BearSSL: a self test with published vectors, and hashes.

#include <bearssl.h>
#include <stdbool.h>
#include <string.h>

#include "board.h"
#include "crc.h"
#include "say.h"
#include "ownimage.h"
#include "selftest.h"
#include "shell.h"

static void hash(uint8_t out[32], const void *data, size_t size)
{
    br_sha256_context c;

    br_sha256_init(&c);
    br_sha256_update(&c, data, size);
    br_sha256_out(&c, out);
}

void selftest_tell_image(void)
{
    uint8_t digest[32];

    hash(digest, image_start, image_size());
    say("firmware: image sha256 ");
    say_bytes(digest, sizeof(digest));
    say("\n");
}

// FIPS 180-2, B.1.
static bool test_sha256(void)
{
    static const uint8_t expected[32] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
        0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
        0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
    };
    uint8_t digest[32];

    hash(digest, "abc", 3);
    return memcmp(digest, expected, sizeof(digest)) == 0;
}

// RFC 4231, test case 2.
static bool test_hmac(void)
{
    static const uint8_t expected[32] = {
        0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24,
        0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27,
        0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43,
    };
    br_hmac_key_context key;
    br_hmac_context c;
    uint8_t mac[32];

    br_hmac_key_init(&key, &br_sha256_vtable, "Jefe", 4);
    br_hmac_init(&c, &key, 0);
    br_hmac_update(&c, "what do ya want for nothing?", 28);
    (void)br_hmac_out(&c, mac);
    return memcmp(mac, expected, sizeof(mac)) == 0;
}

// FIPS 197, C.1: one block, by counter mode over zeros.
static bool test_aes(void)
{
    static const uint8_t key[16] = {0, 1, 2,  3,  4,  5,  6,  7,
                                    8, 9, 10, 11, 12, 13, 14, 15};
    static const uint8_t iv[12] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
                                   0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb};
    static const uint8_t expected[16] = {
        0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
        0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a,
    };
    br_aes_ct_ctr_keys keys;
    uint8_t block[16] = {0};

    br_aes_ct_ctr_init(&keys, key, sizeof(key));
    (void)br_aes_ct_ctr_run(&keys, iv, 0xccddeeffu, block, sizeof(block));
    return memcmp(block, expected, sizeof(block)) == 0;
}

// What was encrypted comes back, with the same tag both ways.
static bool test_chacha(void)
{
    static const uint8_t key[32] = {7};
    static const uint8_t iv[12] = {9};
    uint8_t text[96];
    uint8_t there[16];
    uint8_t back[16];

    memset(text, 'x', sizeof(text));
    br_poly1305_ctmul_run(key, iv, text, sizeof(text), "head", 4, there,
                          br_chacha20_ct_run, 1);
    if (text[0] == 'x' && text[1] == 'x' && text[2] == 'x') {
        return false;
    }
    br_poly1305_ctmul_run(key, iv, text, sizeof(text), "head", 4, back,
                          br_chacha20_ct_run, 0);
    return memcmp(there, back, sizeof(there)) == 0 && text[95] == 'x';
}

// Both implementations of P-256 agree on a multiple of the generator.
static bool test_p256(void)
{
    static const uint8_t factor[32] = {0x12, 0x34, [31] = 0x77};
    uint8_t one[65];
    uint8_t other[65];

    return br_ec_p256_m31.mulgen(one, factor, 32, BR_EC_secp256r1) == 65 &&
           br_ec_prime_i31.mulgen(other, factor, 32, BR_EC_secp256r1) == 65 &&
           memcmp(one, other, sizeof(one)) == 0;
}

static bool test_crc(void)
{
    return crc32_of("123456789", 9) == 0xCBF43926u;
}

int cmd_selftest(int count, char **words)
{
    static const struct {
        const char *name;
        bool (*run)(void);
    } tests[] = {
        {"sha256", test_sha256}, {"hmac", test_hmac}, {"aes", test_aes},
        {"chacha", test_chacha}, {"p256", test_p256}, {"crc", test_crc},
    };
    int failed = 0;

    (void)count;
    (void)words;
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        bool passed = tests[i].run();

        say("self test: %-8s %s\n", tests[i].name,
            passed ? "passed" : "FAILED");
        failed += passed ? 0 : 1;
    }
    return failed == 0 ? 0 : CME_UNKNOWN;
}

int cmd_hash(int count, char **words)
{
    uint8_t digest[32];

    if (count < 2) {
        selftest_tell_image();
        return 0;
    }
    hash(digest, words[1], strlen(words[1]));
    say_bytes(digest, sizeof(digest));
    say("\n");
    return 0;
}
