// SPDX-License-Identifier: MIT
// Faults: what was refused, and why.

#include "fault.h"

#include "decoder.h"

enum dfp_status(dfp_refuse)(struct dfp_fault *fault, enum dfp_status status,
                            DFP_FIELD(const char *field) uint32_t expected,
                            uint32_t found)
{
    fault->status = status;
#ifndef DFP_NO_STRERROR
    fault->field = field;
#endif
    fault->expected = expected;
    fault->found = found;
    return status;
}

// The first fault stands: what fails while one is being dealt with is of no
// interest to the caller.
enum dfp_status(dfp_fail)(struct dfp *p, enum dfp_status status,
                          DFP_FIELD(const char *field) uint32_t expected,
                          uint32_t found)
{
    if (p->fault.status == DFP_OK) {
        (void)(dfp_refuse)(&p->fault, status, DFP_FIELD(field) expected, found);
    }
    return status;
}

uint32_t dfp_first4(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}
