// SPDX-License-Identifier: MIT
// Faults: what was refused, and why.

#ifndef DFOTA_FAULT_H
#define DFOTA_FAULT_H

#include "dfota/patcher.h"

// With the texts left out, fields have no names, and the argument is not there.
#ifdef DFP_NO_STRERROR
#define DFP_FIELD(parameter)
#else
#define DFP_FIELD(parameter) parameter,
#endif

// Fill in a fault; returns its status.
enum dfp_status dfp_refuse(struct dfp_fault *fault, enum dfp_status status,
                           DFP_FIELD(const char *field) uint32_t expected,
                           uint32_t found);
#ifdef DFP_NO_STRERROR
#define dfp_refuse(fault, status, field, expected, found) \
    ((void)(field), (dfp_refuse)(fault, status, expected, found))
#endif

// First four bytes, as a fault tells of digests and key ids.
uint32_t dfp_first4(const uint8_t *bytes);

#endif
