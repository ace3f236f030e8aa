// SPDX-License-Identifier: MIT
// How a failure gets its one line of text.

#ifndef DELTA_ERRORS_H
#define DELTA_ERRORS_H

#include "delta.h"
#include "dfota/patcher.h"

// Fill in error (NULL: nothing to do) and return status. The text is the
// format's; without one (NULL) it is that of delta_strerror.
enum delta_status delta_fail(struct delta_error *error,
                             enum delta_status status, const char *subject,
                             const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// Out of memory; subject tells while working on what.
enum delta_status delta_fail_memory(struct delta_error *error,
                                    const char *subject);

// What the images of a part are called: "old", or "old 2" where there are
// several parts.
const char *delta_subject(bool is_new, uint32_t part, uint32_t parts);

// The same for a failure of the patcher.
enum delta_status delta_fail_patcher(struct delta_error *error,
                                     const struct dfp_fault *fault);

#endif
