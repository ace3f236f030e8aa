// SPDX-License-Identifier: MIT
// Keys from PEM files as the openssl program writes them, and signatures.
// The keys below were made for this test and protect nothing.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "key.h"
#include "package.h"

#define SEC1                                                             \
    "-----BEGIN EC PRIVATE KEY-----\n"                                   \
    "MHcCAQEEINP+Vkc5UdYEwdqQzAWIRT2PAFZvwR6mmjthL6XV4SiDoAoGCCqGSM49\n" \
    "AwEHoUQDQgAEJZ1ziSwP7qYipjOdyD+tuRWVEAwmVb3mmytURUXZ/vdW/8ohHNtc\n" \
    "DJpFDOG4wfnqEkDf56TuxxTosIm6Djta1Q==\n"                             \
    "-----END EC PRIVATE KEY-----\n"

#define PARAMETERS                    \
    "-----BEGIN EC PARAMETERS-----\n" \
    "BggqhkjOPQMBBw==\n"              \
    "-----END EC PARAMETERS-----\n"

#define PKCS8                                                            \
    "-----BEGIN PRIVATE KEY-----\n"                                      \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0/5WRzlR1gTB2pDM\n" \
    "BYhFPY8AVm/BHqaaO2EvpdXhKIOhRANCAAQlnXOJLA/upiKmM53IP625FZUQDCZV\n" \
    "veabK1RFRdn+91b/yiEc21wMmkUM4bjB+eoSQN/npO7HFOiwiboOO1rV\n"         \
    "-----END PRIVATE KEY-----\n"

#define SPKI                                                             \
    "-----BEGIN PUBLIC KEY-----\n"                                       \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJZ1ziSwP7qYipjOdyD+tuRWVEAwm\n" \
    "Vb3mmytURUXZ/vdW/8ohHNtcDJpFDOG4wfnqEkDf56TuxxTosIm6Djta1Q==\n"     \
    "-----END PUBLIC KEY-----\n"

// The same point with its last byte changed: not on the curve.
#define SPKI_OFF_CURVE                                                   \
    "-----BEGIN PUBLIC KEY-----\n"                                       \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJZ1ziSwP7qYipjOdyD+tuRWVEAwm\n" \
    "Vb3mmytURUXZ/vdW/8ohHNtcDJpFDOG4wfnqEkDf56TuxxTosIm6Djta1A==\n"     \
    "-----END PUBLIC KEY-----\n"

#define SPKI_COMPRESSED                                                  \
    "-----BEGIN PUBLIC KEY-----\n"                                       \
    "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADJZ1ziSwP7qYipjOdyD+tuRWVEAwm\n" \
    "Vb3mmytURUXZ/vc=\n"                                                 \
    "-----END PUBLIC KEY-----\n"

#define SPKI_P384                                                        \
    "-----BEGIN PUBLIC KEY-----\n"                                       \
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEdOsfqxNVfyhggEGyfaE23Y3Gv+pxvzg7\n" \
    "wxXd55IVn2gT9vM3fDveny+Me1Eo5fa8gxTbjrbyE5nxh4eP3Z6QD+t0PL7zI1+m\n" \
    "s9OdGrxNQz3QsFmX/aXGjefzkzA8V+lp\n"                                 \
    "-----END PUBLIC KEY-----\n"

#define SEC1_P384                                                        \
    "-----BEGIN EC PRIVATE KEY-----\n"                                   \
    "MIGkAgEBBDCSZcJ7kcxZ5MNGe5xLWWuoP6IvQCBXKOdSG3syWh0aFpbgYB5ivIPP\n" \
    "r6NGpAGnS02gBwYFK4EEACKhZANiAAQ+jCIu/x5xNwPHg7dQMEUMX6I44XtGhHzP\n" \
    "m3SEZ0Yo/jJRn6CqjeZqhFjBOq1QkUmJ/1dGVlFHMXszSUSKSJc7iFBNgIqO/mM9\n" \
    "FuBVoJuLwsInqbk54GOHpWXS1lUSn7o=\n"                                 \
    "-----END EC PRIVATE KEY-----\n"

