// SPDX-License-Identifier: MIT
// ECDSA on P-256: ids, signing, checking.

#ifndef DELTA_KEY_H
#define DELTA_KEY_H

#include "delta.h"

#define DELTA_SIGNATURE_SIZE 64u // r then s, big-endian

// Fill in id from point.
void delta_key_identify(struct delta_key *key);

// key->is_private. Deterministic (RFC 6979).
enum delta_status delta_key_sign(uint8_t signature[DELTA_SIGNATURE_SIZE],
                                 const struct delta_key *key,
                                 const uint8_t digest[32],
                                 struct delta_error *error);

bool delta_key_verify(const struct delta_key *key, const uint8_t digest[32],
                      const uint8_t signature[DELTA_SIGNATURE_SIZE]);

// Read a DER signature (SEQUENCE of r and s).
bool delta_signature_from_der(uint8_t signature[DELTA_SIGNATURE_SIZE],
                              const uint8_t *der, size_t der_size);

#endif
