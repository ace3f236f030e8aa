// SPDX-License-Identifier: MIT
// Any bytes as a key file: what is read is a key on the curve.

#include "delta.h"
#include "target.h"

// Nothing of it contradicts the rest.
static void check_key(const struct delta_key *key)
{
    static const uint8_t zero[32];
    uint8_t id[32];
    br_sha256_context sha;

    require(key->point[0] == 4, "an uncompressed point");
    require(key->is_private == (memcmp(key->scalar, zero, 32) != 0),
            "private keys have a scalar, public keys none");
    br_sha256_init(&sha);
    br_sha256_update(&sha, key->point, sizeof(key->point));
    br_sha256_out(&sha, id);
    require(memcmp(id, key->id, sizeof(key->id)) == 0, "the id is the point's");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct delta_key key;
    struct delta_error error;
    enum delta_status status = delta_key_read(&key, data, size, &error);

    if (status == DELTA_OK) {
        check_key(&key);
    } else {
        require(error.status == status && error.text[0] != '\0', "it says why");
    }
    return 0;
}
