// SPDX-License-Identifier: MIT
// Keys from PEM files, and what is done with them.

#include "key.h"

#include <bearssl.h>
#include <string.h>

#include "errors.h"

#define OBJECT_MAX 512u // a P-256 key in DER has some 140 bytes

// The one key object of a PEM file.
struct pem_object {
    char name[32];
    uint8_t der[OBJECT_MAX];
    size_t size;
    bool is_too_large;
};

static void append(void *context, const void *data, size_t size)
{
    struct pem_object *object = context;

    if (size > OBJECT_MAX - object->size) {
        object->is_too_large = true;
        return;
    }
    memcpy(object->der + object->size, data, size);
    object->size += size;
}

// Whether a file says that it is encrypted: in an object's name, or, in the
// older form, in a header line.
static bool has_word(const char *pem, size_t size, const char *word)
{
    size_t length = strlen(word);

    for (size_t i = 0; i + length <= size; i++) {
        if (memcmp(pem + i, word, length) == 0) {
            return true;
        }
    }
    return false;
}

static enum delta_status begin_object(struct pem_object *object,
                                      const char *name,
                                      struct delta_error *error)
{
    if (object->name[0] != 0) {
        return delta_fail(error, DELTA_ERR_KEY, "key",
                          "holds several keys (expected one)");
    }
    if (strlen(name) >= sizeof(object->name)) {
        return delta_fail(error, DELTA_ERR_KEY, "key",
                          "unknown PEM object (expected a P-256 key)");
    }
    memcpy(object->name, name, strlen(name) + 1);
    return DELTA_OK;
}

static enum delta_status read_pem(struct pem_object *object, const char *pem,
                                  size_t pem_size, struct delta_error *error)
{
    br_pem_decoder_context decoder;
    bool is_complete = false;
    bool is_wanted = false;

    memset(object, 0, sizeof(*object));
    br_pem_decoder_init(&decoder);
    while (pem_size > 0) {
        size_t used = br_pem_decoder_push(&decoder, pem, pem_size);
        pem += used;
        pem_size -= used;
        int event = br_pem_decoder_event(&decoder);
        if (event == BR_PEM_BEGIN_OBJ) {
            const char *name = br_pem_decoder_name(&decoder);
            // What ecparam -genkey writes before the key; the key names its
            // curve once more.
            is_wanted = strcmp(name, "EC PARAMETERS") != 0;
            br_pem_decoder_setdest(&decoder, is_wanted ? append : 0, object);
            if (is_wanted && begin_object(object, name, error) != DELTA_OK) {
                return DELTA_ERR_KEY;
            }
        } else if (event == BR_PEM_END_OBJ) {
            is_complete = is_complete || is_wanted;
        } else if (event == BR_PEM_ERROR) {
            return delta_fail(error, DELTA_ERR_KEY, "key",
                              "damaged PEM file (bad Base64)");
        }
    }
    if (!is_complete || object->is_too_large) {
        return delta_fail(error, DELTA_ERR_KEY, "key",
                          "holds no complete PEM key (found %s, expected "
                          "BEGIN and END lines of a P-256 key)",
                          object->name[0] != 0 ? object->name : "none");
    }
    return DELTA_OK;
}

// Whether 0 < scalar < order of the curve.
static bool is_scalar_valid(const uint8_t scalar[32])
{
    static const uint8_t zero[32];
    size_t size = 0;
    const uint8_t *order = br_ec_get_default()->order(BR_EC_secp256r1, &size);

    return size == 32 && memcmp(scalar, zero, 32) != 0 &&
           memcmp(scalar, order, 32) < 0;
}

static enum delta_status decode_private(struct delta_key *key,
                                        const struct pem_object *object,
                                        struct delta_error *error)
{
    br_skey_decoder_context decoder;

    br_skey_decoder_init(&decoder);
    br_skey_decoder_push(&decoder, object->der, object->size);
    const br_ec_private_key *ec = br_skey_decoder_get_ec(&decoder);
    if (ec == NULL || ec->curve != BR_EC_secp256r1) {
        memset(&decoder, 0, sizeof(decoder));
        return delta_fail(error, DELTA_ERR_KEY, "key",
                          "%s on another curve or of another kind (expected "
                          "ECDSA P-256, prime256v1)",
                          object->name);
    }
    // The decoder gives as many bytes as the file has.
    size_t size = ec->xlen;
    const uint8_t *x = ec->x;
    while (size > 32 && *x == 0) {
        x++;
        size--;
    }
    if (size <= 32) {
        memcpy(key->scalar + 32 - size, x, size);
    }
    memset(&decoder, 0, sizeof(decoder));
    br_ec_private_key private_key = {BR_EC_secp256r1, key->scalar, 32};
    br_ec_public_key public_key;
    uint8_t buffer[BR_EC_KBUF_PUB_MAX_SIZE];
    if (size > 32 || !is_scalar_valid(key->scalar) ||
        br_ec_compute_pub(br_ec_get_default(), &public_key, buffer,
                          &private_key) != sizeof(key->point)) {
        return delta_fail(error, DELTA_ERR_KEY, "key",
                          "private key is out of range");
    }
    memcpy(key->point, public_key.q, sizeof(key->point));
    key->is_private = true;
    return DELTA_OK;
}