#define SEC1_K256                                                        \
    "-----BEGIN EC PRIVATE KEY-----\n"                                   \
    "MHQCAQEEIKKonmntFLqvCzzwC1BEVKeBUczLJrbXQk+LkyjR6+NyoAcGBSuBBAAK\n" \
    "oUQDQgAEqEo5C7e7KefAHCUiHEra7P/oa8Cuxzl1shUAZakNo/UMxZXLjv2H+3W1\n" \
    "07kYxwQZCUumiEK4zqmSw2E6JmYegA==\n"                                 \
    "-----END EC PRIVATE KEY-----\n"

#define SEC1_ENCRYPTED                                                   \
    "-----BEGIN EC PRIVATE KEY-----\n"                                   \
    "Proc-Type: 4,ENCRYPTED\n"                                           \
    "DEK-Info: AES-128-CBC,D22843A20AEAC8C817A08577244C12F4\n"           \
    "\n"                                                                 \
    "anB6upepDr7IbGV5tHbySJSAmZHserAui9m31i/sukBR23e+df2dBNZsBZxWBanS\n" \
    "-----END EC PRIVATE KEY-----\n"

static enum delta_status read_text(struct delta_key *key, const char *pem,
                                   struct delta_error *error)
{
    return delta_key_read(key, pem, strlen(pem), error);
}

static void all_forms_of_a_key_read_alike(void **state)
{
    static const char *const forms[] = {SEC1, PARAMETERS SEC1, PKCS8,
                                        "some text\n" SEC1 "more text\n"};
    struct delta_key public_key;

    (void)state;
    assert_int_equal(read_text(&public_key, SPKI, NULL), DELTA_OK);
    assert_false(public_key.is_private);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct delta_key key;
        assert_int_equal(read_text(&key, forms[i], NULL), DELTA_OK);
        assert_true(key.is_private);
        assert_int_equal(key.scalar[0], 0xD3);
        assert_int_equal(key.scalar[31], 0x83);
        assert_memory_equal(key.point, public_key.point, sizeof(key.point));
        assert_memory_equal(key.id, public_key.id, sizeof(key.id));
    }
}

static void id_is_the_digest_of_the_point(void **state)
{
    struct delta_key key;
    uint8_t digest[32];

    (void)state;
    assert_int_equal(read_text(&key, SPKI, NULL), DELTA_OK);
    delta_sha256(digest, key.point, sizeof(key.point));
    assert_memory_equal(key.id, digest, sizeof(key.id));
}

