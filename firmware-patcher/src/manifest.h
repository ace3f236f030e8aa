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

// Read the manifest behind the preamble at head, after dfp_preamble_parse.
// *image_check is where record 5 stands, NULL if it is absent.
enum dfp_status dfp_manifest_parse(const uint8_t *head, uint32_t manifest_size,
                                   struct dfp_info *info,
                                   const uint8_t **image_check,
                                   struct dfp_fault *fault);

// Whether this build can apply what the manifest asks for: mode, codec,
// codec version, architecture. Also for manifests that came from a checkpoint:
// relies on no field.
enum dfp_status dfp_manifest_support(const struct dfp_info *info,
                                     struct dfp_fault *fault);

// Bytes of preamble, manifest and seal.
uint32_t dfp_head_size(uint8_t seal, uint32_t manifest_size);

#endif
