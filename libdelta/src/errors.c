// SPDX-License-Identifier: MIT
// Texts of failures, and what the patcher's results mean on the host.

#include "errors.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *delta_strerror(enum delta_status status)
{
    switch (status) {
    case DELTA_OK: return "success";
    case DELTA_ERR_IMAGE: return "image is empty or too large";
    case DELTA_ERR_FORMAT: return "not a valid dfota package";
    case DELTA_ERR_VERSION: return "package needs a newer version of dfota";
    case DELTA_ERR_DAMAGED: return "package is damaged";
    case DELTA_ERR_TRUST: return "package is not signed by a trusted key";
    case DELTA_ERR_BASE: return "package was made for another old image";
    case DELTA_ERR_RESULT: return "package makes another new image";
    case DELTA_ERR_KEY: return "not a usable P-256 key";
    case DELTA_ERR_SIGNATURE:
        return "signature does not belong to this package and key";
    case DELTA_ERR_LAYOUT: return "flash layout does not serve";
    case DELTA_ERR_PROFILE: return "not a usable profile of a module";
    case DELTA_ERR_PATCH: return "not a usable patch of bsdiff";
    case DELTA_ERR_OPTION: return "option is out of range";
    case DELTA_ERR_LIMIT: return "RAM budget is too small";
    case DELTA_ERR_NOMEM: return "out of memory";
    case DELTA_ERR_CHECK:
        return "internal error: the patcher does not make the new image";
    }
    return "unknown status";
}

enum delta_status delta_fail(struct delta_error *error,
                             enum delta_status status, const char *subject,
                             const char *format, ...)
{
    if (error == NULL) {
        return status;
    }
    memset(error, 0, sizeof(*error));
    error->status = status;
    error->subject = subject;
    if (format == NULL) {
        snprintf(error->text, sizeof(error->text), "%s",
                 delta_strerror(status));
        return status;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof(error->text), format, args);
    va_end(args);
    return status;
}

enum delta_status delta_fail_memory(struct delta_error *error,
                                    const char *subject)
{
    return delta_fail(error, DELTA_ERR_NOMEM, subject, NULL);
}

static enum delta_status status_of_patcher(enum dfp_status status)
{
    switch (status) {
    case DFP_ERR_FORMAT:
    case DFP_ERR_LIMIT:
    case DFP_ERR_MANIFEST:
    case DFP_ERR_MEMORY: // it was given what the package asks for
        return DELTA_ERR_FORMAT;
    case DFP_ERR_VERSION:
    case DFP_ERR_FEATURE:
    case DFP_ERR_MODE:
    case DFP_ERR_CODEC:
    case DFP_ERR_CODEC_VERSION:
    case DFP_ERR_ARCH: return DELTA_ERR_VERSION;
    case DFP_ERR_DIGEST:
    case DFP_ERR_DATA:
    case DFP_ERR_VERIFY: return DELTA_ERR_DAMAGED;
    case DFP_ERR_UNSIGNED:
    case DFP_ERR_KEY:
    case DFP_ERR_SIGNATURE: return DELTA_ERR_TRUST;
    case DFP_ERR_BASE:
    case DFP_ERR_SLOT: // the new slot fits: the old image is too short
        return DELTA_ERR_BASE;
    default: // the simulated module is at fault, not the package
        return DELTA_ERR_CHECK;
    }
}

// The first four bytes of a digest or key id, or a set of bits.
static bool is_hexadecimal(enum dfp_status status)
{
    return status == DFP_ERR_FORMAT || status == DFP_ERR_FEATURE ||
           status == DFP_ERR_DIGEST || status == DFP_ERR_VERIFY ||
           status == DFP_ERR_KEY || status == DFP_ERR_BASE;
}

enum delta_status delta_fail_patcher(struct delta_error *error,
                                     const struct dfp_fault *fault)
{
    enum delta_status status = status_of_patcher(fault->status);
    const char *subject = status == DELTA_ERR_BASE ? "old" : "package";
    const char *field = fault->field != NULL ? fault->field : "package";
    const char *text = dfp_strerror(fault->status);

    if (fault->found == fault->expected) { // nothing to compare
        return delta_fail(error, status, subject, "%s: %s", field, text);
    }
    return delta_fail(error, status, subject,
                      is_hexadecimal(fault->status)
                          ? "%s: %s (found %08lx, expected %08lx)"
                          : "%s: %s (found %lu, expected %lu)",
                      field, text, (unsigned long)fault->found,
                      (unsigned long)fault->expected);
}

const char *delta_subject(bool is_new, uint32_t part, uint32_t parts)
{
    static const char *const names[2][8] = {
        {"old 0", "old 1", "old 2", "old 3", "old 4", "old 5", "old 6",
         "old 7"},
        {"new 0", "new 1", "new 2", "new 3", "new 4", "new 5", "new 6",
         "new 7"},
    };

    if (parts <= 1) {
        return is_new ? "new" : "old";
    }
    return names[is_new][part % 8];
}
