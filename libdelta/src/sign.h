// SPDX-License-Identifier: MIT
// Signatures of packages, for the other files of the library.

#ifndef DELTA_SIGN_H
#define DELTA_SIGN_H

#include "delta.h"
#include "dfota/patcher.h"
#include "package.h"

// Build a package and, with a private key, sign it; key NULL: unsigned.
enum delta_status delta_seal(struct delta_bytes *package,
                             const struct delta_draft *draft,
                             const struct delta_key *key,
                             struct delta_error *error);

// Whether the package is signed by one of the keys; without keys always.
enum delta_status delta_check_trust(const uint8_t *package,
                                    const struct dfp_info *info,
                                    const struct delta_key *keys,
                                    size_t key_count,
                                    struct delta_error *error);

#endif
