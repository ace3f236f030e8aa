// SPDX-License-Identifier: MIT
// Faults: what was refused, and why.

#ifndef DFOTA_FAULT_H
#define DFOTA_FAULT_H

#include "dfota/patcher.h"

// Fill in a fault; returns its status.
enum dfp_status dfp_refuse(struct dfp_fault *fault, enum dfp_status status,
                           const char *field, uint32_t expected,
                           uint32_t found);

// First four bytes, as a fault tells of digests and key ids.
uint32_t dfp_first4(const uint8_t *bytes);

#endif
