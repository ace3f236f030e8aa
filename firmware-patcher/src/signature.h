// SPDX-License-Identifier: MIT
// Seal of a manifest: keys, signatures and the digest of unsigned packages.

#ifndef DFOTA_SIGNATURE_H
#define DFOTA_SIGNATURE_H

#include "state.h"

// Whether a package with this seal and key id is one that the configured keys
// could have signed. Without keys any is.
enum dfp_status dfp_seal_allowed(struct dfp *p);

// Compare the seal that follows `size` bytes of preamble and manifest.
enum dfp_status dfp_seal_verify(struct dfp *p, const uint8_t *head,
                                uint32_t size);

#endif