// SubjectPublicKeyInfo of an uncompressed P-256 point. DER has one form for
// it, so reading is comparing.
static enum delta_status decode_public(struct delta_key *key,
                                       const struct pem_object *object,
                                       struct delta_error *error)
{
    static const uint8_t head[] = {
        0x30, 0x59,                                           // SEQUENCE
        0x30, 0x13,                                           // SEQUENCE
        0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, // ecPublicKey
        0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, // P-256
        0x03, 0x42, 0x00, // BIT STRING
    };
    static const uint8_t one[] = {1};
    uint8_t point[sizeof(key->point)];

    if (object->size != sizeof(head) + sizeof(key->point) ||
        memcmp(object->der, head, sizeof(head)) != 0) {
        return delta_fail(error, DELTA_ERR_KEY, "key",
                          "public key on another curve or of another form "
                          "(expected ECDSA P-256, uncompressed)");
    }
    memcpy(key->point, object->der + sizeof(head), sizeof(key->point));
    // Multiplying by one fails for what is no point of the curve.
    memcpy(point, key->point, sizeof(point));
    if (point[0] != 4 ||
        br_ec_get_default()->mul(point, sizeof(point), one, sizeof(one),
                                 BR_EC_secp256r1) != 1) {
        return delta_fail(error, DELTA_ERR_KEY, "key",
                          "public key is no point of P-256");
    }
    return DELTA_OK;
}

enum delta_status delta_key_read(struct delta_key *key, const void *pem,
                                 size_t pem_size, struct delta_error *error)
{
    struct pem_object object;
    enum delta_status status;

    memset(key, 0, sizeof(*key));
    if (has_word(pem, pem_size, "ENCRYPTED")) {
        return delta_fail(error, DELTA_ERR_KEY, "key",
                          "key is encrypted (expected a plain PEM key)");
    }
    status = read_pem(&object, pem, pem_size, error);
    if (status == DELTA_OK) {
        if (strcmp(object.name, "PUBLIC KEY") == 0) {
            status = decode_public(key, &object, error);
        } else if (strcmp(object.name, "EC PRIVATE KEY") == 0 ||
                   strcmp(object.name, "PRIVATE KEY") == 0) {
            status = decode_private(key, &object, error);
        } else {
            status = delta_fail(error, DELTA_ERR_KEY, "key",
                                "unknown PEM object (found %s, expected EC "
                                "PRIVATE KEY, PRIVATE KEY or PUBLIC KEY)",
                                object.name);
        }
    }
    memset(&object, 0, sizeof(object));
    if (status != DELTA_OK) {
        memset(key, 0, sizeof(*key));
        return status;
    }
    delta_key_identify(key);
    return DELTA_OK;
}

void delta_key_identify(struct delta_key *key)
{
    br_sha256_context sha;
    uint8_t digest[32];

    br_sha256_init(&sha);
    br_sha256_update(&sha, key->point, sizeof(key->point));
    br_sha256_out(&sha, digest);
    memcpy(key->id, digest, sizeof(key->id));
}

enum delta_status delta_key_sign(uint8_t signature[DELTA_SIGNATURE_SIZE],
                                 const struct delta_key *key,
                                 const uint8_t digest[32],
                                 struct delta_error *error)
{
    uint8_t scalar[32]; // BearSSL's struct wants it writable
    memcpy(scalar, key->scalar, sizeof(scalar));
    br_ec_private_key private_key = {BR_EC_secp256r1, scalar, sizeof(scalar)};

    size_t size = br_ecdsa_i31_sign_raw(br_ec_get_default(), &br_sha256_vtable,
                                        digest, &private_key, signature);
    memset(scalar, 0, sizeof(scalar));
    if (!key->is_private || size != DELTA_SIGNATURE_SIZE) {
        return delta_fail(error, DELTA_ERR_KEY, "key",
                          "cannot sign (found a public key, expected a "
                          "private key)");
    }
    return DELTA_OK;
}

bool delta_key_verify(const struct delta_key *key, const uint8_t digest[32],
                      const uint8_t signature[DELTA_SIGNATURE_SIZE])
{
    uint8_t point[sizeof(key->point)];
    memcpy(point, key->point, sizeof(point));
    br_ec_public_key public_key = {BR_EC_secp256r1, point, sizeof(point)};

    return br_ecdsa_i31_vrfy_raw(br_ec_get_default(), digest, 32, &public_key,
                                 signature, DELTA_SIGNATURE_SIZE) == 1;
}

bool delta_signature_from_der(uint8_t signature[DELTA_SIGNATURE_SIZE],
                              const uint8_t *der, size_t der_size)
{
    uint8_t buffer[80]; // 2 + 2 x (2 + 33) = 72 is the longest

    if (der_size > sizeof(buffer)) {
        return false;
    }
    memcpy(buffer, der, der_size);
    size_t size = br_ecdsa_asn1_to_raw(buffer, der_size);
    if (size == 0 || size > DELTA_SIGNATURE_SIZE) {
        return false;
    }
    // Both halves come without leading zeros that neither needs.
    size_t half = size / 2;
    memset(signature, 0, DELTA_SIGNATURE_SIZE);
    memcpy(signature + 32 - half, buffer, half);
    memcpy(signature + 64 - half, buffer + half, half);
    return true;
}
