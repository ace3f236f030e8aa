// SPDX-License-Identifier: MIT
// Preamble and manifest: from bytes to struct dfp_info, with all checks that
// need neither keys nor a module (FORMAT.md 2.1, 2.2).

#ifndef DFOTA_MANIFEST_H
#define DFOTA_MANIFEST_H

#include "dfota/patcher.h"

// Read DFOTA_PREAMBLE_SIZE bytes. *manifest_size is within the limits.
enum dfp_status dfp_preamble_parse(const uint8_t *head, struct dfp_info *info,
                                   uint32_t *manifest_size,
                                   struct dfp_fault *fault);

// Where records of a manifest stand that are not part of struct dfp_info;
// NULL: absent.
struct dfp_records {
    const uint8_t *image_check; // of the part, 16 bytes
    const uint8_t *unmanaged;   // DFOTA_UNMANAGED_SIZE bytes each
    const uint8_t *kept;        // DFOTA_KEPT_SIZE bytes each
    uint32_t unmanaged_count;
    uint32_t kept_count;
};

// Read a manifest, after dfp_preamble_parse; all of it is checked, info tells
// of the part with this index. DFP_ERR_ARGUMENT if there are fewer parts.
enum dfp_status dfp_manifest_parse(const uint8_t *manifest,
                                   uint32_t manifest_size, uint32_t index,
                                   struct dfp_info *info,
                                   struct dfp_records *records,
                                   struct dfp_fault *fault);

// Whether this build can apply what the manifest asks for: mode, codec,
// codec version, architecture. Also for manifests that came from a checkpoint:
// relies on no field.
enum dfp_status dfp_manifest_support(const struct dfp_info *info,
                                     struct dfp_fault *fault);

// Bytes of preamble, manifest and seal.
uint32_t dfp_head_size(uint8_t seal, uint32_t manifest_size);

#endif