static void unusable_keys_are_refused_by_reason(void **state)
{
    static const struct {
        const char *pem;
        const char *reason;
    } cases[] = {
        {"", "no complete PEM key (found none"},
        {"hello\n", "no complete PEM key (found none"},
        {PARAMETERS, "no complete PEM key (found none"},
        {"-----BEGIN PUBLIC KEY-----\n", "no complete PEM key"},
        {SPKI_OFF_CURVE, "no point of P-256"},
        {SPKI_COMPRESSED, "of another form"},
        {SPKI_P384, "another curve"},
        {SEC1_P384, "another curve"},
        {SEC1_K256, "another curve"},
        {SEC1_ENCRYPTED, "encrypted"},
        {SEC1 SPKI, "several keys"},
        {"-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n",
         "unknown PEM object (found CERTIFICATE"},
        {"-----BEGIN PUBLIC KEY-----\n&&&&\n-----END PUBLIC KEY-----\n",
         "bad Base64"},
        {"-----BEGIN PRIVATE KEY-----\nMAAA\n-----END PRIVATE KEY-----\n",
         "another curve or of another kind"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        static const struct delta_key zero;
        struct delta_key key;
        struct delta_error error;
        assert_int_equal(read_text(&key, cases[i].pem, &error), DELTA_ERR_KEY);
        assert_string_equal(error.subject, "key");
        if (strstr(error.text, cases[i].reason) == NULL) {
            fail_msg("case %zu: %s", i, error.text);
        }
        assert_memory_equal(&key, &zero, sizeof(key));
    }
}

static void every_cut_of_a_key_file_is_refused(void **state)
{
    struct delta_key key;
    size_t end = strlen(PKCS8) - strlen("-----\n");

    (void)state;
    for (size_t size = 0; size < end; size++) {
        assert_int_equal(delta_key_read(&key, PKCS8, size, NULL),
                         DELTA_ERR_KEY);
    }
}

// RFC 6979, A.2.5: P-256, SHA-256, message "sample".
static void signature_is_that_of_rfc_6979(void **state)
{
    static const uint8_t expected[64] = {
        0xEF, 0xD4, 0x8B, 0x2A, 0xAC, 0xB6, 0xA8, 0xFD, 0x11, 0x40, 0xDD,
        0x9C, 0xD4, 0x5E, 0x81, 0xD6, 0x9D, 0x2C, 0x87, 0x7B, 0x56, 0xAA,
        0xF9, 0x91, 0xC3, 0x4D, 0x0E, 0xA8, 0x4E, 0xAF, 0x37, 0x16, 0xF7,
        0xCB, 0x1C, 0x94, 0x2D, 0x65, 0x7C, 0x41, 0xD4, 0x36, 0xC7, 0xA1,
        0xB6, 0xE2, 0x9F, 0x65, 0xF3, 0xE9, 0x00, 0xDB, 0xB9, 0xAF, 0xF4,
        0x06, 0x4D, 0xC4, 0xAB, 0x2F, 0x84, 0x3A, 0xCD, 0xA8};
    struct delta_key key = {.is_private = true,
                            .scalar = {0xC9, 0xAF, 0xA9, 0xD8, 0x45, 0xBA, 0x75,
                                       0x16, 0x6B, 0x5C, 0x21, 0x57, 0x67, 0xB1,
                                       0xD6, 0x93, 0x4E, 0x50, 0xC3, 0xDB, 0x36,
                                       0xE8, 0x9B, 0x12, 0x7B, 0x8A, 0x62, 0x2B,
                                       0x12, 0x0F, 0x67, 0x21}};
    uint8_t digest[32];
    uint8_t signature[DELTA_SIGNATURE_SIZE];

    (void)state;
    delta_sha256(digest, "sample", 6);
    assert_int_equal(delta_key_sign(signature, &key, digest, NULL), DELTA_OK);
    assert_memory_equal(signature, expected, sizeof(expected));
}

static void signature_verifies_only_as_it_is(void **state)
{
    struct delta_key private_key;
    struct delta_key public_key;
    uint8_t digest[32] = {1, 2, 3};
    uint8_t signature[DELTA_SIGNATURE_SIZE];

    (void)state;
    assert_int_equal(read_text(&private_key, SEC1, NULL), DELTA_OK);
    assert_int_equal(read_text(&public_key, SPKI, NULL), DELTA_OK);
    assert_int_equal(delta_key_sign(signature, &private_key, digest, NULL),
                     DELTA_OK);
    assert_true(delta_key_verify(&public_key, digest, signature));
    for (size_t i = 0; i < sizeof(signature); i++) {
        signature[i] ^= 0x10;
        assert_false(delta_key_verify(&public_key, digest, signature));
        signature[i] ^= 0x10;
    }
    digest[31] ^= 1;
    assert_false(delta_key_verify(&public_key, digest, signature));
}

static void public_key_cannot_sign(void **state)
{
    struct delta_key key;
    const uint8_t digest[32] = {0};
    uint8_t signature[DELTA_SIGNATURE_SIZE];

    (void)state;
    assert_int_equal(read_text(&key, SPKI, NULL), DELTA_OK);
    assert_int_equal(delta_key_sign(signature, &key, digest, NULL),
                     DELTA_ERR_KEY);
}

static void der_signature_is_padded_to_its_places(void **state)
{
    // r = 1, s = 0x80, which DER writes with a zero in front.
    static const uint8_t der[] = {0x30, 7, 2, 1, 1, 2, 2, 0, 0x80};
    uint8_t raw[DELTA_SIGNATURE_SIZE];

    (void)state;
    assert_true(delta_signature_from_der(raw, der, sizeof(der)));
    for (size_t i = 0; i < sizeof(raw); i++) {
        assert_int_equal(raw[i], i == 31 ? 1 : i == 63 ? 0x80 : 0);
    }
    for (size_t size = 0; size < sizeof(der); size++) {
        assert_false(delta_signature_from_der(raw, der, size));
    }
    uint8_t longer[200] = {0};
    assert_false(delta_signature_from_der(raw, longer, sizeof(longer)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_forms_of_a_key_read_alike),
        cmocka_unit_test(id_is_the_digest_of_the_point),
        cmocka_unit_test(unusable_keys_are_refused_by_reason),
        cmocka_unit_test(every_cut_of_a_key_file_is_refused),
        cmocka_unit_test(signature_is_that_of_rfc_6979),
        cmocka_unit_test(signature_verifies_only_as_it_is),
        cmocka_unit_test(public_key_cannot_sign),
        cmocka_unit_test(der_signature_is_padded_to_its_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
